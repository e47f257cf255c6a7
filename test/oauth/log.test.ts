// What the log tells an admin: who asked, what was wrong with it, and what mends it.

import type { RequestOptions } from 'node:https';
import t, { type Test } from 'tap';
import { keptConnections, send } from '../realm/http.ts';
import { asking, clients, Cookies, formTokenOf, openProvider, PASSWORD, type Fields } from './provider.ts';
import { refresh } from './worth.ts';

const provider = await openProvider(t, { config: '[Users]\nPinSignIn = True\n[Security]\nLockoutAttempts = 2' });
const { authorize, form, target, gateway: { store } } = provider;
const web = asking('web');
const TOKEN = '/api/auth/token';

interface Line extends Readonly<Record<string, unknown>> { readonly msg: string }

/** What was logged meanwhile. */
async function logged(action: () => Promise<unknown>): Promise<readonly Line[]> {
  const before = provider.log.length;
  await action();
  return provider.log.slice(before).map((line) => JSON.parse(line) as Line);
}

/** That one line was logged meanwhile, and this is in it. */
async function tells(t: Test, action: () => Promise<unknown>, expected: Readonly<Record<string, unknown>>, what = expected['detail']): Promise<void> {
  const lines = await logged(action);
  t.equal(lines.length, 1, String(what));
  t.match(lines[0], { level: 30, client: '127.0.0.1', reqId: /./, ...expected }, String(what));
}

t.test('a redirect URI that is not registered: which client, which URI, and which ones are', async (t) => {
  const registered = 'registered, letter by letter: https://app.example/cb https://app.example/cb?fixed=1';
  for (const [uri, shown] of [
    ['https://app.example/cb/', '"https://app.example/cb/"'], ['https://app.example/cb?a="b"\r\n\u001b[31m', '"https://app.example/cb?a=\\"b\\"???[31m"'],
    [`https://app.example/${'x'.repeat(1000)}`, `"https://app.example/${'x'.repeat(280)}"`],
  ] as const) {
    await tells(t, () => authorize({ ...web, redirect_uri: uri }), {
      msg: 'authorization request refused', outcome: 'refused', error: 'unknown_redirect_uri', detail: `client web asked for ${shown}; ${registered}`,
    });
  }
  await store.addClient({ ...clients.web, id: 'bare', redirectUris: [] });
  await tells(t, () => authorize({ ...web, client_id: 'bare' }), { detail: 'client bare asked for "https://app.example/cb"; registered, letter by letter: none' });
});

t.test('a sign-out that is not obeyed names what was wrong', async (t) => {
  const leave = (query: string) => () => provider.ask({ url: `/en/auth/logout?${query}` });
  const refused = { msg: 'logout request refused', outcome: 'refused' };
  const uri = encodeURIComponent('https://app.example/other');
  await tells(t, leave(`client_id=web&post_logout_redirect_uri=${uri}`), {
    ...refused, error: 'unknown_redirect_uri',
    detail: 'client web asked for "https://app.example/other"; registered, letter by letter: https://app.example/bye',
  });
  await tells(t, leave(`post_logout_redirect_uri=${uri}`), {
    ...refused, error: 'unknown_redirect_uri', detail: 'post_logout_redirect_uri came without id_token_hint or client_id',
  });
  await tells(t, leave('client_id=nobody'), { ...refused, error: 'unknown_client', detail: 'no client has the id "nobody"' });
  await tells(t, leave('state=a&state=b'), { ...refused, error: 'doubled', detail: 'state came more than once' });
  const { id_token: hint } = await provider.tokens('web', 'openid');
  await tells(t, leave(`id_token_hint=${hint}&client_id=other`), {
    ...refused, error: 'bad_hint', detail: 'the ID token is that of client web, and client_id is "other"',
  });
});

t.test('a client that is unknown, and what is missing or doubled', async (t) => {
  const refused = { msg: 'authorization request refused', outcome: 'refused' };
  await tells(t, () => authorize({ ...web, client_id: 'no"body\n' }), { ...refused, error: 'unknown_client', detail: 'no client has the id "no\\"body?"' });
  await tells(t, () => authorize({}), { ...refused, error: 'missing', detail: 'client_id is missing' });
  await tells(t, () => authorize({ client_id: 'web' }), { ...refused, error: 'missing', detail: 'redirect_uri is missing in the request of client web' });
  await tells(t, () => authorize('client_id=web&client_id=web'), { ...refused, error: 'doubled', detail: 'client_id came more than once' });
});

