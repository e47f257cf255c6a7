// The kinds of token: real ones, disguises, damage (token/classify.ts).

import t from 'tap';
import { classify, MAX_TOKEN_BYTES, mechanismName } from '../../../src/mechanisms/token/classify.ts';
import {
  IAKERB, isKerberos, KERBEROS, KERBEROS_MICROSOFT, KERBEROS_USER_TO_USER, NEGOEX, NTLM, SPNEGO,
} from '../../../src/mechanisms/token/mechanisms.ts';
import { mutate, seeded } from '../../mutate.ts';
import { apReq, field, frame, kerberosToken, negTokenInit, negTokenResp, ntlmMessage, octets, sequence } from './encoder.ts';
import { mitKerberos, mitSpnego } from './samples.ts';

const WINDOWS = [KERBEROS_MICROSOFT, KERBEROS, NEGOEX, NTLM];
const WINDOWS_WITHOUT_TICKET = [NTLM, KERBEROS_MICROSOFT, KERBEROS, NEGOEX];
const text = (ascii: string): Uint8Array => Buffer.from(ascii, 'latin1');

t.test('what real clients send is recognised', async (t) => {
  t.match(classify(mitKerberos), { kind: 'kerberos',
    apReq: { service: 'HTTP/print.myq.test', realm: 'MYQ.TEST', ticketKvno: 2, ticketEtype: 18 } });
  t.match(classify(mitSpnego), {
    kind: 'spnego-init', mechanisms: [KERBEROS], first: KERBEROS, offersKerberos: true, ntlmOnly: false,
    inner: { kind: 'kerberos', apReq: { service: 'HTTP/print.myq.test', authenticatorEtype: 18 } },
  });
  const windows = classify(negTokenInit(WINDOWS, { mechToken: kerberosToken() }));
  t.match(windows, { kind: 'spnego-init', mechanisms: WINDOWS, first: KERBEROS_MICROSOFT, inner: { kind: 'kerberos' },
    offersKerberos: true });
});

t.test('raw NTLM is recognised with its type', async (t) => {
  for (const type of [1, 2, 3]) t.same(classify(ntlmMessage(type)), { kind: 'ntlm', type, message: ntlmMessage(type) });
  for (const odd of [ntlmMessage(0), ntlmMessage(4), ntlmMessage(0x101), text('NTLMSSP\0'), text('NTLMSSP\0\x01\0\0')]) {
    t.same(classify(odd), { kind: 'ntlm', type: undefined, message: odd });
  }
});

t.test('NTLM inside SPNEGO is seen, and whether Kerberos stands beside it', async (t) => {
  t.match(classify(negTokenInit([NTLM], { mechToken: ntlmMessage(1) })),
    { inner: { kind: 'ntlm', type: 1, message: ntlmMessage(1) }, offersKerberos: false, ntlmOnly: true });
  t.match(classify(negTokenInit([NEGOEX, NTLM])), { first: NEGOEX, inner: undefined, offersKerberos: false, ntlmOnly: true });
  t.match(classify(negTokenInit(WINDOWS_WITHOUT_TICKET, { mechToken: ntlmMessage(1) })),
    { first: NTLM, inner: { kind: 'ntlm', type: 1, message: ntlmMessage(1) }, offersKerberos: true, ntlmOnly: false });
  t.match(classify(negTokenInit([NEGOEX], { mechToken: text('NEGOEXTS\0\0') })),
    { inner: { kind: 'other', mechanism: NEGOEX }, offersKerberos: false, ntlmOnly: false });
});

t.test('a SPNEGO without an optimistic token has no inner one', async (t) => {
  t.match(classify(negTokenInit([KERBEROS, NTLM])), { kind: 'spnego-init', inner: undefined, offersKerberos: true });
});

t.test('an optimistic token that is not of the first mechanism is malformed', async (t) => {
  const disguises: readonly (readonly [string, Uint8Array])[] = [
    [KERBEROS, ntlmMessage(1)],
    [KERBEROS, frame(NTLM, ntlmMessage(1))],
    [KERBEROS, negTokenInit([NTLM], { mechToken: ntlmMessage(1) })],
    [KERBEROS, negTokenResp({ responseToken: ntlmMessage(3) })],
    [KERBEROS, kerberosToken(apReq(), KERBEROS, 0x0200)],
    [KERBEROS, kerberosToken(apReq(), KERBEROS_USER_TO_USER)],
    [KERBEROS, apReq()],
    [KERBEROS_MICROSOFT, text('NEGOEXTS')],
    [NTLM, kerberosToken()],
    [NTLM, text('anything')],
    [NEGOEX, ntlmMessage(3)],
    [NEGOEX, kerberosToken()],
    [NEGOEX, frame(NTLM, ntlmMessage(1))],
    [IAKERB, negTokenInit([NTLM])],
  ];
  for (const [first, mechToken] of disguises) {
    t.match(classify(negTokenInit([first, KERBEROS, NTLM], { mechToken })), { kind: 'malformed', why: /./ }, mechanismName(first));
  }
  t.match(classify(negTokenInit([SPNEGO, KERBEROS])), { kind: 'malformed', why: 'SPNEGO inside SPNEGO' });
});

