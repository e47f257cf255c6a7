// What goes on to Kerberos and what does not: NTLM never does, in whatever wrapping. Kerberos itself is a listener here.

import t from 'tap';
import type { KerberosToken } from '../../src/mechanisms/kerberos.ts';
import type { Leg, Mechanism, Outcome } from '../../src/mechanisms/mechanism.ts';
import { negotiate, type NegotiateCredential } from '../../src/mechanisms/negotiate.ts';
import { KERBEROS, KERBEROS_MICROSOFT, NEGOEX, NTLM, SPNEGO } from '../../src/mechanisms/token/mechanisms.ts';
import { frame, kerberosToken, negTokenInit, negTokenResp, ntlmMessage } from './token/encoder.ts';
import { mitKerberos, mitSpnego } from './token/samples.ts';

const context = { address: '192.0.2.7', calledAs: '192.0.2.1', channelBindings: undefined };
const answer: Outcome = { kind: 'refused', reason: 'replay', detail: 'the listener\'s answer' };

/** Negotiate over a listener, and what came to it. */
function setUp(kerberosOnly = true) {
  const seen: { readonly token: KerberosToken; readonly pending: Leg | undefined }[] = [];
  const listener: Mechanism<KerberosToken> = {
    name: 'kerberos',
    step: (token, pending) => {
      seen.push({ token, pending });
      return answer;
    },
  };
  const counted: string[] = [];
  const mechanism = negotiate({
    kerberos: listener, kerberosOnly,
    ntlm: kerberosOnly ? () => { throw new Error('NTLM is made although KerberosOnly is on'); } : undefined,
    surroundings: { hostname: 'print.myq.test', spnState: () => ({ kind: 'unknown' }) },
    countRefused: async ({ address }, cause) => { counted.push(`${address} ${cause}`); },
  });
  t.strictSame(mechanism.schemes, ['Negotiate']);
  const step = async (bytes: Uint8Array, pending?: Leg, scheme: NegotiateCredential['scheme'] = 'Negotiate'): Promise<Outcome> =>
    mechanism.step({ scheme, bytes }, pending, context);
  return { seen, step, counted };
}

function leg() {
  let disposed = 0;
  return { mechanism: 'kerberos', get disposed() { return disposed; }, [Symbol.dispose]: () => { disposed++; } };
}

const ntlm = [1, 2, 3].map((type) => ntlmMessage(type));
const [type1 = ntlmMessage(1)] = ntlm;

/** Tokens with NTLM alone, by their wrapping. */
const ntlmTokens: Readonly<Record<string, Uint8Array>> = {
  'raw type 1': ntlmMessage(1), 'raw type 2': ntlmMessage(2), 'raw type 3': ntlmMessage(3), 'raw, of no known type': ntlmMessage(9),
  'only the signature': Buffer.from('NTLMSSP\0'), 'with 40 KiB behind': ntlmMessage(3, Buffer.alloc(40_000, 0x41)),
  'SPNEGO that lists NTLM': negTokenInit([NTLM]), 'SPNEGO with a type 1': negTokenInit([NTLM], { mechToken: type1 }),
  'SPNEGO with a type 3': negTokenInit([NTLM], { mechToken: ntlmMessage(3) }),
  'SPNEGO with NegoEx, then NTLM': negTokenInit([NEGOEX, NTLM]),
};

/** Tokens that hide NTLM, or are no sign-in of Kerberos for another reason. */
const disguises: Readonly<Record<string, Uint8Array>> = {
  'NTLM in a GSS frame': frame(NTLM, type1), 'NTLM in a Kerberos frame': frame(KERBEROS, type1),
  'NTLM in a SPNEGO frame': frame(SPNEGO, type1),
  'SPNEGO that says Kerberos and brings NTLM': negTokenInit([KERBEROS, NTLM], { mechToken: type1 }),
  'SPNEGO that says NTLM and brings a ticket': negTokenInit([NTLM, KERBEROS], { mechToken: kerberosToken() }),
  'SPNEGO in SPNEGO': negTokenInit([KERBEROS], { mechToken: negTokenInit([NTLM], { mechToken: type1 }) }),
  'SPNEGO that lists SPNEGO': negTokenInit([SPNEGO, KERBEROS]), 'NegoEx alone': negTokenInit([NEGOEX]),
  'a continuation of nothing, with NTLM': negTokenResp({ responseToken: type1 }),
  'a continuation of nothing': negTokenResp({ negState: 1 }),
  'an AP-REP': kerberosToken(undefined, KERBEROS, 0x0200), empty: new Uint8Array(), garbage: Buffer.from('garbage'),
  huge: Buffer.alloc(48 * 1024 + 1, 0x60),
  'a token that is cut': mitSpnego.subarray(0, 300), 'a token with a byte more': Buffer.concat([mitKerberos, Buffer.alloc(1)]),
};

t.test('NTLM is told as such, in every wrapping, and never reaches Kerberos', async (t) => {
  for (const kerberosOnly of [true, false]) {
    for (const [what, bytes] of Object.entries(ntlmTokens)) {
      const { seen, step, counted } = setUp(kerberosOnly);
      const pending = leg();
      for (const open of [undefined, pending]) t.match(await step(bytes, open), { kind: 'refused', reason: 'ntlm_disabled', cure: /https:\/\/print\.myq\.test/ }, what);
      t.strictSame(seen, [], what);
      t.equal(pending.disposed, 1, `${what}: the open handshake is ended`);
      t.strictSame(counted, Array.from({ length: 2 }, () => '192.0.2.7 address_used'), what);
    }
  }
});

