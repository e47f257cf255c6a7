// Forged and mutated JWTs, wherever a token of ours is taken (RFC 8725, RFC 9068 §4, RFC 7515 §10).

import { createServer, type AddressInfo } from 'node:net';
import t from 'tap';
import { foreign, misspoken, mutated, type Forgeries } from './forgeries.ts';
import { decoded, ownJwt } from './own-jwt.ts';
import { answerOf, asking, Cookies, openProvider } from './provider.ts';
import { accessOf, refused } from './worth.ts';

const provider = await openProvider(t);
const { gateway, form, ask } = provider;
const web = provider.basic('web');

let contacts = 0;
const attacker = createServer((socket) => {
  contacts += 1;
  socket.destroy();
});
await new Promise<void>((resolve) => { attacker.listen(0, '127.0.0.1', resolve); });
t.teardown(() => { attacker.close(); });
const server = `http://127.0.0.1:${String((attacker.address() as AddressInfo).port)}`;

const cookies = new Cookies();
const { access_token: accessToken, id_token: idToken } = await provider.tokens('web', 'openid jobs', { cookies });
const now = Math.floor(Date.now() / 1000);

async function forgedAccess(): Promise<Forgeries> {
  const { header, claims } = decoded(accessToken);
  const sign = (change: object): Promise<string> => ownJwt(gateway, header, { ...claims, ...change });
  return {
    ...await foreign(gateway, accessToken, server), ...mutated(accessToken), ...await misspoken(gateway, accessToken), 'an ID token': idToken,
    'expired': await sign({ exp: now - 1 }), 'no exp': await sign({ exp: undefined }), 'exp as text': await sign({ exp: String(now + 600) }), 'from the future': await sign({ nbf: now + 60 }), 'nbf as text': await sign({ nbf: '0' }),
    'the client as aud': await sign({ aud: 'web' }), 'another aud': await sign({ aud: 'https://other.example' }), 'an empty aud': await sign({ aud: [] }), 'no jti': await sign({ jti: undefined }), 'no client_id': await sign({ client_id: undefined }),
  };
}

t.test('as an access token: userinfo refuses it, introspection knows nothing, revocation does nothing', async (t) => {
  t.equal(await accessOf(provider, accessToken), 'alive', 'the good one');
  const forged = Object.entries(await forgedAccess());
  t.ok(forged.length > 120, String(forged.length));
  for (const [what, token] of forged) {
    if (/^[\x20-\x7e]*$/.test(token)) {
      const reply = await ask({ url: '/api/auth/userinfo', headers: { authorization: `Bearer ${token}` } });
      refused(t, reply, 'invalid_token', `userinfo: ${what}`, 401);
      t.match(reply.headers['www-authenticate'], /^Bearer error="invalid_token", error_description="[^"\\]+"$/, what);
    }
    const introspection = await form('/api/auth/introspect', { token }, web);
    t.strictSame([introspection.statusCode, introspection.body], [200, '{"active":false}'], `introspection: ${what}`);
    const revocation = await form('/api/auth/revoke', { token }, web);
    t.strictSame([revocation.statusCode, revocation.body], [200, '{}'], `revocation: ${what}`);
  }
  t.equal(await accessOf(provider, accessToken), 'alive', 'the good one has not been revoked by its forgeries');
});

t.test('blanks and such around a good token do not belong to it', async (t) => {
  for (const text of [` ${accessToken}`, `${accessToken} `, `${accessToken}\n`, `${accessToken}\0`, `\uFEFF${accessToken}`, `Bearer ${accessToken}`, `${accessToken}=`, accessToken.replace('.', '. ')]) {
    t.equal((await form('/api/auth/introspect', { token: text }, web)).body, '{"active":false}', JSON.stringify(text.slice(0, 12)));
    t.equal((await form('/api/auth/revoke', { token: text }, web)).body, '{}');
  }
  for (const header of [`Bearer  ${accessToken}`, `Bearer ${accessToken} x`, `Bearer ${accessToken},`, accessToken, `Token ${accessToken}`, `Bearer token=${accessToken}`]) {
    refused(t, await ask({ url: '/api/auth/userinfo', headers: { authorization: header } }), 'invalid_token', header.slice(0, 14), 401);
  }
  t.equal(await accessOf(provider, accessToken), 'alive');
});

t.test('an ID token hint must be an ID token of ours, at the authorization endpoint', async (t) => {
  const hinted = async (hint: string) => {
    const query = new URLSearchParams({ ...asking('web'), prompt: 'none', id_token_hint: hint }).toString();
    return answerOf(await provider.authorize(query, { cookies }));
  };
  t.match(await hinted(idToken), { code: /./ }, 'the good one');
  for (const [what, token] of Object.entries(await forgedHints())) {
    t.match(await hinted(token), { error: 'invalid_request', error_description: 'id_token_hint is not an ID token of this gateway', state: 'a state' }, what);
  }
});

t.test('nor does a forged one sign anybody out', async (t) => {
  for (const [what, token] of Object.entries(await forgedHints())) {
    const reply = await ask({ url: `/en/auth/logout?${new URLSearchParams({ id_token_hint: token, post_logout_redirect_uri: 'https://app.example/bye' }).toString()}`, headers: cookies.header });
    t.equal(reply.statusCode, 200, what);
    t.match(reply.body, 'Sign out?', what);
    t.notOk('location' in reply.headers || /session/.test(String(reply.headers['set-cookie'])), what);
  }
  t.match(answerOf(await provider.authorize({ ...asking('web'), prompt: 'none' }, { cookies })), { code: /./ }, 'still signed in');
});

t.test('huge ones are refused before anybody looks at them', async (t) => {
  const huge = 'A'.repeat(2 ** 20);
  refused(t, await form('/api/auth/introspect', { token: huge }, web), 'invalid_request', 'introspection', 413);
  refused(t, await form('/api/auth/revoke', { token: `${accessToken}${huge}` }, web), 'invalid_request', 'revocation', 413);
  refused(t, await form('/api/auth/introspect', { token: `a.${'b'.repeat(16_384)}.c` }, web), 'invalid_request', 'more than a token of ours');
  const userinfo = await ask({ url: '/api/auth/userinfo', headers: { authorization: `Bearer ${huge}` } });
  t.match(userinfo, { statusCode: 431 });
  t.match(userinfo.json(), { code: 431, error: 'invalid_request' });
});

t.test('no address in a token was ever asked for a key', (t) => {
  t.equal(contacts, 0);
  t.end();
});

async function forgedHints(): Promise<Forgeries> {
  const { header, claims } = decoded(idToken);
  const sign = (change: object): Promise<string> => ownJwt(gateway, header, { ...claims, ...change });
  return {
    ...await foreign(gateway, idToken, server), ...mutated(idToken), ...await misspoken(gateway, idToken), 'an access token': accessToken,
    'two aud': await sign({ aud: ['web', 'other'] }), 'aud in an array': await sign({ aud: ['web'] }), 'no at_hash': await sign({ at_hash: undefined }),
  };
}
