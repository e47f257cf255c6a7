// Proof → Identity: decides whom a proved subject means here, or why it may not come in.

import type { Authentication } from './authentication.ts';
import { aliasesOf, fullAlias, type Principal } from './principal.ts';
import type { Proof } from './proof.ts';
import { refused, type Refusal } from './refusal.ts';
import { plainWord } from './shell-word.ts';
import { subjectName } from './subject.ts';

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
}

/** What resolving needs from a store. */
export interface UserDirectory {
  userById(id: string): Promise<KnownUser | undefined>;
  /** The user who owns one of these aliases; the first alias that matches wins. */
  userByAlias(aliases: readonly string[]): Promise<KnownUser | undefined>;
  /**
   * Makes a user who has just this alias, or answers the one who got it meanwhile.
   * If the name is taken, the alias becomes the name, made unique if that is taken, too.
   */
  userForAlias(alias: string, name: string): Promise<KnownUser>;
}

export interface ResolveOptions {
  readonly directory: UserDirectory;
  /** Realms whose users may sign in, as they are at this moment. */
  readonly realms: () => readonly string[];
  readonly unknownUsers: 'Reject' | 'Create';
}

interface IdentityFacts {
  readonly kind: 'identity';
  readonly user: KnownUser;
  readonly authentication: Authentication;
}

/** A private member, which exists for the compiler only: unlike a symbol it does not survive a spread with another user. */
declare class Resolved {
  #resolved: true;
}

/** A known, enabled user together with how he proved himself. Only `resolver` makes one. */
export type Identity = IdentityFacts & Resolved;

/** What was kept of an identity, in a session or a grant. */
export interface Remembered {
  readonly userId: string;
  readonly epoch: number;
  readonly authentication: Authentication;
}

/** Turns what was proved into an identity. An outage of the store throws UnavailableError. */
export interface Resolver {
  /** Whom a fresh proof means here. */
  prove(proof: Proof): Promise<Identity | Refusal>;
  /** Who signed in before, if nothing has happened since that ends it: he was disabled or removed, or a secret of his changed. */
  recall(remembered: Remembered): Promise<Identity | Refusal>;
}

/** Builds the one place where identities are made. */
export function resolver(options: ResolveOptions): Resolver {
  return {
    prove: async (proof) => {
      const { subject } = proof;
      const user = subject.kind === 'principal' ? await ofPrincipal(options, subject.principal) : await options.directory.userById(subject.id);
      if (user === undefined) return refused('unknown_user', 'the user was removed meanwhile', undefined, subjectName(subject));
      if ('kind' in user) return user;
      if (user.disabled) return disabled(user, subjectName(subject));
      if (subject.kind === 'user' && subject.epoch !== user.epoch) return ended(user);
      return identity(user, proof.authentication);
    },
    recall: async ({ userId, epoch, authentication }) => {
      const user = await options.directory.userById(userId);
      if (user === undefined) return refused('unknown_user', `user ${userId} was removed`);
      if (user.disabled) return disabled(user, user.name);
      if (user.epoch !== epoch) return ended(user);
      return identity(user, authentication);
    },
  };
}

const identity = (user: KnownUser, authentication: Authentication): Identity =>
  Object.freeze<IdentityFacts>({ kind: 'identity', user, authentication }) as Identity;

const disabled = (user: KnownUser, shown: string): Refusal =>
  refused('user_disabled', `user ${user.name} is disabled`, `myq-gateway users enable ${plainWord(user.name, '<NAME>')}`, shown);

const ended = (user: KnownUser): Refusal =>
  refused('sign_in_ended', `user ${user.name} was disabled or a secret of his was changed since`, undefined, user.name);

async function ofPrincipal(options: ResolveOptions, principal: Principal): Promise<KnownUser | Refusal> {
  const realms = options.realms();
  if (!realms.includes(principal.realm)) {
    return refused('realm_not_allowed', `realm ${principal.realm} is not among ${realms.join(', ') || 'any'}`,
      realmCure(principal.realm, realms), principal.canonical);
  }
  const aliases = aliasesOf(principal, realms);
  const user = (await options.directory.userByAlias(aliases)) ?? (await create(options, principal, realms));
  return user ?? refused('unknown_user', `no user has the alias ${aliases.join(' or ')}`, await addCure(options, principal), principal.canonical);
}

/** A realm in other letters is a slip of the admin's; a further realm has a consequence that he must know first. */
function realmCure(realm: string, realms: readonly string[]): string {
  const slip = realms.find((allowed) => allowed.toUpperCase() === realm.toUpperCase());
  if (slip !== undefined) return `write ${realm} instead of ${slip} in [Kerberos] Realms`;
  return `if its users shall sign in, add ${realm} to [Kerberos] Realms; bare aliases count only with one realm, `
    + 'so first give every user the alias user@REALM (myq-gateway users alias NAME --add user@REALM)';
}

/** The user may be known by a bare alias, which does not count while several realms may sign in. */
async function addCure({ directory }: ResolveOptions, principal: Principal): Promise<string> {
  const bare = await directory.userByAlias([principal.user]);
  if (bare !== undefined) return `if ${plainWord(bare.name, 'that user')} is this person: myq-gateway users alias ${plainWord(bare.name, '<NAME>')} --add ${plainWord(fullAlias(principal), '<ALIAS>')}`;
  return `myq-gateway users add ${plainWord(principal.user, '<NAME>')} --alias ${plainWord(fullAlias(principal), '<ALIAS>')}, or [Users] UnknownUsers=Create`;
}

/** Makes the unknown user if the admin wants that. With several realms the realm is part of the name: two alices are two people. */
async function create(options: ResolveOptions, principal: Principal, realms: readonly string[]): Promise<KnownUser | undefined> {
  if (options.unknownUsers !== 'Create') return undefined;
  const name = realms.length === 1 ? principal.user : principal.canonical;
  return options.directory.userForAlias(fullAlias(principal), name);
}