t.test('an authorization request that is refused by an answer to the client, before and after the sign-in', async (t) => {
  const refused = { msg: 'authorization request refused', outcome: 'refused', clientId: 'web' };
  for (const more of [{}, { response_mode: 'form_post' }] as readonly Fields[]) {
    await tells(t, () => authorize({ ...web, ...more, scope: 'reports' }), { ...refused, detail: /^invalid_scope: none of the scopes can be granted through this client/ });
    await tells(t, () => authorize({ ...web, ...more, prompt: 'none' }), { ...refused, detail: 'login_required: nobody is signed in here as the request wants it' });
    const lines = await logged(() => provider.signIn({ ...web, ...more, scope: 'users' }, { user: 'bob' }));
    t.match(lines, [
      { msg: 'signed in', outcome: 'granted', mechanism: 'password', user: 'bob', clientId: 'web' },
      { ...refused, level: 30, detail: 'invalid_scope: none of the scopes can be granted to this user through this client' },
    ]);
    t.equal(lines.length, 2);
  }
  t.strictSame((await logged(() => provider.signIn(web))).map(({ msg }) => msg), ['signed in'], 'what is granted is not refused');
});

t.test('a refusal of the token endpoint says whose request it was, once that is known', async (t) => {
  const { refresh_token: token } = await provider.tokens('web', 'openid jobs offline.access');
  const code = await provider.code(web);
  const [redirectUri] = clients.web.redirectUris;
  for (const [what, client, fields, expected] of [
    ['an unknown grant type', 'service', { grant_type: 'password' }, { error: 'unsupported_grant_type' }],
    ['one that it may not use', 'service', { grant_type: 'refresh_token' }, { error: 'unauthorized_client' }],
    ['no code', 'web', { grant_type: 'authorization_code' }, { error: 'invalid_request' }],
    ['a code that is none', 'web', { grant_type: 'authorization_code', code: 'x', redirect_uri: redirectUri }, { error: 'invalid_grant', detail: 'no such code, or it has expired' }],
    ['a code of another client', 'other', { grant_type: 'authorization_code', code, redirect_uri: redirectUri },
      { error: 'invalid_grant', detail: 'the code was given to client web, and other brought it' }],
    ['a refresh token of another client', 'other', { grant_type: 'refresh_token', refresh_token: token },
      { error: 'invalid_grant', detail: 'the refresh token is that of client web, and other brought it' }],
    ['a wider scope', 'web', { grant_type: 'refresh_token', refresh_token: token, scope: 'users' }, { error: 'invalid_scope' }],
    ['a scope that it has not', 'service', { grant_type: 'client_credentials', scope: 'jobs' }, { error: 'invalid_scope' }],
    ['faulty login_info', 'web', { grant_type: 'login_info', login_info: '{' }, { error: 'invalid_request' }],
    ['a wrong card', 'web', { grant_type: 'login_info', login_info: '{"type":1,"card":"FFFF"}' },
      { error: 'invalid_grant', reason: 'wrong_secret', detail: 'no user has that card' }],
  ] as const) await tells(t, () => provider.token(client, fields), { code: 'GW_REQUEST', clientId: client, url: TOKEN, ...expected }, what);
  await provider.token('web', { grant_type: 'refresh_token', refresh_token: token });
  await tells(t, () => refresh(provider, 'web', token), {
    clientId: 'web', error: 'invalid_grant', detail: /^refresh token 1 of grant [\w-]{22} was used before: the grant is revoked/,
  });
});

t.test('a client that fails to prove itself is named as it named itself, and not as one that is known', async (t) => {
  for (const [client, detail] of [
    ['web', 'client "web": its secret is wrong'], ['nobody', 'client "nobody": it is unknown'], ['spa', 'client "spa": it is public and sent a secret'],
  ] as const) {
    const authorization = `Basic ${Buffer.from(`${client}:${provider.secrets.other}`).toString('base64')}`;
    const lines = await logged(() => form(TOKEN, { grant_type: 'client_credentials' }, { authorization }));
    t.match(lines, [{ error: 'invalid_client', detail, url: TOKEN }]);
    t.notOk('clientId' in (lines[0] ?? {}));
  }
});

t.test('who got tokens, and a page that will not be able to read them', async (t) => {
  const granted = { msg: 'tokens issued', outcome: 'granted', grant: 'client_credentials', clientId: 'web', scope: 'users' };
  const ask = (headers: Fields) => form(TOKEN, { grant_type: 'client_credentials', scope: 'users' }, { ...provider.basic('web'), ...headers });
  for (const headers of [{}, { origin: 'https://app.example' }] as readonly Fields[]) {
    const [line] = await logged(() => ask(headers));
    t.match(line, granted);
    t.notOk('detail' in (line ?? {}));
    t.notOk('user' in (line ?? {}));
  }
  for (const [origin, shown] of [['https://page.example', 'https://page.example'], ['https://other.example', 'https://other.example'], ['null', 'null']] as const) {
    await tells(t, () => ask({ origin }), { ...granted, detail: `the page ${shown} may not read this answer: register its origin with the client` });
  }
  const { refresh_token: token } = await provider.tokens('web', 'jobs offline.access');
  await tells(t, () => refresh(provider, 'web', token), { msg: 'tokens issued', grant: 'refresh_token', user: 'alice', scope: 'jobs offline.access' }, 'a user\'s');
});

