// The narrow ports through which the domain keeps what must survive a restart; every store implements all of them.

import type { KnownUser, UserDirectory } from '../identity/resolve.ts';

/** A user as an admin adds him. `aliases` are canonical (identity/principal.ts). */
export interface NewUser {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly fullName?: string | undefined;
  readonly email?: string | undefined;
  /** Beyond what every user has (tokens/scopes.ts). */
  readonly scopes: readonly string[];
}

/** A user with what only an admin sees. `createdAt` is in seconds since the epoch. */
export interface UserRecord extends KnownUser {
  readonly aliases: readonly string[];
  readonly createdAt: number;
}

/** Canonical aliases (identity/principal.ts). */
export interface AliasChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** What came of a change of aliases. Nothing was written unless it is `changed`; `refused` names everything that stood in the way. */
export type AliasesChanged =
  | { readonly kind: 'changed'; readonly user: UserRecord }
  | { readonly kind: 'refused'; readonly taken: readonly string[]; readonly absent: readonly string[] }
  | { readonly kind: 'no-user' };

/** Users and the names under which they sign in. Names and aliases are unique without regard to case. */
export interface UserStore extends UserDirectory {
  /** Adds a user. Throws ConflictError if the name or an alias is taken; nothing is written then. */
  addUser(user: NewUser): Promise<UserRecord>;
  userById(id: string): Promise<KnownUser | undefined>;
  userByName(name: string): Promise<UserRecord | undefined>;
  /** All users, by name. */
  users(): Promise<readonly UserRecord[]>;
  /** False if there is no such user. */
  setUserDisabled(id: string, disabled: boolean): Promise<boolean>;
  /**
   * Takes and gives aliases, in this order and as one step: all of it or nothing. To be given what he has already is no fault;
   * to be taken what he does not have is one.
   */
  changeAliases(id: string, change: AliasChange): Promise<AliasesChanged>;
  /** Removes the user with his aliases; his `sub` is never given to anybody else. False if there is no such user. */
  removeUser(id: string): Promise<boolean>;
}

/** A registered OAuth client (RFC 6749 §2). */
export interface Client {
  readonly id: string;
  readonly name: string;
  /** True for a client that can keep no secret (RFC 6749 §2.1). */
  readonly isPublic: boolean;
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
}

export interface ClientStore {
  clientById(id: string): Promise<Client | undefined>;
  /** Registers the client unless its id is taken; answers whether it was registered now. */
  addClient(client: Client): Promise<boolean>;
}

/** A signing key: public in the open, private sealed. */
export interface StoredKey {
  readonly kid: string;
  readonly algorithm: string;
  /** Public JWK (RFC 7517) as JSON. */
  readonly publicJwk: string;
  /** Private key sealed by tokens/seal.ts. */
  readonly sealedPrivateKey: string;
  readonly createdAt: number;
}

export interface KeyStore {
  /** All keys, newest first. */
  signingKeys(): Promise<readonly StoredKey[]>;
  /**
   * Adds the key unless one of its algorithm exists, as one step: of two processes that start together one wins.
   * Answers the keys then kept.
   */
  addFirstKey(key: StoredKey): Promise<readonly StoredKey[]>;
}

/** Things that may be used once: tickets now. */
export interface MarkStore {
  /**
   * Marks it as used until `expiresAt` (seconds since the epoch). True if it was not marked before, or the mark had expired:
   * of several calls at once for the same mark one gets true, in whatever process.
   */
  markOnce(mark: Uint8Array, expiresAt: number): Promise<boolean>;
}

/** Everything a store is. An outage throws UnavailableError from any method. */
export interface Store extends UserStore, ClientStore, KeyStore, MarkStore {
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
