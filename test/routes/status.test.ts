// Health: what a load balancer, an orchestrator and MyQ's own monitoring are told.

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { entry, keytab as encode, sized } from '../mechanisms/keytab-encoder.ts';
import { openApp, type Ask } from './app.ts';

const keytab = (...components: readonly string[]): Buffer => encode(sized(entry({ components, realm: 'MYQ.TEST' })));

async function look(ask: Ask) {
  const urls = ['/health/live', '/health/ready', '/api/server/status'];
  const [live, ready, status] = await Promise.all(urls.map((url) => ask({ url })));
  if (!live || !ready || !status) throw new Error('no answer');
  return {
    live: live.statusCode, ready: ready.statusCode, checks: ready.json<{ checks: unknown }>().checks, status: status.body,
    all: [live, ready, status],
  };
}

const ok = { store: 'ok', replayCache: 'ok', keytab: 'ok' };

t.test('with a store, a replay cache and a key of HTTP/… all is well', async (t) => {
  const { ask, directory } = await openApp(t);
  writeFileSync(join(directory, 'http.keytab'), keytab('HTTP', 'print.myq.test'));
  const { all, ...seen } = await look(ask);
  t.strictSame(seen, { live: 200, ready: 200, checks: ok, status: '1' });
  for (const answer of all) t.match(answer.headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store' });
  t.strictSame(all[1]?.json(), { status: 'ok', checks: ok });
});

t.test('without a usable keytab the gateway is ready, but not well, and mends itself', async (t) => {
  const { ask, directory } = await openApp(t);
  const file = join(directory, 'http.keytab');
  const unwell = { live: 200, ready: 200, checks: { ...ok, keytab: 'failed' }, status: '0' };
  const seen = async (): Promise<unknown> => {
    const { all: _all, ...rest } = await look(ask);
    return rest;
  };
  t.strictSame(await seen(), unwell, 'it is missing');
  for (const [what, bytes] of [
    ['empty', Buffer.alloc(0)], ['garbage', Buffer.from('no keytab')], ['of another service', keytab('host', 'print.myq.test')],
  ] as const) {
    writeFileSync(file, bytes);
    t.strictSame(await seen(), unwell, what);
  }
  rmSync(file);
  mkdirSync(file);
  t.strictSame(await seen(), unwell, 'it is a directory');
  rmSync(file, { recursive: true });
  writeFileSync(file, keytab('HTTP', 'print.myq.test'));
  t.match(await seen(), { status: '1', checks: ok });
});

t.test('a store that is closed or was replaced makes it unready', async (t) => {
  const { ask, gateway, directory } = await openApp(t);
  const file = join(directory, 'data/gateway.db');
  renameSync(file, `${file}.old`);
  t.match(await look(ask), { live: 200, ready: 503, checks: { store: 'failed', replayCache: 'ok' }, status: '0' });
  renameSync(`${file}.old`, file);
  t.match(await look(ask), { ready: 200, checks: { store: 'ok' } });
  await gateway.store.close();
  t.match(await look(ask), { live: 200, ready: 503, checks: { store: 'failed', replayCache: 'ok' }, status: '0' });
});

t.test('a replay cache that cannot be written makes it unready', async (t) => {
  const { ask, directory, log } = await openApp(t);
  const file = join(directory, 'data/kerberos.rcache');
  mkdirSync(file);
  t.match(await look(ask), { live: 200, ready: 503, checks: { store: 'ok', replayCache: 'failed' }, status: '0' });
  t.match(log.join(''), /EISDIR/);
  rmSync(file, { recursive: true });
  t.match(await look(ask), { ready: 200, checks: { replayCache: 'ok' } });
});

t.test('strangers read which part failed; file names and causes are for the log', async (t) => {
  const { ask, gateway, directory, log } = await openApp(t);
  mkdirSync(join(directory, 'data/kerberos.rcache'));
  await gateway.store.close();
  const { all } = await look(ask);
  for (const { body, headers } of all) {
    for (const leak of [directory, 'keytab:', 'rcache', 'gateway.db', 'EISDIR', 'not open', 'Error']) {
      t.notMatch(body + JSON.stringify(headers), leak);
    }
  }
  t.match(log.join(''), directory);
});

t.test('health needs no credentials and takes none', async (t) => {
  const { ask } = await openApp(t);
  for (const url of ['/health/live', '/health/ready', '/api/server/status']) {
    t.equal((await ask({ url, headers: { authorization: 'Bearer x' } })).statusCode, 200);
    t.equal((await ask({ method: 'POST', url })).statusCode, 405);
  }
});
