// The port for signing keys and other secrets of the gateway itself; the secret part is sealed before it comes here.

/** A signing key: public in the open, private sealed. */
export interface StoredKey {
  readonly kid: string;
  readonly algorithm: string;
  /** Public JWK (RFC 7517) as JSON. */
  readonly publicJwk: string;
  /** Private key sealed by tokens/seal.ts. */
  readonly sealedPrivateKey: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

export interface KeyStore {
  /** All keys, newest first; of equal age the one that was added last. */
  signingKeys(): Promise<readonly StoredKey[]>;
  /**
   * Adds the key unless the newest one is of its algorithm, as one step: of two processes that start together one wins.
   * Answers the keys then kept.
   */
  ensureKey(key: StoredKey): Promise<readonly StoredKey[]>;
  /** Adds a key, which is then the newest. */
  addKey(key: StoredKey): Promise<void>;
  removeKeys(kids: readonly string[]): Promise<void>;
  /** Keeps this sealed secret unless there is one of that name; answers the one kept. */
  ensureSecret(name: string, sealed: string): Promise<string>;
}
