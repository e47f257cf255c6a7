// The signing keys: made on first use, kept sealed in the store, published as a JWK set (RFC 7517).

import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importPKCS8, type CryptoKey, type JWK } from 'jose';
import { UnavailableError } from '../errors.ts';
import type { KeyStore, StoredKey } from '../stores/store.ts';
import { seal, unseal } from './seal.ts';

/** The key that signs now. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
}

/** A public key that verifiers may use. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: string;
  /** SubjectPublicKeyInfo in PEM. */
  readonly publicKeyPem: string;
}

export interface Keyring {
  readonly signing: SigningKey;
  /** The key with this id, if it is one of ours. */
  verificationKey(kid: string): VerificationKey | undefined;
  /** The JWK set to publish. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

export interface KeyringOptions {
  readonly store: KeyStore;
  readonly sealKey: KeyObject;
  readonly algorithm: 'ES256';
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Loads the keyring and makes its first key if there is none. Throws ConfigError if the seal key is the wrong one. */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  let stored = await options.store.signingKeys();
  if (!stored.some(({ algorithm }) => algorithm === options.algorithm)) stored = await options.store.addFirstKey(await newKey(options));
  const newest = stored.find(({ algorithm }) => algorithm === options.algorithm);
  if (newest === undefined) throw new UnavailableError('The store did not keep the signing key.');
  const privateKey = await importPKCS8(unseal(options.sealKey, newest.kid, newest.sealedPrivateKey), newest.algorithm);
  const published = stored.map((key) => JSON.parse(key.publicJwk) as JWK & { readonly kid: string });
  const verification = new Map(published.map((jwk, index) => [jwk.kid, {
    kid: jwk.kid,
    algorithm: (stored[index] as StoredKey).algorithm,
    publicKeyPem: createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string,
  }]));
  return {
    signing: { kid: newest.kid, algorithm: newest.algorithm, privateKey },
    verificationKey: (kid) => verification.get(kid),
    jwks: { keys: published },
  };
}

/** A fresh key pair; its id is the RFC 7638 thumbprint, so that equal ids mean equal keys. */
async function newKey(options: KeyringOptions): Promise<StoredKey> {
  const { publicKey, privateKey } = await generateKeyPair(options.algorithm, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return {
    kid,
    algorithm: options.algorithm,
    publicJwk: JSON.stringify({ ...jwk, kid, alg: options.algorithm, use: 'sig' }),
    sealedPrivateKey: seal(options.sealKey, kid, await exportPKCS8(privateKey)),
    createdAt: options.now(),
  };
}
