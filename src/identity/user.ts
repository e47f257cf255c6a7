// A user as the gateway's domain knows him, and how he is found.

/** A user as identity needs to know him; stores keep more. */
export interface KnownUser {
  /** Stable, never reused: the `sub` of every token, whichever way he signs in. */
  readonly id: string;
  readonly name: string;
  readonly fullName: string | undefined;
  readonly email: string | undefined;
  readonly disabled: boolean;
  /** Beyond what every user has (tokens/scopes.ts). */
  readonly scopes: readonly string[];
  /** Rises when he is disabled or one of his secrets changes: sessions and grants of a former one are dead. */
  readonly epoch: number;
  /** The account of a directory that he was mirrored from: his name and SID there. */
  readonly account: { readonly directory: string; readonly sid: string } | undefined;
}

/** What resolving needs from a store. */
export interface UserDirectory {
  userById(id: string): Promise<KnownUser | undefined>;
  /** The user who owns one of these aliases; the first alias that matches wins. */
  userByAlias(aliases: readonly string[]): Promise<KnownUser | undefined>;
  /** The user who was mirrored from the account with this SID, of the directory of that name, whatever he is called by now. */
  userByAccount(directory: string, sid: string): Promise<KnownUser | undefined>;
  /**
   * Makes a user who has just this alias, or answers the one who got it meanwhile.
   * If the name is taken, the alias becomes the name, made unique if that is taken, too.
   */
  userForAlias(alias: string, name: string): Promise<KnownUser>;
  /** All aliases of a user. */
  aliasesOf(id: string): Promise<readonly string[]>;
}
