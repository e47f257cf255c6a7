// Everything a store is: the narrow ports through which the domain keeps what must survive a restart.

import type { AttemptStore, MarkStore } from './attempt-store.ts';
import type { ClientStore } from './client-store.ts';
import type { GrantStore, SessionStore } from './grant-store.ts';
import type { KeyStore } from './key-store.ts';
import type { MirrorStore } from './mirror-store.ts';
import type { NtlmStore } from './ntlm-store.ts';
import type { SecretStore, UserStore } from './user-store.ts';

/** Every store implements all of it, and passes one contract test. An outage throws UnavailableError from any method. */
export interface Store
  extends UserStore, SecretStore, ClientStore, KeyStore, GrantStore, SessionStore, MarkStore, AttemptStore, MirrorStore, NtlmStore {
  /** Throws UnavailableError if the store cannot be read and written now. */
  ping(): Promise<void>;
  /** Closes it; closing twice is harmless. */
  close(): Promise<void>;
}

/** The name or alias is taken by somebody else. */
export class ConflictError extends Error {
  /** What is taken. */
  readonly taken: string;
  constructor(taken: string) {
    super(`"${taken}" is taken`);
    this.name = 'ConflictError';
    this.taken = taken;
  }
}
