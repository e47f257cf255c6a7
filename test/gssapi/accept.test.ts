// Handshakes that succeed, between our acceptor and our initiator, with tickets of a real KDC.
import t from 'tap';
import { startRealm } from '../realm/kdc.ts';
import { fixture, service } from './fixture.ts';

const { gss, realm, keytab, ccache } = await fixture(t);
const credential = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache: 'none:' });
const alice = gss.Credential.initiator({ ccache });
t.teardown(() => { credential[Symbol.dispose](); alice[Symbol.dispose](); });

const text = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

for (const mechanism of ['spnego', 'krb5'] as const) {
  t.test(`a ${mechanism} token proves the caller, and the reply proves the server`, async (t) => {
    using initiator = new gss.Initiator({ service, mechanism, credential: alice });
    using acceptor = new gss.Acceptor(credential);
    const first = initiator.step();
    t.equal(first.done, false, 'with mutual authentication the client waits for the reply');
    const step = acceptor.step(first.token);
    using source = step.source;
    t.equal(step.done, true);
    t.equal(step.mechanism, gss.Mechanism.krb5, 'the mechanism inside SPNEGO is named');
    t.equal(step.channelBound, false);
    t.equal(step.flags & gss.Flag.mutual, gss.Flag.mutual);
    t.ok(step.lifetime > 35_000 && step.lifetime <= 36_300, 'ten hours and the clock skew');
    t.equal(source && text(source.displayBytes()), 'alice@MYQ.TEST');
    t.equal(source?.anonymous, false);
    const last = initiator.step(step.token);
    t.same({ ...last, token: last.token.length }, { done: true, token: 0, flags: last.flags });
  });
}

t.test('a reply that was tampered with does not prove the server', async (t) => {
  using initiator = new gss.Initiator({ service, mechanism: 'krb5', credential: alice });
  using acceptor = new gss.Acceptor(credential);
  const { token, source } = acceptor.step(initiator.step().token);
  source?.[Symbol.dispose]();
  token[token.length - 1]! ^= 1;
  t.throws(() => initiator.step(token), gss.GssError);
});

t.test('without the mutual flag the client is done at once', async (t) => {
  using initiator = new gss.Initiator({ service, mechanism: 'krb5', credential: alice, flags: 0 });
  const { done, token } = initiator.step();
  t.equal(done, true);
  using acceptor = new gss.Acceptor(credential);
  const step = acceptor.step(token);
  using _source = step.source;
  t.equal(step.done, true);
  t.equal(step.flags & gss.Flag.mutual, 0);
});

t.test('a finished handshake is spent on both sides', async (t) => {
  using initiator = new gss.Initiator({ service, credential: alice });
  using acceptor = new gss.Acceptor(credential);
  const { token } = initiator.step();
  const step = acceptor.step(token);
  step.source?.[Symbol.dispose]();
  initiator.step(step.token);
  t.throws(() => acceptor.step(token), { message: /^this Acceptor is spent/ });
  t.throws(() => initiator.step(step.token), { message: /^this Initiator is spent/ });
});

t.test('disposed objects are refused, and disposing twice does nothing', async (t) => {
  const gone = gss.Credential.acceptor({ keytab: `FILE:${keytab}` });
  gone[Symbol.dispose]();
  gone[Symbol.dispose]();
  using initiator = new gss.Initiator({ service, credential: alice });
  const { token } = initiator.step();
  using orphan = new gss.Acceptor(gone);
  t.throws(() => orphan.step(token), { message: /^this Credential is spent/ });
  using acceptor = new gss.Acceptor(credential);
  const { source } = acceptor.step(token);
  source?.[Symbol.dispose]();
  source?.[Symbol.dispose]();
  t.throws(() => source?.displayBytes(), { message: /^this SourceName is spent/ });
});

t.test('name attributes: the MIT KDC signs a PAC without logon information', async (t) => {
  using initiator = new gss.Initiator({ service, credential: alice });
  using acceptor = new gss.Acceptor(credential);
  using source = acceptor.step(initiator.step().token).source;
  const info = source?.attribute('urn:mspac:client-info');
  t.match(info, { authenticated: true, complete: true });
  t.equal(info && Buffer.from(info.value.subarray(10)).toString('utf16le'), 'alice', '[MS-PAC] 2.7 PAC_CLIENT_INFO');
  t.equal(source?.attribute('urn:mspac:logon-info'), undefined);
  t.equal(source?.attribute('no such attribute'), undefined);
});

t.test('the same user name of a trusted realm keeps its own realm', async (t) => {
  const other = await startRealm({ realm: 'OTHER.TEST' });
  t.teardown(() => other.stop());
  await realm.trust(other);
  const cache = await other.kinit('alice');
  const tickets = await other.kvno('HTTP/print.myq.test@MYQ.TEST', cache);
  t.ok(tickets >= 1, 'the service ticket comes over the trust');
  using foreign = gss.Credential.initiator({ ccache: cache });
  using initiator = new gss.Initiator({ service, credential: foreign });
  using acceptor = new gss.Acceptor(credential);
  using source = acceptor.step(initiator.step().token).source;
  t.equal(source && text(source.displayBytes()), 'alice@OTHER.TEST');
});

t.test('the anonymous name is told by its type', async (t) => {
  // A KDC gives such a ticket only over PKINIT; the name object is the library's own either way.
  const { importName } = await import('../../src/gssapi/library.ts');
  const { InputBuffer, minor, permanent } = await import('../../src/gssapi/memory.ts');
  const anonymousType = BigUint64Array.of(6n, permanent(Uint8Array.of(0x2b, 6, 1, 5, 6, 3)));
  const name = new BigUint64Array(1);
  t.equal(importName(minor, new InputBuffer(16).set(Buffer.from('anyone')), permanent(anonymousType), name), 0);
  using source = new gss.SourceName(name[0] ?? 0n);
  t.equal(source.anonymous, true);
});

t.test('an unknown service is the KDC\'s to refuse', async (t) => {
  using initiator = new gss.Initiator({ service: 'HTTP@nowhere.myq.test', credential: alice });
  t.throws(() => initiator.step(), { call: 'gss_init_sec_context', message: /HTTP\/nowhere\.myq\.test@MYQ\.TEST not found in Kerberos database/ });
});

t.test('a client without tickets learns it when it acquires its credential', async (t) => {
  t.throws(() => gss.Credential.initiator({ ccache: `FILE:${realm.directory}/absent` }), { name: 'GssError', major: gss.Major.noCred });
  t.throws(() => gss.Credential.initiator({ ccache: 'FILE:/x\0y' }), RangeError);
});
