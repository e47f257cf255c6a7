// A directory in memory, for tests of what is made of its answers; it counts what it is asked.

import { UnavailableError } from '../../src/errors.ts';
import { noAccounts, type Account, type Accounts } from '../../src/identity/account.ts';

/** Of MYQ.TEST. */
export const accountOf = (name: string, change: Partial<Account> = {}): Account => ({
  directory: '', sid: `S-1-5-21-1-2-3-${String(1000 + name.length)}`, dn: `CN=${name},DC=myq,DC=test`, name, realm: 'MYQ.TEST',
  disabled: false, groups: [], ...change,
});

export interface MemoryDirectory extends Omit<Accounts, 'byPrincipal'> {
  byPrincipal: Accounts['byPrincipal'];
  /** The accounts, to be changed at will. */
  readonly people: Map<string, Account>;
  readonly groups: Map<string, string>;
  /** Passwords, by SID. */
  readonly passwords: Map<string, string>;
  /** Whether its users sign in with the password of the domain. */
  signIn: boolean;
  /** Of whom a password was compared, by SID; `nobody` for what was done in vain. */
  readonly bound: string[];
  /** Whether every question finds it out. */
  isOut: boolean;
  /** How often it was asked. */
  asked: number;
}

/** Builds it over these accounts. */
export function memoryDirectory(...accounts: readonly Account[]): MemoryDirectory {
  const people = new Map(accounts.map((account) => [account.name.toLowerCase(), account]));
  const groups = new Map<string, string>();
  const ask = async <T>(answer: () => T): Promise<T> => {
    directory.asked++;
    if (directory.isOut) throw new UnavailableError('The directory is not available.', { of: 'directory', detail: 'the domain controller does not answer' });
    return answer();
  };
  const found = (account: Account | undefined) => (account === undefined ? { kind: 'absent' } as const : { kind: 'found', account } as const);
  const directory: MemoryDirectory = {
    ...noAccounts,
    isEmpty: false,
    people, groups, passwords: new Map(), signIn: true, bound: [], isOut: false, asked: 0,
    serves: (realm) => realm === 'MYQ.TEST',
    byPrincipal: async ({ user, realm }) => (realm === 'MYQ.TEST' ? ask(() => found(people.get(user))) : { kind: 'elsewhere' }),
    bySid: async (name, sid) => (name === '' ? ask(() => found([...people.values()].find((one) => one.sid === sid))) : { kind: 'elsewhere' }),
    byAnySid: (sid) => ask(() => found([...people.values()].find((one) => one.sid === sid))),
    byTypedName: async (name) => {
      const typed = /^(?:myq\\)?([^@\\]*)(?:@myq\.test)?$/i.exec(name)?.[1];
      return directory.signIn ? ask(() => found(typed === undefined ? undefined : people.get(typed.toLowerCase()))) : { kind: 'elsewhere' };
    },
    bind: async (account, password) => {
      directory.bound.push(account?.sid ?? 'nobody');
      if (account !== undefined && !directory.signIn) return { kind: 'wrong', detail: 'nobody of that directory signs in with the password of the domain (SignIn)' };
      const right = account && directory.passwords.get(account.sid);
      return ask(() => (password !== '' && password === right ? { kind: 'right' } : { kind: 'wrong', detail: 'the domain says that the password is wrong' }));
    },
    groupSid: (name) => ask(() => groups.get(name)),
  };
  return directory;
}
