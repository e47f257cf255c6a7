// The TLS settings seen from outside: a real HTTPS server against openssl s_client, curl and Node.
import { execFile } from 'node:child_process';
import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import t from 'tap';
import type { Test } from 'tap';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { loadServerCertificate } from '../../src/tls/certificate.ts';
import { tlsServerEndPoint } from '../../src/tls/endpoint.ts';
import { tlsServerOptions } from '../../src/tls/options.ts';
import type { MinimumTlsVersion } from '../../src/tls/options.ts';
import { hierarchy, pfx, selfSigned } from './openssl.ts';

const hostname = 'gw.example.test';
type Pair = { readonly certificatePem: string | Buffer; readonly privateKeyPem: string | Buffer };

/** A server that answers with the channel binding of the certificate that it serves on the connection. */
async function serve(t: Test, pair: Pair, minimumVersion: MinimumTlsVersion = 'TLSv1.2'): Promise<number> {
  const server = createServer(tlsServerOptions({ ...pair, minimumVersion }), (incoming, reply) => {
    reply.end(bindingOf((incoming.socket as TLSSocket).getX509Certificate()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function bindingOf(certificate: X509Certificate | undefined): string {
  return Buffer.from((certificate && tlsServerEndPoint(certificate.raw)) ?? []).toString('hex');
}

/** Runs a client to its end and returns all that it said. */
function run(file: string, ...options: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile(file, options, { timeout: 20_000 }, (_error, stdout, stderr) => resolve(stdout + stderr));
    child.stdin?.end();
  });
}

async function client(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: hostname, rejectUnauthorized: false, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

t.test('with an RSA certificate', async (t) => {
  const loaded = loadServerCertificate({ ...selfSigned(t.testdir(), 'rsa', '-newkey', 'rsa:2048'), hostname });
  const port = await serve(t, loaded);
  const sClient = (...options: string[]): Promise<string> => run('openssl', 's_client', '-connect', `127.0.0.1:${port}`, ...options);
  // Level 0 lets the client offer what today's openssl would not, so that it is the server that refuses.
  const old = (cipher: string): string => `${cipher}@SECLEVEL=0`;

  for (const version of ['-tls1', '-tls1_1']) {
    t.test(`${version.slice(1)} is refused`, async (t) => {
      t.match(await sClient(version, '-cipher', old('ALL:')), /alert protocol version/);
    });
  }

  const refused = ['ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA256', 'AES128-GCM-SHA256', 'AES256-SHA', 'DHE-RSA-AES128-GCM-SHA256'];
  for (const cipher of refused) {
    t.test(`TLS 1.2 with ${cipher} is refused`, async (t) => {
      t.match(await sClient('-tls1_2', '-cipher', old(`${cipher}:`)), /alert handshake failure/);
    });
  }

  for (const cipher of ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-CHACHA20-POLY1305']) {
    t.test(`TLS 1.2 with ${cipher} is taken`, async (t) => {
      t.match(await sClient('-tls1_2', '-cipher', cipher), new RegExp(`Protocol *: TLSv1\\.2\\s+Cipher *: ${cipher}`));
    });
  }

  for (const suite of ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']) {
    t.test(`TLS 1.3 with ${suite} is taken`, async (t) => {
      t.match(await sClient('-tls1_3', '-ciphersuites', suite), new RegExp(`New, TLSv1\\.3, Cipher is ${suite}`));
    });
  }

  t.test('TLS 1.3 over X25519 is taken', async (t) => {
    t.match(await sClient('-tls1_3', '-groups', 'X25519'), /Server Temp Key: X25519/);
  });

  t.test('a client that renegotiates is refused', async (t) => {
    const socket = await client(port, { maxVersion: 'TLSv1.2' });
    const error = await new Promise<Error | null>((resolve) => {
      socket.on('error', resolve);
      socket.renegotiate({ rejectUnauthorized: false }, resolve);
    });
    socket.destroy();
    t.match(error, { message: /no renegotiation/ });
  });

  t.test('HTTP/1.1 is agreed even where the client would like HTTP/2 better', async (t) => {
    const socket = await client(port, { ALPNProtocols: ['h2', 'http/1.1'] });
    t.equal(socket.alpnProtocol, 'http/1.1');
    socket.destroy();
  });
});

t.test('with the certificate of init', async (t) => {
  const made = await createServerCertificate(hostname);
  const caFile = join(t.testdir(), 'ca.pem');
  writeFileSync(caFile, made.caPem);
  const port = await serve(t, made);

  for (const version of ['1.2', '1.3']) {
    t.test(`curl trusts it by the CA over TLS ${version}, and both ends see one channel binding`, async (t) => {
      const url = `https://${hostname}:${port}/`;
      const binding = await run(
        'curl', '-sS', '--cacert', caFile, '--resolve', `${hostname}:${port}:127.0.0.1`, `--tlsv${version}`, '--tls-max', version, url,
      );
      const socket = await client(port);
      t.match(binding, /^746c732d[0-9a-f]{98}$/);
      t.equal(binding, bindingOf(socket.getPeerX509Certificate()));
      socket.destroy();
    });
  }

  t.test('headers up to 64 KiB are read, longer ones are refused', async (t) => {
    const status = (length: number): Promise<number | undefined> => new Promise((resolve, reject) => {
      const headers = { authorization: `Negotiate ${'A'.repeat(length)}` };
      request({ port, host: '127.0.0.1', servername: hostname, ca: made.caPem, headers, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).on('error', reject).end();
    });
    t.equal(await status(63 * 1024), 200);
    // Node closes while the rest is on its way, so the client meets either the 431 or the reset connection.
    const refusal = await status(66 * 1024).catch((error: unknown) => error);
    t.ok(refusal === 431 || (refusal as NodeJS.ErrnoException).code === 'ECONNRESET', String(refusal));
  });
});

t.test('with TLS 1.3 as the minimum, TLS 1.2 is refused and 1.3 is taken', async (t) => {
  const port = await serve(t, await createServerCertificate(hostname), 'TLSv1.3');
  t.match(await run('openssl', 's_client', '-connect', `127.0.0.1:${port}`, '-tls1_2'), /alert protocol version/);
  t.match(await run('openssl', 's_client', '-connect', `127.0.0.1:${port}`), /New, TLSv1\.3/);
});

t.test('with a PFX file the chain is served, so that a client that knows only the root trusts it', async (t) => {
  const dir = t.testdir();
  hierarchy(dir);
  const loaded = loadServerCertificate({ pfxFile: pfx(dir, 'secret'), pfxPassword: 'secret', hostname });
  const port = await serve(t, loaded);
  const binding = await run(
    'curl', '-sS', '--cacert', join(dir, 'root.pem'), '--resolve', `${hostname}:${port}:127.0.0.1`, `https://${hostname}:${port}/`,
  );
  t.equal(binding, bindingOf(loaded.leaf));
  t.match(binding, /^746c732d/);
});
