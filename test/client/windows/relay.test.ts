// A man in the middle whose certificate the person has accepted: channel bindings keep him from using the sign-in.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { openCertStore, signIn, SignInError } from '../../../src/client/index.ts';
import type { GatewayProcess } from '../../realm/gateway.ts';
import { openDomain } from '../../realm/site.ts';
import { startGateway } from '../../realm/gateway.ts';

const { realm, start } = await openDomain(t);
const alice = await realm.kinit('alice');
Object.assign(process.env, realm.environment, { KRB5CCNAME: alice });
const config = (binding: string): string => `[Kerberos]\nRealms = MYQ.TEST\n[Security]\nChannelBinding = ${binding}\n`;
const [demanding, off, other] = await Promise.all([
  start({ config: config('Require') }), start({ config: config('Off') }),
  // Its own private authority and certificate for the same name: what a relay can make for itself.
  startGateway(),
]);
t.teardown(() => other.stop());
const own = { cert: readFileSync(join(other.directory, 'tls/server.pem')), key: readFileSync(join(other.directory, 'tls/server.key')) };

/** Ends TLS with its own certificate and passes everything on to the gateway, over TLS again. */
async function startRelay(gateway: GatewayProcess): Promise<{ readonly port: number; readonly passed: () => string }> {
  const passed: Buffer[] = [];
  const server = createServer(own, (socket) => {
    const onward = connectTls({ host: '127.0.0.1', port: gateway.port, servername: gateway.hostname, ca: gateway.ca });
    socket.on('data', (piece: Buffer) => passed.push(piece));
    socket.pipe(onward).pipe(socket);
    const end = (): void => { socket.destroy(); onward.destroy(); };
    socket.on('error', end).on('close', end);
    onward.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => new Promise((resolve) => { server.close(resolve); }));
  return { port: (server.address() as AddressInfo).port, passed: () => Buffer.concat(passed).toString('latin1') };
}

/** As somebody signs in who said yes to the relay's certificate. */
async function through(gateway: GatewayProcess, more: { readonly channelBinding?: 'always' } = {}) {
  const relay = await startRelay(gateway);
  const store = openCertStore(join(t.testdir(), `cert-${String(relay.port)}.store`));
  let opened = 0;
  const answer: unknown = await signIn({
    url: `https://${gateway.hostname}:${String(relay.port)}`, connectTo: '127.0.0.1', mode: 'public', methods: ['windows', 'browser'],
    trust: { mode: 'normal', caFile: gateway.caFile, accepted: store, ask: () => Promise.resolve(true) },
    windows: { ...more, ntlm: 'fallback', credentials: { user: 'MYQ\\alice', password: 'never sent' } }, browser: { open: async () => { opened++; } },
  }).catch((error: unknown) => error);
  const [accepted] = await store.list();
  return { answer, accepted, passed: relay.passed(), opened: () => opened };
}

t.test('with ChannelBinding=Require the relay gets no token, and the person is told why', async (t) => {
  const before = demanding.log.length;
  const { answer, accepted, passed, opened } = await through(demanding);
  t.equal(accepted?.fingerprint, new X509Certificate(own.cert).fingerprint256.replaceAll(':', '').toLowerCase(), 'the person did accept it');
  t.equal(passed.match(/authorization: Negotiate /gi)?.length, 2, 'the ticket went through the relay, unbound and bound');
  t.type(answer, SignInError);
  t.match(answer, { reason: 'channel_binding_refused', server: { reason: 'channel_binding_mismatch' }, cure: /in between/ });
  t.equal(opened(), 0, 'no password is asked for there');
  t.notMatch(passed, /authorization: NTLM/i, 'and none is sent');
  const lines = demanding.log.slice(before);
  t.strictSame(lines.filter(({ outcome }) => outcome === 'granted'), []);
  t.strictSame(lines.map(({ reason }) => reason).filter((reason) => reason !== undefined), ['channel_binding_required', 'channel_binding_mismatch']);
});

t.test('without channel bindings the same relay would sign in', async (t) => {
  const { answer } = await through(off);
  t.match(answer, { session: { method: 'windows' } });
  const { session } = answer as Awaited<ReturnType<typeof signIn>>;
  await session.close();
  t.ok(off.log.some(({ outcome }) => outcome === 'granted'));
});
