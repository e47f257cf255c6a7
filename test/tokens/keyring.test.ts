// The key ring over a real store: what it publishes, and how it follows the store.

import { createSecretKey, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, createLocalJWKSet, importJWK, jwtVerify, SignJWT, type JSONWebKeySet, type JWK } from 'jose';
import t from 'tap';
import { ConfigError, UnavailableError } from '../../src/errors.ts';
import type { KeyStore } from '../../src/stores/key-store.ts';
import type { Store } from '../../src/stores/store.ts';
import { rotateKeys } from '../../src/tokens/key-rotation.ts';
import { openKeyring } from '../../src/tokens/keyring.ts';
import { published, signer, site } from './key-site.ts';

/** Counts the reads of a store, and fails them while it is out. */
function watched(store: Store) {
  const state = { reads: 0, fault: undefined as Error | undefined };
  const reading = async (): ReturnType<KeyStore['signingKeys']> => {
    state.reads += 1;
    if (state.fault !== undefined) throw state.fault;
    return store.signingKeys();
  };
  return { state, store: { ...store, signingKeys: reading } };
}

const outage = new UnavailableError('The store is not available.');

t.test('the first opening makes a key that signs at once, the next ones find it', async (t) => {
  const { ring, store } = site(t);
  const [first, second] = [await ring(), await ring(store())];
  t.equal(await signer(second), await signer(first));
  t.strictSame(await second.jwks(), await first.jwks());
  t.equal((await first.current()).algorithm, 'ES256');
});

for (const algorithm of ['ES256', 'RS256'] as const) {
  t.test(`${algorithm}: many that open at the same moment share one key, and verify each other's tokens`, async (t) => {
    const { ring, store, one } = site(t);
    const rings = await Promise.all(Array.from({ length: 6 }, () => ring(store(), algorithm)));
    t.equal((await one.signingKeys()).length, 1);
    for (const { current } of rings) {
      const { kid, privateKey, algorithm: alg } = await current();
      t.equal(alg, algorithm);
      const token = await new SignJWT({}).setProtectedHeader({ alg, kid }).sign(privateKey);
      for (const { verificationKey, jwks } of rings) {
        const key = await verificationKey(kid);
        await t.resolves(jwtVerify(token, key?.publicKey ?? createSecretKey(randomBytes(32)), { algorithms: [algorithm] }));
        await t.resolves(jwtVerify(token, createLocalJWKSet(await jwks() as JSONWebKeySet)));
      }
    }
  });
}

