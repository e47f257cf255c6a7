// Key pairs of clients, made once, and their JWK sets.

import { generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto';

export interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const pairs = {
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ed25519: generateKeyPairSync('ed25519'),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
} as const satisfies Record<string, Pair>;

/** The public JWK of a pair, with these members changed. */
export function jwkOf({ publicKey }: Pair, members: JsonWebKey = {}): JsonWebKey {
  return { ...publicKey.export({ format: 'jwk' }), ...members };
}

export const setOf = (...keys: readonly unknown[]): string => JSON.stringify({ keys });

const encoded = (value: unknown): string => (typeof value === 'string' ? Buffer.from(value) : Buffer.from(JSON.stringify(value))).toString('base64url');

/** A compact JWS, signed as `alg` says: by node:crypto, so that jose does not judge itself. Header and payload may be raw text. */
export function signedJwt(header: object | string, payload: unknown, key: KeyObject, alg = (header as { alg?: string }).alg): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  const bytes = Buffer.from(input);
  const signature = {
    ES256: () => sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
    ES384: () => sign('sha384', bytes, { key, dsaEncoding: 'ieee-p1363' }),
    EdDSA: () => sign(null, bytes, key),
    RS256: () => sign('sha256', bytes, key),
    // 6 is RSA_PKCS1_PSS_PADDING.
    PS256: () => sign('sha256', bytes, { key, padding: 6, saltLength: 32 }),
  }[alg ?? ''];
  if (signature === undefined) throw new Error(`no way to sign ${String(alg)}`);
  return `${input}.${signature().toString('base64url')}`;
}
