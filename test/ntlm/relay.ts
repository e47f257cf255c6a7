// Who sits between a client and the gateway: ends TLS with a certificate of its own, which the client trusts, and passes all messages on.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { createServerCertificate } from '../../src/tls/authority.ts';
import type { Target } from '../realm/http.ts';
import type { Ending } from '../realm/site.ts';

export interface Relay {
  readonly port: number;
  /** The authority that its certificate is from, in PEM. */
  readonly ca: string;
  readonly caFile: string;
}

/**
 * Starts one in front of this gateway, under the same name; it ends with the test. Where the client names the relay's port it is made the
 * gateway's, so that nothing but the messages themselves can tell.
 */
export async function startRelay(t: Ending, target: Target): Promise<Relay> {
  const { certificatePem: cert, privateKeyPem: key, caPem: ca } = await createServerCertificate(target.hostname);
  const directory = mkdtempSync(join(tmpdir(), 'myq-relay-'));
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, ca);
  const sockets = new Set<TLSSocket>();
  const server = createServer({ cert, key }, (client) => {
    const gateway = connect({ host: '127.0.0.1', port: target.port, servername: target.hostname, ca: target.ca });
    for (const [from, to] of [[client, gateway], [gateway, client]] as const) {
      sockets.add(from);
      from.on('error', () => { to.destroy(); }).on('close', () => { to.destroy(); });
    }
    client.on('data', (chunk: Buffer) => { gateway.write(named(chunk, port, target.port)); });
    gateway.on('data', (chunk: Buffer) => { client.write(chunk); });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
    rmSync(directory, { recursive: true });
  });
  return { port, ca, caFile };
}

/** The request with another port in Host and Origin. */
const named = (chunk: Buffer, from: number, to: number): Buffer =>
  Buffer.from(chunk.toString('latin1').replaceAll(`print.myq.test:${String(from)}`, `print.myq.test:${String(to)}`), 'latin1');