t.test('continuations are seen with what they carry', async (t) => {
  t.same(classify(negTokenResp({ responseToken: ntlmMessage(3) })), { kind: 'spnego-response', inner: { kind: 'ntlm', type: 3, message: ntlmMessage(3) } });
  t.match(classify(negTokenResp({ negState: 1, responseToken: kerberosToken() })),
    { kind: 'spnego-response', inner: { kind: 'kerberos' } });
  t.same(classify(negTokenResp({ negState: 0, mechListMic: text('mic') })), { kind: 'spnego-response', inner: undefined });
  t.match(classify(negTokenResp({ responseToken: frame(NTLM, ntlmMessage(3)) })), { inner: { kind: 'other', mechanism: NTLM } });
  t.match(classify(negTokenResp({ responseToken: negTokenInit([KERBEROS]) })), { kind: 'malformed' });
  t.match(classify(negTokenResp({ responseToken: negTokenResp({}) })), { kind: 'malformed' });
  t.match(classify(negTokenResp({ responseToken: Buffer.alloc(0) })), { kind: 'malformed', why: 'responseToken is empty' });
});

t.test('well-formed tokens of mechanisms that are not taken are named', async (t) => {
  t.match(classify(frame(IAKERB, text('x'))), { kind: 'other', mechanism: IAKERB, why: 'IAKERB is not accepted' });
  t.match(classify(frame(NEGOEX, text('NEGOEXTS'))), { kind: 'other', mechanism: NEGOEX });
  t.match(classify(frame(NTLM, ntlmMessage(1))), { kind: 'other', mechanism: NTLM });
  t.match(classify(kerberosToken(apReq(), KERBEROS_USER_TO_USER)), { kind: 'other', mechanism: KERBEROS_USER_TO_USER });
  t.match(classify(kerberosToken(text('a reply'), KERBEROS, 0x0200)), { kind: 'other', mechanism: KERBEROS, why: /AP-REP/ });
  t.match(classify(kerberosToken(text('an error'), KERBEROS, 0x0300)), { kind: 'other', mechanism: KERBEROS, why: /KRB-ERROR/ });
});

t.test('what has no shape at all is malformed', async (t) => {
  const wrong: readonly Uint8Array[] = [
    Buffer.alloc(0), Buffer.alloc(1), text('NTLMSSP'), text('ntlmssp\0\x01\0\0\0'), text('user:password'), apReq(),
    frame(KERBEROS, Buffer.alloc(0)),
    kerberosToken(Buffer.alloc(0)), kerberosToken(apReq(), KERBEROS, 0x0100).subarray(0, -1), Buffer.concat([mitSpnego, Buffer.alloc(1)]),
    Buffer.concat([mitKerberos, mitKerberos]), frame(SPNEGO, negTokenResp({ negState: 0 })), Buffer.from('6080', 'hex'),
    Buffer.from('608500', 'hex'),
    field(0, sequence(field(0, sequence()))), negTokenInit([]), negTokenInit([KERBEROS], { mechToken: Buffer.alloc(0) }),
    octets(mitKerberos),
  ];
  for (const token of wrong) t.match(classify(token), { kind: 'malformed', why: /^.{5,}$/ });
  for (let size = 0; size < mitSpnego.length; size++) {
    if (classify(mitSpnego.subarray(0, size)).kind !== 'malformed') t.fail(`the first ${size} bytes are taken for a token`);
  }
});

t.test('a token at the size limit is read, one past it is not', async (t) => {
  const filled = (size: number): Uint8Array => frame(IAKERB, Buffer.alloc(size - frame(IAKERB, Buffer.alloc(1000)).length + 1000));
  t.match(classify(filled(MAX_TOKEN_BYTES)), { kind: 'other' });
  t.same(classify(filled(MAX_TOKEN_BYTES + 1)), { kind: 'too-large', bytes: MAX_TOKEN_BYTES + 1 });
  t.same(classify(Buffer.alloc(10_000_000)), { kind: 'too-large', bytes: 10_000_000 });
});

t.test('the largest ticket and the longest list are read', async (t) => {
  const large = kerberosToken(apReq({ cipher: Buffer.alloc(40_000, 1) }));
  t.match(classify(negTokenInit(WINDOWS, { mechToken: large })), { inner: { kind: 'kerberos' } });
  const arcs = (n: number): readonly string[] => [KERBEROS, ...Array.from({ length: n - 1 }, (_, i) => `1.3.6.1.4.1.311.${i}`)];
  t.match(classify(negTokenInit(arcs(16))), { kind: 'spnego-init', offersKerberos: true });
  t.match(classify(negTokenInit(arcs(17))), { kind: 'malformed' });
});

t.test('twenty thousand damaged tokens: never a throw, never a disguise, and quick', async (t) => {
  const originals = [
    mitKerberos, mitSpnego, kerberosToken(), negTokenInit(WINDOWS, { mechToken: kerberosToken() }),
    negTokenInit(WINDOWS_WITHOUT_TICKET, { mechToken: ntlmMessage(1) }),
    negTokenResp({ negState: 1, responseToken: ntlmMessage(3) }),
    negTokenResp({ supportedMech: KERBEROS, responseToken: kerberosToken(), mechListMic: text('mic') }),
  ];
  const random = seeded(20260417);
  const damaged = Array.from({ length: 20_000 }, (_, i) => mutate(originals[i % originals.length] ?? mitSpnego, random, 160));
  const counts: Record<string, number> = {};
  const before = process.cpuUsage();
  for (const token of damaged) {
    const kind = classify(token);
    counts[kind.kind] = (counts[kind.kind] ?? 0) + 1;
    if (kind.kind === 'spnego-init' && isKerberos(kind.first) && kind.inner !== undefined && kind.inner.kind !== 'kerberos') {
      t.fail(`a disguise: ${Buffer.from(token).toString('base64')}`);
    }
  }
  const { user, system } = process.cpuUsage(before);
  t.ok((user + system) / damaged.length < 50, `${(user + system) / damaged.length} µs each`);
  t.ok(counts['malformed'] && counts['kerberos'] && counts['spnego-init'] && counts['spnego-response'], JSON.stringify(counts));
});
