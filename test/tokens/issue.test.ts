// The signer: headers and signatures of access tokens (RFC 9068) and of ID tokens (OIDC Core §2), with both algorithms.

import { createHash } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { grantToClient, grantToUser } from '../../src/tokens/granted.ts';
import { tokenIssuer } from '../../src/tokens/issue.ts';
import type { SigningAlgorithm } from '../../src/tokens/keyring.ts';
import { knownScopes } from '../../src/tokens/scopes.ts';
import { userInfo } from '../../src/tokens/userinfo.ts';
import { identityOf } from '../identity/people.ts';
import { signer, site } from './key-site.ts';

const issuer = 'https://print.myq.test:8090';
const audience = 'https://api.myq.test';
const client = { id: 'client', scopes: knownScopes };
const alice = await identityOf({ name: 'Alice', aliases: ['alice@MYQ.TEST'], scopes: ['users'] }, { channelBinding: 'bound' });
const granted = grantToUser(['openid', 'users'], client, alice);

/** A signer over a key ring, and the keys as a service has fetched them. */
async function setUp(t: Test, algorithm: SigningAlgorithm = 'ES256') {
  const { ring, clock, now, one, rotate } = site(t);
  const keyring = await ring(one, algorithm);
  const jwks = async () => createLocalJWKSet(await keyring.jwks() as JSONWebKeySet);
  return { keyring, clock, one, rotate, jwks, tokens: tokenIssuer({ keyring, issuer, audience, lifetime: 1800, now }) };
}

for (const algorithm of ['ES256', 'RS256'] as const) {
  t.test(`${algorithm}: any service can verify an access token with the published keys`, async (t) => {
    const { tokens, keyring, jwks, clock } = await setUp(t, algorithm);
    const answer = await tokens.accessToken(granted);
    t.strictSame({ ...answer, access_token: '' }, { access_token: '', token_type: 'Bearer', expires_in: 1800, scope: 'openid users' });
    t.strictSame(decodeProtectedHeader(answer.access_token), { alg: algorithm, kid: await signer(keyring), typ: 'at+jwt' });
    const { payload: { jti, ...claims } } = await jwtVerify(answer.access_token, await jwks(), {
      issuer, audience, typ: 'at+jwt', algorithms: [algorithm], currentDate: new Date(clock.at * 1000),
    });
    t.match(jti, /^[\w-]{22}$/);
    t.strictSame(claims, {
      iss: issuer, sub: alice.user.id, aud: audience, client_id: 'client', scope: 'openid users', iat: clock.at, exp: clock.at + 1800,
      auth_time: 1_700_000_000, amr: ['wia'], preferred_username: 'Alice', cbt: 'bound',
    });
  });

  t.test(`${algorithm}: the client can verify an ID token and that it belongs to the access token`, async (t) => {
    const { tokens, keyring, jwks, clock } = await setUp(t, algorithm);
    const { access_token: accessToken } = await tokens.accessToken(granted, { id: 'grant-1', expiresAt: Infinity });
    const idToken = await tokens.idToken(granted, accessToken, { nonce: 'n', sessionId: 's' });
    t.strictSame(decodeProtectedHeader(idToken), { alg: algorithm, kid: await signer(keyring), typ: 'JWT' });
    const { payload } = await jwtVerify(idToken, await jwks(), {
      issuer, audience: 'client', typ: 'JWT', algorithms: [algorithm], currentDate: new Date(clock.at * 1000),
    });
    // OIDC Core §3.1.3.6: the left half of the hash that the algorithm uses.
    const hash = createHash('sha256').update(accessToken).digest('hex').slice(0, 32);
    t.strictSame(payload, {
      sub: alice.user.id, iss: issuer, aud: 'client', iat: clock.at, exp: clock.at + 1800, auth_time: 1_700_000_000, amr: ['wia'],
      at_hash: Buffer.from(hash, 'hex').toString('base64url'), nonce: 'n', sid: 's',
    });
  });
}

