// The port for users who are mirrored from elsewhere: from a directory (`users sync`) or a file (`users import`).

import type { EntraId } from '../identity/user.ts';
import type { UserRecord } from './user-store.ts';

/** A person as the source has him. What it leaves undefined is not touched; null takes it away. */
export interface Mirrored {
  /** Of a directory: its name, and the account's SID. Undefined: from a file, where the name is the key. */
  readonly account: { readonly directory: string; readonly sid: string } | undefined;
  readonly name: string;
  /** Canonical (identity/principal.ts). Those that the source gave before and gives no more are taken away; an admin's own stay. */
  readonly aliases: readonly string[] | undefined;
  readonly fullName: string | null | undefined;
  readonly email: string | null | undefined;
  readonly personalNumber: string | null | undefined;
  /**
   * Disabled at the source. An admin's own `users disable` is kept apart from it, and a directory from a file: each is enough. What a file
   * said also ends by `users enable`.
   */
  readonly disabled: boolean | undefined;
  /** Digests (identity/pin-card.ts). Like aliases: the source's own are replaced, an admin's own stay. */
  readonly cards: readonly string[] | undefined;
  /** Digest. It takes the place of whatever PIN he has; null takes away only one that the source gave. */
  readonly pin: string | null | undefined;
  /** Whom he is in Entra ID; takes the place of another person of that tenant. */
  readonly entraId: EntraId | undefined;
  /** Scopes beyond what every user has; only added. */
  readonly scopes: readonly string[] | undefined;
}

/**
 * What came of it. `what` names what changed, in words of `users list`, never a secret.
 * `conflict`: something of it is somebody else's, and nothing was written: `fields` names what (`name`, an alias as it is, `card`, `PIN`,
 * `Entra ID`), or that the user of that name belongs to another account (`account`) or came by himself through Entra ID (`stranger`).
 */
export type MirrorOutcome =
  | { readonly kind: 'added' | 'changed' | 'unchanged'; readonly user: UserRecord; readonly what: readonly string[] }
  | { readonly kind: 'conflict'; readonly fields: readonly string[] };

/** A user who came from a directory. */
export interface MirroredUser {
  readonly id: string;
  readonly name: string;
  readonly sid: string;
  readonly disabledInDirectory: boolean;
}

export interface MirrorStore {
  /**
   * Adds or changes one user, as one step: all of it or nothing. Found by his account's SID, else by his name or an alias with a realm if
   * that user has no account yet; then it becomes his, and so does the name. By the name alone nobody is found who has an alias of a realm
   * that none of the person's aliases has: he is somebody of another domain. Nor is he whom a sign-in through Entra ID has made, unless
   * the source names that person or he has one of the aliases. From a file he is found by his name only, and keeps its spelling. To be
   * disabled, a changed PIN and a card taken away raise the epoch as by hand. `dryRun`: the same answer, and nothing is written.
   */
  mirrorUser(person: Mirrored, dryRun: boolean): Promise<MirrorOutcome>;
  /** All who came from this directory, by name. */
  mirroredUsers(directory: string): Promise<readonly MirroredUser[]>;
  /** Sets or ends that he is disabled in his directory; to be disabled raises the epoch. False if no such user has an account. */
  setDisabledInDirectory(id: string, disabled: boolean): Promise<boolean>;
  /** Forgets to which account of a directory he belongs; what was mirrored stays, and is an admin's then. False if he had none. */
  forgetAccount(id: string): Promise<boolean>;
}
