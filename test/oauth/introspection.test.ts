// Introspection: who may ask, what is said of a good token, and that nothing is said of any other (RFC 7662).

import t, { type Test } from 'tap';
import { later } from './clock.ts';
import { asking, clients, openProvider, type Fields, type Tokens } from './provider.ts';
import { changeStore, claimsOf, granted, refresh, refused, register, somebody } from './worth.ts';

const provider = await openProvider(t);
const { form, token, gateway: { store, issuer } } = provider;
const SCOPE = 'openid jobs offline.access';
const web = provider.basic('web');
const other = provider.basic('other');
const URL_PATH = '/api/auth/introspect';

const introspect = async (text: string, headers: Fields = web, more: Fields = {}) =>
  (await form(URL_PATH, { token: text, ...more }, headers)).json();

/** Nothing but that it is not active is said of either token. */
async function silent(t: Test, tokens: Tokens, what: string, headers: Fields = web): Promise<void> {
  for (const name of ['access_token', 'refresh_token'] as const) {
    const reply = await form(URL_PATH, { token: tokens[name] }, headers);
    t.strictSame([reply.statusCode, reply.body], [200, '{"active":false}'], `${what}: ${name}`);
  }
}

t.test('a good token is described', async (t) => {
  const tokens = await provider.tokens('web', SCOPE);
  const claims = claimsOf(tokens.access_token);
  const reply = await form(URL_PATH, { token: tokens.access_token }, web);
  t.match(reply.headers, { 'cache-control': 'no-store', 'content-type': /^application\/json/ });
  t.strictSame(reply.json(), { active: true, token_type: 'Bearer', username: 'alice', ...claims });
  const { exp, ...about } = await introspect(tokens.refresh_token);
  t.strictSame(about, { active: true, client_id: 'web', username: 'alice', scope: SCOPE, sub: provider.alice.id, iss: issuer, grant_id: claims['grant_id'] });
  t.ok(Math.abs(Number(exp) - (Number(claims['iat']) + 30 * 86_400)) < 5, 'until it must be used');
});

t.test('a service may ask about the access token of another client, not about its refresh token', async (t) => {
  const tokens = await provider.tokens('spa', SCOPE);
  t.match(await introspect(tokens.access_token, other), { active: true, client_id: 'spa', username: 'alice' });
  for (const headers of [web, other]) t.strictSame(await introspect(tokens.refresh_token, headers), { active: false });
  granted(t, await refresh(provider, 'spa', tokens.refresh_token), 'nothing happened to it');
});

t.test('only who proves himself may ask', async (t) => {
  const { access_token: good } = await provider.tokens('web', SCOPE);
  refused(t, await form(URL_PATH, { token: good, client_id: 'spa' }), 'unauthorized_client', 'a public client', 403);
  refused(t, await form(URL_PATH, { token: good }), 'invalid_client', 'nobody', 401);
  refused(t, await form(URL_PATH, { token: good }, { authorization: `Bearer ${good}` }), 'invalid_client', 'the token itself', 401);
  const wrong = await form(URL_PATH, { token: good }, { authorization: `Basic ${Buffer.from('web:x').toString('base64')}` });
  refused(t, wrong, 'invalid_client', 'a wrong secret', 401);
  t.match(wrong.headers['www-authenticate'], /^Basic /);
  for (const client_id of ['web', 'nobody']) refused(t, await form(URL_PATH, { token: good, client_id }), 'invalid_client', client_id, 401);
});

t.test('a request without a token, or by another way', async (t) => {
  refused(t, await form(URL_PATH, {}, web), 'invalid_request', 'missing');
  refused(t, await form(URL_PATH, { token: '' }, web), 'invalid_request', 'empty');
  refused(t, await form(URL_PATH, 'token=x&token=x', web), 'invalid_request', 'twice');
  const get = await provider.ask({ url: `${URL_PATH}?token=x`, headers: web });
  refused(t, get, 'invalid_request', 'GET', 405);
  t.equal(get.headers['allow'], 'POST');
  const json = (payload: string) => provider.ask({ method: 'POST', url: URL_PATH, headers: { ...web, 'content-type': 'application/json' }, payload });
  t.strictSame((await json('{"token":"x"}')).json(), { active: false }, 'JSON');
  for (const payload of ['{"token":1}', '{"token":null}', '{"token":["x"]}', '[]', 'null', '']) refused(t, await json(payload), 'invalid_request', payload);
});

