// The NTLMv2 response is right where MS-NLMP §4.2.4 says what is right.

import t from 'tap';
import { rc4 } from '../../../../src/client/windows/ntlm/rc4.ts';
import { ntHash, ntHashV2, respondV2, upperCase } from '../../../../src/client/windows/ntlm/response.ts';
import { encodeClientChallenge } from '../../../mechanisms/ntlm/encoder.ts';
import { documented } from '../../../mechanisms/ntlm/samples.ts';

const secret = { user: 'User', domain: 'Domain', password: 'Password', serverChallenge: Buffer.from('0123456789abcdef', 'hex') };
const hex = (bytes: Buffer): string => bytes.toString('hex');

t.test('the hashes of a password are the documented ones', async (t) => {
  t.equal(hex(ntHash('Password')), 'a4f49c406510bdcab6824ee7c30fd852');
  t.equal(hex(ntHashV2('Password', 'User', 'Domain')), '0c868a403bfd7a93a3001ef22ef02e3f');
});

t.test('the NTLMv2 response, its key and the session key under it are those of the documented message', async (t) => {
  const pairs = documented.challenge.subarray(0x44);
  const clientChallenge = encodeClientChallenge({ time: -11_644_473_600_000, clientChallenge: Buffer.alloc(8, 0xaa), pairs });
  const { nt, key } = respondV2(secret, clientChallenge);
  t.equal(hex(nt.subarray(0, 16)), '68cd0ab851e51c96aabc927bebef6a1c');
  t.equal(hex(nt), hex(documented.authenticate.subarray(0x84, 0x84 + 0x54)));
  t.equal(hex(key), '8de40ccadbc14a82f15cb0ad0de95ca3');
  t.equal(hex(rc4(key, Buffer.alloc(16, 0x55))), hex(documented.authenticate.subarray(0xd8)));
});

t.test('the case of the user does not count, that of the domain and the password does', async (t) => {
  const hash = hex(ntHashV2('Password', 'User', 'Domain'));
  t.equal(hex(ntHashV2('Password', 'uSER', 'Domain')), hash);
  t.not(hex(ntHashV2('Password', 'User', 'DOMAIN')), hash);
  t.not(hex(ntHashV2('password', 'User', 'Domain')), hash);
});

t.test('a name is put in upper case letter by letter, as a domain controller does it', async (t) => {
  t.equal(upperCase('jiří.novák@myq.test'), 'JIŘÍ.NOVÁK@MYQ.TEST');
  t.equal(upperCase('weiß'), 'WEIß');
  t.equal(upperCase('ÿıſŉﬁ'), 'Ÿıſŉﬁ');
  t.equal(upperCase('νίκος'), 'ΝΊΚΟΣ');
  t.equal(upperCase('михаил'), 'МИХАИЛ');
  t.equal(upperCase('გიორგი'), 'გიორგი');
  t.equal(upperCase('İ🙂𐐨'), 'İ🙂𐐨');
});
