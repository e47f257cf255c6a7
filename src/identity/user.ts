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

/** A person in Microsoft Entra ID, by what is never given to another one: both are GUIDs in lower case. */
export interface EntraId {
  readonly tenant: string;
  readonly object: string;
}

/** Who gave a user an alias. */
export type AliasSource = 'admin' | 'file' | 'directory' | 'sign-in';

/** Somebody who goes by a name. */
export interface Named {
  readonly user: KnownUser;
  /** Who gave him the alias that it is; undefined: it is his name. */
  readonly given: AliasSource | undefined;
  /** Who gave him aliases at all, each once. */
  readonly sources: readonly AliasSource[];
  /** Tenants of Entra ID in which he is somebody already. */
  readonly tenants: readonly string[];
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
  /** The user who was mirrored from the account with this SID, of whatever directory. */
  userBySid(sid: string): Promise<KnownUser | undefined>;
  /** The user who is this person, whatever he is called by now. */
  userByEntraId(id: EntraId): Promise<KnownUser | undefined>;
  /** Who has this canonical alias (identity/principal.ts), else whose name it is, in any letter case. */
  userByAnyName(name: string, alias: string | undefined): Promise<Named | undefined>;
  /**
   * Makes the user that person for ever, as one step. `other`: he is another person of that tenant, or that person is another user
   * meanwhile; nothing is written then. To be that person already is no fault.
   */
  pairEntra(userId: string, id: EntraId): Promise<'paired' | 'other'>;
  /**
   * Makes a user who is this person and has no alias, or answers the one who is it meanwhile. He is called by the first of the names that
   * nobody goes by, or by the last one, made unique.
   */
  userForEntra(id: EntraId, names: readonly [string, ...string[]], about: Pick<KnownUser, 'fullName' | 'email'>): Promise<KnownUser>;
  /** All aliases of a user. */
  aliasesOf(id: string): Promise<readonly string[]>;
}
