// Servers that are not there, speak something else or nothing, and sign-ins that are cancelled: each ends with a plain sentence.

import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ClientError, type ClientReason } from '../../../src/client/error.ts';
import { openServer, type Server as Gateway, type ServerOptions } from '../../../src/client/server.ts';
import { openTrust, type TrustOptions } from '../../../src/client/trust/trust.ts';
import { failureOf } from '../keep/failure.ts';
import { authority, certificate, serve } from './certificates.ts';
import { clientOf } from './client-of.ts';

const root = await authority();
const leaf = await certificate({ dns: ['print.example.test'], ip: ['127.0.0.1'], issuer: root });
const own = await certificate({ dns: ['print.example.test'] });
const caFile = join(t.testdir(), 'root.pem');
writeFileSync(caFile, root.pem);

/** Listens on a free port; ends with the test, and every connection with it. */
async function listening(t: Test, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', () => { /* the client says what was wrong */ });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => new Promise<void>((resolve) => {
    server.close(() => { resolve(); });
    for (const socket of sockets) socket.destroy();
  }));
  return (server.address() as AddressInfo).port;
}

const client = (t: Test, port: number, trust: TrustOptions = {}, options: Partial<ServerOptions> = {}): Gateway =>
  clientOf(t, port, { caFile, ...trust }, options);

const tls = (options: TlsOptions): Server => createTlsServer({ cert: leaf.pem, key: leaf.key, ...options });
const closedPort = async (t: Test): Promise<number> => {
  const server = createServer();
  const port = await listening(t, server);
  await new Promise((resolve) => { server.close(resolve); });
  return port;
};

type Start = (t: Test) => Promise<number>;

const cases: readonly (readonly [name: string, start: Start, reason: ClientReason, message: RegExp, cure: RegExp | undefined])[] = [
  ['a server with TLS 1.1 only', (t) => listening(t, tls({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })), 'tls_failed',
    /speaks no TLS 1\.2 or newer$/, /Switch TLS 1\.2 on/],
  ['a port with plain HTTP', (t) => listening(t, createHttpServer((_, response) => response.end('{}'))), 'tls_failed', /does not speak TLS$/, /port/],
  ['a port with something else', (t) => listening(t, createServer((socket) => { socket.write('220 mail.example.test ESMTP\r\n'); })), 'tls_failed',
    /does not speak TLS$/, /port/],
  ['a port where nothing listens', closedPort, 'unreachable', /nothing listens there$/, /port/],
  ['a server that hangs up at once', (t) => listening(t, createServer((socket) => { socket.on('data', () => socket.end()); })), 'tls_failed',
    /no TLS connection to print\.example\.test:\d+ comes about/, undefined],
  ['a server that resets the connection', (t) => listening(t, createServer((socket) => { socket.on('data', () => socket.resetAndDestroy()); })),
    'tls_failed', /no TLS connection to print\.example\.test:\d+ comes about/, undefined],
  ['a server that speaks HTTP/2 only', (t) => listening(t, tls({ ALPNProtocols: ['h2'] })), 'tls_failed', /no TLS connection to/, undefined],
  ['a server that says nothing', (t) => listening(t, createServer()), 'timed_out', /does not answer in time$/, undefined],
];

for (const [name, start, reason, message, cure] of cases) {
  t.test(`${name} is told as such, on both kinds of connection`, async (t) => {
    const server = client(t, await start(t), {}, { patience: { connect: reason === 'timed_out' ? 200 : 5_000 } });
    for (const error of await Promise.all([failureOf(server.ask('/')), failureOf(server.openChannel())])) {
      t.equal(error.reason, reason);
      t.match(error.message, message);
      t.notMatch(error.message, /\n/);
      if (cure) t.match(error.cure, cure);
      else t.equal(error.cure, undefined);
    }
  });
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  t.test(`a server with ${version} only is reached`, async (t) => {
    const port = await listening(t, tls({ minVersion: version, maxVersion: version }).on('secureConnection', (socket: Socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n')).on('error', () => socket.destroy());
    }));
    t.equal((await client(t, port).ask('/')).status, 204);
  });
}

