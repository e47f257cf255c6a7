// The channel binding "tls-server-end-point" of the server's certificate (RFC 5929 §4.1), which ties a sign-in to this connection.

import { createHash, type X509Certificate } from 'node:crypto';
import { ClientError } from '../error.ts';

const prefix = Buffer.from('tls-server-end-point:', 'ascii');

/**
 * Application data: the prefix and the hash of the certificate, by the hash of its signature, MD5 and SHA-1 replaced by SHA-256.
 * @throws ClientError `channel_binding_unavailable` where the RFC defines none (Ed25519, for one)
 */
export async function endPointBinding({ raw }: Pick<X509Certificate, 'raw'>): Promise<Uint8Array> {
  const hash = await signatureHash(raw);
  if (hash === undefined) {
    throw new ClientError('channel_binding_unavailable', 'the signature of the server\'s certificate has no channel binding (RFC 5929)', { cure: 'Give the gateway a certificate that is signed with RSA or ECDSA and SHA-256.' });
  }
  const used = ['MD5', 'SHA-1'].includes(hash) ? 'sha256' : hash.replace('-', '').toLowerCase();
  return Buffer.concat([prefix, createHash(used).update(raw).digest()]);
}

/** Loaded only when it is needed: where a gateway does not ask for bindings, it never is. */
async function signatureHash(raw: Uint8Array<ArrayBuffer> | Buffer): Promise<string | undefined> {
  await import('reflect-metadata');
  const { X509Certificate: Parsed } = await import('@peculiar/x509');
  const { signatureAlgorithm } = new Parsed(Buffer.from(raw));
  return (signatureAlgorithm as { readonly hash?: { readonly name?: string } }).hash?.name;
}
