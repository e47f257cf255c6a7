// All directories of config.ini as one: whose account a principal, a SID or a typed name means.

import type { LookupFunction } from 'node:net';
import { type Account, type AccountFound, type Accounts, noAccounts, type SpnState } from '../identity/account.ts';
import { type Directory, openDirectory } from './directory.ts';
import type { DirectoryPerson, LeftOut } from './people.ts';
import { type DirectorySettings, sectionOf } from './settings.ts';
import { spns } from './spn.ts';
import { trustOf } from './trust.ts';
import { parseGroupName, parseTypedName, personName, type TypedName } from './typed-name.ts';

export interface AccountsOptions {
  readonly directories: readonly DirectorySettings[];
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Told what an administrator should know: a controller is out, or back. */
  readonly warn: (message: string) => void;
  /** How names of domain controllers become addresses; by default as the system does. */
  readonly lookup?: LookupFunction;
  /** Entries of one page of people(); 500. */
  readonly pageSize?: number;
}

export interface DirectoryAccounts extends Accounts {
  /** `directory` or `directory:<name>` for each: `ok`, or what is out. Answers within a second. */
  health(): Promise<Readonly<Record<string, 'ok' | (string & {})>>>;
  /**
   * Everybody in that directory, asked now. Throws UnavailableError if it cannot tell everybody, perhaps after some.
   *
   * @param directory its name, one of config.ini
   * @param leftOut told what the filter found and is no person
   */
  people(directory: string, leftOut?: LeftOut): AsyncGenerator<DirectoryPerson>;
  /** As `spnState`, for whoever waits: looks now. `unknown` if no directory can tell, which `warn` is told. Within twice Timeout. */
  lookUpSpn(spn: string): Promise<SpnState>;
  /** Ends the connections. */
  close(): void;
}

/**
 * Opens them; connects to none before it is asked.
 *
 * @throws ConfigError if a CaFile cannot be read, or a UserFilter is no filter
 */
export function openAccounts({ directories: all, warn, ...options }: AccountsOptions): DirectoryAccounts {
  let closed = false;
  const tell = (message: string): void => { if (!closed) warn(message); };
  const directories = all.map((settings) => openDirectory({ settings, trust: trustOf(settings), warn: tell, ...options }));
  const named = (name: string): Directory | undefined => directories.find((one) => one.name === name);
  const services = spns({ lookups: directories, now: options.now, warn: tell });
  const around: Pick<DirectoryAccounts, 'health' | 'people' | 'lookUpSpn' | 'close'> = {
    health: async () => Object.fromEntries(await Promise.all(directories.map(async ({ name, health }) => {
      return [sectionOf(name).toLowerCase(), await health()] as const;
    }))),
    people: (name, leftOut = () => {}) => {
      const directory = named(name);
      if (directory === undefined) throw new RangeError(`no directory is called "${name}"`);
      return directory.people(leftOut);
    },
    lookUpSpn: async (spn) => (directories.length === 0 ? { kind: 'unknown' } : services.look(spn)),
    close: () => {
      closed = true;
      for (const directory of directories) directory.close();
    },
  };
  if (directories.length === 0) return { ...noAccounts, ...around };

  const withSignIn = directories.filter(({ signIn }) => signIn);
  return {
    ...around,
    isEmpty: false,
    serves: (realm) => directories.some((one) => one.realm === realm),
    byPrincipal: async ({ user, realm }) => {
      const asked = directories.filter((one) => one.realm === realm);
      const name = personName(user);
      if (asked.length > 0 && name === undefined) return { kind: 'absent' };
      return only(asked.flatMap((one) => (name === undefined ? [] : one.byName(name))));
    },
    bySid: async (directory, sid) => named(directory)?.bySid(sid) ?? { kind: 'elsewhere' },
    byAnySid: async (sid) => {
      const answer = await only(directories.map((one) => one.bySid(sid)));
      return answer.kind === 'elsewhere' ? { kind: 'absent' } : answer;
    },
    byTypedName: async (text) => {
      const typed = parseTypedName(text);
      return typed === undefined ? { kind: 'absent' } : only(answersTo(typed, withSignIn));
    },
    groupSid: async (text) => {
      const group = parseGroupName(text);
      if (group === undefined) return undefined;
      const asked = directories.filter((one) => group.domain === undefined || one.isCalled(group.domain));
      const sids = new Set(await Promise.all(asked.map((one) => one.group(group.name))));
      sids.delete(undefined);
      return sids.size === 1 ? [...sids][0] : undefined;
    },
    bind: async (account, password) => {
      const directory = account === undefined ? withSignIn[0] ?? directories[0] : named(account.directory);
      if (directory === undefined || (account !== undefined && !directory.signIn)) {
        return { kind: 'wrong', detail: 'nobody of that directory signs in with the password of the domain (SignIn)' };
      }
      return directory.bind(account, password);
    },
    spnState: services.state,
  };
}

/** What each directory says whom the name may mean. */
function answersTo(typed: TypedName, directories: readonly Directory[]): readonly Promise<AccountFound>[] {
  switch (typed.kind) {
    case 'bare':
      return directories.map((one) => one.byName(typed.user));
    case 'domain':
      return directories.filter((one) => one.isCalled(typed.domain)).map((one) => one.byName(typed.user));
    case 'suffix': {
      // A userPrincipalName need not begin with the account's name, not even where it ends with the realm: both are looked for.
      const called = directories.filter((one) => one.isCalled(typed.suffix)).map((one) => one.byName(typed.user));
      return [...called, ...directories.map((one) => one.byUserPrincipalName(`${typed.user}@${typed.suffix}`))];
    }
  }
}

/** The one account that all of them mean; none if they mean several. */
async function only(answers: readonly Promise<AccountFound>[]): Promise<AccountFound> {
  if (answers.length === 0) return { kind: 'elsewhere' };
  const accounts = new Map<string, Account>();
  for (const answer of await Promise.all(answers)) {
    if (answer.kind === 'found' && !accounts.has(answer.account.sid)) accounts.set(answer.account.sid, answer.account);
  }
  const [account, ...more] = accounts.values();
  return account === undefined || more.length > 0 ? { kind: 'absent' } : { kind: 'found', account };
}
