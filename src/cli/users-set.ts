// `users set`, and how what is said of a user is read, at `add` too: his e-mail address, full name, personal number and scopes.

import { scopeNameFaults } from '../clients/registration.ts';
import { plainWord } from '../identity/shell-word.ts';
import type { EntraId } from '../identity/user.ts';
import { canonicalScopes, everyUsersScopes } from '../tokens/scopes.ts';
import type { UserRecord } from '../stores/user-store.ts';
import { readEntraId, shownEntraId } from './entra-id.ts';
import { form, isEmail, isFullName, isPersonalNumber } from './user-fields.ts';
import { action, type Call, find, noUser } from './users-action.ts';
import { Negative, readWords, UsageError } from './verb.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const texts = { type: 'string', multiple: true } as const;

const options = {
  email: text, 'no-email': flag, 'full-name': text, 'no-full-name': flag, 'personal-number': text, 'no-personal-number': flag,
  'add-scope': texts, 'remove-scope': texts, 'no-account': flag, 'entra-id': text, 'no-entra-id': flag,
} as const;

interface SetValues {
  readonly email?: string;
  readonly 'no-email'?: boolean;
  readonly 'full-name'?: string;
  readonly 'no-full-name'?: boolean;
  readonly 'personal-number'?: string;
  readonly 'no-personal-number'?: boolean;
  readonly 'add-scope'?: readonly string[];
  readonly 'remove-scope'?: readonly string[];
  readonly 'no-account'?: boolean;
  readonly 'entra-id'?: string;
  readonly 'no-entra-id'?: boolean;
}

/** The action. */
export const setAction = action(options, async (call, values: SetValues): Promise<UserRecord> => {
  if (values['entra-id'] !== undefined || values['no-entra-id'] !== undefined) return setEntraId(call, values);
  const change = readChange(values);
  const { id, account } = await find(call);
  const forgets = values['no-account'] === true;
  if (forgets && account === undefined) throw new Negative(`nothing was changed: "${call.name}" belongs to no account of a directory`);
  const result = await call.store.changeUser(id, change);
  switch (result.kind) {
    case 'changed':
      if (!forgets) return result.user;
      await call.store.forgetAccount(id);
      return find(call);
    case 'no-user':
      throw noUser(call.name);
    case 'refused':
      throw new Negative(`nothing was changed: ${result.absent.map((scope) => absence(call, scope)).join('; ')}`);
  }
});

/** Whom he is, is said alone: it decides who gets in as him. */
async function setEntraId(call: Call, values: SetValues): Promise<UserRecord> {
  const { 'entra-id': entraId, 'no-entra-id': forgets, ...others } = values;
  if (Object.keys(others).some((name) => Object.hasOwn(options, name)) || (entraId !== undefined && forgets !== undefined)) {
    throw new UsageError('--entra-id and --no-entra-id each go alone');
  }
  const person = entraId === undefined ? undefined : readPerson(call, entraId);
  const user = await find(call);
  if (person === undefined && user.entraIds.length === 0) throw new Negative(`nothing was changed: "${call.name}" is no person of Entra ID`);
  const add = person === undefined ? [] : [person];
  switch (await call.store.changeEntraIds(user.id, { add, remove: person === undefined ? 'all' : 'none' })) {
    case 'changed': return find(call);
    case 'no-user': throw noUser(call.name);
    case 'taken': throw new Negative(`nothing was changed: ${await ownerOf(call, add)}`);
  }
}

/** Throws UsageError for what names nobody. */
function readPerson({ config }: Call, text: string): EntraId {
  const person = readEntraId(text, config.tenants);
  if (typeof person === 'string') throw new UsageError(`--entra-id ${person}`);
  return person;
}

async function ownerOf({ store }: Call, [person]: readonly EntraId[]): Promise<string> {
  const owner = person && await store.userByEntraId(person);
  if (owner === undefined) return 'somebody else was that person';
  const word = plainWord(owner.name, '<NAME>');
  return `user "${owner.name}" is ${shownEntraId(person as EntraId)}; if that is wrong: myq-gateway users set ${word} --no-entra-id, or users remove ${word}`;
}

function readChange(values: SetValues) {
  if (Object.keys(options).every((name) => values[name as keyof typeof options] === undefined)) {
    throw new UsageError('users set needs one of its options; usage: myq-gateway users --help');
  }
  const addScopes = readScopes('add-scope', values['add-scope']);
  const removeScopes = readScopes('remove-scope', values['remove-scope']);
  const both = addScopes.filter((scope) => removeScopes.includes(scope));
  if (both.length > 0) throw new UsageError(`"${both.join('", "')}" cannot be added and removed at once`);
  return {
    addScopes, removeScopes,
    email: orNothing(values, 'email', readEmail),
    fullName: orNothing(values, 'full-name', readFullName),
    personalNumber: orNothing(values, 'personal-number', readPersonalNumber),
  };
}

/** The option's value, or null for the `--no-` of it. */
function orNothing(
  values: SetValues, option: 'email' | 'full-name' | 'personal-number', read: (text: string | undefined) => string | undefined,
): string | null | undefined {
  if (values[`no-${option}`] !== true) return read(values[option]);
  if (values[option] !== undefined) throw new UsageError(`--${option} and --no-${option} cannot go together`);
  return null;
}

function absence({ name }: Pick<Call, 'name'>, scope: string): string {
  return everyUsersScopes.includes(scope) ? `every user has the scope "${scope}"` : `"${name}" has no scope "${scope}" of his own`;
}

/** Scopes in the spelling in which they are kept. Throws UsageError for what is none. */
export function readScopes(option: string, values: readonly string[] | undefined): readonly string[] {
  const scopes = canonicalScopes(readWords(option, values));
  const faults = scopeNameFaults(scopes);
  if (faults.length > 0) throw new UsageError(faults.join('; '));
  return scopes;
}

/** Throws UsageError for what has not the form of one. */
export function readEmail(email: string | undefined): string | undefined {
  if (email === undefined || isEmail(email)) return email;
  throw new UsageError(`"${email}" ${form.email}`);
}

/** Throws UsageError for what does not fit on a line. */
export function readFullName(name: string | undefined): string | undefined {
  if (name === undefined || isFullName(name)) return name;
  throw new UsageError(`--full-name ${form.fullName}`);
}

function readPersonalNumber(number: string | undefined): string | undefined {
  if (number === undefined || isPersonalNumber(number)) return number;
  throw new UsageError(`--personal-number ${form.personalNumber}`);
}