/** Sends the login form of this client from this address of our own machine. */
async function typed(from: string, client: 'web' | 'other', fields: Fields): Promise<void> {
  const cookies = new Cookies();
  const page = await authorize(asking(client), { cookies });
  cookies.take(page);
  const agent = keptConnections();
  const options: RequestOptions = { localAddress: from, agent, headers: { ...cookies.header, 'content-type': 'application/x-www-form-urlencoded' } };
  const body = new URLSearchParams({ form_token: formTokenOf(page), ...fields }).toString();
  const { status } = await send(target, `/en/auth?${new URLSearchParams(asking(client)).toString()}`, { ...options, body });
  agent.destroy();
  if (status !== 403) throw new Error(`not refused: ${String(status)}`);
}
const named = (user: string, password: string): Fields => ({ sign_in: 'password', user, password });
const card = (number: number): Fields => ({ sign_in: 'pin', pin_or_card: `FFFF${String(number)}` });

t.test('a refused sign-in: who it was, if he is known, and what mends it', async (t) => {
  await store.addUser({ name: 'keyless', aliases: [], scopes: [] });
  const refused = { msg: 'sign-in refused', outcome: 'refused', reason: 'wrong_secret', mechanism: 'password', clientId: 'web' };
  for (const [user, expected] of [
    ['alice', { user: 'alice', detail: 'the password is wrong' }],
    ['keyless', { user: 'keyless', detail: 'the user has no password', cure: 'myq-gateway users password keyless' }],
    ['zaphod', { detail: 'the name typed is nobody\'s, neither as a name nor as an alias' }],
    ['MYQ\\alice', { detail: 'the name typed has a backslash; names here are NAME or NAME@REALM' }],
  ] as const) {
    const lines = await logged(() => typed('127.0.0.21', 'web', named(user, 'wrong')));
    t.match(lines, [{ ...refused, ...expected, client: '127.0.0.21' }], user);
    t.equal('user' in (lines[0] ?? {}), 'user' in expected, user);
  }
});

t.test('who is paused: this user, everybody at this address, or everybody who only types a number into this client', async (t) => {
  const paused = { msg: 'sign-in refused', outcome: 'refused', reason: 'sign_in_paused' };
  await store.addUser({ name: 'o\'hara', aliases: [], scopes: [], passwordHash: (await store.userSecrets(provider.alice.id))?.passwordHash });
  for (let tries = 0; tries < 2; tries++) await typed('127.0.0.22', 'web', named('o\'hara', 'wrong'));
  t.match(await logged(() => typed('127.0.0.22', 'web', named('o\'hara', PASSWORD))), [{
    ...paused, user: 'o\'hara', detail: 'too many tries have failed for this user', cure: 'myq-gateway users enable <NAME>',
  }]);

  for (let tries = 0; tries < 20; tries++) await typed('127.0.0.23', 'web', named(`nobody ${String(tries)}`, 'wrong'));
  t.match(await logged(() => typed('127.0.0.23', 'web', named('bob', PASSWORD))), [{
    ...paused, user: 'bob', client: '127.0.0.23', detail: 'too many tries have failed from 127.0.0.23', cure: 'it ends by itself ([Security] LockoutMinutes)',
  }]);

  for (let tries = 0; tries < 80; tries++) await typed(`127.0.0.${String(24 + tries % 5)}`, 'other', card(tries));
  t.match(await logged(() => typed('127.0.0.30', 'other', card(99))), [{
    ...paused, mechanism: 'pin-or-card', clientId: 'other', detail: 'too many PINs and cards have failed through other', cure: 'it ends by itself ([Security] LockoutMinutes)',
  }]);
  t.match(await logged(() => typed('127.0.0.30', 'web', card(99))), [{ reason: 'wrong_secret', clientId: 'web' }], 'another client is not');
});

t.test('who signs out, and with which client', async (t) => {
  const cookies = new Cookies();
  const { id_token: hint } = await provider.tokens('web', 'openid', { cookies });
  await tells(t, () => provider.ask({ url: `/en/auth/logout?id_token_hint=${hint}`, headers: cookies.header }),
    { msg: 'signed out', outcome: 'signed out', user: 'alice', clientId: 'web' }, 'signed out');
  await tells(t, () => provider.ask({ url: '/en/auth/logout?client_id=x' }), { msg: 'logout request refused', error: 'unknown_client' }, 'refused');
});
