// [Kerberos] Enabled=False: a gateway for passwords only. What belongs to Windows sign-in is not there at all.

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { becomes } from '../realm/exec.ts';
import { openApp } from './app.ts';

const { ask, directory, gateway, warnings, log } = await openApp(t, {
  config: '[Kerberos]\nEnabled = False\nKeytab = none.keytab\n[Security]\nWindowsSignInNetworks = 0.0.0.0/0 ::/0',
});

t.test('Windows sign-in is not found, with or without a ticket, and offers nothing', async (t) => {
  for (const headers of [{}, { authorization: 'Negotiate' }, { authorization: 'Negotiate YIIB' }, { authorization: 'NTLM TlRMTVNTUAABAAAA' }]) {
    const answer = await ask({ method: 'POST', url: '/api/auth/negotiate', headers });
    t.equal(answer.statusCode, 404);
    t.match(answer.json(), { error: 'not_found', code: 404, reason: undefined });
    t.equal(answer.headers['www-authenticate'], undefined);
  }
});

t.test('nor is the browser\'s way to it, and the login page does not offer it', async (t) => {
  const query = new URLSearchParams({
    response_type: 'code', client_id: 'myq-desktop-client', redirect_uri: 'http://127.0.0.1:9/callback', scope: 'openid', state: 's',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
  }).toString();
  const answer = await ask({ url: `/en/auth/windows?${query}`, headers: { authorization: 'Negotiate YIIB' } });
  t.equal(answer.statusCode, 404);
  t.equal(answer.headers['www-authenticate'], undefined);
  const page = await ask({ url: `/en/auth?${query}` });
  t.equal(page.statusCode, 200, page.body);
  t.match(page.body, /name="password"/);
  t.notMatch(page.body, /auth\/windows/);
});

t.test('the document of the API does not name it', async (t) => {
  const { paths } = (await ask({ url: '/api/openapi.json' })).json<{ readonly paths: object }>();
  t.ok('/api/auth/token' in paths);
  t.notOk('/api/auth/negotiate' in paths);
});

t.test('health is that of the store alone: nobody misses a keytab or a replay cache', async (t) => {
  const ready = await ask({ url: '/health/ready' });
  t.equal(ready.statusCode, 200);
  t.strictSame(ready.json(), { status: 'ok', checks: { store: 'ok' } });
  t.equal((await ask({ url: '/api/server/status' })).body, '1');
  t.strictSame(warnings, []);
  t.notOk(existsSync(join(directory, 'data/kerberos.rcache')));
});

t.test('a store that is out is seen', async (t) => {
  rmSync(join(directory, 'data/gateway.db'));
  t.ok(await becomes(async () => (await ask({ url: '/health/ready' })).statusCode === 503));
  t.match((await ask({ url: '/health/ready' })).json(), { status: 'unavailable', checks: { store: 'failed' } });
  t.equal((await ask({ url: '/api/server/status' })).body, '0');
  t.equal(gateway.windows, undefined);
  t.strictSame(log.filter((line) => line.includes('unexpected failure')), []);
});
