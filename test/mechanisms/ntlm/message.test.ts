// The two NTLM messages that a client sends, right and damaged (ntlm/message.ts).

import t from 'tap';
import {
  charsetOf, eraseLmResponse, NtlmError, readAuthenticate, readNegotiate, type AuthenticateMessage, type Charset,
} from '../../../src/mechanisms/ntlm/message.ts';
import { mutate, seeded } from '../../mutate.ts';
import {
  avFlags, avIds, avPair, encodeAuthenticate, encodeNegotiate, encodeResponse, flags, header, places, point, responseWith, usualFlags,
  utf16,
} from './encoder.ts';
import { chromium, curl, documented } from './samples.ts';

const plain: AuthenticateMessage = {
  kind: 'ntlmv2', flags: 0x0208_0201, domain: 'MYQ', user: 'alice', workstation: 'WS1', avFlags: 0, hasMic: false, isTargetUntrusted: false,
  targetName: undefined, channelBindings: undefined, clientTime: 0,
};

t.test('the documented NTLMv2 message is read as the document says', async (t) => {
  t.same(readAuthenticate(documented.authenticate), {
    ...plain, flags: 0xe288_8235, domain: 'Domain', user: 'User', workstation: 'COMPUTER', clientTime: -11_644_473_600_000,
  });
  t.throws(() => readAuthenticate(documented.challenge), new NtlmError('NTLM message of another type than 3'));
});

t.test('the messages of curl and Chromium are read', async (t) => {
  t.same(readNegotiate(curl.negotiate), { flags: 0x8_8206, domain: '', workstation: '' });
  t.same(readNegotiate(chromium.negotiate), { flags: 0x8_8207, domain: '', workstation: '' });
  t.same(readAuthenticate(curl.authenticate), {
    ...plain, flags: 0x0289_8206, workstation: 'WORKSTATION', clientTime: Date.UTC(2026, 10, 25, 2, 36, 38),
  });
  t.same(readAuthenticate(chromium.authenticate), {
    ...plain, flags: 0x8_8205, workstation: 'vm', avFlags: 2, hasMic: true, targetName: 'HTTP/localhost:29417', clientTime: 1_795_574_306_816,
  });
});

t.test('a first message is read in each of its sizes', async (t) => {
  for (const size of [16, 32, 40] as const) {
    t.same(readNegotiate(encodeNegotiate({ size })), { flags: (usualFlags | (size === 40 ? flags.version : 0)) >>> 0, domain: '', workstation: '' });
  }
  const { domain, workstation } = readNegotiate(encodeNegotiate({ domain: 'MYQ', workstation: 'PŘEPÁŽKA' }));
  t.same([domain, workstation], ['MYQ', 'PŘEPÁŽKA']);
});

t.test('names that a first message does not announce are not looked at', async (t) => {
  const message = point(encodeNegotiate(), 16, { length: 9, capacity: 9, offset: 9999 });
  t.same(readNegotiate(message).domain, '');
});

const withFlags = (bytes: Buffer, value: number): Buffer => {
  bytes.writeUInt32LE(value >>> 0, 12);
  return bytes;
};

const wrongNegotiates: readonly (readonly [why: string, message: Uint8Array])[] = [
  ['NTLM message without its signature', Buffer.alloc(0)],
  ['NTLM message without its signature', Buffer.alloc(32)],
  ['NTLM message of another type than 1', Buffer.from('NTLMSSP\0\x01', 'latin1')],
  ['NTLM message of another type than 1', encodeAuthenticate()],
  ['NTLM message of another type than 1', withFlags(header(0x0100_0001, 32), usualFlags)],
  ['NTLM message larger than 16 KiB', Buffer.concat([encodeNegotiate(), Buffer.alloc(16 * 1024)])],
  ['NTLM message cut short in its header', encodeNegotiate().subarray(0, 15)],
  ['NTLM message cut short in its header', encodeNegotiate().subarray(0, 17)],
  ['NTLM message cut short in its header', encodeNegotiate().subarray(0, 31)],
  ['NTLM message without a character set', encodeNegotiate({ flags: flags.ntlm })],
  ['NTLM domain announced and not there', encodeNegotiate({ size: 16, domain: 'MYQ' })],
  ['NTLM domain with control characters', encodeNegotiate({ domain: 'M\x07YQ' })],
  ['NTLM workstation too long', encodeNegotiate({ workstation: 'W'.repeat(257) })],
  ['NTLM domain inside the header', point(encodeNegotiate({ domain: 'MYQ' }), 16, { offset: 31 })],
  ['NTLM domain reaches past the end', point(encodeNegotiate({ domain: 'MYQ' }), 16, { offset: 41 })],
  ['NTLM domain longer than its own limit', point(encodeNegotiate({ domain: 'MYQ' }), 16, { capacity: 2 })],
  ['NTLM workstation overlaps another field', point(encodeNegotiate({ domain: 'MYQ', workstation: 'WS1' }), 24, { offset: 42 })],
];

