// Revocation: a client ends its own tokens, nobody else's, and learns nothing by it (RFC 7009).

import t, { type Test } from 'tap';
import { later } from './clock.ts';
import { asking, clients, openProvider, type Fields } from './provider.ts';
import type { Reply } from '../routes/app.ts';
import { accessOf, alive, dead, granted, refresh, refused } from './worth.ts';

const provider = await openProvider(t);
const { form } = provider;
const SCOPE = 'openid jobs offline.access';
const URL_PATH = '/api/auth/revoke';
const web = provider.basic('web');

const revoke = (token: string, headers: Fields = web, more: Fields = {}): Promise<Reply> => form(URL_PATH, { token, ...more }, headers);
const done = (t: Test, reply: Reply, what: string): void => {
  t.strictSame([reply.statusCode, reply.body], [200, '{}'], what);
  t.equal(reply.headers['cache-control'], 'no-store', what);
};

t.test('an access token ends alone', async (t) => {
  const first = await provider.tokens('web', SCOPE);
  const second = granted(t, await refresh(provider, 'web', first.refresh_token));
  done(t, await revoke(first.access_token), 'once');
  t.equal(await accessOf(provider, first.access_token), 'dead');
  await alive(t, provider, 'web', second, 'its sister and the refresh token');
  done(t, await revoke(first.access_token), 'twice');
});

t.test('a refresh token takes all that came of its grant along', async (t) => {
  const first = await provider.tokens('web', SCOPE);
  const second = granted(t, await refresh(provider, 'web', first.refresh_token));
  const another = await provider.tokens('web', SCOPE);
  done(t, await revoke(second.refresh_token), 'once');
  await dead(t, provider, 'web', second, 'the newest');
  t.equal(await accessOf(provider, first.access_token), 'dead', 'the first');
  done(t, await revoke(second.refresh_token), 'twice');
  await alive(t, provider, 'web', another, 'another grant of the same user and client');
});

t.test('a refresh token that was replaced still ends its family', async (t) => {
  const first = await provider.tokens('web', SCOPE);
  const second = granted(t, await refresh(provider, 'web', first.refresh_token));
  done(t, await revoke(first.refresh_token), 'the old one');
  await dead(t, provider, 'web', second, 'the new one');
});

t.test('eight at once are as one', async (t) => {
  const tokens = await provider.tokens('web', SCOPE);
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    for (const reply of await Promise.all(Array.from({ length: 8 }, () => revoke(token)))) done(t, reply, 'one of eight');
  }
  await dead(t, provider, 'web', tokens, 'afterwards');
});

t.test('a token of another client is refused, and lives on', async (t) => {
  const tokens = await provider.tokens('web', SCOPE);
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    refused(t, await revoke(token, provider.basic('other')), 'invalid_grant', 'a confidential client');
    refused(t, await revoke(token, {}, { client_id: 'spa' }), 'invalid_grant', 'a public client');
    refused(t, await revoke(token, {}, { client_id: 'web' }), 'invalid_client', 'its id without its secret', 401);
    refused(t, await revoke(token, {}), 'invalid_client', 'nobody', 401);
    refused(t, await revoke(token, { authorization: `Bearer ${tokens.access_token}` }), 'invalid_client', 'the bearer', 401);
  }
  await alive(t, provider, 'web', tokens, 'web');
});

t.test('a public client ends its own by its id', async (t) => {
  const tokens = await provider.tokens('spa', SCOPE);
  done(t, await revoke(tokens.access_token, {}, { client_id: 'spa' }), 'access');
  t.equal(await accessOf(provider, tokens.access_token), 'dead');
  done(t, await revoke(tokens.refresh_token, {}, { client_id: 'spa' }), 'refresh');
  await dead(t, provider, 'spa', tokens, 'spa');
});

t.test('what is no token, or no longer one, is ended already', async (t) => {
  const expired = await provider.tokens('web', SCOPE);
  const code = await provider.code(asking('web', SCOPE));
  for (const [what, token] of Object.entries({
    'a word': 'x', 'a code': code, 'an ID token': expired.id_token, 'dots': '..', 'a NUL': '\0', 'SQL': '\' OR 1=1 --', 'half a token': expired.access_token.slice(0, 200), 'cut': expired.refresh_token.slice(1),
  })) done(t, await revoke(token), what);
  await alive(t, provider, 'web', granted(t, await provider.token('web', { grant_type: 'authorization_code', code, redirect_uri: clients.web.redirectUris[0] })), 'the code');
  later(t, 31 * 86_400);
  done(t, await revoke(expired.access_token), 'an access token that has expired');
  done(t, await revoke(expired.refresh_token), 'a refresh token that has expired');
});

t.test('a wrong hint does not matter', async (t) => {
  for (const token_type_hint of ['access_token', 'refresh_token', 'id_token', 'x', '']) {
    const tokens = await provider.tokens('web', SCOPE);
    done(t, await revoke(tokens.access_token, web, { token_type_hint }), token_type_hint);
    t.equal(await accessOf(provider, tokens.access_token), 'dead', token_type_hint);
    done(t, await revoke(tokens.refresh_token, web, { token_type_hint }), token_type_hint);
    await dead(t, provider, 'web', tokens, token_type_hint);
  }
});

t.test('a request without a token, or by another way', async (t) => {
  refused(t, await form(URL_PATH, {}, web), 'invalid_request', 'missing');
  refused(t, await form(URL_PATH, { token: '' }, web), 'invalid_request', 'empty');
  refused(t, await form(URL_PATH, 'token=x&token=y', web), 'invalid_request', 'twice');
  refused(t, await form(URL_PATH, 'token=x&token_type_hint=a&token_type_hint=b', web), 'invalid_request', 'two hints');
  refused(t, await form(URL_PATH, { token: 'x'.repeat(16_385) }, web), 'invalid_request', 'huge');
  refused(t, await provider.ask({ url: `${URL_PATH}?token=x&callback=f`, headers: web }), 'invalid_request', 'GET (JSONP is not offered)', 405);
  const json = (payload: string) => provider.ask({ method: 'POST', url: URL_PATH, headers: { ...web, 'content-type': 'application/json' }, payload });
  done(t, await json('{"token":"x"}'), 'JSON');
  for (const payload of ['{"token":1}', '{"token":null}', '[]', '']) refused(t, await json(payload), 'invalid_request', payload);
});
