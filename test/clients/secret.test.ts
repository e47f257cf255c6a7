// Ids and secrets of clients.

import t from 'tap';
import { isSecretOf, newClientId, newClientSecret, secretDigest } from '../../src/clients/secret.ts';

t.test('ids are upper-case GUIDs, secrets 256 bits in hexadecimal, and none comes twice', (t) => {
  const ids = Array.from({ length: 100 }, newClientId);
  const secrets = Array.from({ length: 100 }, newClientSecret);
  for (const id of ids) t.match(id, /^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  for (const secret of secrets) t.match(secret, /^[0-9a-f]{64}$/);
  t.equal(new Set([...ids, ...secrets]).size, 200);
  t.end();
});

t.test('a digest is SHA-256 in base64url', (t) => {
  // FIPS 180-2, the example "abc".
  t.equal(secretDigest('abc'), Buffer.from('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'hex').toString('base64url'));
  t.end();
});

t.test('each of several good secrets is right, and nothing else is', (t) => {
  const digests = [secretDigest('one'), secretDigest('two')];
  for (const secret of ['one', 'two']) t.equal(isSecretOf(digests, secret), true, secret);
  for (const secret of ['', 'One', 'one ', 'three', 'onetwo', secretDigest('one')]) t.equal(isSecretOf(digests, secret), false, secret);
  for (const secret of ['', 'one']) t.equal(isSecretOf([], secret), false, `"${secret}" where there is none`);
  t.equal(isSecretOf(['', 'short', 'ž'.repeat(43)], 'short'), false, 'a digest that is none');
  t.end();
});
