// Principal → user: which realms may sign in, under which aliases somebody is known, and what becomes of who is not.

import { aliasesOf, fullAlias, type Principal } from './principal.ts';
import { refused, type Refusal } from './refusal.ts';
import { plainWord } from './shell-word.ts';
import type { KnownUser, UserDirectory } from './user.ts';

export interface FindOptions {
  readonly directory: Pick<UserDirectory, 'userByAlias' | 'userForAlias'>;
  /** Realms whose users may sign in, as they are at this moment. */
  readonly realms: () => readonly string[];
  readonly unknownUsers: 'Reject' | 'Create';
  /** NetBIOS names of realms, where the name of a new user shall tell his domain (`[Users] AppendDomainName`). */
  readonly domainOf?: ((realm: string) => string) | undefined;
}

/** What a principal comes to here: a user, somebody who shall become one under this name, or nobody who may come in. */
export type Lookup =
  | { readonly kind: 'user'; readonly user: KnownUser }
  | { readonly kind: 'new'; readonly alias: string; readonly name: string }
  | Refusal;

/** For looking only: nobody is made by it. */
export type LookupOptions = Omit<FindOptions, 'directory'> & { readonly directory: Pick<UserDirectory, 'userByAlias'> };

/** Finds or makes the user. A refusal is `realm_not_allowed` or `unknown_user`. */
export async function userOfPrincipal(options: FindOptions, principal: Principal): Promise<KnownUser | Refusal> {
  const lookup = await lookUp(options, principal);
  switch (lookup.kind) {
    case 'user':
      return lookup.user;
    case 'new':
      return options.directory.userForAlias(lookup.alias, lookup.name);
    case 'refused':
      return lookup;
  }
}

/** What becomes of him at a sign-in, and nothing is written. */
export async function lookUp(options: LookupOptions, principal: Principal): Promise<Lookup> {
  const realms = options.realms();
  if (!realms.includes(principal.realm)) {
    return refused('realm_not_allowed', `realm ${principal.realm} is not among ${realms.join(', ') || 'any'}`,
      realmCure(principal.realm, realms), principal.canonical);
  }
  const aliases = aliasesOf(principal, realms);
  const user = await options.directory.userByAlias(aliases);
  if (user !== undefined) return { kind: 'user', user };
  if (options.unknownUsers === 'Create') return { kind: 'new', alias: fullAlias(principal), name: newName(options, principal, realms) };
  return refused('unknown_user', `no user has the alias ${aliases.join(' or ')}`, await addCure(options, principal), principal.canonical);
}

/** A realm in other letters is a slip of the admin's; a further realm has a consequence that he must know first. */
function realmCure(realm: string, realms: readonly string[]): string {
  const slip = realms.find((allowed) => allowed.toUpperCase() === realm.toUpperCase());
  if (slip !== undefined) return `write ${realm} instead of ${slip} in [Kerberos] Realms`;
  return `if its users shall sign in, add ${realm} to [Kerberos] Realms; bare aliases count only with one realm, `
    + 'so first give every user the alias user@REALM (myq-gateway users alias NAME --add user@REALM)';
}

/** The user may be known by a bare alias, which does not count while several realms may sign in. */
async function addCure({ directory }: LookupOptions, principal: Principal): Promise<string> {
  const bare = await directory.userByAlias([principal.user]);
  if (bare !== undefined) return `if ${plainWord(bare.name, 'that user')} is this person: myq-gateway users alias ${plainWord(bare.name, '<NAME>')} --add ${plainWord(fullAlias(principal), '<ALIAS>')}`;
  return `myq-gateway users add ${plainWord(principal.user, '<NAME>')} --alias ${plainWord(fullAlias(principal), '<ALIAS>')}, or [Users] UnknownUsers=Create`;
}

/** What an unknown user is called whom the admin wants. With several realms the realm is part of the name: two alices are two people. */
function newName({ domainOf }: LookupOptions, { user, realm, canonical }: Principal, realms: readonly string[]): string {
  if (domainOf !== undefined) return `${user}@${domainOf(realm)}`;
  return realms.length === 1 ? user : canonical;
}
