// One directory with all that is asked of it: what it said lately is kept, the rest is asked now.

import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Account, AccountFound } from '../identity/account.ts';
import { foldCase } from '../identity/principal.ts';
import { type CheckPassword, passwordCheck } from './bind.ts';
import { cache } from './cache.ts';
import { controllers } from './controllers.ts';
import { healthOf } from './health.ts';
import { lookups, type Lookups } from './lookups.ts';
import { type DirectoryPerson, type LeftOut, people } from './people.ts';
import type { DirectorySettings } from './settings.ts';

/** So many accounts are kept, so many groups, and so many names that nobody has. */
const SIZE = 10_000;
/** Seconds for which nobody counts as nobody, if CacheTime is not shorter: who was added just now wants to come in. */
const NOBODY = 30;
/** Milliseconds that a sign-in waits for a group whose SID was known: tickets need no directory. */
const PATIENCE = 300;

export interface DirectoryOptions {
  readonly settings: DirectorySettings;
  /** Who may vouch for its controllers. */
  readonly trust: SecureContext;
  readonly lookup?: LookupFunction | undefined;
  readonly pageSize?: number | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

/** Names are folded (identity/principal.ts). Methods that answer a promise reject with UnavailableError. */
export interface Directory extends Pick<Lookups, 'byName' | 'byUserPrincipalName' | 'bySid' | 'group' | 'servicesOf'> {
  readonly name: string;
  readonly realm: string;
  readonly signIn: boolean;
  /** Whether that is its NetBIOS name or its realm; folded. */
  isCalled(domain: string): boolean;
  readonly bind: CheckPassword;
  health(): Promise<'ok' | (string & {})>;
  people(leftOut: LeftOut): AsyncGenerator<DirectoryPerson>;
  close(): void;
}

/** @throws ConfigError if UserFilter is no filter */
export function openDirectory({ settings, now, warn, pageSize, ...dialing }: DirectoryOptions): Directory {
  const { cacheTime, outageTime } = settings;
  const dcs = controllers({ settings, warn, ...dialing });
  const asked = lookups({ settings, controllers: dcs, now });
  const shorter = Math.min(NOBODY, cacheTime);
  const accounts = cache<AccountFound>({
    isSomebody: ({ kind }) => kind === 'found', freshFor: ({ kind }) => (kind === 'found' ? cacheTime : shorter), keptFor: outageTime,
    size: SIZE, now,
  });
  const groups = cache<string | undefined>({
    isSomebody: (sid) => sid !== undefined, freshFor: (sid) => (sid === undefined ? shorter : cacheTime),
    // Rights hang on them: the last known SID is right until the domain says otherwise.
    keptFor: Infinity, patience: PATIENCE, size: SIZE, now,
  });
  const account = async (key: string, look: () => Promise<AccountFound>): Promise<AccountFound> => {
    return accounts.get(key, async () => {
      const found = await look();
      // Whoever came by name is asked for by SID later, perhaps while the directory is out.
      if (found.kind === 'found') for (const other of keysOf(found.account)) accounts.put(other, found);
      return found;
    });
  };
  const names = [settings.domain, settings.realm].map(foldCase);
  return {
    name: settings.name,
    realm: settings.realm,
    signIn: settings.signIn,
    isCalled: (domain) => names.includes(domain),
    byName: (name) => account(nameKey(name), () => asked.byName(name)),
    byUserPrincipalName: (name) => account(`upn ${name}`, () => asked.byUserPrincipalName(name)),
    bySid: (sid) => account(sidKey(sid), () => asked.bySid(sid)),
    group: (name) => groups.get(name, () => asked.group(name)),
    servicesOf: asked.servicesOf,
    bind: passwordCheck({ settings, controllers: dcs, lookups: asked }),
    health: healthOf({ look: asked.probe, outage: dcs.outage }),
    people: (leftOut) => people({ settings, controllers: dcs, now, pageSize }, leftOut),
    close: dcs.close,
  };
}

const nameKey = (name: string): string => `name ${name}`;
const sidKey = (sid: string): string => `sid ${sid}`;
const keysOf = (account: Account): readonly string[] => [nameKey(foldCase(account.name)), sidKey(account.sid)];
