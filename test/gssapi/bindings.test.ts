// Channel bindings (RFC 5929) as MIT judges them: match, mismatch, and either side without any.
import t from 'tap';
import { fixture, refusal, service } from './fixture.ts';

const { gss, keytab, ccache } = await fixture(t);
const credential = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache: 'none:' });
const alice = gss.Credential.initiator({ ccache });
t.teardown(() => { credential[Symbol.dispose](); alice[Symbol.dispose](); });

const endpoint = (fill: number): Buffer => Buffer.concat([Buffer.from('tls-server-end-point:'), Buffer.alloc(32, fill)]);

function handshake(mechanism: 'spnego' | 'krb5', client: Uint8Array | undefined, server: Uint8Array | undefined): boolean {
  using initiator = new gss.Initiator({ service, mechanism, credential: alice, ...(client && { channelBindings: client }) });
  using acceptor = new gss.Acceptor(credential, server);
  const step = acceptor.step(initiator.step().token);
  step.source?.[Symbol.dispose]();
  return step.channelBound;
}

for (const mechanism of ['spnego', 'krb5'] as const) {
  t.test(`channel bindings over ${mechanism}`, async (t) => {
    t.equal(handshake(mechanism, endpoint(1), endpoint(1)), true, 'equal bindings are reported as bound');
    t.equal(handshake(mechanism, undefined, endpoint(1)), false, 'a client without them is accepted, unbound');
    t.equal(handshake(mechanism, endpoint(1), undefined), false, 'a server without them does not look, and says unbound');
    t.equal(handshake(mechanism, undefined, undefined), false);
    const mismatch = refusal(gss, () => handshake(mechanism, endpoint(1), endpoint(2)));
    t.equal(mismatch.major, gss.Major.badBindings);
    t.match(mismatch.majorText, /channel bindings/);
    t.equal(handshake(mechanism, undefined, undefined), false, 'nothing of the last bindings stays behind');
  });
}

t.test('bindings longer than any hash are compared whole', async (t) => {
  const long = Buffer.alloc(5000, 'x');
  t.equal(handshake('spnego', long, long), true);
  const other = Buffer.from(long);
  other[4999] = 0;
  t.equal(refusal(gss, () => handshake('spnego', long, other)).major, gss.Major.badBindings);
});