t.test('the token of a kept grant names it', async (t) => {
  const { tokens } = await setUp(t);
  t.equal(decodeJwt((await tokens.accessToken(granted, { id: 'grant-1', expiresAt: Infinity })).access_token)['grant_id'], 'grant-1');
});

t.test('a token does not outlive the grant that it comes of, and says so; a longer grant changes nothing', async (t) => {
  const { tokens, clock } = await setUp(t);
  for (const [left, lifetime] of [[1, 1], [1799, 1799], [1800, 1800], [1801, 1800], [86_400, 1800]] as const) {
    const answer = await tokens.accessToken(granted, { id: 'grant-1', expiresAt: clock.at + left });
    t.equal(answer.expires_in, lifetime, `${String(left)} seconds are left`);
    t.equal(decodeJwt(answer.access_token).exp, clock.at + lifetime);
  }
});

t.test('a client gets a token for itself', async (t) => {
  const { tokens } = await setUp(t);
  const answer = await tokens.accessToken(grantToClient(['reports'], client));
  t.equal(answer.scope, 'reports');
  const { sub, client_id: clientId, amr, preferred_username: name } = decodeJwt(answer.access_token);
  t.strictSame({ sub, clientId, amr, name }, { sub: 'client', clientId: 'client', amr: undefined, name: undefined });
});

t.test('every token has its own id', async (t) => {
  const { tokens } = await setUp(t);
  const ids = await Promise.all(Array.from({ length: 100 }, async () => decodeJwt((await tokens.accessToken(granted)).access_token).jti));
  t.equal(new Set(ids).size, 100);
});

t.test('after a rotation the new key signs, and what the former one signed is still verified', async (t) => {
  const { tokens, keyring, rotate, clock, jwks } = await setUp(t);
  const before = (await tokens.accessToken(granted)).access_token;
  await rotate({ algorithm: 'RS256' });
  clock.at += 60;
  const after = (await tokens.accessToken(granted)).access_token;
  t.strictSame([before, after].map((token) => decodeProtectedHeader(token).alg), ['ES256', 'RS256']);
  t.equal(decodeProtectedHeader(after).kid, await signer(keyring));
  for (const token of [before, after]) await t.resolves(jwtVerify(token, await jwks(), { currentDate: new Date(clock.at * 1000) }));
});

t.test('nothing of the ticket\'s groups, e-mail or full name is in an access token', async (t) => {
  const { tokens } = await setUp(t);
  const carol = await identityOf(
    { name: 'carol', email: 'carol@example.com', fullName: 'Carol Example' }, { sids: ['S-1-5-21-1-2-3-500'] },
  );
  const { access_token: token } = await tokens.accessToken(grantToUser(undefined, client, carol));
  const text = JSON.stringify(decodeJwt(token));
  for (const secret of ['S-1-5', 'example.com', 'Carol']) t.notMatch(text, secret);
});

t.test('without a key there is no token, and the fault says so', async (t) => {
  const { tokens, keyring, one, clock } = await setUp(t);
  await one.removeKeys([await signer(keyring)]);
  clock.at += 60;
  await t.rejects(tokens.accessToken(granted), { name: 'UnavailableError', detail: /lost its signing keys/ });
  await t.rejects(tokens.idToken(granted, 'x', {}), UnavailableError);
});

t.test('userinfo says what the scopes allow, and leaves out what the user lacks', async (t) => {
  const { user } = await identityOf({ name: 'alice', email: 'alice@example.com', fullName: 'Alice Example' });
  const { user: bare } = await identityOf({ name: 'bob' });
  t.strictSame(userInfo(user, ['openid']), { sub: user.id });
  t.strictSame(userInfo(user, ['openid', 'profile']), { sub: user.id, preferred_username: 'alice', name: 'Alice Example' });
  t.strictSame(userInfo(user, ['openid', 'email']), { sub: user.id, email: 'alice@example.com' });
  t.strictSame(userInfo(bare, ['openid', 'profile', 'email']), { sub: bare.id, preferred_username: 'bob' });
});
