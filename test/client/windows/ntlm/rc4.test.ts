// RC4 is right where its test vectors say what is right (RFC 6229 §2).

import t from 'tap';
import { rc4 } from '../../../../src/client/windows/ntlm/rc4.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

t.test('RC4 gives the documented key streams', async (t) => {
  t.equal(hex(rc4(Buffer.from('0102030405', 'hex'), Buffer.alloc(32))), 'b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919');
  t.equal(hex(rc4(Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex'), Buffer.alloc(16))), '9ac7cc9a609d1ef7b2932899cde41b97');
  t.equal(hex(rc4(Buffer.from('Key'), Buffer.from('Plaintext'))), 'bbf316e8d940af0ad3');
});

t.test('what RC4 encrypts it decrypts, and leaves its input alone', async (t) => {
  const [key, plain] = [Buffer.from('0123456789abcdef'), Buffer.from('ExportedSessionK')];
  t.strictSame(rc4(key, rc4(key, plain)), Buffer.from('ExportedSessionK'));
  t.equal(plain.toString(), 'ExportedSessionK');
});
