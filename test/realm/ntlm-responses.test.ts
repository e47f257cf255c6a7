// The client that the tests have answers in the old ways as MS-NLMP §4.2 says; the NTLMv2 response is the product's.

import t from 'tap';
import { rc4 } from '../../src/client/windows/ntlm/rc4.ts';
import { md5 } from '../../src/client/windows/ntlm/response.ts';
import { utf16 } from '../mechanisms/ntlm/encoder.ts';
import { lmHash, respondLmV2, respondSession, respondV1, sign } from './ntlm-responses.ts';

const secret = { user: 'User', domain: 'Domain', password: 'Password', serverChallenge: Buffer.from('0123456789abcdef', 'hex') };
const nonce = Buffer.alloc(8, 0xaa);
const hex = (bytes: Buffer): string => bytes.toString('hex');

t.test('the LM hash of a password is the documented one', async (t) => {
  t.equal(hex(lmHash('Password')), 'e52cac67419a9a224a3b108f3fa6cb6d');
});

t.test('responses of the old versions are the documented ones', async (t) => {
  const v1 = respondV1(secret);
  t.equal(hex(v1.nt), '67c43011f30298a2ad35ece64f16331c44bdbed927841f94');
  t.equal(hex(v1.lm), '98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13');
  t.equal(hex(v1.key), 'd87262b0cde4b1cb7499becccdf10784');
  const session = respondSession(secret, nonce);
  t.equal(hex(session.nt), '7537f803ae367128ca458204bde7caf81e97ed2683267232');
  t.equal(hex(session.key), 'eb93429a8bd952f8b89c55b87f475edc');
  t.equal(hex(respondLmV2(secret, nonce)), '86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa');
});

t.test('a signature holds the checksum that the documented sealed message ends in', async (t) => {
  const sessionKey = Buffer.alloc(16, 0x55);
  const sealing = md5(sessionKey, Buffer.from('session key to client-to-server sealing key magic constant\0'));
  const signature = sign(sessionKey, utf16('Plaintext'));
  const sealed = rc4(sealing, Buffer.concat([utf16('Plaintext'), rc4(sealing, signature.subarray(4, 12))]));
  t.equal(hex(sealed), '54e50165bf1936dc996020c1811b0f06fb5f' + '7fb38ec5c55d4976');
  t.same([signature.subarray(0, 4), signature.subarray(12)], [Buffer.from([1, 0, 0, 0]), Buffer.alloc(4)]);
});
