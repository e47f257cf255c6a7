// What an NTLM client answers to a challenge: NTLMv2, and nothing older (MS-NLMP §3.3.2).

import { createHash, createHmac } from 'node:crypto';
import { md4 } from './md4.ts';

/** All texts of NTLM are in UTF-16, little-endian. */
export const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** The MD5 digest of these parts together, 16 bytes. */
export const md5 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The HMAC with MD5 of these parts together, 16 bytes. */
export const hmacMd5 = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer => {
  const hmac = createHmac('md5', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
};

/** NTOWFv1: the NT hash of a password. */
export const ntHash = (password: string): Buffer => md4(utf16(password));

/** NTOWFv2. */
export const ntHashV2 = (password: string, user: string, domain: string): Buffer =>
  hmacMd5(ntHash(password), utf16(upperCase(user) + domain));

/**
 * A name in upper case as domain controllers write it: letter by letter, so that ß stays, and without the letters whose capitals are
 * younger than their tables (Georgian).
 */
export function upperCase(name: string): string {
  return name.replace(/[^\u10A0-\u10FF]/g, (letter) => {
    const capital = letter.toUpperCase();
    return capital.length === 1 && (capital.toLowerCase() === letter || letter === 'ς') ? capital : letter;
  });
}

/** Who signs in, and what the server challenged him with (8 bytes). */
export interface Secret {
  readonly user: string;
  /** As it is sent: the hash covers it letter for letter. */
  readonly domain: string;
  readonly password: string;
  readonly serverChallenge: Uint8Array;
}

/** An NTLMv2 response to `clientChallenge`, an encoded NTLMv2_CLIENT_CHALLENGE; `key` is the SessionBaseKey. */
export function respondV2({ user, domain, password, serverChallenge }: Secret, clientChallenge: Uint8Array): { nt: Buffer; key: Buffer } {
  const hash = ntHashV2(password, user, domain);
  const proof = hmacMd5(hash, serverChallenge, clientChallenge);
  return { nt: Buffer.concat([proof, clientChallenge]), key: hmacMd5(hash, proof) };
}
