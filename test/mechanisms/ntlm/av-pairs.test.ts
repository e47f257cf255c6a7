// AV pairs, right and wrong (ntlm/av-pairs.ts).

import t from 'tap';
import { readAvPairs } from '../../../src/mechanisms/ntlm/av-pairs.ts';
import { NtlmError } from '../../../src/mechanisms/ntlm/fields.ts';
import { avEnd, avFlags, avIds, avPair, fileTime, utf16 } from './encoder.ts';

const nothing = { flags: 0, targetName: undefined, channelBindings: undefined };
const read = (...pairs: readonly Uint8Array[]) => readAvPairs(Buffer.concat(pairs));

t.test('the pairs that matter are read in any order, among others', async (t) => {
  const others = [
    avPair(avIds.domain, utf16('MYQ')), avPair(avIds.computer, utf16('GATEWAY')), avPair(avIds.dnsDomain, utf16('myq.test')),
    avPair(avIds.dnsComputer, utf16('gateway.myq.test')), avPair(avIds.dnsTree, utf16('myq.test')), avPair(avIds.timestamp, fileTime(0)),
    avPair(avIds.singleHost, Buffer.alloc(48)), avPair(0xbeef, Buffer.alloc(3)),
  ];
  const bindings = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const ours = [avFlags(0xffff_ffff), avPair(avIds.bindings, bindings), avPair(avIds.targetName, utf16('HTTP/print.myq.test:8443'))];
  const expected = { flags: 0xffff_ffff, targetName: 'HTTP/print.myq.test:8443', channelBindings: bindings };
  t.same(read(...others, ...ours, avEnd), expected);
  t.same(read(...ours.toReversed(), ...others, avEnd), expected);
  t.same(read(avEnd), nothing);
});

t.test('zeros bind to nothing, and one octet that is none binds', async (t) => {
  t.same(read(avPair(avIds.bindings, Buffer.alloc(16)), avEnd), nothing);
  const last = Buffer.alloc(16);
  last[15] = 1;
  t.same(read(avPair(avIds.bindings, last), avEnd).channelBindings, last);
});

t.test('an empty target name is one', async (t) => {
  t.equal(read(avPair(avIds.targetName, Buffer.alloc(0)), avEnd).targetName, '');
});

t.test('what follows the end is not looked at', async (t) => {
  t.same(read(avEnd, avFlags(2)), nothing);
  t.same(read(avEnd, Buffer.from([9])), nothing);
});

t.test('sixty-four pairs are read', async (t) => {
  const many = Array.from({ length: 64 }, (_, index) => avPair(100 + index, Buffer.alloc(2)));
  t.same(read(...many, avEnd), nothing);
  t.throws(() => read(...many, avPair(99, Buffer.alloc(0)), avEnd), new NtlmError('NTLM AV pairs are too many'));
});

const long = 'x'.repeat(513);

const wrong: readonly (readonly [why: string, ...pairs: Uint8Array[]])[] = [
  ['NTLM AV pairs without an end'],
  ['NTLM AV pairs without an end', avFlags(0)],
  ['NTLM AV pairs without an end', avFlags(0), avEnd.subarray(0, 3)],
  ['NTLM AV pairs with a wrong end', avPair(avIds.end, Buffer.alloc(1)), avEnd],
  ['NTLM AV pair reaches past the end', avFlags(0).subarray(0, 7)],
  ['NTLM AV pair reaches past the end', Buffer.from('0900ffff00000000', 'hex')],
  ['NTLM AV pair given twice', avPair(avIds.bindings, Buffer.alloc(16)), avPair(avIds.bindings, Buffer.alloc(16, 1)), avEnd],
  ['NTLM AV pair given twice', avPair(0xbeef, Buffer.alloc(0)), avPair(0xbeef, Buffer.alloc(0)), avEnd],
  ['NTLM AV pair of a wrong size', avPair(avIds.flags, Buffer.alloc(3)), avEnd],
  ['NTLM AV pair of a wrong size', avPair(avIds.flags, Buffer.alloc(0)), avEnd],
  ['NTLM AV pair of a wrong size', avPair(avIds.timestamp, Buffer.alloc(4)), avEnd],
  ['NTLM AV pair of a wrong size', avPair(avIds.bindings, Buffer.alloc(0)), avEnd],
  ['NTLM AV pair of a wrong size', avPair(avIds.bindings, Buffer.alloc(17)), avEnd],
  ['NTLM AV pair with half a character', avPair(avIds.domain, Buffer.alloc(3)), avEnd],
  ['NTLM AV pair with half a character', avPair(avIds.targetName, Buffer.alloc(1)), avEnd],
  ['NTLM target name is not UTF-16', avPair(avIds.targetName, Buffer.from([0, 0xd8])), avEnd],
  ['NTLM target name with control characters', avPair(avIds.targetName, utf16('HTTP/print\r\n')), avEnd],
  ['NTLM target name too long', avPair(avIds.targetName, utf16(long)), avEnd],
];

t.test('wrong pairs are refused, and the reason names what is wrong', async (t) => {
  for (const [why, ...pairs] of wrong) t.throws(() => read(...pairs), new NtlmError(why), why);
});
