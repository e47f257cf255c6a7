// MD4 is right where its author says what is right (RFC 1320 §A.5).

import t from 'tap';
import { md4 } from '../../../../src/client/windows/ntlm/md4.ts';

const vectors = [
  ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
  ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
  ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
  ['message digest', 'd9130a8164549fe818874806e1c7014b'],
  ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'],
  ['1234567890'.repeat(8), 'e33b4ddc9c38f2199c3e7b164fcc0536'],
] as const;

t.test('MD4 gives what its test vectors say', async (t) => {
  for (const [text, digest] of vectors) t.equal(md4(Buffer.from(text)).toString('hex'), digest, text);
});

t.test('MD4 is right on both sides of the end of a block', async (t) => {
  const digests = [55, 56, 63, 64, 119, 120].map((length) => md4(Buffer.alloc(length, 0x61)).toString('hex'));
  // As OpenSSL's own MD4 has them.
  t.strictSame(digests, [
    'c889c81dd86c4d2e025778944ea02881', 'd5f9a9e9257077a5f08b0b92f348b0ad', '7ea3da77432d44c323671097d1348fc8',
    '52f5076fabd22680234a3fa9f9dc5732', 'e65dd227ccef97fa1d34d70189120f76', 'b03ddbd470b47c013e0c7ab2ddd763db',
  ]);
});
