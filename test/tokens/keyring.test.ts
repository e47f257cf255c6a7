// The key ring over a real store.

import { createSecretKey, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportSPKI, importJWK, SignJWT, jwtVerify, importSPKI, type CryptoKey } from 'jose';
import t, { type Test } from 'tap';
import { ConfigError, UnavailableError } from '../../src/errors.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import type { Store } from '../../src/stores/store.ts';
import { openKeyring, type Keyring } from '../../src/tokens/keyring.ts';

const sealKey = createSecretKey(randomBytes(32));
const open = (store: Store, key = sealKey): Promise<Keyring> =>
  openKeyring({ store, sealKey: key, algorithm: 'ES256', now: () => 1_700_000_000 });

function stores(t: Test, count: number): readonly Store[] {
  const file = join(t.testdir(), 'gateway.db');
  return Array.from({ length: count }, () => {
    const store = openSqlite(file);
    t.teardown(() => store.close());
    return store;
  });
}

t.test('the first opening makes a key, the next ones find it', async (t) => {
  const [one, two] = stores(t, 2) as [Store, Store];
  const first = await open(one);
  const second = await open(two);
  t.equal(second.signing.kid, first.signing.kid);
  t.strictSame(second.jwks, first.jwks);
  t.equal(first.signing.algorithm, 'ES256');
});

t.test('two that open at the same moment share one key, and verify each other\'s tokens', async (t) => {
  const rings = await Promise.all(stores(t, 6).map((store) => open(store)));
  t.equal(new Set(rings.map(({ signing }) => signing.kid)).size, 1);
  for (const { signing } of rings) {
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: signing.kid }).sign(signing.privateKey);
    for (const ring of rings) {
      const pem = ring.verificationKey(signing.kid)?.publicKeyPem ?? '';
      await t.resolves(jwtVerify(token, await importSPKI(pem, 'ES256')));
    }
  }
});

t.test('what is published has no private member, and its id is its thumbprint', async (t) => {
  const [store] = stores(t, 1) as [Store];
  const { jwks, signing, verificationKey } = await open(store);
  t.equal(jwks.keys.length, 1);
  for (const jwk of jwks.keys) {
    t.strictSame(Object.keys(jwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    t.match(jwk, { alg: 'ES256', crv: 'P-256', kty: 'EC', use: 'sig', kid: signing.kid });
    t.equal(await calculateJwkThumbprint(jwk), jwk.kid);
    const pem = await exportSPKI(await importJWK(jwk, 'ES256', { extractable: true }) as CryptoKey);
    t.equal(verificationKey(jwk.kid ?? '')?.publicKeyPem.trim(), pem.trim());
  }
});

t.test('the private key cannot be taken out of the ring, and the store holds it only sealed', async (t) => {
  const [store] = stores(t, 1) as [Store];
  const { signing } = await open(store);
  t.equal(signing.privateKey.extractable, false);
  const [stored] = await store.signingKeys();
  t.notMatch(Buffer.from(stored?.sealedPrivateKey ?? '', 'base64url').toString('latin1'), /PRIVATE/);
  t.notOk('d' in (JSON.parse(stored?.publicJwk ?? '{}') as object));
});

t.test('a key id that is not ours has no key', async (t) => {
  const [store] = stores(t, 1) as [Store];
  const { verificationKey, signing } = await open(store);
  for (const kid of ['', 'unknown', '__proto__', 'constructor', signing.kid.toLowerCase(), `${signing.kid} `]) {
    t.equal(verificationKey(kid), undefined, kid);
  }
});

t.test('with another seal key the gateway does not start, and no second key is made', async (t) => {
  const [store] = stores(t, 1) as [Store];
  await open(store);
  await t.rejects(open(store, createSecretKey(randomBytes(32))), ConfigError);
  t.equal((await store.signingKeys()).length, 1);
  await t.resolves(open(store));
});

t.test('a store that is out is told as such', async (t) => {
  const [store] = stores(t, 1) as [Store];
  await store.close();
  await t.rejects(open(store), UnavailableError);
});
