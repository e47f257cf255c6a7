// Which JWK sets a client may be registered with.

import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { jwksFault } from '../../src/clients/jwks.ts';
import { jwkOf, pairs, setOf } from './keys.ts';

const good = jwkOf(pairs.p256);

t.test('public signature keys are good, with and without what may be said about them', (t) => {
  for (const [what, text] of [
    ['P-256', setOf(good)], ['P-384', setOf(jwkOf(pairs.p384))], ['Ed25519', setOf(jwkOf(pairs.ed25519))], ['RSA', setOf(jwkOf(pairs.rsa))],
    ['with kid, use, alg and key_ops', setOf({ ...good, kid: 'a', use: 'sig', alg: 'ES256', key_ops: ['verify'] })],
    ['RSA for PS256', setOf(jwkOf(pairs.rsa, { alg: 'PS256' }))], ['Ed25519 with alg', setOf(jwkOf(pairs.ed25519, { alg: 'EdDSA' }))],
    ['ten keys', setOf(...Array.from({ length: 10 }, (_, index) => ({ ...good, kid: String(index) })))],
    ['keys without kid', setOf(good, jwkOf(pairs.rsa), { ...good, kid: 'x' })],
    ['members that nobody knows', JSON.stringify({ keys: [{ ...good, note: { a: [1] } }], version: 1 })],
  ] as const) t.equal(jwksFault(text), undefined, what);
  t.end();
});

t.test('what is no JWK set is refused', (t) => {
  for (const [reason, ...texts] of [
    [/must be JSON/, '', 'x', '{', '{"keys":[}', '\uFEFF{"keys":[]}', `${setOf(good)}x`],
    [/must be a JWK set/, 'null', '[]', '1', '"x"', '{}', '{"keys":{}}', '{"keys":null}', '{"Keys":[]}', JSON.stringify([good]), JSON.stringify(good)],
    [/1 to 10 keys/, setOf(), setOf(...Array.from({ length: 11 }, () => good))],
    [/16384 bytes/, setOf({ ...good, x5c: ['x'.repeat(16_384)] }), ' '.repeat(16_385), 'ž'.repeat(8193)],
    [/each kid once/, setOf({ ...good, kid: 'a' }, { ...jwkOf(pairs.rsa), kid: 'a' })],
  ] as const) for (const text of texts) t.match(jwksFault(text), reason, text.slice(0, 40));
  t.end();
});

t.test('a key that is private, symmetric, weak, broken or for something else is refused, and named by its place', (t) => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  for (const [reason, ...keys] of [
    [/key 2 is private or symmetric/, ...[pairs.p256, pairs.p384, pairs.ed25519, pairs.rsa].map((pair) => pair.privateKey.export({ format: 'jwk' })),
      { kty: 'oct', k: 'AAAA' }, { ...good, k: 'AAAA' }, { ...good, d: '' }, { ...good, d: null }],
    [/key 2 must be RSA, EC/, {}, { kty: 'oct' }, { kty: 1 }, { kty: 'EC' }, { ...good, kty: 'ec' }, { ...good, crv: 'P-521' }, { ...good, crv: 'secp256k1' },
      jwkOf(generateKeyPairSync('ed448')), jwkOf(generateKeyPairSync('x25519')), { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA' }, { kty: 'EC', crv: 'toString' }, { kty: 'constructor' }],
    [/key 2 is no JSON object/, null, 1, 'x', [], [good], true],
    [/key 2 is no key/, { ...good, x: undefined }, { ...good, y: '' }, { ...good, x: good.y, y: good.x }, { ...good, x: 'AA' }, { ...good, x: 1 }, { ...good, y: 'x'.repeat(43) },
      { ...jwkOf(pairs.ed25519), x: 'AA' }, { kty: 'RSA' }, { kty: 'RSA', n: 'AQAB' }, { kty: 'RSA', e: 'AQAB' }],
    [/key 2 must have 2048 to 8192 bits/, jwkOf(weak), { kty: 'RSA', n: Buffer.alloc(1025, 0xff).toString('base64url'), e: 'AQAB' }],
    [/key 2 has a weak exponent/, jwkOf(pairs.rsa, { e: 'AQ' }), jwkOf(pairs.rsa, { e: 'Ag' }), jwkOf(pairs.rsa, { e: 'AQAA' })],
    [/key 2 has a kid/, { ...good, kid: 1 }, { ...good, kid: '' }, { ...good, kid: null }, { ...good, kid: 'x'.repeat(256) }, { ...good, kid: ['a'] }],
    [/its use must be sig/, { ...good, use: 'enc' }, { ...good, use: '' }, { ...good, use: ['sig'] }],
    [/its key_ops must be verify/, { ...good, key_ops: ['sign'] }, { ...good, key_ops: [] }, { ...good, key_ops: 'verify' }, { ...good, key_ops: ['verify', 'sign'] }],
    [/another alg than ES256/, { ...good, alg: 'ES384' }, { ...good, alg: 'HS256' }, { ...good, alg: 'none' }, { ...good, alg: ['ES256'] }],
    [/another alg than RS256 or PS256/, jwkOf(pairs.rsa, { alg: 'RS384' }), jwkOf(pairs.rsa, { alg: 'RSA-OAEP' })],
  ] as const) for (const key of keys) t.match(jwksFault(setOf(good, key)), reason, JSON.stringify(key).slice(0, 60));
  t.end();
});
