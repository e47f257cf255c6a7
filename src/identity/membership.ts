// What the domain says of a user now: whether his account is still good, and in which groups he is.

import { accountOf, type AccountOfOptions } from './account-of.ts';
import type { Account, AccountFound } from './account.ts';
import type { Authentication } from './authentication.ts';
import type { Proof } from './proof.ts';
import { refused, type Refusal } from './refusal.ts';
import type { Rights } from './rights.ts';
import { plainWord } from './shell-word.ts';
import type { Subject } from './subject.ts';
import type { KnownUser } from './user.ts';

export interface MembershipOptions extends AccountOfOptions {
  readonly rights: Rights;
  /** How long groups of a ticket count where no directory can be asked, in seconds. */
  readonly groupLifetime: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** What tells whether a domain vouched for him. */
type SignedInBy = Pick<Authentication, 'methods' | 'groups'>;

/** SIDs of groups. */
export type Groups = readonly string[];

export interface Membership {
  /** Of somebody who has just proved who he is. */
  atSignIn(user: KnownUser, proof: Proof): Promise<Groups | Refusal>;
  /** Of somebody who signed in before: the directory is asked again. */
  later(user: KnownUser, authentication: Authentication): Promise<Groups | Refusal>;
}

/** Builds it. A directory that is out, and has nothing that still counts, throws UnavailableError. */
export function membership(options: MembershipOptions): Membership {
  const { accounts, rights, groupLifetime, now } = options;
  return {
    atSignIn: async (user, proof) => {
      const [ownSid, ...groups] = proof.sids;
      if (ownSid !== undefined) return isAnother(user, ownSid) ? another(user, ownSid) : groups;
      if (accounts.isEmpty || (user.account === undefined && !rights.hasRules)) return [];
      return ofFound(user, await accountOfSubject(user, proof.subject, options), proof.authentication);
    },
    later: async (user, authentication) => {
      const found = await accountOf(user, options);
      if (found.kind === 'found') return ofAccount(user, found.account);
      if (isMissed(found, user, authentication)) return gone(user);
      const { at, groups = [] } = authentication;
      return now() - at < groupLifetime ? groups : [];
    },
  };
}

/** The account of somebody who signs in so: the one that he was mirrored from, else that of his principal. Throws as `accountOf` does. */
export async function accountOfSubject(
  user: KnownUser, subject: Subject, options: AccountOfOptions,
): Promise<AccountFound> {
  if (user.account !== undefined || subject.kind === 'user') return accountOf(user, options);
  return options.accounts.byPrincipal(subject.principal);
}

/** What comes of the account that was found, or not, for a sign-in of this kind: its groups, or why he may not come in. */
export function ofFound(user: KnownUser, found: AccountFound, by: SignedInBy): Groups | Refusal {
  if (found.kind !== 'found') return isMissed(found, user, by) ? gone(user) : [];
  return isAnother(user, found.account.sid) ? another(user, found.account.sid) : ofAccount(user, found.account);
}

/** Without an account there, a user may still have a password here; but nobody signs in by a domain that does not know him. */
function isMissed({ kind }: AccountFound, { account }: KnownUser, { methods, groups }: SignedInBy): boolean {
  return kind === 'absent' && (account !== undefined || methods.includes('wia') || groups !== undefined);
}

function ofAccount(user: KnownUser, { disabled, groups, dn }: Account): Groups | Refusal {
  return disabled ? refused('user_disabled', `the account ${dn} is disabled or has expired`, 'enable it in the domain', user.name) : groups;
}

function gone(user: KnownUser): Refusal {
  return refused('user_disabled', 'the directory has no such account any more, or none below BaseDn',
    'see BaseDn in [Directory]; myq-gateway users explain tells what is found', user.name);
}

/** Of one domain, and not the same account: the name was given to somebody else, who must not come to what was another's. */
function isAnother({ account }: KnownUser, sid: string): boolean {
  const domainOf = (text: string): string => text.slice(0, text.lastIndexOf('-'));
  return account !== undefined && account.sid !== sid && domainOf(account.sid) === domainOf(sid);
}

function another(user: KnownUser, sid: string): Refusal {
  const word = plainWord(user.name, '<NAME>');
  return refused('unknown_user', `the account has the SID ${sid}, and user ${user.name} is ${user.account?.sid ?? ''}: the name was given to somebody else`,
    `if they are one person: myq-gateway users set ${word} --no-account, then users sync; if not: myq-gateway users remove ${word}`, user.name);
}
