// The server's challenge, right and damaged: only a right one is answered (ntlm/challenge.ts, ntlm/av-pairs.ts).

import t from 'tap';
import { ClientError } from '../../../../src/client/error.ts';
import { readChallenge } from '../../../../src/client/windows/ntlm/challenge.ts';
import { avEnd, avFlags, avIds, avPair, encodeNegotiate, fileTime, flags, header, point, utf16 } from '../../../mechanisms/ntlm/encoder.ts';
import { documented } from '../../../mechanisms/ntlm/samples.ts';
import { challengedFlags, challengePlaces, encodeChallenge, serverTime, usualPairs } from './encoder.ts';

t.test('the documented challenge is read as the document says', async (t) => {
  const { flags: read, serverChallenge, pairs, timestamp, domain } = readChallenge(documented.challenge);
  t.equal(read, 0xe28a_8233);
  t.strictSame(Buffer.from(serverChallenge), Buffer.from('0123456789abcdef', 'hex'));
  t.strictSame(pairs.map(({ id, value }) => [id, Buffer.from(value).toString('utf16le')]), [[avIds.domain, 'Domain'], [avIds.computer, 'Server']]);
  t.equal(timestamp, undefined);
  t.equal(domain, 'Domain');
});

t.test('a challenge is read with and without a version and a target name, wherever it lies in memory', async (t) => {
  for (const fields of [{}, { hasVersion: true }, { targetName: Buffer.alloc(0) }]) {
    const message = encodeChallenge(fields);
    const shifted = new Uint8Array(message.length + 13).subarray(13);
    shifted.set(message);
    const { domain, timestamp, pairs } = readChallenge(shifted);
    t.equal(domain, 'MYQ');
    t.strictSame(Buffer.from(timestamp ?? []), fileTime(serverTime));
    t.strictSame(pairs.map(({ id }) => id), [avIds.domain, avIds.computer, avIds.dnsDomain, avIds.dnsComputer, avIds.timestamp]);
  }
});

t.test('what is behind the end of the pairs, and a limit that nothing depends on, are not looked at', async (t) => {
  const padded = readChallenge(encodeChallenge({ targetInfo: Buffer.concat([...usualPairs, avEnd, avPair(avIds.domain, utf16('X'))]) }));
  t.equal(padded.domain, 'MYQ');
  t.equal(readChallenge(point(encodeChallenge(), challengePlaces.targetInfo, { capacity: 0 })).domain, 'MYQ');
});

t.test('a server without a domain name has none', async (t) => {
  t.equal(readChallenge(encodeChallenge({ pairs: [] })).domain, '');
  t.equal(readChallenge(encodeChallenge({ pairs: [avPair(avIds.domain, Buffer.alloc(0))] })).domain, '');
});

/** A challenge whose field at `at` is pointed elsewhere. */
const pointed = (at: number, field: Parameters<typeof point>[2]): Buffer => point(encodeChallenge(), at, field);
const withPairs = (...pairs: readonly Uint8Array[]): Buffer => encodeChallenge({ pairs });
const withInfo = (targetInfo: Uint8Array): Buffer => encodeChallenge({ targetInfo });
const without = (flag: number): Buffer => encodeChallenge({ flags: challengedFlags & ~flag });
const { targetName, targetInfo } = challengePlaces;
const end = encodeChallenge().length;

