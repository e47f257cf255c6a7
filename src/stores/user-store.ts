// The port for users, the names under which they sign in, and the secrets that they sign in with.

import type { EntraId, KnownUser, UserDirectory } from '../identity/user.ts';

/** A user as an admin adds him. `aliases` are canonical (identity/principal.ts). */
export interface NewUser {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly fullName?: string | undefined;
  readonly email?: string | undefined;
  /** Beyond what every user has (tokens/scopes.ts). */
  readonly scopes: readonly string[];
  /** PHC string (identity/password-hash.ts). */
  readonly passwordHash?: string | undefined;
}

/** A user with what only an admin sees. `createdAt` is in seconds since the epoch. */
export interface UserRecord extends KnownUser {
  readonly aliases: readonly string[];
  readonly createdAt: number;
  readonly hasPassword: boolean;
  readonly hasPin: boolean;
  /** How many cards are his. */
  readonly cards: number;
  /** Of a print site, such as an employee number. */
  readonly personalNumber: string | undefined;
  /** Whom he is in Entra ID, by tenant; at most one person of each. */
  readonly entraIds: readonly EntraId[];
  /** He is disabled in his directory; `disabled` is true then, too. */
  readonly disabledInDirectory: boolean;
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

/** A change of what is said of a user, as in a JSON merge patch (RFC 7396): what is absent stays, null takes it away. */
export interface UserChange {
  readonly email?: string | null | undefined;
  readonly fullName?: string | null | undefined;
  readonly personalNumber?: string | null | undefined;
  readonly addScopes: readonly string[];
  readonly removeScopes: readonly string[];
}

/** What came of it. Nothing was written unless it is `changed`; `refused` names the scopes to be taken that he does not have. */
export type UserChanged =
  | { readonly kind: 'changed'; readonly user: UserRecord }
  | { readonly kind: 'refused'; readonly absent: readonly string[] }
  | { readonly kind: 'no-user' };

/** What came of a change of secrets: `taken`, a PIN or card is somebody else's; `absent`, a card to be removed is not his. */
export type SecretChanged = 'changed' | 'taken' | 'absent' | 'no-user';

/** Digests of cards (identity/pin-card.ts). */
export interface CardChange {
  readonly add: readonly string[];
  /** `all` takes every card that he has. */
  readonly remove: readonly string[] | 'all';
}

/** What is kept of a user's secrets: hashes and digests, never the secrets. */
export interface UserSecrets {
  readonly passwordHash: string | undefined;
  readonly pinDigest: string | undefined;
}

/**
 * Users and the names under which they sign in, unique without regard to case. An admin cannot give somebody the name or an alias
 * of another: a name must not mean two people.
 */
export interface UserStore extends UserDirectory {
  /** Adds a user. Throws ConflictError if the name or an alias is taken; nothing is written then. */
  addUser(user: NewUser): Promise<UserRecord>;
  userByName(name: string): Promise<UserRecord | undefined>;
  /** His aliases, sorted; none if there is no such user. */
  aliasesOf(id: string): Promise<readonly string[]>;
  /** All users, by name. */
  users(): Promise<readonly UserRecord[]>;
  /**
   * What an admin says himself. It stands beside what the user's directory says (stores/mirror-store.ts), and either is enough; to enable
   * him ends what an imported file said. False if there is no such user. Disabling raises his epoch, so that what was issued before stays
   * dead when he is enabled again.
   */
  setUserDisabled(id: string, disabled: boolean): Promise<boolean>;
  /**
   * Takes and gives aliases, in this order and as one step: all of it or nothing. To be given what he has already is no fault;
   * to be taken what he does not have is one.
   */
  changeAliases(id: string, change: AliasChange): Promise<AliasesChanged>;
  /**
   * Changes e-mail address, full name, personal number and scopes as one step: all of it or nothing, and what it does not name stays as it
   * is then, so that of changes at once, in several processes, none is lost. Scopes are taken, then given; to be given one that he has is
   * no fault. His name, aliases, secrets and epoch stay.
   */
  changeUser(id: string, change: UserChange): Promise<UserChanged>;
  /**
   * Says whom he is in Entra ID, as one step: all of it or nothing. What is added takes the place of another person of its tenant; `all`
   * forgets every one. To lose one raises the epoch. `taken`: somebody else is that person.
   */
  changeEntraIds(id: string, change: { readonly add: readonly EntraId[]; readonly remove: 'all' | 'none' }): Promise<'changed' | 'taken' | 'no-user'>;
  /** Removes the user with all that is his; his `sub` is never given to anybody else. False if there is no such user. */
  removeUser(id: string): Promise<boolean>;
}

/** The secrets of users. Each change that could shut somebody out raises the user's epoch in the same step. */
export interface SecretStore {
  userSecrets(id: string): Promise<UserSecrets | undefined>;
  userByPin(digest: string): Promise<KnownUser | undefined>;
  userByCard(digest: string): Promise<KnownUser | undefined>;
  /** undefined takes the password away. Raises the epoch. */
  setPassword(id: string, hash: string | undefined): Promise<SecretChanged>;
  /** undefined takes the PIN away. Raises the epoch. Nobody else may have it. */
  setPin(id: string, digest: string | undefined): Promise<SecretChanged>;
  /** Takes and gives cards as one step: all of it or nothing. Taking one raises the epoch. */
  changeCards(id: string, change: CardChange): Promise<SecretChanged>;
}
