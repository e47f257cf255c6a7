// `users set`, and how what is said of a user is read, at `add` too: his e-mail address, full name and scopes.

import { scopeNameFaults } from '../clients/registration.ts';
import { canonicalScopes, everyUsersScopes } from '../tokens/scopes.ts';
import type { UserRecord } from '../stores/user-store.ts';
import { isOneLine } from './terminal.ts';
import { action, type Call, find, noUser } from './users-action.ts';
import { Negative, readWords, UsageError } from './verb.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const texts = { type: 'string', multiple: true } as const;

const options = { email: text, 'no-email': flag, 'full-name': text, 'no-full-name': flag, 'add-scope': texts, 'remove-scope': texts } as const;

interface SetValues {
  readonly email?: string;
  readonly 'no-email'?: boolean;
  readonly 'full-name'?: string;
  readonly 'no-full-name'?: boolean;
  readonly 'add-scope'?: readonly string[];
  readonly 'remove-scope'?: readonly string[];
}

/** The action. */
export const setAction = action(options, async (call, values: SetValues): Promise<UserRecord> => {
  const change = readChange(values);
  const { id } = await find(call);
  const result = await call.store.changeUser(id, change);
  switch (result.kind) {
    case 'changed':
      return result.user;
    case 'no-user':
      throw noUser(call.name);
    case 'refused':
      throw new Negative(`nothing was changed: ${result.absent.map((scope) => absence(call, scope)).join('; ')}`);
  }
});

function readChange(values: SetValues) {
  const { email, 'no-email': noEmail, 'full-name': fullName, 'no-full-name': noFullName } = values;
  if (Object.keys(options).every((name) => values[name as keyof typeof options] === undefined)) {
    throw new UsageError('users set needs one of its options; usage: myq-gateway users --help');
  }
  if (email !== undefined && noEmail === true) throw new UsageError('--email and --no-email cannot go together');
  if (fullName !== undefined && noFullName === true) throw new UsageError('--full-name and --no-full-name cannot go together');
  const addScopes = readScopes('add-scope', values['add-scope']);
  const removeScopes = readScopes('remove-scope', values['remove-scope']);
  const both = addScopes.filter((scope) => removeScopes.includes(scope));
  if (both.length > 0) throw new UsageError(`"${both.join('", "')}" cannot be added and removed at once`);
  return {
    addScopes, removeScopes,
    email: noEmail === true ? null : readEmail(email),
    fullName: noFullName === true ? null : readFullName(fullName),
  };
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

/** RFC 5321 §4.5.3.1.3 caps the length; whether anybody reads it only a mail can tell. Throws UsageError. */
export function readEmail(email: string | undefined): string | undefined {
  if (email === undefined || (email.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(email) && isOneLine(email))) return email;
  throw new UsageError(`"${email}" is no e-mail address`);
}

/** Throws UsageError for what does not fit on a line. */
export function readFullName(name: string | undefined): string | undefined {
  if (name === undefined || (name.trim() !== '' && name.length <= 256 && isOneLine(name))) return name;
  throw new UsageError('--full-name must be one line of 1 to 256 characters');
}
