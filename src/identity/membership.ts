// What the domain says of a user now: whether his account is still good, and in which groups he is.

import { UnavailableError } from '../errors.ts';
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

/** Milliseconds that somebody with a ticket waits for the directory's word: its own groups count where that does not come. */
const PATIENCE = 300;

/** Builds it. A directory that is out, and has nothing that still counts, throws UnavailableError for whom it must be asked. */
export function membership(options: MembershipOptions): Membership {
  const { accounts, rights, groupLifetime, now } = options;
  const asTold = patient();
  return {
    atSignIn: async (user, proof) => {
      const [ownSid, ...groups] = proof.sids;
      if (ownSid !== undefined && isAnother(user, ownSid)) return another(user, ownSid);
      if (ownSid !== undefined) return newer(user, { ownSid, groups }, await asTold(accountOfSubject(user, proof.subject, options)));
      if (accounts.isEmpty || (user.account === undefined && !rights.hasRules)) return [];
      const found = await unlessOwn(proof.authentication, user, accountOfSubject(user, proof.subject, options));
      return ofFound(user, found, proof.authentication);
    },
    later: async (user, authentication) => {
      const found = await unlessOwn(authentication, user, accountOf(user, options));
      if (found.kind === 'found') return ofAccount(user, found.account);
      if (isMissed(found, user, authentication)) return gone(user);
      const { at, groups = [] } = authentication;
      return now() - at < groupLifetime ? groups : [];
    },
  };
}

/**
 * Makes the way to a directory's answer, or `elsewhere` if it is out or slow. After a late one nobody waits at all until one has come,
 * but for what is known already.
 */
function patient(): (answer: Promise<AccountFound>) => Promise<AccountFound> {
  let isLate = false;
  return async (answer) => {
    let timer: NodeJS.Timeout | undefined;
    const slow = new Promise<'slow'>((resolve) => { timer = setTimeout(() => { resolve('slow'); }, isLate ? 0 : PATIENCE); });
    const told = answer.then((found) => {
      isLate = false;
      return found;
    });
    try {
      const first = await Promise.race([told, slow]);
      if (first !== 'slow') return first;
      isLate = true;
      return { kind: 'elsewhere' };
    } catch (error) {
      if (error instanceof UnavailableError) return { kind: 'elsewhere' };
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * Groups of a ticket, which is some hours old, by what the directory says now: of his own domain its word counts, of others the ticket's.
 * It may also say that he may not come in any more.
 */
function newer(
  user: KnownUser, { ownSid, groups }: { readonly ownSid: string; readonly groups: Groups }, found: AccountFound,
): Groups | Refusal {
  if (found.kind === 'elsewhere') return groups;
  if (found.kind === 'absent') return gone(user);
  const { account } = found;
  if (account.sid !== ownSid && domainOf(account.sid) === domainOf(ownSid)) return nameIsOf(user, ownSid, account.sid);
  const now = ofAccount(user, account);
  return 'kind' in now ? now : [...now, ...groups.filter((sid) => domainOf(sid) !== domainOf(ownSid))];
}

/** Whoever has a password here, and came by no domain's word, does not need the directory: while it is out he is in no group. */
async function unlessOwn({ methods, groups }: SignedInBy, { account }: KnownUser, answer: Promise<AccountFound>): Promise<AccountFound> {
  try {
    return await answer;
  } catch (error) {
    const isOwn = account === undefined && groups === undefined && !methods.includes('wia');
    if (isOwn && error instanceof UnavailableError) return { kind: 'elsewhere' };
    throw error;
  }
}

/**
 * The account of somebody who signs in so: that of the principal that was proved, since the one that he was mirrored from may have another
 * name by now, and somebody else his; else the one that he was mirrored from. Throws as `accountOf` does.
 */
export async function accountOfSubject(user: KnownUser, subject: Subject, options: AccountOfOptions): Promise<AccountFound> {
  if (subject.kind === 'user') return accountOf(user, options);
  const found = await options.accounts.byPrincipal(subject.principal);
  return found.kind === 'found' || user.account === undefined ? found : accountOf(user, options);
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

/** The SID of the domain that gave this one. */
const domainOf = (sid: string): string => sid.slice(0, sid.lastIndexOf('-'));

/** Of one domain, and not the same account: the name was given to somebody else, who must not come to what was another's. */
function isAnother({ account }: KnownUser, sid: string): boolean {
  return account !== undefined && account.sid !== sid && domainOf(account.sid) === domainOf(sid);
}

/** The ticket is that of an account which had the name before, and has another one by now. */
function nameIsOf(user: KnownUser, ticketSid: string, sid: string): Refusal {
  return refused('unknown_user', `the ticket is that of the SID ${ticketSid}, and the name is that of ${sid} by now`,
    'let him sign in to Windows again, with the name that he has now', user.name);
}

function another(user: KnownUser, sid: string): Refusal {
  const word = plainWord(user.name, '<NAME>');
  return refused('unknown_user', `the account has the SID ${sid}, and user ${user.name} is ${user.account?.sid ?? ''}: the name was given to somebody else`,
    `if they are one person: myq-gateway users set ${word} --no-account, then users sync; if not: myq-gateway users remove ${word}`, user.name);
}
