// A gateway's view of a throw-away domain: the settings that config.ini would give, and the directories that they open.

import { createSecretKey } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import type { Test } from 'tap';
import { type AccountsOptions, type DirectoryAccounts, openAccounts } from '../../src/directory/accounts.ts';
import { UnavailableError } from '../../src/errors.ts';
import type { DirectorySettings } from '../../src/directory/settings.ts';
import type { Account, AccountFound, SpnState } from '../../src/identity/account.ts';
import type { AdDomain } from '../realm/ad.ts';
import { becomes } from '../realm/exec.ts';

type DomainPlace = Pick<AdDomain, 'host' | 'address' | 'caFile' | 'administrator' | 'baseDn' | 'realm' | 'netbios'>;

/** `[Directory]` for the domain, by LDAPS; Timeout is 2 s. */
export function settingsOf(domain: DomainPlace, changes: Partial<DirectorySettings> = {}): DirectorySettings {
  return {
    name: '',
    url: [`ldaps://${domain.host}:636`],
    caFile: domain.caFile,
    bindName: `${domain.administrator.name}@${domain.realm.toLowerCase()}`,
    bindPassword: createSecretKey(Buffer.from(domain.administrator.password)),
    baseDn: [domain.baseDn],
    realm: domain.realm,
    domain: domain.netbios,
    userFilter: '(&(objectCategory=person)(objectClass=user))',
    aliasAttributes: ['userPrincipalName'],
    emailAttribute: 'mail',
    fullNameAttribute: 'displayName',
    cardAttribute: undefined,
    pinAttribute: undefined,
    personalNumberAttribute: undefined,
    signIn: true,
    cacheTime: 300,
    outageTime: 1800,
    timeout: 2,
    ...changes,
  };
}

/** Finds each host at the address given for it, and any other nowhere. */
export function lookupOf(addresses: Readonly<Record<string, string>>): LookupFunction {
  return (hostname, { all }, callback) => {
    const address = addresses[hostname];
    if (address === undefined) callback(Object.assign(new Error(`no address for ${hostname}`), { code: 'ENOTFOUND' }), '', 4);
    else if (all === true) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  };
}

export interface Opened {
  readonly accounts: DirectoryAccounts;
  /** What it has warned of. */
  readonly warnings: readonly string[];
  /** Lets time pass for what it has kept, in seconds. */
  later(seconds: number): void;
}

/** Opens them with a clock that stands, until the end of the test. */
export function opened(
  t: Test, directories: readonly DirectorySettings[], addresses: Readonly<Record<string, string>>, options: Partial<AccountsOptions> = {},
): Opened {
  const warnings: string[] = [];
  let now = 1_790_000_000;
  const accounts = openAccounts({
    directories, now: () => now, warn: (message) => { warnings.push(message); }, lookup: lookupOf(addresses), ...options,
  });
  t.teardown(() => { accounts.close(); });
  return { accounts, warnings, later: (seconds) => { now += seconds; } };
}

/** The account that was found; fails if there is none. */
export async function found(answer: Promise<AccountFound>): Promise<Account> {
  const it = await answer;
  if (it.kind !== 'found') throw new Error(`the account is ${it.kind}`);
  return it.account;
}

/** What is seen of the SPN after what is known already, once it was looked for. */
export async function seenSpn(accounts: DirectoryAccounts, spn: string): Promise<SpnState> {
  const before = accounts.spnState(spn);
  await becomes(() => accounts.spnState(spn) !== before, () => false);
  return accounts.spnState(spn);
}

export interface Outage {
  readonly detail: string;
  readonly cure: string;
  readonly after: number;
}

/** What an outage says to an administrator, and after how many milliseconds; fails if there is none. */
export async function outage(action: () => Promise<unknown>): Promise<Outage> {
  const start = performance.now();
  try {
    const answer = await action();
    throw new Error(`no outage, but ${JSON.stringify(answer)}`);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { detail: error.detail ?? '', cure: error.cure ?? '', after: performance.now() - start };
  }
}
