// The NTLM client of the tests against a real domain: what is right is accepted, and what is damaged is refused for its damage.

import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import t from 'tap';
import { bindingsHash, compareBindings } from '../../src/mechanisms/ntlm/channel-binding.ts';
import { eraseLmResponse, readAuthenticate } from '../../src/mechanisms/ntlm/message.ts';
import { NEGOEX, NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { places } from '../mechanisms/ntlm/encoder.ts';
import { startMember, type Member } from './ad-member.ts';
import { startDomainController } from './ad.ts';
import { end, spawnServer } from './exec.ts';
import type { Target } from './http.ts';
import {
  authenticateMessage, innerMessage, negotiateMessage, ntlmSignIn, servedBinding, spnegoInit, spnegoResponse,
  type AuthenticateOptions, type NegotiateOptions,
} from './ntlm-client.ts';

const domain = await startDomainController();
t.teardown(() => domain.stop());
const member = await startMember(domain);
t.teardown(() => member.stop());
const helper = startHelper(member);
t.teardown(() => helper.stop());

const alice = { user: 'alice', domain: 'MYQ', password: 'Passw0rd.alice' } as const;
const accepted = 'AF * MYQ\\alice';
const altered = 'NA * NT_STATUS_INVALID_PARAMETER';
const wrong = 'NA * NT_STATUS_LOGON_FAILURE';

/** Samba's ntlm_auth: one line in, one line out. */
function startHelper({ namespace, smbConf }: Member) {
  const inside = ['nsenter', '--mount', '--target', String(namespace), '--'];
  const command = [...inside, 'ntlm_auth', `--configfile=${smbConf}`, '--helper-protocol=gss-spnego'];
  const child = spawnServer(command, {}, ['pipe', 'pipe', 'inherit']);
  const lines = createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]();
  const ask = async (code: 'YR' | 'KK', token: Uint8Array): Promise<string> => {
    (child.stdin as Writable).write(`${code} ${Buffer.from(token).toString('base64')}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('ntlm_auth has ended');
    return value;
  };
  return { ask, stop: () => end(child) };
}

const tokenOf = (line: string): Buffer => {
  const [code, token = ''] = line.split(' ');
  if (code !== 'TT') throw new Error(`no challenge: ${line}`);
  return Buffer.from(token, 'base64');
};

/** Signs alice in with a bare message; `process` may change it last. Gives the helper's line. */
async function bare(
  options: Partial<AuthenticateOptions> = {}, first: NegotiateOptions = {}, process: (message: Buffer) => void = () => undefined,
): Promise<string> {
  const negotiate = negotiateMessage(first);
  const message = authenticateMessage(tokenOf(await helper.ask('YR', negotiate)), { ...alice, negotiate, ...options });
  process(message);
  return helper.ask('KK', message);
}

/** Flips a bit of the content of a field. */
const flip = (place: number, at = 0) => (message: Buffer): void => {
  const offset = message.readUInt32LE(place + 4) + at;
  message.writeUInt8(message.readUInt8(offset) ^ 1, offset);
};

const bindings = Buffer.from('tls-server-end-point:0123456789abcdef0123456789abcdef');

t.test('a right message is accepted, in every form', async (t) => {
  const forms: readonly (readonly [Partial<AuthenticateOptions>, NegotiateOptions?])[] = [
    [{}], [{ mic: 'none' }], [{ channelBindings: bindings, targetName: 'HTTP/print.myq.test' }], [{ channelBindings: 'zeros', mic: 'none' }],
    [{ user: 'alice@myq.test', domain: '' }], [{ domain: '' }], [{ user: 'ALICE', domain: 'myq' }], [{ lm: 'absent' }],
    [{ lm: 'lmv2', mic: 'none' }], [{ charset: 'oem' }, { charset: 'oem' }], [{}, { charset: 'unicode' }], [{}, { size: 16 }], [{}, { size: 32 }],
    [{}, { domain: 'MYQ', workstation: 'WS1' }],
  ];
  for (const [options, first] of forms) t.equal(await bare(options, first), accepted, JSON.stringify([options, first]));
});

t.test('a damaged message is refused, and the status tells the damage', async (t) => {
  const damaged: readonly (readonly [string, Partial<AuthenticateOptions>])[] = [
    [wrong, { password: 'wrong' }], [wrong, { user: 'nobody' }], [altered, { mic: 'flipped' }], [altered, { mic: 'zeroed' }],
    [altered, { tamper: flip(places.workstation) }], [altered, { negotiate: negotiateMessage({ size: 32 }) }],
    [wrong, { mic: 'none', tamper: flip(places.nt) }], [wrong, { mic: 'none', channelBindings: bindings, tamper: changeBindings }],
  ];
  for (const [status, options] of damaged) t.equal(await bare(options), status, JSON.stringify(options));
});

function changeBindings(message: Buffer): void {
  const at = message.indexOf(Buffer.from('0a001000', 'hex')) + 4;
  message.writeUInt8(message.readUInt8(at) ^ 1, at);
}

t.test('old and anonymous responses are sent as such', async (t) => {
  for (const response of ['v1', 'ntlm2-session', 'lm-only', 'anonymous'] as const) t.equal(await bare({ response }), wrong, response);
  const challenge = tokenOf(await helper.ask('YR', negotiateMessage()));
  const kindOf = (response: AuthenticateOptions['response'] & string): string =>
    readAuthenticate(authenticateMessage(challenge, { ...alice, response })).kind;
  t.same((['v1', 'ntlm2-session', 'lm-only', 'lmv2-only', 'anonymous', 'v2'] as const).map(kindOf),
    ['ntlmv1', 'ntlm2-session', 'lm', 'lm', 'anonymous', 'ntlmv2']);
});

t.test('a domain takes LMv2 for a changed NTLMv2 response, and no more once the LM response is erased', async (t) => {
  const changed = { lm: 'lmv2', mic: 'none', channelBindings: bindings, tamper: changeBindings } as const;
  t.equal(await bare(changed), accepted);
  t.equal(await bare(changed, {}, eraseLmResponse), wrong);
  t.equal(await bare({ lm: 'lmv2', mic: 'none' }, {}, eraseLmResponse), accepted);
  t.equal(await bare({}, {}, eraseLmResponse), accepted);
});

t.test('a message is good for one challenge', async (t) => {
  const message = authenticateMessage(tokenOf(await helper.ask('YR', negotiateMessage())), alice);
  t.equal(await helper.ask('KK', message), accepted);
  tokenOf(await helper.ask('YR', negotiateMessage()));
  t.equal(await helper.ask('KK', message), altered);
});

t.test('inside SPNEGO the helper answers the same', async (t) => {
  const challenge = innerMessage(tokenOf(await helper.ask('YR', spnegoInit([NTLM], negotiateMessage()))));
  t.match(await helper.ask('KK', spnegoResponse(authenticateMessage(challenge, alice))), /^AF \S+ MYQ\\alice$/);
  const another = innerMessage(tokenOf(await helper.ask('YR', spnegoInit([NTLM], negotiateMessage()))));
  t.match(await helper.ask('KK', spnegoResponse(authenticateMessage(another, { ...alice, mic: 'flipped' }))), /^NA /);
});

/** A server that passes every token to the helper and counts its connections; the last message stays in `seen`. */
async function startServer(): Promise<{ target: Target; server: Server; sockets: Set<Socket>; seen: Uint8Array[] }> {
  const { certificatePem: cert, privateKeyPem: key, caPem: ca } = await createServerCertificate('print.myq.test');
  const sockets = new Set<Socket>();
  const seen: Uint8Array[] = [];
  const open = new WeakSet<Socket>();
  const server = createServer({ cert, key }, (request, response) => {
    const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ');
    const bytes = Buffer.from(token, 'base64');
    sockets.add(request.socket);
    seen.push(bytes);
    request.resume();
    void helper.ask(open.has(request.socket) ? 'KK' : 'YR', bytes).then((line) => {
      open.add(request.socket);
      const [code, reply = ''] = line.split(' ');
      const headers = code === 'TT' ? { 'www-authenticate': `${scheme} ${reply}` } : {};
      response.writeHead(code === 'AF' ? 200 : 401, headers).end(JSON.stringify({ line }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { target: { hostname: 'print.myq.test', port: (server.address() as AddressInfo).port, ca }, server, sockets, seen };
}

t.test('over HTTPS all legs take one connection, bound to its certificate when asked', async (t) => {
  const { target, server, sockets, seen } = await startServer();
  t.teardown(() => new Promise<void>((resolve) => { server.close(() => { resolve(); }); }));
  const ways = [
    { scheme: 'NTLM' }, { scheme: 'Negotiate' }, { scheme: 'Negotiate', wrapped: true }, { scheme: 'Negotiate', wrapped: true, listMic: 'good' },
    { scheme: 'Negotiate', wrapped: true, mechanisms: [NEGOEX, NTLM], listMic: 'good' },
  ] as const;
  for (const way of ways) {
    sockets.clear();
    const { legs, answer } = await ntlmSignIn(target, { ...way, authenticate: alice });
    t.equal(answer.status, 200, JSON.stringify(way));
    t.match(answer.json, { line: /^AF \S+ MYQ\\alice$/ });
    t.same([legs.length, sockets.size], ['mechanisms' in way ? 3 : 2, 1]);
  }
  const { answer } = await ntlmSignIn(target, { scheme: 'NTLM', bind: true, authenticate: { ...alice, password: 'wrong' } });
  t.same([answer.status, answer.json], [401, { line: wrong }]);
  const expected = bindingsHash(await servedBinding(target));
  t.equal(compareBindings(readAuthenticate(seen.at(-1) ?? Buffer.alloc(0)), expected), 'match');
});