t.test('a wrong hint does not matter', async (t) => {
  const tokens = await provider.tokens('web', SCOPE);
  for (const token_type_hint of ['access_token', 'refresh_token', 'id_token', 'x', '']) {
    t.equal((await introspect(tokens.access_token, web, { token_type_hint }))['active'], true, token_type_hint);
    t.equal((await introspect(tokens.refresh_token, web, { token_type_hint }))['active'], true, token_type_hint);
  }
});

t.test('nothing is said of what is no token, and it costs nothing to ask', async (t) => {
  const { id_token: idToken } = await provider.tokens('web', SCOPE);
  const code = await provider.code(asking('web', SCOPE));
  for (const [what, text] of Object.entries({ 'an ID token': idToken, 'a code': code, 'a word': 'x', 'dots': '..', 'a NUL': '\0', 'letters': 'ž'.repeat(500), 'SQL': '\' OR 1=1 --', 'a secret': provider.secrets.web })) {
    t.strictSame(await introspect(text), { active: false }, what);
  }
  granted(t, await token('web', { grant_type: 'authorization_code', code, redirect_uri: clients.web.redirectUris[0] }), 'the code is still good');
});

t.test('nothing is said of a token that has ended, whatever has ended it', async (t) => {
  for (const [what, happens] of [
    ['the user is disabled', (id: string) => store.setUserDisabled(id, true)],
    ['he is disabled and enabled again', async (id: string) => { await store.setUserDisabled(id, true); await store.setUserDisabled(id, false); }],
    ['he is removed', (id: string) => store.removeUser(id)],
    ['his password is changed', (id: string) => store.setPassword(id, 'x')],
    ['the grant is revoked', (_: string, tokens: Tokens) => store.revokeGrant(String(claimsOf(tokens.access_token)['grant_id']))],
    ['the session is over', (_: string, tokens: Tokens) => store.endSession(String(claimsOf(tokens.id_token)['sid']))],
    ['the refresh token was used twice', async (_: string, tokens: Tokens) => { for (const _time of [1, 2]) await refresh(provider, 'web', tokens.refresh_token); }],
    ['the client revoked it', (_: string, tokens: Tokens) => form('/api/auth/revoke', { token: tokens.refresh_token }, web)],
  ] as const) {
    const { id, name } = await somebody(provider);
    const tokens = await provider.tokens('web', SCOPE, { user: name });
    t.equal((await introspect(tokens.refresh_token))['active'], true, `${what}: not yet`);
    await happens(id, tokens);
    await silent(t, tokens, what);
  }
});

t.test('nothing is said of a token whose client is gone, even when it is registered again', async (t) => {
  const tokens = await provider.tokens('native', SCOPE);
  await store.removeClient('native');
  await silent(t, tokens, 'gone');
  await register(provider, clients.native);
  await silent(t, tokens, 'again');
});

t.test('nothing is said of a refresh token that was replaced, or whose client may no longer refresh', async (t) => {
  const first = await provider.tokens('other', SCOPE);
  const second = granted(t, await refresh(provider, 'other', first.refresh_token));
  t.strictSame(await introspect(first.refresh_token, other), { active: false }, 'replaced');
  t.equal((await introspect(second.refresh_token, other))['active'], true);
  t.equal((await introspect(first.access_token, other))['active'], true, 'the access token before it is still good');
  changeStore(provider, 'UPDATE clients SET grants = ? WHERE id = ?', 'authorization_code', 'other');
  t.strictSame(await introspect(second.refresh_token, other), { active: false }, 'it could not be used');
});

t.test('an access token ends by the clock', async (t) => {
  const tokens = await provider.tokens('web', SCOPE);
  const early = t.test('not quite', async (t) => {
    later(t, 1795);
    t.equal((await introspect(tokens.access_token))['active'], true);
  });
  await early;
  later(t, 1801);
  t.strictSame(await introspect(tokens.access_token), { active: false });
  t.equal((await introspect(tokens.refresh_token))['active'], true);
  later(t, 31 * 86_400);
  await silent(t, tokens, 'a month later');
});
