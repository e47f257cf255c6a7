// Proof → Identity: decides whom a proved subject means here, or why it may not come in.

import type { Authentication } from './authentication.ts';
import { type FindEntraOptions, userOfEntra } from './find-entra-user.ts';
import { userOfPrincipal } from './find-user.ts';
import { membership, type MembershipOptions } from './membership.ts';
import type { Proof } from './proof.ts';
import { refused, type Refusal } from './refusal.ts';
import { rights, type RightsOptions } from './rights.ts';
import { plainWord } from './shell-word.ts';
import { subjectName } from './subject.ts';
import type { KnownUser } from './user.ts';

export interface ResolveOptions extends FindEntraOptions, RightsOptions, Omit<MembershipOptions, 'rights' | 'directory'> {}

interface IdentityFacts {
  readonly kind: 'identity';
  readonly user: KnownUser;
  readonly authentication: Authentication;
  /** Scopes that he may be granted, through whatever client. */
  readonly rights: readonly string[];
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

/** Turns what was proved into an identity. An outage of the store, or of a directory that must be asked, throws UnavailableError. */
export interface Resolver {
  /** Whom a fresh proof means here. */
  prove(proof: Proof): Promise<Identity | Refusal>;
  /** Who signed in before, if nothing has happened since that ends it: he was disabled or removed, or a secret of his changed. */
  recall(remembered: Remembered): Promise<Identity | Refusal>;
}

/** Builds the one place where identities are made. */
export function resolver(options: ResolveOptions): Resolver {
  const { directory, entra } = options;
  const granting = rights(options);
  const belonging = membership({ ...options, rights: granting });
  /** Whom a tenant vouched for stays signed in without it only if config.ini says so. */
  const within = ({ entra: vouched }: Authentication, scopes: readonly string[]): readonly string[] =>
    (vouched === undefined || entra.mayRefresh(vouched.tenant) ? scopes : scopes.filter((scope) => scope !== 'offline.access'));
  return {
    prove: async (proof) => {
      const { subject } = proof;
      const user = await userOf(options, proof);
      if (user === undefined) return refused('unknown_user', 'the user was removed meanwhile', undefined, subjectName(subject));
      if ('kind' in user) return user;
      if (user.disabled) return disabled(user, subjectName(subject));
      if (subject.kind === 'user' && subject.epoch !== user.epoch) return ended(user);
      const groups = await belonging.atSignIn(user, proof);
      if (groups.kind === 'refused') return groups;
      const remembered = await granting.ruled(groups.remembered);
      // A list without any still says that a domain knew him.
      const isVouched = proof.sids.length > 0 || remembered.length > 0;
      const authentication = isVouched ? { ...proof.authentication, groups: remembered } : proof.authentication;
      return identity(user, authentication, within(authentication, await granting.of(user.scopes, groups.all)));
    },
    recall: async ({ userId, epoch, authentication }) => {
      const user = await directory.userById(userId);
      if (user === undefined) return refused('unknown_user', `user ${userId} was removed`);
      if (user.disabled) return disabled(user, user.name);
      if (user.epoch !== epoch) return ended(user);
      const tenant = authentication.entra?.tenant;
      if (tenant !== undefined && !entra.isAllowed(tenant)) return tenantGone(user, tenant);
      const groups = await belonging.later(user, authentication);
      return 'kind' in groups ? groups : identity(user, authentication, within(authentication, await granting.of(user.scopes, groups)));
    },
  };
}

const identity = (user: KnownUser, authentication: Authentication, rights: readonly string[]): Identity =>
  Object.freeze<IdentityFacts>({ kind: 'identity', user, authentication, rights }) as Identity;

const disabled = (user: KnownUser, shown: string): Refusal =>
  refused('user_disabled', `user ${user.name} is disabled`, enableCure(user), shown);

/** Of whom a directory has disabled, only the directory can enable again. */
const enableCure = ({ name, account }: KnownUser): string =>
  `myq-gateway users enable ${plainWord(name, '<NAME>')}${account === undefined ? '' : '; if his directory has disabled him, enable him there, then users sync'}`;

async function userOf(options: ResolveOptions, { subject, sids }: Proof): Promise<KnownUser | Refusal | undefined> {
  switch (subject.kind) {
    case 'principal': return userOfPrincipal(options, subject.principal);
    case 'entra': return userOfEntra(options, subject.person, sids[0]);
    case 'user': return options.directory.userById(subject.id);
  }
}

const tenantGone = (user: KnownUser, tenant: string): Refusal =>
  refused('sign_in_ended', `user ${user.name} came in through the tenant ${tenant}, which is not in config.ini any more`, undefined, user.name);

const ended = (user: KnownUser): Refusal =>
  refused('sign_in_ended', `user ${user.name} was disabled or a secret of his was changed since`, undefined, user.name);
