// Our own tokens read back: only what we signed, as the kind that it is, and access tokens only while they are good.

import { decodeJwt, decodeProtectedHeader } from 'jose';
import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { grantToClient, grantToUser } from '../../src/tokens/granted.ts';
import { tokenIssuer } from '../../src/tokens/issue.ts';
import { PUBLISHED_FOR } from '../../src/tokens/key-life.ts';
import type { SigningAlgorithm } from '../../src/tokens/keyring.ts';
import { knownScopes } from '../../src/tokens/scopes.ts';
import { tokenReader, type TokenReaderOptions } from '../../src/tokens/verify.ts';
import { identityOf } from '../identity/people.ts';
import { forgedBearers, goodClaims, signed, signedBearers, type Signing } from './bearers.ts';
import { site } from './key-site.ts';

const about = { issuer: 'https://gw.test', audience: 'https://api.test' };
const alice = await identityOf({ name: 'alice' });
const client = { id: 'client', scopes: knownScopes };
const granted = grantToUser(['openid', 'jobs'], client, alice);
const algorithms = ['ES256', 'RS256'] as const;

/** A key ring, whose clock goes right, with what signs and what reads by it. */
async function setUp(t: Test, algorithm: SigningAlgorithm = 'ES256') {
  const { ring, clock, now, one, rotate } = site(t);
  const keyring = await ring(one, algorithm);
  clock.at = Math.floor(Date.now() / 1000);
  const by: Signing = { ...about, keyring };
  const tokens = tokenIssuer({ ...about, keyring, lifetime: 1800, now });
  const reader = (change: Partial<TokenReaderOptions> = {}) => tokenReader({ ...about, keyring, now, ...change });
  const accessToken = async (...args: Parameters<typeof tokens.accessToken>): Promise<string> =>
    (await tokens.accessToken(...args)).access_token;
  const idToken = (): Promise<string> => tokens.idToken(granted, 'an access token', { nonce: 'n', sessionId: 's' });
  return { clock, rotate, by, reader, accessToken, idToken };
}

for (const algorithm of algorithms) {
  t.test(`${algorithm}: what we signed is read, with all its claims, each kind as what it is`, async (t) => {
    const { reader, accessToken, idToken } = await setUp(t, algorithm);
    const [own, users, id] = [await accessToken(grantToClient(['reports'], client)), await accessToken(granted, { id: 'grant-1', expiresAt: Infinity }), await idToken()];
    for (const token of [own, users]) {
      t.strictSame(await reader().accessToken(token), decodeJwt(token));
      t.equal(await reader().idToken(token), undefined, 'an access token is no ID token');
    }
    t.match(await reader().accessToken(users), { sub: alice.user.id, client_id: 'client', grant_id: 'grant-1', scope: 'openid jobs' });
    t.match(await reader().idToken(id), { sub: alice.user.id, aud: 'client', sid: 's' });
    t.equal(await reader().accessToken(id), undefined, 'an ID token is no access token');
  });

  t.test(`${algorithm}: of all good and bad tokens the good ones are read, in the one spelling of typ that is ours`, async (t) => {
    const { by, reader } = await setUp(t, algorithm);
    const read = reader();
    const bearers = [...await signedBearers(by, alice.user.id), ...await forgedBearers(by, alice.user.id)];
    t.ok(bearers.filter(({ good }) => good).length >= 8);
    for (const { what, token, good } of bearers) {
      t.equal(await read.accessToken(token) !== undefined, good && !/^typ /.test(what), what);
      t.equal(await read.idToken(token), undefined, `${what}, as an ID token`);
    }
  });

  t.test(`${algorithm}: an ID token that somebody else made or changed is not read`, async (t) => {
    const { by, reader, idToken } = await setUp(t, algorithm);
    const [header = '', payload = '', signature = ''] = (await idToken()).split('.');
    const claims = decodeJwt(`${header}.${payload}.${signature}`);
    const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const kid = decodeProtectedHeader(`${header}.${payload}.${signature}`).kid ?? '';
    const stranger = await setUp(t, algorithm);
    const other = algorithms.find((one) => one !== algorithm);
    for (const [what, token] of [
      ['of a stranger', await stranger.idToken()],
      ['of a stranger, under our kid', await signed(stranger.by, claims, { typ: 'JWT', kid })],
      ['of another issuer', await signed(by, { ...claims, iss: 'https://evil.test' }, { typ: 'JWT' })],
      ['alg none', `${json({ alg: 'none', kid, typ: 'JWT' })}.${payload}.`],
      ['another alg in the header', await signed(by, claims, { typ: 'JWT', alg: other })],
      ['another user', `${header}.${json({ ...claims, sub: 'root' })}.${signature}`],
      ['crit', await signed(by, claims, { typ: 'JWT', crit: ['x'], x: 1 })],
      ['no typ', await signed(by, claims, { typ: undefined })],
      ['typ jwt', await signed(by, claims, { typ: 'jwt' })],
      ['aud: two clients', await signed(by, { ...claims, aud: ['client', 'other'] }, { typ: 'JWT' })],
      ['payload: an array', await signed(by, [claims], { typ: 'JWT' })],
      ...await Promise.all(['sub', 'aud', 'iss', 'iat', 'at_hash'].map(async (name) =>
        [`without ${name}`, await signed(by, { ...claims, [name]: undefined }, { typ: 'JWT' })] as const)),
    ] as const) t.equal(await reader().idToken(token), undefined, what);
    t.ok(await reader().idToken(await signed(by, claims, { typ: 'JWT' })), 'while the unchanged one is read');
  });
}

