// `users`: who may sign in, under which names and with which secrets.

import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { canonicalAlias } from '../identity/principal.ts';
import { endPause } from '../mechanisms/attempts.ts';
import { openStore } from '../stores/open.ts';
import type { UserRecord } from '../stores/user-store.ts';
import { action, type Action, type Answer, type Call, common, find, noUser } from './users-action.ts';
import { readPassword, refuseSecretArgument, secretActions } from './users-secrets.ts';
import { readEmail, readFullName, readScopes, setAction } from './users-set.ts';
import { Negative, readName, readVerb, table, UsageError, type Verb } from './verb.ts';

const usage = `myq-gateway users VERB [--config FILE] [--json]
  add NAME [--alias A]... [--email E] [--full-name F] [--scope S]... [--password-stdin]
  set NAME [--email E | --no-email] [--full-name F | --no-full-name] [--add-scope S]... [--remove-scope S]...
  list | show NAME | disable NAME | enable NAME | remove NAME
  alias NAME [--add A]... [--remove A]...
  password NAME [--password-stdin | --generate | --remove]
  pin NAME [--pin-stdin | --generate | --remove]
  card NAME --add-stdin | --remove-stdin | --remove-all
An alias is user@REALM, or a bare name, which counts while exactly one realm may sign in.
Secrets are read from standard input, one line; at a terminal, password and pin without an option ask for them.`;

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
};

/** The verb family. */
export const users: Verb = {
  usage,
  run: async (argv) => {
    const { verb, action } = actionOf(argv);
    const { config, json, positionals: [, ...names], run } = action.prepare(argv);
    refuseSecretArgument(verb, names);
    const name = readName(`users ${verb}`, names, action.named ? 'NAME' : undefined);
    const { config: { store: { sealKey } }, config: loaded } = loadConfig(config);
    const store = await openStore(loaded);
    try {
      return print(await run({ store, name, sealKey }), json);
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
  return find(call);
}

async function remove(call: Call): Promise<undefined> {
  await call.store.removeUser((await find(call)).id);
}

function readAlias(text: string): string {
  const canonical = canonicalAlias(text);
  if (canonical === undefined) throw new UsageError(`"${text}" is no alias; an alias is user@REALM or a bare user name`);
  return canonical;
}

function print(answer: Answer, json: boolean): string | undefined {
  if (answer === undefined) return json ? '{}' : undefined;
  if ('made' in answer) return json ? JSON.stringify(answer.made, undefined, 2) : Object.values(answer.made).join('\n');
  if (json) return JSON.stringify(answer, undefined, 2);
  const rows = [answer].flat().map((user) => [
    user.name, user.disabled ? 'disabled' : 'enabled', signIn(user), user.aliases.join(', '), user.fullName ?? '', user.email ?? '',
    user.scopes.join(' '), user.id,
  ]);
  return table([['NAME', 'STATE', 'SIGN-IN', 'ALIASES', 'FULL NAME', 'E-MAIL', 'MORE SCOPES', 'SUB'], ...rows]);
}

/** The secrets that a user has; `-` for one who signs in with none of them. */
function signIn({ hasPassword, hasPin, cards }: UserRecord): string {
  const ways = [...(hasPassword ? ['password'] : []), ...(hasPin ? ['PIN'] : []), ...(cards > 0 ? [cards === 1 ? '1 card' : `${String(cards)} cards`] : [])];
  return ways.join(', ') || '-';
}
