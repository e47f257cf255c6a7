// Makes certificates of every kind, right and wrong, and servers that show them and count what reaches them.

import 'reflect-metadata'; // @peculiar/x509 needs it loaded first
import { randomBytes, X509Certificate, type webcrypto } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  AuthorityKeyIdentifierExtension, BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags,
  KeyUsagesExtension, SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509CertificateGenerator,
  type Extension, type JsonName,
} from '@peculiar/x509';

export { ExtendedKeyUsage, KeyUsageFlags };

export const day = 86_400_000;

/** What a certificate is to be. Without wishes: a server's, self-signed, in date, without a name. */
export interface Wishes {
  /** A common name, or a whole subject. */
  readonly subject?: string | JsonName;
  /** Subject alternative names: addresses in `ip`. */
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly issuer?: Made;
  /** Default: a new pair. */
  readonly keys?: webcrypto.CryptoKeyPair;
  /** Days from now. */
  readonly from?: number;
  readonly until?: number;
  /** May it vouch for others? */
  readonly ca?: boolean;
  /** Default: that of its kind. */
  readonly keyUsage?: number;
  /** Extended key usages; `none`: it has no such extension. */
  readonly usages?: readonly string[] | 'none';
}

export interface Made {
  readonly pem: string;
  /** PKCS#8 in PEM. */
  readonly key: string;
  /** SHA-256: 64 hexadecimal digits in lower case. */
  readonly fingerprint: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly subject: JsonName;
}

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** Makes one as wished, with a key of its own. */
export async function certificate(wishes: Wishes = {}): Promise<Made> {
  const { subject: name = 'server', issuer, from = -1, until = 30 } = wishes;
  const subject = typeof name === 'string' ? [{ CN: [name] }] : name;
  const keys = wishes.keys ?? await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const signer = issuer?.keys ?? keys;
  const made = await X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'), subject, issuer: issuer?.subject ?? subject,
    notBefore: new Date(Date.now() + from * day), notAfter: new Date(Date.now() + until * day),
    publicKey: keys.publicKey, signingKey: signer.privateKey, signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      ...extensionsOf(wishes),
      await SubjectKeyIdentifierExtension.create(keys.publicKey), await AuthorityKeyIdentifierExtension.create(signer.publicKey),
    ],
  });
  const pem = `${made.toString('pem')}\n`;
  return { pem, key: await privateKey(keys), fingerprint: fingerprintOf(pem), keys, subject };
}

/** An authority, as in `authority({ subject: 'Root' })`. */
export const authority = (wishes: Wishes = {}): Promise<Made> => certificate({ subject: 'Root', ca: true, usages: 'none', ...wishes });

export const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();

function extensionsOf({ dns = [], ip = [], ca = false, keyUsage, usages = [ExtendedKeyUsage.serverAuth] }: Wishes): readonly Extension[] {
  const names = [...dns.map((value) => ({ type: 'dns', value }) as const), ...ip.map((value) => ({ type: 'ip', value }) as const)];
  return [
    new BasicConstraintsExtension(ca, undefined, true),
    new KeyUsagesExtension(keyUsage ?? (ca ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign : KeyUsageFlags.digitalSignature), true),
    ...(usages === 'none' ? [] : [new ExtendedKeyUsageExtension([...usages])]),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
  ];
}

async function privateKey({ privateKey: key }: webcrypto.CryptoKeyPair): Promise<string> {
  return `-----BEGIN PRIVATE KEY-----\n${Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64')}\n-----END PRIVATE KEY-----\n`;
}

/** A server's certificate and what it sends with it, below the root first. */
export interface Chain {
  readonly leaf: Made;
  readonly sent?: readonly Made[];
}

export interface ShowingServer {
  readonly port: number;
  /** TLS handshakes that ended well. */
  readonly handshakes: () => number;
  /** Bytes that came out of TLS: 0 until a client sends a request. */
  readonly bytes: () => number;
  readonly requests: () => number;
  /** Shows another one to whoever connects from now on. */
  show(chain: Chain): void;
}

/** An HTTPS server on a free port of 127.0.0.1 that shows this chain; it ends with the test. */
export async function serve(
  t: { teardown(action: () => Promise<void>): void }, chain: Chain,
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => { response.end('{}'); },
): Promise<ShowingServer> {
  const sockets = new Set<TLSSocket>();
  let [handshakes, bytes, requests] = [0, 0, 0];
  const server = createServer(asShown(chain), (request, response) => {
    requests++;
    answer(request, response);
  });
  server.on('secureConnection', (socket) => {
    handshakes++;
    sockets.add(socket);
    // The HTTP parser lets others listen, too.
    socket.on('data', (piece: Buffer) => { bytes += piece.length; });
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => closed(server, sockets));
  return {
    port: (server.address() as AddressInfo).port, handshakes: () => handshakes, bytes: () => bytes, requests: () => requests,
    show: (other) => { server.setSecureContext(asShown(other)); },
  };
}

const asShown = ({ leaf, sent = [] }: Chain): { readonly cert: string; readonly key: string } =>
  ({ cert: [leaf, ...sent].map(({ pem }) => pem).join(''), key: leaf.key });

function closed(server: Server, sockets: Iterable<TLSSocket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => { resolve(); });
    for (const socket of sockets) socket.destroy();
  });
}