t.test('an access token is read to its last second, an ID token for ever', async (t) => {
  const { clock, reader, accessToken, idToken } = await setUp(t);
  const [access, id] = [await accessToken(granted), await idToken()];
  clock.at += 1799;
  t.ok(await reader().accessToken(access));
  clock.at += 1;
  t.equal(await reader().accessToken(access), undefined);
  clock.at += 80 * 86_400;
  t.ok(await reader().idToken(id));
});

t.test('an access token for others than us is not read; an ID token is for its client', async (t) => {
  const { reader, accessToken, idToken } = await setUp(t);
  const elsewhere = reader({ audience: 'https://other.test' });
  t.equal(await elsewhere.accessToken(await accessToken(granted)), undefined);
  t.ok(await elsewhere.idToken(await idToken()));
  for (const issuer of ['https://other.test', 'https://gw.test/', 'https://GW.test']) {
    t.equal(await reader({ issuer }).accessToken(await accessToken(granted)), undefined, issuer);
    t.equal(await reader({ issuer }).idToken(await idToken()), undefined, issuer);
  }
});

t.test('a key that is no longer published reads ID tokens only, one that was revoked reads nothing', async (t) => {
  const { clock, reader, rotate, by, idToken } = await setUp(t);
  const id = await idToken();
  const access = await signed(by, { ...goodClaims(by, alice.user.id), exp: clock.at + 10 * 86_400 });
  await rotate({ algorithm: 'RS256' });
  clock.at += 60;
  t.ok(await reader().accessToken(access), 'the former key is still published');
  clock.at += PUBLISHED_FOR;
  t.equal(await reader().accessToken(access), undefined);
  t.ok(await reader().idToken(id));
  await rotate({ revokeFormer: true });
  clock.at += 60;
  t.equal(await reader().idToken(id), undefined);
});

t.test('what is no token at all is not read, however large or strange', async (t) => {
  const { reader, accessToken } = await setUp(t);
  const good = await accessToken(granted);
  for (const text of [
    '', '.', '..', '...', 'a.b.c', 'null', '{}', '\0', 'žluť.žluť.žluť', '\uD800', ` ${good}`, `${good} `, `${good}\n`, `Bearer ${good}`, `${good}.${good}`,
    'A'.repeat(1_000_000), '.'.repeat(1_000_000), `${'A'.repeat(16_384)}.${good}`, `${Buffer.from('{"kid":"__proto__","typ":"at+jwt"}').toString('base64url')}.e30.AA`,
    `${Buffer.from('[]').toString('base64url')}.e30.AA`, `${Buffer.from('null').toString('base64url')}.e30.AA`,
  ]) {
    t.equal(await reader().accessToken(text), undefined, JSON.stringify(text.slice(0, 30)));
    t.equal(await reader().idToken(text), undefined);
  }
});

t.test('a store that is out is no verdict on a token', async (t) => {
  const { reader, accessToken, idToken } = await setUp(t);
  const fault = (): Promise<never> => Promise.reject(new UnavailableError('The store is not available.'));
  const out = reader({ keyring: { verificationKey: fault, retiredKey: fault } });
  await t.rejects(out.accessToken(await accessToken(granted)), UnavailableError);
  await t.rejects(out.idToken(await idToken()), UnavailableError);
});
