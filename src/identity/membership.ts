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
type SignedInBy = Pick<Authentication, 'methods' | 'groups' | 'entra'>;

/** SIDs of groups, and their object ids where Entra ID vouches for them. */
export type Groups = readonly string[];

/** In which groups he is, and which of them are to be remembered of this sign-in: what a directory says is asked again. */
export interface GroupsAtSignIn {
  readonly kind: 'groups';
  readonly all: Groups;
  readonly remembered: Groups;
}

export interface Membership {
  /** Of somebody who has just proved who he is. */
  atSignIn(user: KnownUser, proof: Proof): Promise<GroupsAtSignIn | Refusal>;
  /** Of somebody who signed in before: the directory is asked again. */
  later(user: KnownUser, authentication: Authentication): Promise<Groups | Refusal>;
}

/** Milliseconds that somebody with a ticket waits for the directory's word: its own groups count where that does not come. */
const PATIENCE = 300;

/** Builds it. A directory that is out, and has nothing that still counts, throws UnavailableError for whom it must be asked. */
export function membership(options: MembershipOptions): Membership {
  const { accounts, rights, groupLifetime, now } = options;
  const asTold = patient();
  const atSignIn = async (user: KnownUser, { sids, subject, authentication }: Proof): Promise<Groups | Refusal> => {
    const [ownSid, ...groups] = sids;
    if (ownSid !== undefined && isAnother(user, ownSid)) return another(user, ownSid);
    const isTicket = ownSid !== undefined && authentication.entra === undefined;
    if (isTicket) return newer(user, { ownSid, groups }, await asTold(accountOfSubject(user, subject, options)));
    if (accounts.isEmpty || (user.account === undefined && !rights.hasRules)) return [];
    const found = await unlessOwn(authentication, user, accountOfSubject(user, subject, options));
    if (ownSid !== undefined && found.kind === 'found' && isOther(found.account.sid, ownSid)) return nameIsOf(user, ownSid, found.account.sid);
    return ofFound(user, found, authentication);
  };
  return {
    atSignIn: async (user, proof) => {
      const ofDomain = await atSignIn(user, proof);
      if ('kind' in ofDomain) return ofDomain;
      const { tenantGroups } = proof;
      return tenantGroups === undefined ? { kind: 'groups', all: ofDomain, remembered: ofDomain }
        : { kind: 'groups', all: [...ofDomain, ...tenantGroups], remembered: tenantGroups };
    },
    later: async (user, authentication) => {
      const { entra, at, groups = [] } = authentication;
      const remembered = now() - (entra?.at ?? at) < groupLifetime ? groups : [];
      const found = await unlessOwn(authentication, user, accountOf(user, options));
      if (isMissed(found, user, authentication)) return gone(user);
      if (found.kind !== 'found') return remembered;
      const ofDomain = ofAccount(user, found.account);
      return 'kind' in ofDomain || entra === undefined ? ofDomain : [...ofDomain, ...remembered];
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
  if (isOther(account.sid, ownSid)) return nameIsOf(user, ownSid, account.sid);
  const now = ofAccount(user, account);
  return 'kind' in now ? now : [...now, ...groups.filter((sid) => domainOf(sid) !== domainOf(ownSid))];
}

/** Whoever came with a secret that is kept here does not need the directory: while it is out he is in no group. */
async function unlessOwn(by: SignedInBy, { account }: KnownUser, answer: Promise<AccountFound>): Promise<AccountFound> {
  try {
    return await answer;
  } catch (error) {
    const hasOwn = account === undefined && by.entra === undefined && !isByDomain(by);
    if (hasOwn && error instanceof UnavailableError) return { kind: 'elsewhere' };
    throw error;
  }
}

/**
 * The account of somebody who signs in so: that of the principal that was proved, since the one that he was mirrored from may have another
 * name by now, and somebody else his; else the one that he was mirrored from. Throws as `accountOf` does.
 */
export async function accountOfSubject(user: KnownUser, subject: Subject, options: AccountOfOptions): Promise<AccountFound> {
  if (subject.kind !== 'principal') return accountOf(user, options);
  const found = await options.accounts.byPrincipal(subject.principal);
  return found.kind === 'found' || user.account === undefined ? found : accountOf(user, options);
}

/** What comes of the account that was found, or not, for a sign-in of this kind: its groups, or why he may not come in. */
export function ofFound(user: KnownUser, found: AccountFound, by: SignedInBy): Groups | Refusal {
  if (found.kind !== 'found') return isMissed(found, user, by) ? gone(user) : [];
  return isAnother(user, found.account.sid) ? another(user, found.account.sid) : ofAccount(user, found.account);
}

/** Without an account there, a user may still have a password here; but nobody signs in by a domain that does not know him. */
function isMissed({ kind }: AccountFound, { account }: KnownUser, by: SignedInBy): boolean {
  return kind === 'absent' && (account !== undefined || isByDomain(by));
}

/** A domain vouched for him. What Entra ID says of how he signed in there is not its word. */
function isByDomain({ methods, groups, entra }: SignedInBy): boolean {
  return entra === undefined && (methods.includes('wia') || groups !== undefined);
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
export const isAnother = ({ account }: KnownUser, sid: string): boolean => account !== undefined && isOther(account.sid, sid);

const isOther = (one: string, sid: string): boolean => one !== sid && domainOf(one) === domainOf(sid);

/** He is an account which had the name before, and has another one by now. */
function nameIsOf(user: KnownUser, ownSid: string, sid: string): Refusal {
  return refused('unknown_user', `he is the account with the SID ${ownSid}, and the name is that of ${sid} by now`,
    'let him sign in to Windows again, with the name that he has now', user.name);
}

/** The refusal that says so. */
export function another(user: KnownUser, sid: string): Refusal {
  const word = plainWord(user.name, '<NAME>');
  return refused('unknown_user', `the account has the SID ${sid}, and user ${user.name} is ${user.account?.sid ?? ''}: the name was given to somebody else`,
    `if they are one person: myq-gateway users set ${word} --no-account, then users sync; if not: myq-gateway users remove ${word}`, user.name);
}
