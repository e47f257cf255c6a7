// The signing keys of a tenant of the stand-in for Entra ID, which rotate.

import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** RSA with 2048 bits; made once for a process where nobody asks for another one: it takes a while. */
export function rsaKey(bits = 2048): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const kid = createHash('sha1').update(publicKey.export({ format: 'der', type: 'spki' })).digest('base64url');
  return { kid, privateKey };
}

/** As the tenant publishes it; Microsoft names in it whose key it is. */
export function published({ kid, privateKey }: SigningKey, issuer: string | undefined): JWK {
  const { n, e } = privateKey.export({ format: 'jwk' }) as { n: string; e: string };
  return { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, ...(issuer === undefined ? {} : { issuer }) } as JWK;
}
