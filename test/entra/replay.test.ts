// The same ID token once more: by the same application, by another one, in other spellings, at once, in two processes.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Client } from '../../src/stores/client-store.ts';
import { becomes, end, freePort, spawnServer } from '../realm/exec.ts';
import { startEntra } from '../realm/entra.ts';
import { startGateway } from '../realm/gateway.ts';
import { keptConnections, send, type Target } from '../realm/http.ts';
import { EXCHANGE, ID_TOKEN, openEntraSite, sectionOf } from './site.ts';

/** The signature is the same number with its unused bits set, or padded: a lenient reader takes them for the same token. */
function respelled(token: string): readonly string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.at(-1) ?? '');
  return [`${token.slice(0, -1)}${alphabet[last + 1] ?? ''}`, `${token}==`, `${token}=`, `${token.slice(0, -1)}${alphabet[last + 3] ?? ''}`];
}

/** Another application that may exchange. */
const second: Client = {
  id: 'second', name: 'Second', isPublic: true, grants: [EXCHANGE], scopes: ['openid', 'jobs'], redirectUris: [], postLogoutRedirectUris: [], origins: [],
};

t.test('Replay = Allow: the same application again and again, until it expires, and no other', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  await site.provider.gateway.store.addClient(second);
  const alice = site.tenant.person({});
  const token = await site.tenant.idToken(alice, site.app);
  for (let round = 0; round < 3; round++) t.equal((await site.exchange(token)).statusCode, 200);
  const other = await site.exchange(token, { client_id: 'second' });
  t.match([other.statusCode, other.json()], [400, { error: 'invalid_request', reason: 'id_token_replay' }]);
  t.equal((await site.signIn(alice, {}, { client_id: 'second' })).statusCode, 200, 'with one of its own it may');
  const fresh = await site.tenant.idToken(alice, site.app);
  const replies = await Promise.all(Array.from({ length: 12 }, (_, index) => site.exchange(fresh, index % 2 === 0 ? {} : { client_id: 'second' })));
  const good = replies.map(({ statusCode }, index) => [statusCode, index % 2] as const).filter(([status]) => status === 200);
  t.equal(new Set(good.map(([, client]) => client)).size, 1, 'of two that race for it one has it');
  t.equal(good.length, 6);
});

t.test('Replay = Once: one sign-in for each token, in whatever spelling', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\nReplay = Once\n' });
  const alice = site.tenant.person({});
  const token = await site.tenant.idToken(alice, site.app);
  t.match((await site.exchange(token, { scope: 'nothing-of-the-kind' })).json(), { error: 'invalid_scope' });
  t.equal((await site.exchange(token)).statusCode, 200, 'a request that got nothing has not used it up');
  t.match((await site.exchange(token)).json(), { error: 'invalid_request', reason: 'id_token_replay' });
  for (const one of respelled(token)) t.match((await site.exchange(one)).json(), { error: 'invalid_request', reason: 'id_token_malformed' }, one.slice(-6));
  t.equal((await site.signIn(alice)).statusCode, 200, 'the next one is another one');
});

t.test('Replay = Once: of many at once, in two processes, with the signature in several spellings, one gets in', async (t) => {
  const entra = await startEntra(t);
  const tenant = entra.tenant();
  const app = tenant.app();
  const gateway = await startGateway({ config: sectionOf(entra, app, 'UserName = upnPrefix\nReplay = Once\n'), users: [['alice']] });
  t.teardown(() => gateway.stop());
  const port = await freePort();
  const config = join(gateway.directory, 'second.ini');
  const first = readFileSync(join(gateway.directory, 'config.ini'), 'utf8');
  writeFileSync(config, first.replace(`\nPort = ${String(gateway.port)}\n`, `\nPort = ${String(port)}\n`));
  const child = spawnServer([process.execPath, new URL('../../src/cli/main.ts', import.meta.url).pathname, 'serve', '--config', config], {}, ['ignore', 'ignore', 'inherit']);
  t.teardown(() => end(child));
  const agent = keptConnections(8);
  t.teardown(() => { agent.destroy(); });
  const ask = async (target: Target, token: string): Promise<{ readonly status: number; readonly text: string }> => send(target, '/api/auth/token', {
    method: 'POST', agent, headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: EXCHANGE, client_id: 'myq-desktop-client', subject_token: token, subject_token_type: ID_TOKEN }).toString(),
  });
  const twin: Target = { hostname: gateway.hostname, ca: gateway.ca, port };
  t.ok(await becomes(() => send(twin, '/api/auth/health').then(() => true, () => false)), 'the second process serves');
  const alice = tenant.person({});
  // Both know the keys before the race.
  for (const target of [gateway, twin]) t.equal((await ask(target, await tenant.idToken(alice, app))).status, 200);
  for (let round = 0; round < 5; round++) {
    const token = await tenant.idToken(alice, app);
    const spellings = [token, token, token, ...respelled(token)];
    const answers = await Promise.all(spellings.flatMap((one) => [gateway, twin].map((target) => ask(target, one))));
    t.equal(answers.filter(({ status }) => status === 200).length, 1, `round ${String(round)}`);
    t.ok(answers.every(({ status }) => status === 200 || status === 400), 'and every other is told so');
    t.equal(answers.filter(({ text }) => text.includes('id_token_replay')).length, 5);
  }
});
