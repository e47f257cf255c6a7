// MyQ's grant type login_info: each of its types, each wrong one, and that a wrong secret tells nothing.

import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { cardDigest, pinDigest } from '../../src/identity/pin-card.ts';
import { openSecrets } from '../../src/tokens/secrets.ts';
import type { Reply } from '../routes/app.ts';
import { later } from './clock.ts';
import { openProvider, PASSWORD, type Fields } from './provider.ts';
import { accessOf, alive, claimsOf, granted, refused, somebody } from './worth.ts';

const provider = await openProvider(t, { config: '[Security]\nLockoutAttempts = 20' });
const { form, ask, gateway: { store } } = provider;
const { config } = loadConfig(join(provider.directory, 'config.ini'));
const { digestKey } = await openSecrets({ store, sealKey: config.store.sealKey });
const web = provider.basic('web');

/** Gives somebody a card and a PIN. */
async function equip(id: string, card: string, pin: string): Promise<void> {
  await store.changeCards(id, { add: [cardDigest(digestKey, card)], remove: [] });
  await store.setPin(id, pinDigest(digestKey, pin));
}
await equip(provider.alice.id, 'CARD-A', '314159');
await equip(provider.bob.id, 'CARD-B', '271828');

function login(info: unknown, more: Fields = {}, headers: Fields = web): Promise<Reply> {
  const payload = JSON.stringify({ grant_type: 'login_info', login_info: info, ...more });
  return ask({ method: 'POST', url: '/api/auth/token', headers: { 'content-type': 'application/json', ...headers }, payload });
}

const good = {
  1: { type: 1, card: 'CARD-A' },
  2: { type: 2, pin: '314159' },
  3: { type: 3, user: 'alice', pwd: PASSWORD },
  4: { type: 4, card: 'CARD-A', pin: '314159' },
  5: { type: 5, card: 'CARD-A', pwd: PASSWORD },
} as const;

t.test('every type signs in, and the token tells how', async (t) => {
  for (const [type, amr] of [[1, ['sc']], [2, ['pin']], [3, ['pwd']], [4, ['sc', 'pin', 'mfa']], [5, ['sc', 'pwd', 'mfa']]] as const) {
    for (const [what, reply] of [
      ['JSON', login(good[type])], ['the type as text', login({ ...good[type], type: String(type) })],
      ['in a form', form('/api/auth/token', { grant_type: 'login_info', login_info: JSON.stringify(good[type]) }, web)],
      ['as text in JSON', login(JSON.stringify(good[type]))], ['with more in it', login({ ...good[type], theme: 'dark', x: [1] })],
    ] as const) {
      const { access_token: token } = granted(t, await reply, `type ${String(type)}: ${what}`);
      const { sub, client_id: clientId, ...claims } = claimsOf(token);
      t.strictSame({ sub, clientId, amr: claims['amr'] }, { sub: provider.alice.id, clientId: 'web', amr });
      t.equal(await accessOf(provider, token), 'alive');
    }
  }
  granted(t, await login({ type: 1, card: 'card-a' }), 'a card in small letters');
});

t.test('without a scope it is who he is and his rights, never staying signed in', async (t) => {
  for (const more of [{}, { scope: '' }]) {
    const answer = granted(t, await login(good[3], more));
    t.strictSame(answer.scope.split(' ').sort(), ['jobs', 'openid', 'print', 'profile', 'users']);
    t.strictSame(Object.keys(answer).sort(), ['access_token', 'expires_in', 'scope', 'token_type']);
  }
  t.equal(granted(t, await login(good[3], { scope: 'users impersonate jobs' })).scope, 'users jobs');
  t.equal(granted(t, await login({ ...good[3], user: 'bob' }, { scope: 'users jobs' })).scope, 'jobs', 'what bob has not');
  refused(t, await login(good[3], { scope: 'impersonate' }), 'invalid_scope', 'nothing is left');
  const kept = granted(t, await login(good[3], { scope: 'openid offline_access' }));
  t.notOk('id_token' in kept, 'this was no authentication request of OpenID Connect');
  await alive(t, provider, 'web', kept, 'kept');
});

