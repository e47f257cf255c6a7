// The client that the tests have is right where MS-NLMP §4.2 says what is right, and its MD4 and RC4 where their authors do.

import t from 'tap';
import { encodeClientChallenge, utf16 } from '../mechanisms/ntlm/encoder.ts';
import { documented } from '../mechanisms/ntlm/samples.ts';
import { md4, rc4 } from './md4.ts';
import {
  lmHash, md5, ntHash, ntHashV2, respondLmV2, respondSession, respondV1, respondV2, sign,
} from './ntlm-responses.ts';

const secret = { user: 'User', domain: 'Domain', password: 'Password', serverChallenge: Buffer.from('0123456789abcdef', 'hex') };
const nonce = Buffer.alloc(8, 0xaa);
const hex = (bytes: Buffer): string => bytes.toString('hex');

t.test('MD4 and RC4 give what their test vectors say', async (t) => {
  t.equal(hex(md4(Buffer.alloc(0))), '31d6cfe0d16ae931b73c59d7e0c089c0');
  t.equal(hex(md4(Buffer.from('abc'))), 'a448017aaf21d8525fc10ae87aa6729d');
  t.equal(hex(md4(Buffer.from('1234567890'.repeat(8)))), 'e33b4ddc9c38f2199c3e7b164fcc0536');
  t.equal(hex(rc4(Buffer.from('Key'), Buffer.from('Plaintext'))), 'bbf316e8d940af0ad3');
});

t.test('hashes of a password are the documented ones', async (t) => {
  t.equal(hex(ntHash('Password')), 'a4f49c406510bdcab6824ee7c30fd852');
  t.equal(hex(lmHash('Password')), 'e52cac67419a9a224a3b108f3fa6cb6d');
  t.equal(hex(ntHashV2('Password', 'User', 'Domain')), '0c868a403bfd7a93a3001ef22ef02e3f');
});

t.test('responses of every version are the documented ones', async (t) => {
  const v1 = respondV1(secret);
  t.equal(hex(v1.nt), '67c43011f30298a2ad35ece64f16331c44bdbed927841f94');
  t.equal(hex(v1.lm), '98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13');
  t.equal(hex(v1.key), 'd87262b0cde4b1cb7499becccdf10784');
  const session = respondSession(secret, nonce);
  t.equal(hex(session.nt), '7537f803ae367128ca458204bde7caf81e97ed2683267232');
  t.equal(hex(session.key), 'eb93429a8bd952f8b89c55b87f475edc');
  t.equal(hex(respondLmV2(secret, nonce)), '86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa');
});

t.test('the NTLMv2 response, its key and the session key under it are those of the documented message', async (t) => {
  const pairs = documented.challenge.subarray(0x44);
  const { nt, key } = respondV2(secret, encodeClientChallenge({ time: -11_644_473_600_000, clientChallenge: nonce, pairs }));
  t.equal(hex(nt), hex(documented.authenticate.subarray(0x84, 0x84 + 0x54)));
  t.equal(hex(key), '8de40ccadbc14a82f15cb0ad0de95ca3');
  t.equal(hex(rc4(key, Buffer.alloc(16, 0x55))), hex(documented.authenticate.subarray(0xd8)));
});

t.test('a signature holds the checksum that the documented sealed message ends in', async (t) => {
  const sessionKey = Buffer.alloc(16, 0x55);
  const sealing = md5(sessionKey, Buffer.from('session key to client-to-server sealing key magic constant\0'));
  const signature = sign(sessionKey, utf16('Plaintext'));
  const sealed = rc4(sealing, Buffer.concat([utf16('Plaintext'), rc4(sealing, signature.subarray(4, 12))]));
  t.equal(hex(sealed), '54e50165bf1936dc996020c1811b0f06fb5f' + '7fb38ec5c55d4976');
  t.same([signature.subarray(0, 4), signature.subarray(12)], [Buffer.from([1, 0, 0, 0]), Buffer.alloc(4)]);
});
