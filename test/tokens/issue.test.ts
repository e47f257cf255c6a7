// Access tokens: their header, their claims, their signature (RFC 9068).

import { createSecretKey, randomBytes } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import t from 'tap';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { tokenIssuer } from '../../src/tokens/issue.ts';
import { openKeyring } from '../../src/tokens/keyring.ts';
import { grantScopes } from '../../src/tokens/scopes.ts';
import { userInfo } from '../../src/tokens/userinfo.ts';
import { identityOf } from '../identity/people.ts';

const store = openSqlite(':memory:');
t.teardown(() => store.close());
const now = Math.floor(Date.now() / 1000);
const keyring = await openKeyring({ store, sealKey: createSecretKey(randomBytes(32)), algorithm: 'ES256', now: () => now });
const issuer = 'https://print.myq.test:8090';
const tokens = tokenIssuer({ keyring, issuer, audience: 'https://api.myq.test', lifetime: 1800, now: () => now });
const jwks = createLocalJWKSet(keyring.jwks as JSONWebKeySet);

t.test('an access token has every claim, and any service can verify it with the published keys', async (t) => {
  const alice = await identityOf({ name: 'Alice', aliases: ['alice@MYQ.TEST'], scopes: ['users'] }, { channelBinding: 'bound' });
  const scopes = grantScopes(['openid', 'users'], ['openid', 'users'], alice);
  const answer = await tokens.accessToken(alice, 'myq-desktop-client', scopes);
  t.strictSame(Object.keys(answer).sort(), ['access_token', 'expires_in', 'scope', 'token_type']);
  t.match(answer, { token_type: 'Bearer', expires_in: 1800, scope: 'openid users' });
  t.strictSame(decodeProtectedHeader(answer.access_token), { alg: 'ES256', kid: keyring.signing.kid, typ: 'at+jwt' });

  const { payload } = await jwtVerify(
    answer.access_token, jwks, { issuer, audience: 'https://api.myq.test', typ: 'at+jwt', algorithms: ['ES256'] },
  );
  const { jti, ...claims } = payload;
  t.match(jti, /^[\w-]{22}$/);
  t.strictSame(claims, {
    iss: issuer, sub: alice.user.id, aud: 'https://api.myq.test', client_id: 'myq-desktop-client', scope: 'openid users',
    iat: now, exp: now + 1800, auth_time: 1_700_000_000, amr: ['wia'], preferred_username: 'Alice', cbt: 'bound',
  });
});

t.test('every token has its own id', async (t) => {
  const bob = await identityOf({ name: 'bob' });
  const scopes = grantScopes(['openid'], ['openid'], bob);
  const ids = await Promise.all(Array.from({ length: 100 }, async () =>
    (await jwtVerify((await tokens.accessToken(bob, 'c', scopes)).access_token, jwks)).payload.jti));
  t.equal(new Set(ids).size, 100);
});

t.test('nothing of the ticket\'s groups, e-mail or full name is in the token', async (t) => {
  const carol = await identityOf(
    { name: 'carol', email: 'carol@example.com', fullName: 'Carol Example' }, { sids: ['S-1-5-21-1-2-3-500'] },
  );
  const { access_token: token } = await tokens.accessToken(carol, 'c', grantScopes(undefined, ['openid', 'profile'], carol));
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  for (const secret of ['S-1-5', 'example.com', 'Carol']) t.notMatch(text, secret);
});

t.test('userinfo says what the scopes allow, and leaves out what the user lacks', async (t) => {
  const { user } = await identityOf({ name: 'alice', email: 'alice@example.com', fullName: 'Alice Example' });
  const { user: bare } = await identityOf({ name: 'bob' });
  t.strictSame(userInfo(user, ['openid']), { sub: user.id });
  t.strictSame(userInfo(user, ['openid', 'profile']), { sub: user.id, preferred_username: 'alice', name: 'Alice Example' });
  t.strictSame(userInfo(user, ['openid', 'email']), { sub: user.id, email: 'alice@example.com' });
  t.strictSame(userInfo(bare, ['openid', 'profile', 'email']), { sub: bare.id, preferred_username: 'bob' });
});