t.test('the server is told the name that is wanted (SNI), without the dot of the root, and no address', async (t) => {
  const names: (string | false | null)[] = [];
  const port = await listening(t, tls({}).on('secureConnection', (socket: TLSSocket) => {
    names.push(socket.servername);
    socket.on('data', () => socket.end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n')).on('error', () => socket.destroy());
  }));
  for (const host of ['print.example.test', 'PRINT.example.test.', '127.0.0.1']) {
    const server = openServer({ url: `https://${host}:${String(port)}`, connectTo: '127.0.0.1', trust: openTrust({ caFile }) });
    t.teardown(() => server.close());
    t.equal((await server.ask('/')).status, 204, host);
  }
  t.strictSame(names, ['print.example.test', 'print.example.test', false]);
});

t.test('a name that nobody has is told as such', async (t) => {
  const server = openServer({ url: 'https://print.invalid', trust: openTrust({ caFile }), patience: { connect: 60_000 } });
  t.teardown(() => server.close());
  const error = await failureOf(server.ask('/'));
  t.equal(error.reason, 'unreachable');
  t.match(error.message, /^print\.invalid:443 cannot be reached: (?:no such name in the DNS|the DNS does not answer)$/);
  t.match(error.cure, /DNS/);
});

t.test('a port where nothing listens on any of the addresses of a name is told as such', async (t) => {
  const server = openServer({ url: `https://localhost:${String(await closedPort(t))}`, trust: openTrust({ caFile }) });
  t.teardown(() => server.close());
  t.match((await failureOf(server.ask('/'))).message, /nothing listens there$/);
});

t.test('a server that hangs up after the handshake is told as such, and the next request goes over a new connection', async (t) => {
  let isRude = true;
  const port = await listening(t, tls({}).on('secureConnection', (socket: Socket) => {
    socket.on('error', () => socket.destroy());
    if (isRude) socket.destroy();
    else socket.on('data', () => socket.end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'));
  }));
  const server = client(t, port);
  t.equal((await failureOf(server.ask('/'))).reason, 'unreachable');
  const channel = await server.openChannel();
  t.equal((await failureOf(channel.ask('/'))).reason, 'unreachable');
  await channel.close();
  isRude = false;
  t.equal((await server.ask('/')).status, 204);
});

/** A way to sign in, and the moment in it to cancel. */
interface Phase {
  readonly name: string;
  readonly begin: (t: Test, signal: AbortSignal, reached: () => void) => Promise<unknown>;
}

const phases: readonly Phase[] = [
  { name: 'before it begins', begin: async (t, signal, reached) => {
    reached();
    return client(t, await closedPort(t)).openChannel(signal);
  } },
  { name: 'in the handshake', begin: async (t, signal, reached) =>
    client(t, await listening(t, createServer((socket) => socket.once('data', reached)))).openChannel(signal) },
  { name: 'while the person is asked', begin: async (t, signal, reached) => {
    const { port } = await serve(t, { leaf: own });
    const ask = (): Promise<boolean> => {
      reached();
      return new Promise(() => { /* the person is out */ });
    };
    return client(t, port, { mode: 'normal', ask }).openChannel(signal);
  } },
  { name: 'while the server thinks', begin: async (t, signal, reached) => {
    const { port } = await serve(t, { leaf }, reached);
    return (await client(t, port).openChannel(signal)).ask('/');
  } },
  { name: 'in the middle of an answer', begin: async (t, signal, reached) => {
    const { port } = await serve(t, { leaf }, (_, response) => { response.write('{', () => setTimeout(reached, 20)); });
    return (await client(t, port).openChannel(signal)).ask('/');
  } },
];

for (const { name, begin } of phases) {
  for (const why of [undefined, new Error('the window was closed'), 'closed']) {
    t.test(`a sign-in that is cancelled ${name} ends at once, for ${String(why)}`, async (t) => {
      const controller = new AbortController();
      const outcome = await failureOf(begin(t, controller.signal, () => { controller.abort(why); }));
      t.strictSame([outcome.reason, outcome.message], ['cancelled', 'the sign-in was cancelled']);
    });
  }
}

t.test('a signal that ran out of time is told as that', async (t) => {
  const mute = await serve(t, { leaf }, () => { /* never answers */ });
  const silent = await listening(t, createServer());
  t.equal((await failureOf(client(t, silent).openChannel(AbortSignal.timeout(50)))).reason, 'timed_out');
  const channel = await client(t, mute.port).openChannel(AbortSignal.timeout(200));
  t.equal((await failureOf(channel.ask('/'))).reason, 'timed_out');
});

t.test('an own failure that was given as the reason of the abort is handed on', async (t) => {
  const reason = new ClientError('signed_out', 'the session was ended here');
  const controller = new AbortController();
  controller.abort(reason);
  t.equal(await failureOf(client(t, await closedPort(t)).openChannel(controller.signal)), reason);
});

t.test('a yes after the sign-in was cancelled is remembered, and hurts nobody', async (t) => {
  const server = await serve(t, { leaf: own });
  const [asked, answer] = [Promise.withResolvers<undefined>(), Promise.withResolvers<boolean>()];
  const normal = client(t, server.port, { mode: 'normal', ask: () => { asked.resolve(undefined); return answer.promise; } });
  const controller = new AbortController();
  const running = failureOf(normal.openChannel(controller.signal));
  await asked.promise;
  controller.abort();
  t.equal((await running).reason, 'cancelled');
  answer.resolve(true);
  t.equal((await normal.ask('/')).status, 200);
});

