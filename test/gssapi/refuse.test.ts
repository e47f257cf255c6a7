// Tokens that must not be accepted, and handshakes that take a second leg.
import t from 'tap';
import { fixture, refusal, service } from './fixture.ts';

const { gss, realm, keytab, ccache } = await fixture(t);
const spnego = await import('./spnego.ts');
const credential = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache: 'none:' });
const alice = gss.Credential.initiator({ ccache });
t.teardown(() => { credential[Symbol.dispose](); alice[Symbol.dispose](); });

function ticket(mechanism: 'spnego' | 'krb5' = 'spnego'): Uint8Array {
  using initiator = new gss.Initiator({ service, mechanism, credential: alice });
  return initiator.step().token;
}

function accept(token: Uint8Array, with_ = credential): string {
  using acceptor = new gss.Acceptor(with_);
  using source = acceptor.step(token).source;
  return source ? Buffer.from(source.displayBytes()).toString() : 'continue';
}

t.test('an empty token never reaches the library, and the acceptor stays usable', async (t) => {
  using acceptor = new gss.Acceptor(credential);
  t.throws(() => acceptor.step(new Uint8Array(0)), RangeError);
  t.throws(() => new gss.Initiator({ service, credential: alice }).step(new Uint8Array(0)), RangeError);
  using source = acceptor.step(ticket()).source;
  t.ok(source);
});

t.test('garbage is a defective token, and its acceptor is spent', async (t) => {
  for (const token of [Buffer.from('garbage'), Buffer.alloc(1), Buffer.alloc(200_000, 0x60), Buffer.from('600306', 'hex')]) {
    using acceptor = new gss.Acceptor(credential);
    const error = refusal(gss, () => acceptor.step(token));
    t.equal(error.major, gss.Major.defectiveToken, error.message);
    t.throws(() => acceptor.step(ticket()), { message: /spent/ });
  }
});

t.test('a token cut short anywhere is refused', async (t) => {
  for (const mechanism of ['spnego', 'krb5'] as const) {
    const token = ticket(mechanism);
    for (let length = 1; length < token.length; length += 7) refusal(gss, () => accept(token.subarray(0, length)));
  }
  t.pass('every cut gave a GssError');
});

t.test('a token with one octet changed is refused, or still proves alice and nobody else', async (t) => {
  const token = ticket();
  const names = new Set<string>();
  for (let index = 0; index < token.length; index++) {
    const changed = Uint8Array.from(token);
    changed[index]! ^= 0x10;
    try {
      names.add(accept(changed));
    } catch (error) {
      if (!(error instanceof gss.GssError)) throw error;
    }
  }
  names.delete('continue');
  t.strictSame([...names].filter((name) => name !== 'alice@MYQ.TEST'), []);
});

t.test('NTLM is refused, bare or in SPNEGO, whatever is installed', async (t) => {
  const offered = refusal(gss, () => accept(spnego.ntlmOnly));
  t.equal(offered.major, gss.Major.badMech);
  t.ok(offered.token.length > 0, 'SPNEGO has a reject token for the client');
  t.ok([gss.Major.badMech, gss.Major.noCred].includes(refusal(gss, () => accept(spnego.rawNtlm)).major as never));
});

t.test('Kerberos offered second takes one leg more, and then proves the caller', async (t) => {
  using acceptor = new gss.Acceptor(credential);
  const first = acceptor.step(spnego.ntlmThenKerberos);
  t.match(first, { done: false, flags: 0, channelBound: false, lifetime: 0, mechanism: undefined, source: undefined });
  t.equal(first.token[0], 0xa1, 'a NegTokenResp that names Kerberos');
  const second = acceptor.step(spnego.kerberosAfterAll(alice, service));
  using source = second.source;
  t.equal(second.done, true);
  t.equal(second.mechanism, gss.Mechanism.krb5);
  t.equal(source && Buffer.from(source.displayBytes()).toString(), 'alice@MYQ.TEST');
});

t.test('a second leg without the first, or of garbage, is refused', async (t) => {
  refusal(gss, () => accept(spnego.kerberosAfterAll(alice, service)));
  using acceptor = new gss.Acceptor(credential);
  acceptor.step(spnego.ntlmThenKerberos);
  refusal(gss, () => acceptor.step(Buffer.from('garbage')));
  t.throws(() => acceptor.step(spnego.kerberosAfterAll(alice, service)), { message: /spent/ });
});

t.test('the same token twice is a replay, for every acceptor that shares the cache', async (t) => {
  for (const mechanism of ['spnego', 'krb5'] as const) {
    const replayCache = `file2:${realm.directory}/replay-${mechanism}`;
    using first = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache });
    using second = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache });
    const token = ticket(mechanism);
    t.equal(accept(token, first), 'alice@MYQ.TEST');
    for (const credential of [first, second]) {
      const error = refusal(gss, () => accept(token, credential));
      t.match(error.minorText, /Request is a replay/);
      t.equal(error.major, gss.Major.failure);
    }
    t.equal(accept(ticket(mechanism), second), 'alice@MYQ.TEST', 'another token of the same ticket is none');
  }
});

t.test('a replay cache that cannot be written refuses everybody, with its file name', async (t) => {
  using broken = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache: `file2:${realm.directory}/absent/replay` });
  t.match(refusal(gss, () => accept(ticket(), broken)).minorText, /No such file or directory.*absent\/replay/);
});
