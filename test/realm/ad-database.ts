// Calls ad-database.py: the accounts of the throw-away domain, changed as an administrator at the domain controller's console does.

import type { ExecOptions } from './exec.ts';

/** One action of ad-database.py: its name, then its arguments. */
export type DatabaseAction = readonly [name: string, ...args: readonly unknown[]];

/** Runs a program, as exec() does. */
export type Run = (command: string, args: readonly string[], options?: ExecOptions) => Promise<string>;

const program = new URL('ad-database.py', import.meta.url).pathname;

/** Debian's Python has Samba's modules; another one that is first on the PATH has not. */
const python = '/usr/bin/python3';

/** The changes that a test makes to a domain. A name is a sAMAccountName. All reject with what the database says. */
export interface Accounts {
  addUser(name: string, password: string): Promise<void>;
  /** The members are users or groups that are there. */
  addGroup(name: string, members?: readonly string[]): Promise<void>;
  addMembers(group: string, members: readonly string[]): Promise<void>;
  removeMembers(group: string, members: readonly string[]): Promise<void>;
  disable(name: string): Promise<void>;
  enable(name: string): Promise<void>;
  setPassword(name: string, password: string): Promise<void>;
  /** Takes LDIF with records of `changetype: modify` or `add` (RFC 2849). */
  modify(ldif: string): Promise<void>;
  /** The SID of a user or a group, as in 'S-1-5-21-…-1104'. */
  sidOf(name: string): Promise<string>;
  /** The SIDs of all groups that a user is in, directly or through others, as the domain itself reckons them (tokenGroups). */
  groupSidsOf(name: string): Promise<readonly string[]>;
  /** Appends the present keys of a principal, as in 'HTTP/print.myq.test', to a keytab file. */
  keytab(principal: string, file: string): Promise<void>;
}

/** Runs the actions in one interpreter, in this order; gives their results. */
export async function actOnDatabase(run: Run, conf: string, actions: readonly DatabaseAction[]): Promise<readonly unknown[]> {
  return JSON.parse(await run(python, [program], { input: JSON.stringify({ conf, actions }) })) as unknown[];
}

/** The verbs; `passwords` (name to password) follows them. */
export function accountsOf(run: Run, conf: string, passwords: Map<string, string>): Accounts {
  const act = async (...action: DatabaseAction): Promise<unknown> => (await actOnDatabase(run, conf, [action]))[0];
  return {
    addUser: async (name, password) => {
      await act('add_user', name, password);
      passwords.set(name, password);
    },
    addGroup: async (name, members = []) => { await actOnDatabase(run, conf, [['add_group', name], ['members', name, members, true]]); },
    addMembers: async (group, members) => { await act('members', group, members, true); },
    removeMembers: async (group, members) => { await act('members', group, members, false); },
    disable: async (name) => { await act('enable', name, false); },
    enable: async (name) => { await act('enable', name, true); },
    setPassword: async (name, password) => {
      await act('set_password', name, password);
      passwords.set(name, password);
    },
    modify: async (ldif) => { await act('modify', ldif); },
    sidOf: async (name) => await act('sid', name) as string,
    groupSidsOf: async (name) => await act('group_sids', name) as readonly string[],
    keytab: async (principal, file) => { await act('keytab', principal, file); },
  };
}