t.test('a damaged first message is refused, and the reason names the damage', async (t) => {
  for (const [why, message] of wrongNegotiates) t.throws(() => readNegotiate(message), new NtlmError(why), why);
});

t.test('the kind of a response is told by its size', async (t) => {
  const [none, one, v1] = [Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(24, 0x11)];
  const session = Buffer.concat([Buffer.alloc(8, 0xaa), Buffer.alloc(16)]);
  const old = flags.unicode | flags.ntlm;
  const cases = [
    ['anonymous', { user: '', nt: none, lm: one }], ['anonymous', { user: '', nt: none, lm: none }], ['anonymous', { user: '' }],
    ['anonymous', { flags: old | flags.anonymous }], ['lm', { nt: none, lm: v1 }], ['ntlmv1', { nt: v1, lm: v1 }],
    ['ntlmv1', { nt: v1, lm: none }], ['ntlmv1', { nt: v1, lm: session, flags: old }], ['ntlm2-session', { nt: v1, lm: session }],
    ['ntlmv2', { lm: none }], ['ntlmv2', { lm: v1 }], ['ntlmv2', {}],
  ] as const;
  for (const [kind, fields] of cases) {
    const read = readAuthenticate(encodeAuthenticate(fields));
    t.equal(read.kind, kind);
    if (kind !== 'ntlmv2') t.same([read.hasMic, read.channelBindings, read.clientTime], [false, undefined, undefined]);
  }
});

t.test('names are read as the client wrote them, in either character set', async (t) => {
  for (const set of [flags.unicode, flags.oem]) {
    const names = { domain: 'Filiálka', user: 'jiří.novák@myq.test', workstation: 'PC-ŽIŽKOV' };
    t.match(readAuthenticate(encodeAuthenticate({ ...names, flags: set | flags.ntlm })), names);
    const inOne = { domain: '', user: 'MYQ\\alice', workstation: '' };
    t.match(readAuthenticate(encodeAuthenticate({ ...inOne, flags: set | flags.ntlm, sessionKey: Buffer.alloc(16), size: 64 })), inOne);
  }
  const cp852 = Buffer.from('ji\xfd\xa1', 'latin1');
  t.equal(readAuthenticate(encodeAuthenticate({ flags: flags.oem, user: cp852 })).user, 'ji\uFFFD\uFFFD');
  t.equal(readAuthenticate(encodeAuthenticate({ user: '🙂'.repeat(128) })).user, '🙂'.repeat(128));
});

t.test('a message in another character set than its first message has chosen is refused', async (t) => {
  t.same([flags.unicode | flags.oem, flags.unicode, flags.oem].map(charsetOf), ['UTF-16', 'UTF-16', 'OEM']);
  const sets = { utf16: flags.unicode, oem: flags.oem, both: flags.unicode | flags.oem, none: 0 };
  const read = (set: number, negotiated: Charset) => readAuthenticate(encodeAuthenticate({ flags: set | flags.ntlm }), negotiated).user;
  const why = new NtlmError('NTLM message in another character set than negotiated');
  for (const set of [sets.utf16, sets.both]) {
    t.equal(read(set, 'UTF-16'), 'alice');
    t.throws(() => read(set, 'OEM'), why);
  }
  for (const set of [sets.oem, sets.none]) {
    t.equal(read(set, 'OEM'), 'alice');
    t.throws(() => read(set, 'UTF-16'), why);
  }
  for (const [{ negotiate, authenticate }, charset] of [[curl, 'OEM'], [chromium, 'UTF-16']] as const) {
    t.equal(charsetOf(readNegotiate(negotiate).flags), charset);
    t.same(readAuthenticate(authenticate, charset), readAuthenticate(authenticate));
  }
});

