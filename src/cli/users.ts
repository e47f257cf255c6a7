// `users`: who may sign in, under which names and with which secrets.

import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { canonicalAlias } from '../identity/principal.ts';
import { plainWord } from '../identity/shell-word.ts';
import { endPause } from '../mechanisms/attempts.ts';
import { openStore } from '../stores/open.ts';
import type { UserRecord } from '../stores/user-store.ts';
import { columns } from './import-row.ts';
import { action, type Action, type Call, common, find, noUser } from './users-action.ts';
import { explainAction } from './users-explain.ts';
import { importAction } from './users-import.ts';
import { print } from './users-print.ts';
import { readPassword, refuseSecretArgument, secretActions } from './users-secrets.ts';
import { readEmail, readFullName, readScopes, setAction } from './users-set.ts';
import { syncAction } from './users-sync.ts';
import { type Mixed, Negative, readName, readVerb, UsageError, type Verb } from './verb.ts';

const usage = `myq-gateway users VERB [--config FILE] [--json]
  add NAME [--alias A]... [--email E] [--full-name F] [--scope S]... [--password-stdin]
  set NAME [--email E | --no-email] [--full-name F | --no-full-name] [--personal-number N | --no-personal-number]
           [--add-scope S]... [--remove-scope S]... [--no-account]
  set NAME --entra-id [TENANT/]OBJECT | --no-entra-id
  list | show NAME | disable NAME | enable NAME | remove NAME
  alias NAME [--add A]... [--remove A]...
  password NAME [--password-stdin | --generate | --remove]
  pin NAME [--pin-stdin | --generate | --remove]
  card NAME --add-stdin | --remove-stdin | --remove-all
  sync [--directory NAME] [--dry-run] [--force]
  import FILE.csv [--dry-run]
  explain NAME | USER@REALM | 'DOMAIN\\USER' | [TENANT/]OBJECT
An alias is user@REALM, or a bare name, which counts while exactly one realm may sign in.
Secrets are read from standard input, one line; at a terminal, password and pin without an option ask for them.
sync takes over the users of every [Directory], and disables those who are gone there, but not most of them at once without --force.
A file for import names its columns in the first line: ${columns.known.join(' ')}. An empty cell changes nothing.
explain tells step by step whom a name means, through which rules, and what he may do; exit 1 if that is nobody who could sign in.
--no-account: he is no longer tied to an account of a directory.
--entra-id: he is the person of Entra ID with this Object ID, and no other one of that tenant. TENANT is needed only where several are set.`;

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;

const actions: Readonly<Record<string, Action>> = {
  add: action({ alias: texts, email: text, 'full-name': text, scope: texts, 'password-stdin': { type: 'boolean' } }, add),
  list: action({}, ({ store }) => store.users(), false),
  show: action({}, find),
  set: setAction,
  alias: action({ add: texts, remove: texts }, alias),
  disable: action({}, (call) => setDisabled(call, true)),
  enable: action({}, (call) => setDisabled(call, false)),
  remove: action({}, remove),
  ...secretActions,
  sync: syncAction,
  import: importAction,
  explain: explainAction,
};

/** The verb family. */
export const users: Verb<string | Mixed> = {
  usage,
  run: async (argv) => {
    const { verb, action } = actionOf(argv);
    const { config, json, positionals: [, ...names], run } = action.prepare(argv);
    refuseSecretArgument(verb, names);
    const name = readName(`users ${verb}`, names, action.subject === false ? undefined : action.subject);
    const { config: loaded } = loadConfig(config);
    const store = await openStore(loaded);
    try {
      return print(await run({ store, name, sealKey: loaded.store.sealKey, config: loaded }), json);
    } finally {
      await store.close();
    }
  },
};

/** All options of all actions. `--remove` takes a value in one of them, and none in others. */
const every: ParseArgsOptionsConfig = {
  ...Object.fromEntries(Object.values(actions).flatMap(({ options }) => Object.entries(options))), remove: texts, ...common,
};

/** Finds the action, which says how its options are read. Throws UsageError if there is none, or for options of another one. */
function actionOf(argv: readonly string[]): { readonly verb: string; readonly action: Action } {
  const verb = readVerb(argv, every, 'users', Object.keys(actions));
  const action = actions[verb] as Action;
  const { tokens } = parseArgs({ args: [...argv], options: every, strict: false, tokens: true });
  const own = { ...action.options, ...common };
  const names = new Set(tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])));
  const strange = [...names].filter((name) => Object.hasOwn(every, name) && !Object.hasOwn(own, name));
  if (strange.length > 0) throw new UsageError(`--${strange.join(', --')} does not belong to ${verb}; usage: myq-gateway users --help`);
  return { verb, action };
}

interface AddValues {
  readonly alias?: readonly string[];
  readonly email?: string;
  readonly 'full-name'?: string;
  readonly scope?: readonly string[];
  readonly 'password-stdin'?: boolean;
}

async function add({ store, name }: Call, values: AddValues): Promise<UserRecord> {
  if (canonicalAlias(name) === undefined) throw new UsageError(`"${name}" is no usable user name`);
  return store.addUser({
    name,
    aliases: [...new Set([name, ...(values.alias ?? [])].map(readAlias))],
    email: readEmail(values.email),
    fullName: readFullName(values['full-name']),
    scopes: readScopes('scope', values.scope),
    passwordHash: values['password-stdin'] === true ? await readPassword() : undefined,
  });
}

interface AliasValues {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

async function alias(call: Call, values: AliasValues): Promise<UserRecord> {
  const { store, name } = call;
  const add = (values.add ?? []).map(readAlias);
  const remove = (values.remove ?? []).map(readAlias);
  const both = add.filter((one) => remove.includes(one));
  if (both.length > 0) throw new UsageError(`"${both.join('", "')}" cannot be added and removed at once`);
  const { id } = await find(call);
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

async function setDisabled(call: Call, disabled: boolean): Promise<UserRecord> {
  const { id } = await find(call);
  await call.store.setUserDisabled(id, disabled);
  if (!disabled) await endPause(call.store, id);
  const user = await find(call);
  if (disabled || !user.disabledInDirectory) return user;
  const word = plainWord(user.name, '<NAME>');
  throw new Negative(`"${user.name}" is enabled here, but still disabled in the directory: enable the account there, then myq-gateway users sync; `
    + `if it is gone there: myq-gateway users set ${word} --no-account, then myq-gateway users enable ${word}`);
}

async function remove(call: Call): Promise<undefined> {
  await call.store.removeUser((await find(call)).id);
}

function readAlias(text: string): string {
  const canonical = canonicalAlias(text);
  if (canonical === undefined) throw new UsageError(`"${text}" is no alias; an alias is user@REALM or a bare user name`);
  return canonical;
}
