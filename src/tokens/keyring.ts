// The signing keys as they are in the store now: one signs, those whose tokens may still be about are published (RFC 7517).

import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { UnavailableError } from '../errors.ts';
import type { KeyStore, StoredKey } from '../stores/key-store.ts';
import { isPublished, lives } from './key-life.ts';
import { newKey, openKey, type NewKeyOptions, type SigningKey } from './signing-key.ts';

export type { SigningAlgorithm, SigningKey } from './signing-key.ts';

/** A public key that verifiers may use. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: string;
  /** SubjectPublicKeyInfo in PEM. */
  readonly publicKeyPem: string;
  readonly publicKey: KeyObject;
}

/**
 * Follows what other processes do to the store, where it looks again when its last look is 5 seconds old. While the store is out
 * it goes on with the keys that it knows.
 */
export interface Keyring {
  /** The key that signs now. Throws UnavailableError if there is none. */
  current(): Promise<SigningKey>;
  /** The key with this id, if tokens that it signed are still accepted. For an unknown id it looks again, at most once a second. */
  verificationKey(kid: string): Promise<VerificationKey | undefined>;
  /** As verificationKey, but a key whose tokens have all expired counts, too, as long as it is kept: for `id_token_hint`. */
  retiredKey(kid: string): Promise<VerificationKey | undefined>;
  /** The JWK set to publish: every key whose tokens are accepted, and the one that signs next. */
  jwks(): Promise<{ readonly keys: readonly JWK[] }>;
}

export interface KeyringOptions extends NewKeyOptions {
  readonly store: KeyStore;
}

const REREAD_AFTER = 5;
const REREAD_FOR_UNKNOWN_AFTER = 1;

/**
 * Opens the keyring. If the newest key is not of this algorithm, or there is none, one is added.
 * Throws ConfigError if the seal key is the wrong one; nothing is added then.
 */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const { store, sealKey, algorithm, now } = options;
  let stored = await store.signingKeys();
  if (stored[0]?.algorithm !== algorithm) stored = await store.ensureKey(await newKey(options, stored[0]));
  const ring = followed(store, stored, now);
  let opened: { readonly kid: string; readonly key: Promise<SigningKey> } | undefined;

  const current = async (): Promise<SigningKey> => {
    await ring.look(REREAD_AFTER);
    const entry = ring.entries().find(({ life }) => life.state === 'signing');
    if (entry === undefined) throw new UnavailableError('The store has no signing key.', { detail: 'the store lost its signing keys: restart' });
    if (opened?.kid !== entry.stored.kid) opened = { kid: entry.stored.kid, key: openKey(sealKey, entry.stored) };
    return opened.key;
  };
  const find = async (kid: string, isAccepted: (entry: Entry) => boolean): Promise<VerificationKey | undefined> => {
    const known = (): Entry | undefined => ring.entries().find(({ stored }) => stored.kid === kid);
    await ring.look(REREAD_AFTER);
    if (known() === undefined) await ring.look(REREAD_FOR_UNKNOWN_AFTER);
    const entry = known();
    return entry !== undefined && isAccepted(entry) ? entry.verification : undefined;
  };

  // Tells the wrong seal key before anybody asks.
  await current();
  return {
    current,
    verificationKey: (kid) => find(kid, ({ life }) => isPublished(life, now())),
    retiredKey: (kid) => find(kid, () => true),
    jwks: async () => {
      await ring.look(REREAD_AFTER);
      return { keys: ring.entries().filter(({ life }) => isPublished(life, now())).map(({ jwk }) => jwk) };
    },
  };
}

interface ReadKey {
  readonly stored: StoredKey;
  readonly jwk: JWK;
  readonly verification: VerificationKey;
}

type Entry = ReadKey & { readonly life: ReturnType<typeof lives>[number] };

/** The keys of the store at the last look. */
function followed(store: KeyStore, first: readonly StoredKey[], now: () => number) {
  let keys = first.map(read);
  let lookedAt = now();
  let looking: Promise<void> | undefined;

  const lookNow = async (): Promise<void> => {
    lookedAt = now();
    try {
      const stored = await store.signingKeys();
      const former = new Map(keys.map((key) => [key.stored.kid, key]));
      keys = stored.map((key) => former.get(key.kid) ?? read(key));
    } catch (error) {
      // What is known is still good; the next look is due as soon as this one would have been old.
      if (!(error instanceof UnavailableError)) throw error;
    }
  };
  return {
    /** Newest first, each with its life at this moment. */
    entries: (): readonly Entry[] => {
      const life = lives(keys.map(({ stored }) => stored), now());
      return keys.map((key, index) => ({ ...key, life: life[index] as Entry['life'] }));
    },
    /** Looks into the store if the last look is `age` seconds old, or the clock was set back. All who ask meanwhile share one look. */
    look: async (age: number): Promise<void> => {
      const since = now() - lookedAt;
      if (looking === undefined && since >= 0 && since < age) return;
      await (looking ??= lookNow().finally(() => { looking = undefined; }));
    },
  };
}

function read(stored: StoredKey): ReadKey {
  const { kid, algorithm, publicJwk } = stored;
  try {
    const jwk = JSON.parse(publicJwk) as JWK;
    const publicKey = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    return { stored, jwk, verification: { kid, algorithm, publicKeyPem, publicKey } };
  } catch (cause) {
    throw new UnavailableError('The store holds a damaged signing key.', { detail: `the public part of the key ${kid} cannot be read`, cause });
  }
}
