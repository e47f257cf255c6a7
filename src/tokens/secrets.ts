// Secrets that every process of the gateway shares: made once, kept sealed in the store.

import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { KeyStore } from '../stores/key-store.ts';
import { seal, unseal } from './seal.ts';

/** HMAC keys of 256 bits. */
export interface Secrets {
  /** For what clients and browsers hold (tokens/handle.ts). */
  readonly handleKey: KeyObject;
  /** For the digests of PINs and cards. */
  readonly digestKey: KeyObject;
}

export interface SecretsOptions {
  readonly store: KeyStore;
  readonly sealKey: KeyObject;
}

const BYTES = 32;

/** Opens the secrets, and makes those that the store does not have. Throws ConfigError if the seal key is the wrong one. */
export async function openSecrets({ store, sealKey }: SecretsOptions): Promise<Secrets> {
  const open = async (name: string): Promise<KeyObject> => {
    const fresh = seal(sealKey, name, randomBytes(BYTES).toString('base64url'));
    const kept = unseal(sealKey, name, await store.ensureSecret(name, fresh));
    return createSecretKey(Buffer.from(kept, 'base64url'));
  };
  return { handleKey: await open('handle-key'), digestKey: await open('digest-key') };
}
