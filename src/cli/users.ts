// `users`: who may sign in, and under which names.

import { loadConfig } from '../config/load.ts';
import { canonicalAlias } from '../identity/principal.ts';
import { openStore } from '../stores/open.ts';
import type { Store, UserRecord } from '../stores/store.ts';
import { knownScopes } from '../tokens/scopes.ts';
import { isOneLine } from './terminal.ts';
import { Negative, readArguments, table, UsageError, type Verb } from './verb.ts';

const usage = `myq-gateway users VERB [--config FILE] [--json]
  add NAME [--alias A]... [--email E] [--full-name F] [--scope S]...
  list | show NAME | disable NAME | enable NAME | remove NAME
  alias NAME [--add A]... [--remove A]...
An alias is user@REALM, or a bare name, which counts while exactly one realm may sign in.`;

const options = {
  config: { type: 'string' }, json: { type: 'boolean' },
  alias: { type: 'string', multiple: true }, email: { type: 'string' }, 'full-name': { type: 'string' }, scope: { type: 'string', multiple: true },
  add: { type: 'string', multiple: true }, remove: { type: 'string', multiple: true },
} as const;

type Values = ReturnType<typeof readArguments<typeof options>>['values'];

interface Action {
  /** Options that it takes beside --config and --json. */
  readonly takes: readonly (keyof typeof options)[];
  readonly named: boolean;
  run(store: Store, name: string, values: Values): Promise<UserRecord | readonly UserRecord[] | undefined>;
}

const actions: Readonly<Record<string, Action>> = {
  add: { takes: ['alias', 'email', 'full-name', 'scope'], named: true, run: add },
  list: { takes: [], named: false, run: (store) => store.users() },
  show: { takes: [], named: true, run: find },
  alias: { takes: ['add', 'remove'], named: true, run: alias },
  disable: { takes: [], named: true, run: (store, name) => setDisabled(store, name, true) },
  enable: { takes: [], named: true, run: (store, name) => setDisabled(store, name, false) },
  remove: { takes: [], named: true, run: remove },
};

/** The verb family. */
export const users: Verb = {
  usage,
  run: async (argv) => {
    const { values, positionals: [verb = '', name = '', ...rest] } = readArguments(argv, options, 'myq-gateway users --help');
    const action = Object.hasOwn(actions, verb) ? actions[verb] : undefined;
    const strange = Object.keys(values).filter((key) => !['config', 'json', ...(action?.takes ?? [])].includes(key));
    if (action === undefined || rest.length > 0 || action.named !== (name !== '') || strange.length > 0) {
      const where = verb === '' ? 'users' : verb;
      const what = strange.length > 0 ? `--${strange.join(', --')} does not belong to ${where}` : 'that is no use of users';
      throw new UsageError(`${what}; usage: myq-gateway users --help`);
    }
    const store = await openStore(loadConfig(values.config ?? 'config.ini').config);
    try {
      return print(await action.run(store, name, values), values.json === true);
    } finally {
      await store.close();
    }
  },
};

async function add(store: Store, name: string, values: Values): Promise<UserRecord> {
  const unknown = (values.scope ?? []).filter((scope) => !knownScopes.includes(scope));
  if (unknown.length > 0) throw new UsageError(`there is no scope ${unknown.join(', ')}; known: ${knownScopes.join(' ')}`);
  if (canonicalAlias(name) === undefined) throw new UsageError(`"${name}" is no usable user name`);
  const { email, 'full-name': fullName } = values;
  if (email !== undefined && !isEmail(email)) throw new UsageError(`"${email}" is no e-mail address`);
  if (fullName !== undefined && !isFullName(fullName)) throw new UsageError('--full-name must be one line of 1 to 256 characters');
  return store.addUser({
    name,
    aliases: [...new Set([name, ...(values.alias ?? [])].map(readAlias))],
    email,
    fullName,
    scopes: [...new Set(values.scope)],
  });
}

async function alias(store: Store, name: string, values: Values): Promise<UserRecord> {
  const add = (values.add ?? []).map(readAlias);
  const remove = (values.remove ?? []).map(readAlias);
  const both = add.filter((one) => remove.includes(one));
  if (both.length > 0) throw new UsageError(`"${both.join('", "')}" cannot be added and removed at once`);
  const { id } = await find(store, name);
  const result = await store.changeAliases(id, { add, remove });
  switch (result.kind) {
    case 'changed':
      return result.user;
    case 'no-user':
      throw noUser(name);
    case 'refused': {
      const taken = result.taken.map((one) => `"${one}" is taken`);
      const absent = result.absent.map((one) => `"${name}" has no alias "${one}"`);
      throw new Negative(`nothing was changed: ${[...taken, ...absent].join('; ')}`);
    }
  }
}

async function setDisabled(store: Store, name: string, disabled: boolean): Promise<UserRecord> {
  await store.setUserDisabled((await find(store, name)).id, disabled);
  return find(store, name);
}

async function remove(store: Store, name: string): Promise<undefined> {
  await store.removeUser((await find(store, name)).id);
}

async function find(store: Store, name: string): Promise<UserRecord> {
  const user = await store.userByName(name);
  if (user === undefined) throw noUser(name);
  return user;
}

const noUser = (name: string): Negative => new Negative(`there is no user "${name}"`);

/** RFC 5321 §4.5.3.1.3 caps the length; whether anybody reads it only a mail can tell. */
function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(text) && isOneLine(text);
}

function isFullName(text: string): boolean {
  return text.trim() !== '' && text.length <= 256 && isOneLine(text);
}

function readAlias(text: string): string {
  const canonical = canonicalAlias(text);
  if (canonical === undefined) throw new UsageError(`"${text}" is no alias; an alias is user@REALM or a bare user name`);
  return canonical;
}

function print(result: UserRecord | readonly UserRecord[] | undefined, json: boolean): string | undefined {
  if (result === undefined) return json ? '{}' : undefined;
  if (json) return JSON.stringify(result, undefined, 2);
  const rows = [result].flat().map((user) => [
    user.name, user.disabled ? 'disabled' : 'enabled', user.aliases.join(', '), user.fullName ?? '', user.email ?? '', user.scopes.join(' '), user.id,
  ]);
  return table([['NAME', 'STATE', 'ALIASES', 'FULL NAME', 'E-MAIL', 'MORE SCOPES', 'SUB'], ...rows]);
}
