// Proof → Identity: decides whom a proved principal means here, or why it may not come in.

import { aliasesOf, fullAlias, type Principal } from './principal.ts';
import type { Proof } from './proof.ts';
import { refused, type Refusal } from './refusal.ts';

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
}

/** What resolving needs from a store. */
export interface UserDirectory {
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

declare const identityBrand: unique symbol;

/** A known, enabled user together with how he proved himself. Only `resolver` makes one. */
export interface Identity {
  readonly [identityBrand]: true;
  readonly kind: 'identity';
  readonly user: KnownUser;
  readonly proof: Proof;
}

/** Builds the one function that turns a proof into an identity. An outage of the store throws UnavailableError. */
export function resolver(options: ResolveOptions): (proof: Proof) => Promise<Identity | Refusal> {
  return async (proof) => {
    const { principal } = proof;
    const realms = options.realms();
    if (!realms.includes(principal.realm)) {
      return refused('realm_not_allowed', `realm ${principal.realm} is not among ${realms.join(', ') || 'any'}`,
        `add it to [Kerberos] Realms: Realms=${[...realms, principal.realm].join(', ')}`);
    }
    const aliases = aliasesOf(principal, realms);
    const user = (await options.directory.userByAlias(aliases)) ?? (await create(options, principal, realms));
    if (user === undefined) {
      return refused('unknown_user', `no user has the alias ${aliases.join(' or ')}`,
        `myq-gateway users add ${principal.user} --alias ${principal.canonical}, or [Users] UnknownUsers=Create`);
    }
    if (user.disabled) {
      return refused('user_disabled', `user ${user.name} is disabled`, `myq-gateway users enable ${user.name}`);
    }
    return Object.freeze({ kind: 'identity', user, proof }) as Identity;
  };
}

/** Makes the unknown user if the admin wants that. With several realms the realm is part of the name: two alices are two people. */
async function create(options: ResolveOptions, principal: Principal, realms: readonly string[]): Promise<KnownUser | undefined> {
  if (options.unknownUsers !== 'Create') return undefined;
  const name = realms.length === 1 ? principal.user : principal.canonical;
  return options.directory.userForAlias(fullAlias(principal), name);
}