t.test('a response that is bound, names its target and has a MIC says so', async (t) => {
  const bindings = Buffer.alloc(16, 0x5a);
  const nt = responseWith(avFlags(6), avPair(avIds.bindings, bindings), avPair(avIds.targetName, utf16('HTTP/print.myq.test')));
  t.same(readAuthenticate(encodeAuthenticate({ nt })), {
    ...plain, avFlags: 6, hasMic: true, isTargetUntrusted: true, targetName: 'HTTP/print.myq.test', channelBindings: bindings,
  });
});

/** A message whose field at `at` is pointed elsewhere. */
const pointed = (at: number, field: Parameters<typeof point>[2]): Buffer => point(encodeAuthenticate(), at, field);
const end = encodeAuthenticate().length;
const lone = Buffer.from([0x61, 0, 0x3d, 0xd8]);

const wrongAuthenticates: readonly (readonly [why: string, message: Uint8Array])[] = [
  ['NTLM message without its signature', Buffer.from('NTLMSSP')],
  ['NTLM message of another type than 3', encodeNegotiate()],
  ['NTLM message larger than 16 KiB', encodeAuthenticate({ nt: encodeResponse({ pairs: Buffer.alloc(16 * 1024) }) })],
  ['NTLM message cut short in its header', encodeAuthenticate().subarray(0, 63)],
  ['NTLM response longer than its own limit', pointed(places.nt, { capacity: 51 })],
  ['NTLM response longer than its own limit', pointed(places.nt, { length: 0xffff })],
  ['NTLM user inside the header', pointed(places.user, { offset: 0 })],
  ['NTLM user inside the header', pointed(places.user, { offset: 63 })],
  ['NTLM response reaches past the end', pointed(places.nt, { offset: end - 1 })],
  ['NTLM response reaches past the end', pointed(places.nt, { offset: 0xffff_ffff })],
  ['NTLM session key reaches past the end', pointed(places.sessionKey, { length: 16, capacity: 16, offset: end })],
  ['NTLM user overlaps another field', pointed(places.user, { offset: 88 })],
  ['NTLM workstation overlaps another field', pointed(places.workstation, { length: 8, capacity: 8 })],
  ['NTLM domain overlaps another field', pointed(places.domain, { length: 80, capacity: 80 })],
  ['NTLM user with half a character', encodeAuthenticate({ user: Buffer.from('abc') })],
  ['NTLM user is not UTF-16', encodeAuthenticate({ user: lone })],
  ['NTLM workstation is not UTF-16', encodeAuthenticate({ workstation: Buffer.from([0, 0xdc]) })],
  ['NTLM user with control characters', encodeAuthenticate({ user: 'alice\0bob' })],
  ['NTLM domain with control characters', encodeAuthenticate({ domain: 'MYQ\n' })],
  ['NTLM workstation with control characters', encodeAuthenticate({ workstation: 'WS\u2028' })],
  ['NTLM user with control characters', encodeAuthenticate({ flags: flags.oem, user: 'alice\x7f' })],
  ['NTLM user too long', encodeAuthenticate({ user: 'a'.repeat(257) })],
  ['NTLM domain too long', encodeAuthenticate({ flags: flags.oem, domain: 'a'.repeat(257) })],
  ['NTLM session key of a wrong size', encodeAuthenticate({ sessionKey: Buffer.alloc(15) })],
  ['NTLM LM response of a wrong size', encodeAuthenticate({ lm: Buffer.alloc(1) })],
  ['NTLM LM response of a wrong size', encodeAuthenticate({ lm: Buffer.alloc(25) })],
  ['NTLM response of a wrong size', encodeAuthenticate({ nt: Buffer.alloc(23) })],
  ['NTLM message with a user and no response', encodeAuthenticate({ nt: Buffer.alloc(0), lm: Buffer.alloc(0) })],
  ['NTLM response cut short', encodeAuthenticate({ nt: encodeResponse().subarray(0, 43) })],
  ['NTLM AV pairs without an end', encodeAuthenticate({ nt: encodeResponse().subarray(0, 47) })],
  ['NTLM AV pair given twice', encodeAuthenticate({ nt: responseWith(avFlags(0), avFlags(2)) })],
  ['NTLM response of an unknown version', encodeAuthenticate({ nt: encodeResponse({ version: [2, 1] }) })],
  ['NTLM response of an unknown version', encodeAuthenticate({ nt: encodeResponse({ version: [1, 2] }) })],
  ['NTLM message without room for its MIC', encodeAuthenticate({ nt: responseWith(avFlags(2)), size: 72 })],
  ['NTLM message with a MIC and an LM response', encodeAuthenticate({ nt: responseWith(avFlags(2)), lm: Buffer.alloc(24, 1) })],
];