t.test('what has not the form of a type', async (t) => {
  const wrong: readonly unknown[] = [
    {}, { type: 0 }, { type: 6 }, { type: -1 }, { type: '' }, { type: '03' }, { type: ' 3' }, { type: '3.0' }, { type: 'pwd' }, { type: '__proto__' }, { type: 'toString' }, { type: 'constructor' },
    { type: 1 }, { type: 1, card: '' }, { type: 1, pin: '314159' }, { type: 2 }, { type: 2, pin: '' }, { type: 2, card: 'CARD-A' },
    { type: 3 }, { type: 3, user: 'alice' }, { type: 3, pwd: PASSWORD }, { type: 3, user: '', pwd: PASSWORD }, { type: 3, user: 'alice', pwd: '' }, { type: 3, user: 'alice', password: PASSWORD },
    { type: 4, card: 'CARD-A' }, { type: 4, pin: '314159' }, { type: 4, card: 'CARD-A', pwd: PASSWORD }, { type: 5, card: 'CARD-A' }, { type: 5, pwd: PASSWORD }, { type: 5, user: 'alice', pwd: PASSWORD },
    { type: 1, card: 1234 }, { type: 2, pin: 314159 }, { type: 3, user: ['alice'], pwd: PASSWORD }, { type: 3, user: 'alice', pwd: null }, { type: 3, user: 'alice', pwd: true }, { type: 5, card: {}, pwd: PASSWORD },
    { type: 3.5 }, { type: null }, { type: true }, { type: [3], user: 'alice', pwd: PASSWORD }, { type: { toString: 3 } }, { type: { toString: null, valueOf: null } },
    [good[3]], 'x', '', '[]', 'null', '3', '"x"', '{"type":3', `${JSON.stringify(good[3])}x`,
  ];
  for (const info of wrong) {
    refused(t, await login(info), 'invalid_request', `JSON: ${JSON.stringify(info)}`);
    const text = typeof info === 'string' ? info : JSON.stringify(info);
    refused(t, await form('/api/auth/token', { grant_type: 'login_info', login_info: text }, web), 'invalid_request', `a form: ${text}`);
  }
  for (const info of [undefined, null, 3, true]) refused(t, await login(info), 'invalid_request', String(info));
  for (const info of [{ ...good[1], card: 'A'.repeat(257) }, { ...good[2], pin: '1'.repeat(65) }, { ...good[3], user: 'a'.repeat(1025) }, { ...good[3], pwd: 'a'.repeat(4097) }]) {
    refused(t, await login(info), 'invalid_request', 'huge');
  }
  refused(t, await form('/api/auth/token', 'grant_type=login_info&login_info[type]=1&login_info[card]=CARD-A', web), 'invalid_request', 'fields as PHP writes them');
});

t.test('cards and PINs alone are for clients that prove themselves', async (t) => {
  const native = { client_id: 'native' };
  for (const type of [1, 2] as const) refused(t, await login(good[type], native, {}), 'unauthorized_client', `type ${String(type)}`);
  for (const type of [3, 4, 5] as const) granted(t, await login(good[type], native, {}), `type ${String(type)}`);
  refused(t, await login(good[3], {}, provider.basic('other')), 'unauthorized_client', 'a client without the grant');
  refused(t, await login(good[3], { client_id: 'web' }, {}), 'invalid_client', 'an id without its secret', 401);
});

t.test('wrong, unknown, disabled, mixed up: one answer, letter by letter', async (t) => {
  const { id, name } = await somebody(provider);
  await equip(id, 'CARD-C', '161803');
  await store.setUserDisabled(id, true);
  const bodies = new Set<string>();
  for (const info of [
    { ...good[3], pwd: 'wrong' }, { ...good[3], pwd: PASSWORD.toUpperCase() }, { ...good[3], pwd: `${PASSWORD} ` }, { ...good[3], user: 'nobody' }, { ...good[3], user: name }, { ...good[3], user: 'alice\0' },
    { ...good[3], user: '*' }, { ...good[3], user: '\' OR 1=1 --' }, { type: 1, card: 'CARD-X' }, { type: 1, card: 'CARD-C' }, { type: 1, card: '314159' }, { type: 1, card: ' ' },
    { type: 2, pin: '999999' }, { type: 2, pin: '161803' }, { type: 2, pin: '٣١٤١٥٩' }, { type: 2, pin: '314159 ' }, { type: 2, pin: '0314159' },
    { type: 4, card: 'CARD-A', pin: '271828' }, { type: 4, card: 'CARD-B', pin: '314159' }, { type: 4, card: 'CARD-X', pin: '314159' }, { type: 4, card: 'CARD-C', pin: '161803' },
    { type: 5, card: 'CARD-A', pwd: 'wrong' }, { type: 5, card: 'CARD-X', pwd: PASSWORD }, { type: 5, card: 'CARD-C', pwd: PASSWORD },
  ]) {
    const reply = await login(info);
    refused(t, reply, 'invalid_grant', JSON.stringify(info));
    t.notOk('www-authenticate' in reply.headers);
    bodies.add(reply.body);
  }
  t.equal(bodies.size, 1);
  granted(t, await login(good[4]));
  granted(t, await login({ type: 4, card: 'CARD-B', pin: '271828' }));
});

t.test('guessing ends in a pause, in parallel too, that reads like a wrong password and hits nobody else', async (t) => {
  const { name } = await somebody(provider);
  const signedIn = granted(t, await login({ ...good[3], user: name }, { scope: 'openid offline.access' }));
  const wrong = await login({ ...good[3], user: name, pwd: 'wrong' });
  const guesses = Array.from({ length: 19 }, (_, n) => login({ ...good[3], user: name, pwd: n === 18 ? 'last' : `wrong ${String(n)}` }));
  for (const reply of await Promise.all(guesses)) refused(t, reply, 'invalid_grant', 'a guess');
  const right = await login({ ...good[3], user: name });
  refused(t, right, 'invalid_grant', 'the right password comes too late');
  t.equal(right.body, wrong.body);
  t.match(provider.log.join(''), /"reason":"sign_in_paused"/, 'only the log knows');
  t.match(await provider.signIn({ response_type: 'code', client_id: 'web', redirect_uri: 'https://app.example/cb', scope: 'openid' }, { user: name }), { statusCode: 403 }, 'the login page waits, too');
  granted(t, await login(good[3]), 'another user');
  const still = await alive(t, provider, 'web', signedIn, 'who is signed in already');
  later(t, 15 * 60 + 1);
  granted(t, await login({ ...good[3], user: name }), 'after the pause');
  granted(t, await provider.token('web', { grant_type: 'refresh_token', refresh_token: still.refresh_token }));
});
