// How a name resolves: whom it means, through which rules, to which rights. It only looks: nothing is made or changed.

import { UnavailableError } from '../errors.ts';
import { accountOf } from './account-of.ts';
import type { Account, AccountFound, Accounts } from './account.ts';
import { type Read, readAsked, type Reading, type ReadingOptions } from './explain-reading.ts';
import { lookUp, type Lookup, type LookupOptions } from './find-user.ts';
import { accountOfSubject, ofFound } from './membership.ts';
import { aliasesOf, type Principal } from './principal.ts';
import type { Refusal } from './refusal.ts';
import { rights, type RightsOptions, shownGroup } from './rights.ts';
import type { KnownUser } from './user.ts';

export type { NamedDomain, Reading } from './explain-reading.ts';

export interface ExplainOptions extends ReadingOptions, Omit<LookupOptions, 'directory'>, Omit<RightsOptions, 'warn'> {}

/** What a sign-in as this principal comes to. */
export interface PrincipalStep {
  readonly principal: Principal;
  /** Those that are looked up, best first; none if the realm may not sign in. */
  readonly aliases: readonly string[];
  /** The one of them that is the user's. */
  readonly matched: string | undefined;
  readonly lookup: Lookup;
}

/** His account in a directory, found by the SID that he was mirrored with or by a principal; or why there is none. */
export type AccountStep =
  | { readonly kind: 'found'; readonly account: Account; readonly by: 'sid' | 'principal' }
  | { readonly kind: 'absent' | 'elsewhere' | 'no-directory' }
  | { readonly kind: 'out'; readonly detail: string };

/** One group that a line of `[Rights]` names: `group` as it stands there. */
export interface GroupRight {
  readonly sid: string;
  readonly group: string;
  readonly scopes: readonly string[];
}

export interface RightsStep {
  readonly everybody: readonly string[];
  readonly own: readonly string[];
  readonly ofGroups: readonly GroupRight[];
  readonly all: readonly string[];
}

export interface Explanation {
  readonly asked: string;
  readonly reading: Reading;
  readonly principals: readonly PrincipalStep[];
  readonly user: KnownUser | undefined;
  /** All that are his. */
  readonly aliases: readonly string[];
  /** How a user would be called who is made at the first sign-in. */
  readonly newName: string | undefined;
  readonly account: AccountStep;
  /** SIDs that the directory tells. */
  readonly groups: readonly string[];
  /** Undefined for nobody. */
  readonly rights: RightsStep | undefined;
  /** Why his account keeps him from signing in by the domain (Kerberos, NTLM), and by a secret. */
  readonly refusedByAccount: { readonly domain: Refusal | undefined; readonly secret: Refusal | undefined };
  readonly notes: readonly string[];
}

/** Explains it. An outage of the store throws UnavailableError; one of a directory is told, and the rest goes on. */
export async function explain(asked: string, options: ExplainOptions): Promise<Explanation> {
  const read = await readAsked(asked, options);
  const principals = await Promise.all(read.principals.map((principal) => stepOf(principal, options)));
  const user = read.user ?? principals.map(({ lookup }) => (lookup.kind === 'user' ? lookup.user : undefined)).find((one) => one !== undefined);
  const aliases = user === undefined ? [] : await options.directory.aliasesOf(user.id);
  const newName = user === undefined ? principals.map(({ lookup }) => (lookup.kind === 'new' ? lookup.name : undefined))[0] : undefined;
  const found = await accountAsked({ read, principals, user, aliases }, options);
  const person = user ?? (newName === undefined ? undefined : newcomer(newName));
  const refused = (methods: readonly string[]): Refusal | undefined => {
    const judged = person === undefined || !isAnswer(found) ? [] : ofFound(person, found, { methods });
    return 'kind' in judged ? judged : undefined;
  };
  const refusedByAccount = { domain: refused(['wia']), secret: refused(['pwd']) };
  // Those of an account that is somebody else's now are not his.
  const groups = found.kind === 'found' && refusedByAccount.secret?.reason !== 'unknown_user' ? found.account.groups : [];
  const notes = [...read.notes];
  return {
    asked, reading: read.reading, principals, user, aliases, newName, groups, refusedByAccount, notes,
    account: found.kind === 'found' ? { ...found, by: found.account.sid === user?.account?.sid ? 'sid' : 'principal' } : found,
    rights: person && await rightsStep(person.scopes, groups, { ...options, warn: (message) => { notes.push(message); } }),
  };
}

async function stepOf(principal: Principal, options: ExplainOptions): Promise<PrincipalStep> {
  const lookup = await lookUp(options, principal);
  const isAllowed = lookup.kind !== 'refused' || lookup.reason !== 'realm_not_allowed';
  const aliases = isAllowed ? aliasesOf(principal, options.realms()) : [];
  const his = lookup.kind === 'user' ? await options.directory.aliasesOf(lookup.user.id) : [];
  return { principal, lookup, aliases, matched: aliases.find((alias) => his.includes(alias)) };
}

type Asked = Pick<Explanation, 'principals' | 'user' | 'aliases'> & { readonly read: Read };
type Found = AccountFound | Exclude<AccountStep, { readonly kind: 'found' }>;

const isAnswer = (found: Found): found is AccountFound => ['found', 'absent', 'elsewhere'].includes(found.kind);

/** As a sign-in would look it up: by the principal where one was asked for, else by what is known of the user. */
async function accountAsked(asked: Asked, { accounts, realms }: ExplainOptions): Promise<Found> {
  if (accounts.isEmpty) return { kind: 'no-directory' };
  const { read, principals, user, aliases } = asked;
  const [step] = read.isOnePrincipal ? principals : [];
  // What the store knows was asked before: an outage here is one of the directory.
  const directory = { aliasesOf: async () => aliases };
  try {
    if (user === undefined) return step === undefined ? { kind: 'elsewhere' } : await accounts.byPrincipal(step.principal);
    const found = step?.lookup.kind === 'user'
      ? await accountOfSubject(user, { kind: 'principal', principal: step.principal }, { accounts, directory, realms })
      : await accountOf(user, { accounts, directory, realms });
    return found.kind === 'absent' ? await namesake(asked, accounts) ?? found : found;
  } catch (error) {
    if (error instanceof UnavailableError) return { kind: 'out', detail: error.detail ?? error.message };
    throw error;
  }
}

/** Where his account is gone, the one that has his name now: a ticket for it tells its SID. */
async function namesake({ principals, user }: Asked, accounts: Accounts): Promise<AccountFound | undefined> {
  const step = principals.find(({ lookup }) => lookup.kind === 'user' && lookup.user.id === user?.id);
  const found = step && await accounts.byPrincipal(step.principal);
  return found?.kind === 'found' ? found : undefined;
}

async function rightsStep(own: readonly string[], groups: readonly string[], options: RightsOptions): Promise<RightsStep> {
  const granting = rights(options);
  const ofGroups = (await granting.matching(groups)).map(([sid, { group, scopes }]) =>
    ({ sid, group: shownGroup(group), scopes }));
  return { everybody: options.everybody, own, ofGroups, all: await granting.of(own, groups) };
}

/** A user who has nothing yet. */
const newcomer = (name: string): KnownUser =>
  ({ id: '', name, fullName: undefined, email: undefined, disabled: false, scopes: [], epoch: 0, account: undefined });
