// Health: what a load balancer, an orchestrator and MyQ's own monitoring are told.

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { FastifyInstance } from 'fastify';
import { openApp } from './app.ts';

/** A keytab (MIT format 5.2) with one AES key of the principal, which no KDC knows. */
function keytab(principal: string, realm: string): Buffer {
  const text = (value: string | Buffer): Buffer => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(Buffer.byteLength(value));
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const names = principal.split('/');
  const entry = Buffer.concat([
    Buffer.from([0, names.length]), text(realm), ...names.map(text), Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 18]),
    text(Buffer.alloc(32, 7)),
  ]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(entry.length);
  return Buffer.concat([Buffer.from([5, 2]), size, entry]);
}

async function look(app: FastifyInstance) {
  const urls = ['/health/live', '/health/ready', '/api/server/status'];
  const [live, ready, status] = await Promise.all(urls.map((url) => app.inject({ url })));
  if (!live || !ready || !status) throw new Error('no answer');
  return {
    live: live.statusCode, ready: ready.statusCode, checks: ready.json<{ checks: unknown }>().checks, status: status.body,
    all: [live, ready, status],
  };
}

const ok = { store: 'ok', replayCache: 'ok', keytab: 'ok' };

t.test('with a store, a replay cache and a key of HTTP/… all is well', async (t) => {
  const { app, directory } = await openApp(t);
  writeFileSync(join(directory, 'http.keytab'), keytab('HTTP/print.myq.test', 'MYQ.TEST'));
  const { all, ...seen } = await look(app);
  t.strictSame(seen, { live: 200, ready: 200, checks: ok, status: '1' });
  for (const answer of all) t.match(answer.headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store' });
  t.strictSame(all[1]?.json(), { status: 'ok', checks: ok });
});

t.test('without a usable keytab the gateway is ready, but not well, and mends itself', async (t) => {
  const { app, directory } = await openApp(t);
  const file = join(directory, 'http.keytab');
  const unwell = { live: 200, ready: 200, checks: { ...ok, keytab: 'failed' }, status: '0' };
  const seen = async (): Promise<unknown> => {
    const { all: _all, ...rest } = await look(app);
    return rest;
  };
  t.strictSame(await seen(), unwell, 'it is missing');
  for (const [what, bytes] of [
    ['empty', Buffer.alloc(0)], ['garbage', Buffer.from('no keytab')], ['of another service', keytab('host/print.myq.test', 'MYQ.TEST')],
  ] as const) {
    writeFileSync(file, bytes);
    t.strictSame(await seen(), unwell, what);
  }
  rmSync(file);
  mkdirSync(file);
  t.strictSame(await seen(), unwell, 'it is a directory');
  rmSync(file, { recursive: true });
  writeFileSync(file, keytab('HTTP/print.myq.test', 'MYQ.TEST'));
  t.match(await seen(), { status: '1', checks: ok });
});

t.test('a store that is closed or was replaced makes it unready', async (t) => {
  const { app, gateway, directory } = await openApp(t);
  const file = join(directory, 'data/gateway.db');
  renameSync(file, `${file}.old`);
  t.match(await look(app), { live: 200, ready: 503, checks: { store: 'failed', replayCache: 'ok' }, status: '0' });
  renameSync(`${file}.old`, file);
  t.match(await look(app), { ready: 200, checks: { store: 'ok' } });
  await gateway.store.close();
  t.match(await look(app), { live: 200, ready: 503, checks: { store: 'failed', replayCache: 'ok' }, status: '0' });
});

t.test('a replay cache that cannot be written makes it unready', async (t) => {
  const { app, directory, log } = await openApp(t);
  const file = join(directory, 'data/kerberos.rcache');
  mkdirSync(file);
  t.match(await look(app), { live: 200, ready: 503, checks: { store: 'ok', replayCache: 'failed' }, status: '0' });
  t.match(log.join(''), /EISDIR/);
  rmSync(file, { recursive: true });
  t.match(await look(app), { ready: 200, checks: { replayCache: 'ok' } });
});

t.test('strangers read which part failed; file names and causes are for the log', async (t) => {
  const { app, gateway, directory, log } = await openApp(t);
  mkdirSync(join(directory, 'data/kerberos.rcache'));
  await gateway.store.close();
  const { all } = await look(app);
  for (const { body, headers } of all) {
    for (const leak of [directory, 'keytab:', 'rcache', 'gateway.db', 'EISDIR', 'not open', 'Error']) {
      t.notMatch(body + JSON.stringify(headers), leak);
    }
  }
  t.match(log.join(''), directory);
});

t.test('health needs no credentials and takes none', async (t) => {
  const { app } = await openApp(t);
  for (const url of ['/health/live', '/health/ready', '/api/server/status']) {
    t.equal((await app.inject({ url, headers: { authorization: 'Bearer x' } })).statusCode, 200);
    t.equal((await app.inject({ method: 'POST', url })).statusCode, 405);
  }
});