t.test('disguised and broken tokens never reach Kerberos', async (t) => {
  for (const [what, bytes] of Object.entries(disguises)) {
    const { seen, step } = setUp();
    const outcome = await step(bytes);
    t.match(
      outcome,
      { kind: 'refused', reason: /^(ntlm_disabled|mechanism_not_allowed|malformed_token|token_too_large|handshake_unknown)$/ }, what,
    );
    t.strictSame(seen, [], what);
  }
});

t.test('tickets go on, with what they say of themselves', async (t) => {
  for (const [what, bytes, ticket] of [
    ['bare', mitKerberos, true], ['in SPNEGO', mitSpnego, true],
    ['Microsoft\'s identifier', negTokenInit([KERBEROS_MICROSOFT, NTLM], { mechToken: kerberosToken() }), true],
    ['Kerberos offered, no ticket yet', negTokenInit([KERBEROS]), false],
    ['Kerberos behind NTLM', negTokenInit([NTLM, KERBEROS], { mechToken: type1 }), false],
  ] as const) {
    const { seen, step } = setUp();
    const pending = leg();
    t.equal(await step(bytes, pending), answer, what);
    t.equal(seen.length, 1);
    t.equal(seen[0]?.token.bytes, bytes);
    t.equal(seen[0]?.token.apReq?.service, ticket ? 'HTTP/print.myq.test' : undefined, what);
    t.equal(seen[0]?.pending, undefined, `${what}: a first token begins anew`);
    t.equal(pending.disposed, 1, `${what}: and ends what was open`);
  }
});

t.test('what offers Kerberos goes to Kerberos though NTLM is on, and a ticket ends a handshake of NTLM', async (t) => {
  for (const [what, bytes, ticket] of [
    ['a ticket, NTLM behind', negTokenInit([KERBEROS, NTLM], { mechToken: kerberosToken() }), true],
    ['Microsoft\'s identifier', negTokenInit([KERBEROS_MICROSOFT, KERBEROS, NEGOEX, NTLM], { mechToken: kerberosToken() }), true],
    ['NTLM first, with its message', negTokenInit([NTLM, KERBEROS], { mechToken: type1 }), false],
    ['neither has a token yet', negTokenInit([KERBEROS, NTLM]), false],
    ['a bare ticket', mitKerberos, true],
  ] as const) {
    const seen: KerberosToken[] = [];
    const mechanism = negotiate({
      kerberos: { name: 'kerberos', step: (token, pending) => {
        t.equal(pending, undefined, `${what}: a first token begins anew`);
        seen.push(token);
        return answer;
      } },
      kerberosOnly: false, ntlm: () => ({ name: 'ntlm', step: () => { throw new Error(`${what} came to NTLM`); } }),
      surroundings: { hostname: 'print.myq.test', spnState: () => ({ kind: 'unknown' }) },
      countRefused: async () => { throw new Error('counted as refused'); },
    });
    t.strictSame(mechanism.schemes, ['Negotiate', 'NTLM']);
    const pending = { ...leg(), mechanism: 'ntlm' };
    let disposed = 0;
    pending[Symbol.dispose] = () => { disposed++; };
    t.equal(await mechanism.step({ scheme: 'Negotiate', bytes }, pending, context), answer, what);
    t.strictSame(seen.map(({ apReq }) => apReq !== undefined), [ticket], what);
    t.equal(disposed, 1, `${what}: what was open has ended`);
  }
});

t.test('a continuation goes on with its leg, which is then the mechanism\'s', async (t) => {
  for (const bytes of [negTokenResp({ responseToken: kerberosToken() }), negTokenResp({ negState: 1, mechListMic: Buffer.alloc(16) })]) {
    const { seen, step } = setUp();
    const pending = leg();
    t.equal(await step(bytes, pending), answer);
    t.equal(seen[0]?.pending, pending);
    t.equal(pending.disposed, 0);
  }
});

t.test('a continuation that changes to NTLM ends the handshake', async (t) => {
  for (const message of [...ntlm, frame(NTLM, type1)]) {
    const { seen, step } = setUp();
    const pending = leg();
    t.match(
      await step(negTokenResp({ responseToken: message }), pending), { kind: 'refused', reason: /^(ntlm_disabled|mechanism_not_allowed)$/ },
    );
    t.strictSame(seen, []);
    t.equal(pending.disposed, 1);
  }
});

t.test('under the scheme NTLM nothing is taken, not even a ticket', async (t) => {
  for (const bytes of [
    ...Object.values(ntlmTokens), ...Object.values(disguises), mitKerberos, mitSpnego, negTokenResp({ responseToken: kerberosToken() }),
  ]) {
    const { seen, step } = setUp();
    const pending = leg();
    for (const open of [undefined, pending]) t.match(await step(bytes, open, 'NTLM'), { kind: 'refused', reason: 'ntlm_disabled' });
    t.strictSame(seen, []);
    t.equal(pending.disposed, 1);
  }
});

t.test('the log says why NTLM is not taken', async (t) => {
  t.match(await setUp(true).step(type1), { detail: /raw NTLMSSP.*\[Security\] KerberosOnly is on/ });
  t.match(await setUp(false).step(type1), { detail: /\[NTLM\] Enabled is off/ });
});
