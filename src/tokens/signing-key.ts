// Signing keys themselves: made, sealed for the store (tokens/seal.ts), opened again.

import type { KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importPKCS8, type CryptoKey } from 'jose';
import type { StoredKey } from '../stores/key-store.ts';
import { seal, unseal } from './seal.ts';

/** RFC 7518 §3.1. RS256 is the one that every OpenID Connect client knows (OIDC Core §15.1). */
export type SigningAlgorithm = 'ES256' | 'RS256';

/** A key that signs. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  /** Cannot be exported. */
  readonly privateKey: CryptoKey;
}

export interface NewKeyOptions {
  readonly sealKey: KeyObject;
  readonly algorithm: SigningAlgorithm;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/**
 * A fresh key pair: ECDSA P-256, or RSA of 2048 bits. Its id is the RFC 7638 thumbprint, so that equal ids mean equal keys.
 *
 * @param newest the newest key until now: if its seal key is another one, nothing is made, since nobody could open both
 * @throws ConfigError for the wrong seal key
 */
export async function newKey({ sealKey, algorithm, now }: NewKeyOptions, newest: StoredKey | undefined): Promise<StoredKey> {
  if (newest !== undefined) unseal(sealKey, newest.kid, newest.sealedPrivateKey);
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return {
    kid,
    algorithm,
    publicJwk: JSON.stringify({ ...jwk, kid, alg: algorithm, use: 'sig' }),
    sealedPrivateKey: seal(sealKey, kid, await exportPKCS8(privateKey)),
    // A clock that was set back must not make it older than the one that it follows.
    createdAt: Math.max(now(), newest?.createdAt ?? 0),
  };
}

/** Opens a key for signing. Throws ConfigError for the wrong seal key. */
export async function openKey(sealKey: KeyObject, { kid, algorithm, sealedPrivateKey }: StoredKey): Promise<SigningKey> {
  return { kid, algorithm, privateKey: await importPKCS8(unseal(sealKey, kid, sealedPrivateKey), algorithm) };
}