t.test('what is published has no private member, and its id is its thumbprint', async (t) => {
  const { ring, one } = site(t);
  await ring(one, 'RS256');
  const { jwks, verificationKey } = await ring(one, 'ES256');
  const [ec, rsa, ...others] = (await jwks()).keys as [JWK, JWK];
  t.strictSame(others, []);
  t.strictSame(Object.keys(ec).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  t.match(ec, { alg: 'ES256', crv: 'P-256', kty: 'EC', use: 'sig' });
  t.strictSame(Object.keys(rsa).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
  t.match(rsa, { alg: 'RS256', kty: 'RSA', use: 'sig', e: 'AQAB' });
  t.equal(Buffer.from(rsa.n ?? '', 'base64url').length * 8, 2048);
  for (const jwk of [ec, rsa]) {
    t.equal(await calculateJwkThumbprint(jwk), jwk.kid);
    await t.resolves(importJWK(jwk));
    const key = await verificationKey(jwk.kid ?? '');
    t.match(key, { kid: jwk.kid, algorithm: jwk.alg, publicKeyPem: /^-----BEGIN PUBLIC KEY-----\n/ });
    t.match(key?.publicKey.export({ format: 'jwk' }), { kty: jwk.kty });
    t.equal(key?.publicKey.type, 'public');
  }
});

t.test('the private key cannot be taken out of the ring, and the store holds it only sealed', async (t) => {
  const { ring, one } = site(t);
  t.equal((await (await ring()).current()).privateKey.extractable, false);
  const [stored] = await one.signingKeys();
  t.notMatch(Buffer.from(stored?.sealedPrivateKey ?? '', 'base64url').toString('latin1'), /PRIVATE/);
  t.notOk('d' in (JSON.parse(stored?.publicJwk ?? '{}') as object));
});

t.test('a key id that is not ours has no key', async (t) => {
  const { ring } = site(t);
  const { verificationKey, retiredKey, current } = await ring();
  const { kid } = await current();
  for (const strange of ['', 'unknown', '__proto__', 'constructor', kid.toLowerCase(), `${kid} `]) {
    t.equal(await verificationKey(strange), undefined, strange);
    t.equal(await retiredKey(strange), undefined, strange);
  }
});

t.test('with another seal key the gateway does not start, and no second key is made, not even of another algorithm', async (t) => {
  const { ring, one, now } = site(t);
  await ring();
  const other = { store: one, sealKey: createSecretKey(randomBytes(32)), now };
  for (const algorithm of ['ES256', 'RS256'] as const) {
    await t.rejects(openKeyring({ ...other, algorithm }), ConfigError);
    await t.rejects(rotateKeys({ ...other, algorithm }), ConfigError);
    await t.rejects(rotateKeys({ ...other, algorithm, revokeFormer: true }), ConfigError);
  }
  t.equal((await one.signingKeys()).length, 1);
  await t.resolves(ring());
});

t.test('a store that is out at the opening is told as such, and so is one with a damaged key', async (t) => {
  const { ring, one, store } = site(t);
  await one.addKey({ kid: 'k', algorithm: 'ES256', publicJwk: '{"kty":', sealedPrivateKey: '', createdAt: 1 });
  await t.rejects(ring(one), UnavailableError);
  const closed = store();
  await closed.close();
  await t.rejects(ring(closed), UnavailableError);
});

t.test('the store is read once in 5 seconds, however many ask', async (t) => {
  const { clock, ring, one } = site(t);
  const { state, store } = watched(one);
  const opened = await ring(store);
  const { kid } = await opened.current();
  const askOnce = (): Promise<unknown>[] => [opened.current(), opened.jwks(), opened.verificationKey(kid), opened.retiredKey(kid)];
  const ask = (): Promise<unknown> => Promise.all(Array.from({ length: 50 }, askOnce).flat());
  state.reads = 0;
  for (let second = 0; second < 5; second += 1, clock.at += 1) await ask();
  t.equal(state.reads, 0);
  await ask();
  t.equal(state.reads, 1);
  clock.at -= 100;
  await ask();
  t.equal(state.reads, 2, 'a clock that was set back counts as old');
  const { privateKey } = await opened.current();
  clock.at += 5;
  t.equal((await opened.current()).privateKey, privateKey, 'what is unchanged is not opened again');
});

t.test('unknown key ids make it look once a second and not more', async (t) => {
  const { clock, ring, one, rotate } = site(t);
  const { state, store } = watched(one);
  const opened = await ring(store);
  state.reads = 0;
  const flood = (): Promise<unknown> => Promise.all(Array.from({ length: 100 }, (_, n) => opened.verificationKey(`unknown-${String(n)}`)));
  await flood();
  t.equal(state.reads, 0);
  for (const seconds of [1, 2, 3]) {
    clock.at += 1;
    await flood();
    await flood();
    t.equal(state.reads, seconds);
  }
  const { kid } = await rotate();
  t.equal(await opened.verificationKey(kid), undefined, 'in the same second it stays unknown');
  clock.at += 1;
  t.equal((await opened.verificationKey(kid))?.kid, kid);
});

t.test('an outage of the store stops nothing, and ends with it', async (t) => {
  const { clock, ring, one, rotate } = site(t);
  const { state, store } = watched(one);
  const opened = await ring(store);
  const former = await signer(opened);
  const { kid } = await rotate();
  state.fault = outage;
  clock.at += 1000;
  t.equal(await signer(opened), former);
  t.strictSame(await published(opened), [former]);
  t.equal((await opened.verificationKey(former))?.kid, former);
  t.equal(await opened.verificationKey('unknown'), undefined);
  state.reads = 0;
  await signer(opened);
  t.equal(state.reads, 0, 'it is not asked more often for that');
  state.fault = undefined;
  clock.at += 5;
  t.equal(await signer(opened), kid);
});

t.test('a fault that is no outage is not hidden', async (t) => {
  const { clock, ring, one } = site(t);
  const { state, store } = watched(one);
  const opened = await ring(store);
  state.fault = new TypeError('a fault of the program');
  clock.at += 5;
  await t.rejects(opened.current(), state.fault);
});

t.test('a store that lost its keys is told as such, and nothing is signed with what it no longer has', async (t) => {
  const { clock, ring, one } = site(t);
  const opened = await ring();
  const kid = await signer(opened);
  await one.removeKeys([kid]);
  clock.at += 5;
  await t.rejects(opened.current(), UnavailableError);
  t.strictSame([await published(opened), await opened.verificationKey(kid)], [[], undefined]);
});