const wrong: readonly (readonly [why: string, message: Uint8Array])[] = [
  ['it is no NTLM message', Buffer.alloc(0)],
  ['it is no NTLM message', Buffer.alloc(64)],
  ['it is no NTLM message', Buffer.from('NTLMSSP')],
  ['it is no NTLM message', Buffer.from(encodeChallenge().toString('base64'))],
  ['it is another NTLM message', Buffer.from('NTLMSSP\0\u0002', 'latin1')],
  ['it is another NTLM message', encodeNegotiate()],
  ['it is another NTLM message', documented.authenticate],
  ['it is another NTLM message', header(0x0200_0002, 64)],
  ['it is cut short', encodeChallenge().subarray(0, 12)],
  ['it is cut short', encodeChallenge().subarray(0, 47)],
  ['it is larger than 8 KiB', Buffer.concat([encodeChallenge(), Buffer.alloc(8 * 1024)])],
  ['it is larger than 8 KiB', withInfo(Buffer.alloc(65_535))],
  ['it is larger than 8 KiB', Buffer.alloc(70_000)],
  ['it allows no Unicode', without(flags.unicode)],
  ['it allows no Unicode', encodeChallenge({ flags: (challengedFlags & ~flags.unicode) | flags.oem })],
  ['it allows no extended session security', without(flags.extendedSessionSecurity)],
  ['it has no target info, without which there is no NTLMv2', without(flags.targetInfo)],
  ['it has no target info, without which there is no NTLMv2', withInfo(Buffer.alloc(0))],
  ['its target info is inside the header', pointed(targetInfo, { offset: 0 })],
  ['its target info is inside the header', pointed(targetInfo, { offset: 47 })],
  ['its target name is inside the header', point(encodeChallenge({ hasVersion: true }), targetName, { offset: 48 })],
  ['its target info reaches past the end', pointed(targetInfo, { offset: 55 })],
  ['its target info reaches past the end', pointed(targetInfo, { offset: 0xffff_ffff })],
  ['its target info reaches past the end', pointed(targetInfo, { length: 0xffff })],
  ['its target info reaches past the end', encodeChallenge().subarray(0, -1)],
  ['its target name reaches past the end', pointed(targetName, { offset: end - 5 })],
  ['its fields overlap', pointed(targetName, { offset: 49 })],
  ['its fields overlap', pointed(targetName, { length: 7 })],
  ['its attributes have no end', withInfo(Buffer.concat(usualPairs))],
  ['its attributes have no end', withInfo(Buffer.alloc(3))],
  ['its attributes have no end', withInfo(Buffer.concat([...usualPairs, avEnd.subarray(0, 2)]))],
  ['its attributes have a wrong end', withInfo(Buffer.from('00000100ff', 'hex'))],
  ['an attribute reaches past the end', withInfo(Buffer.from('02000600410042000000', 'hex').subarray(0, 8))],
  ['an attribute is there twice', withPairs(...usualPairs, avPair(avIds.domain, utf16('MYQ')))],
  ['an attribute is there twice', withPairs(avFlags(0), avFlags(2))],
  ['an attribute is there twice', withPairs(avPair(77, Buffer.alloc(1)), avPair(77, Buffer.alloc(1)))],
  ['an attribute has a wrong size', withPairs(avPair(avIds.timestamp, Buffer.alloc(7)))],
  ['an attribute has a wrong size', withPairs(avPair(avIds.flags, Buffer.alloc(0)))],
  ['an attribute has a wrong size', withPairs(avPair(avIds.bindings, Buffer.alloc(20)))],
  ['an attribute has a wrong size', withPairs(avPair(avIds.domain, Buffer.from('MYQ')))],
  ['it has too many attributes', withPairs(...Array.from({ length: 65 }, (_, index) => avPair(100 + index, Buffer.alloc(0))))],
  ['the name of its domain is none', withPairs(avPair(avIds.domain, utf16('M\u0000YQ')))],
  ['the name of its domain is none', withPairs(avPair(avIds.domain, Buffer.from('00d84100', 'hex')))],
  ['the name of its domain is none', withPairs(avPair(avIds.domain, utf16('D'.repeat(257))))],
];

t.test('a challenge that is damaged, or allows less than this client wants, is refused with its reason and a cure', async (t) => {
  for (const [why, message] of wrong) {
    const error = await Promise.resolve().then(() => readChallenge(message)).then(() => undefined, (thrown: unknown) => thrown);
    if (!(error instanceof ClientError)) return t.fail(`${why}: ${String(error)}`);
    t.equal(error.reason, 'ntlm_failed');
    t.equal(error.message, `the NTLM challenge of the server cannot be answered: ${why}`);
    t.match(error.cure, /^Sign in another way/);
  }
});
