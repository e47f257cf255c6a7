// Which scopes exist, and how a list of them is written (RFC 6749 §3.3).

import { RequestError } from '../errors.ts';

/** MyQ's Print Server scopes, among them all of the Central Server's (`credit users reports`). */
const printServerScopes = [
  'cert.manage', 'cert.read', 'credit', 'impersonate', 'jobs', 'jobs.process', 'offline.access', 'print', 'print.services',
  'printers', 'queues', 'scan', 'terminal', 'terminal.read', 'user.session', 'users', 'reports',
] as const;

/** OpenID Connect Core §5.4. */
const openIdScopes = ['openid', 'profile', 'email'] as const;

/** Every scope that this gateway knows. */
export const knownScopes: readonly string[] = [...openIdScopes, ...printServerScopes];

/** What every user may be granted; `users add --scope` adds to it. */
export const everyUsersScopes: readonly string[] = ['openid', 'profile', 'email', 'offline.access', 'jobs', 'print', 'user.session'];

/** What `init` gives the Desktop Client. */
export const desktopClientScopes: readonly string[] = [
  'openid', 'profile', 'email', 'offline.access', 'jobs', 'print', 'printers', 'queues', 'user.session', 'users', 'credit', 'scan',
];

/** Scopes that make no sense without a user: who he is, and staying signed in for him. */
export const isUserScope = (scope: string): boolean => [...openIdScopes, 'offline.access'].includes(scope);

/** The scopes as they are kept: MyQ's `offline.access` for the standard's `offline_access`, and each once. */
export function canonicalScopes(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes.map((scope) => (scope === 'offline_access' ? 'offline.access' : scope)))];
}

const MAX_SCOPES = 64;

/**
 * Reads a `scope` parameter (RFC 6749 §3.3): words separated by one blank. Answers them as they are kept.
 * Throws RequestError `invalid_scope` for anything that has not this form.
 */
export function parseScope(scope: string): readonly string[] {
  const words = scope.split(' ');
  if (words.length > MAX_SCOPES || !words.every((word) => /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(word))) {
    throw new RequestError('invalid_scope', 'scope must be a list of scope names, separated by single blanks');
  }
  return canonicalScopes(words);
}
