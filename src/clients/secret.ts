// Ids and secrets of clients: made here, and never kept in the open.

import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

/** What is compared for a client that does not exist, so that its absence takes as long as a wrong secret. */
const NOBODYS_DIGEST = secretDigest('');

/** A new client id in MyQ's form, an upper-case GUID. */
export function newClientId(): string {
  return randomUUID().toUpperCase();
}

/** A new client secret: 256 random bits as 64 hexadecimal digits, which mean the same form-encoded and not. */
export function newClientSecret(): string {
  return randomBytes(32).toString('hex');
}

/** What is kept of a secret: SHA-256 in base64url. A slow hash is for secrets that people choose; nobody guesses 256 random bits. */
export function secretDigest(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('base64url');
}

/** Whether the secret has one of the digests. Every one is compared, in constant time. */
export function isSecretOf(digests: readonly string[], secret: string): boolean {
  const digest = Buffer.from(secretDigest(secret));
  const compared = (digests.length === 0 ? [NOBODYS_DIGEST] : digests).map((one) => Buffer.from(one));
  const equal = compared.map((one) => one.length === digest.length && timingSafeEqual(one, digest));
  return digests.length > 0 && equal.includes(true);
}