t.test('a damaged last message is refused, and the reason names the damage', async (t) => {
  for (const [why, message] of wrongAuthenticates) t.throws(() => readAuthenticate(message), new NtlmError(why), why);
});

t.test('a message that is a part of a larger buffer is read as if it stood alone', async (t) => {
  const around = Buffer.concat([Buffer.alloc(7, 0xff), chromium.authenticate, Buffer.alloc(9, 0xff)]);
  t.same(readAuthenticate(around.subarray(7, -9)), readAuthenticate(chromium.authenticate));
});

t.test('erasing the LM response leaves all else as it was, and the token around it changes too', async (t) => {
  const token = Buffer.concat([Buffer.from('before'), curl.authenticate, Buffer.from('behind')]);
  eraseLmResponse(token.subarray(6, -6));
  const expected = Buffer.from(curl.authenticate).fill(0, 64, 88);
  t.notSame(expected, curl.authenticate);
  t.same(token, Buffer.concat([Buffer.from('before'), expected, Buffer.from('behind')]));
  t.same(readAuthenticate(expected), readAuthenticate(curl.authenticate));
  const withMic = Buffer.from(chromium.authenticate);
  eraseLmResponse(withMic);
  t.same(withMic, chromium.authenticate);
  t.throws(() => { eraseLmResponse(pointed(places.lm, { offset: 4 })); }, new NtlmError('NTLM LM response inside the header'));
});

t.test('20,000 damaged messages are each read or refused, quickly', async (t) => {
  const seed = Date.now() >>> 0;
  t.comment(`seed ${String(seed)}`);
  const random = seeded(seed);
  const target = avPair(avIds.targetName, utf16('HTTP/print.myq.test'));
  const bound = responseWith(avFlags(2), avPair(avIds.bindings, Buffer.alloc(16, 7)), target);
  const originals = [
    [readNegotiate, curl.negotiate, 32], [readNegotiate, encodeNegotiate({ domain: 'MYQ', workstation: 'WS1' }), 46],
    [readAuthenticate, documented.authenticate, 72], [readAuthenticate, curl.authenticate, 64],
    [readAuthenticate, chromium.authenticate, 332],
    [readAuthenticate, encodeAuthenticate({ nt: bound, sessionKey: Buffer.alloc(16, 9) }), 88],
    [eraseLmResponse, curl.authenticate, 64],
  ] as const;
  const counts = { read: 0, refused: 0 };
  const strange: string[] = [];
  let slowest = 0;
  for (let round = 0; round < 20_000; round++) {
    const [read, original, reach] = originals[round % originals.length] ?? originals[0];
    const message = mutate(original, random, reach);
    const start = performance.now();
    try {
      read(message);
      counts.read++;
    } catch (error) {
      if (error instanceof NtlmError && /^NTLM [\w -]+$/.test(error.message)) counts.refused++;
      else strange.push(`${Buffer.from(message).toString('hex')}: ${String(error)}`);
    }
    slowest = Math.max(slowest, performance.now() - start);
  }
  t.same(strange, []);
  t.ok(counts.read > 1000 && counts.refused > 1000, `both happen: ${JSON.stringify(counts)}`);
  t.ok(slowest < 250, `the slowest took ${slowest.toFixed(1)} ms`);
});
