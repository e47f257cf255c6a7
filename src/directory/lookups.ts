// The questions to one directory: an account by name or SID, a group, a service principal name. Nothing is remembered here.

import type { Account, AccountFound } from '../identity/account.ts';
import { foldCase } from '../identity/principal.ts';
import { accountAttributes, toAccount } from './account-entry.ts';
import type { Connection } from './connection.ts';
import type { Controllers } from './controllers.ts';
import { deadline, type Deadline } from './deadline.ts';
import { type Entry, sidOf, text } from './entry.ts';
import { DirectoryFailure } from './failure.ts';
import { all, equals, type Filter, parseFilter } from './filter.ts';
import { type DirectorySettings, domainOf, sectionOf } from './settings.ts';
import { isBuiltin, sidBytes } from './sid.ts';

/** All methods reject with a DirectoryFailure within Timeout. Names are folded (identity/principal.ts). */
export interface Lookups {
  byName(name: string): Promise<AccountFound>;
  byUserPrincipalName(name: string): Promise<AccountFound>;
  bySid(sid: string): Promise<AccountFound>;
  /** Where that account is now; undefined if it is gone. */
  dnOf(sid: string, end: Deadline): Promise<string | undefined>;
  /** The SID of the domain's group of that sAMAccountName, wherever it is; undefined for a built-in one, in which no Account is. */
  group(name: string): Promise<string | undefined>;
  /** The sAMAccountNames of all that have this service principal name, anywhere in the domain. */
  servicesOf(spn: string): Promise<readonly string[]>;
  /** Whether it can do its work: every BaseDn is there. */
  probe(): Promise<void>;
}

export interface LookupsOptions {
  readonly settings: DirectorySettings;
  readonly controllers: Controllers;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Names are unique in a domain, or nearly so; a longer answer would tell nothing more. */
const SEVERAL = 20;
const nameAttributes = ['objectSid', 'sAMAccountName', 'userPrincipalName'];

/** @throws ConfigError if UserFilter is no filter */
export function lookups({ settings, controllers, now }: LookupsOptions): Lookups {
  const { name: directory, realm, baseDn } = settings;
  const users = parseFilter(settings.userFilter, `[${sectionOf(directory)}] UserFilter`);
  const fromNow = (): Deadline => deadline(settings.timeout * 1000);
  const domain = [domainOf(baseDn[0] ?? '')];

  const account = (filter: Filter, isIt: (entry: Entry) => boolean): Promise<AccountFound> => (
    controllers.shared(fromNow(), async (connection, end) => {
      const entries = await find(connection, { bases: baseDn, filter: all(users, filter), attributes: nameAttributes }, end);
      const [entry, ...more] = entries.filter(isIt);
      // tokenGroups is answered only for the base of a search.
      const read = entry === undefined || more.length > 0
        ? [] : await connection.search({ base: entry.dn, attributes: accountAttributes }, end) ?? [];
      const found: Account | undefined = read[0] && toAccount(read[0], { directory, realm }, now());
      // Whoever took the place of the entry meanwhile is somebody else.
      return found === undefined || found.sid !== sidOf(entry as Entry) ? { kind: 'absent' } : { kind: 'found', account: found };
    })
  );
  /** Active Directory also takes letters for equal that differ by an accent or their width: those are other people's names. */
  const has = (attribute: string, name: string) => (entry: Entry): boolean => {
    return foldCase(text(entry, attribute) ?? '') === name && !isMachine(entry);
  };
  const bySid = (sid: string): Filter | undefined => {
    const bytes = sidBytes(sid);
    return bytes && equals('objectSid', bytes);
  };

  return {
    byName: (name) => account(equals('sAMAccountName', name), has('sAMAccountName', name)),
    byUserPrincipalName: (name) => account(equals('userPrincipalName', name), has('userPrincipalName', name)),
    bySid: async (sid) => {
      const filter = bySid(sid);
      return filter === undefined ? { kind: 'absent' } : account(filter, (entry) => sidOf(entry) === sid && !isMachine(entry));
    },
    dnOf: async (sid, end) => {
      const filter = bySid(sid);
      if (filter === undefined) return undefined;
      const search = { bases: baseDn, filter: all(users, filter), attributes: ['objectSid'] };
      const entries = await controllers.shared(end, (connection, share) => find(connection, search, share));
      return entries.find((entry) => sidOf(entry) === sid)?.dn;
    },
    group: async (name) => {
      const search = {
        bases: domain, filter: all(equals('objectCategory', 'group'), equals('sAMAccountName', name)), attributes: nameAttributes,
      };
      const entries = await controllers.shared(fromNow(), (connection, end) => find(connection, search, end));
      const sids = entries.filter((entry) => foldCase(text(entry, 'sAMAccountName') ?? '') === name).map(sidOf);
      return sids.length === 1 && sids[0] !== undefined && !isBuiltin(sids[0]) ? sids[0] : undefined;
    },
    servicesOf: async (spn) => {
      const search = { bases: domain, filter: equals('servicePrincipalName', spn), attributes: nameAttributes };
      const entries = await controllers.shared(fromNow(), (connection, end) => find(connection, search, end));
      return entries.map((entry) => text(entry, 'sAMAccountName') ?? entry.dn);
    },
    probe: () => controllers.shared(fromNow(), async (connection, end) => {
      for (const base of baseDn) existing(await connection.search({ base, attributes: ['objectClass'] }, end), base);
    }),
  };
}

/** A computer's account, or one of a managed service: their names end so. */
export function isMachine(entry: Entry): boolean {
  return text(entry, 'sAMAccountName')?.endsWith('$') ?? false;
}

interface Find {
  readonly bases: readonly string[];
  readonly filter: Filter;
  readonly attributes: readonly string[];
}

/** What is under any of the bases, each entry once though they overlap. */
async function find(connection: Connection, search: Find, end: Deadline): Promise<readonly Entry[]> {
  const { bases, filter, attributes } = search;
  const found = new Map<string, Entry>();
  for (const base of bases) {
    const entries = existing(await connection.search({ base, filter, attributes, limit: SEVERAL }, end), base);
    for (const entry of entries) found.set(sidOf(entry) ?? entry.dn, entry);
  }
  return [...found.values()];
}

function existing(entries: readonly Entry[] | undefined, base: string): readonly Entry[] {
  if (entries !== undefined) return entries;
  throw new DirectoryFailure('answered', `there is no "${base}"`, { cure: 'correct BaseDn' });
}
