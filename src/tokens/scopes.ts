// Which scopes exist, and which of the asked ones are granted: asked ∩ client's ∩ user's.

import { RequestError } from '../errors.ts';
import type { Identity } from '../identity/resolve.ts';

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

declare const grantedBrand: unique symbol;

/** Scopes that a user and a client were granted. Only `grantScopes` makes it. */
export type GrantedScopes = readonly string[] & { readonly [grantedBrand]: true };

const MAX_SCOPES = 64;

/**
 * Reads a `scope` parameter (RFC 6749 §3.3): words separated by one blank. `offline_access`, the standard's word, means
 * MyQ's `offline.access`. Doubled words count once. Throws RequestError `invalid_scope` for anything that has not this form.
 */
export function parseScope(scope: string): readonly string[] {
  const words = scope.split(' ');
  if (words.length > MAX_SCOPES || !words.every((word) => /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(word))) {
    throw new RequestError('invalid_scope', 'scope must be a list of scope names, separated by single blanks');
  }
  return [...new Set(words.map((word) => (word === 'offline_access' ? 'offline.access' : word)))];
}

/**
 * Grants what the client may ask for and the user has. Without an asked scope it is `openid profile` and the user's rights
 * within the client's, never `offline.access`. Throws RequestError `invalid_scope` if nothing would be left.
 */
export function grantScopes(asked: readonly string[] | undefined, clientScopes: readonly string[], identity: Identity): GrantedScopes {
  const owned = new Set([...everyUsersScopes, ...identity.user.scopes]);
  const wanted = asked ?? [...owned].filter((scope) => scope !== 'offline.access' && scope !== 'email');
  const granted = wanted.filter((scope) => owned.has(scope) && clientScopes.includes(scope));
  if (granted.length === 0) {
    throw new RequestError('invalid_scope', 'none of the scopes can be granted to this user through this client', {
      detail: `${identity.proof.principal.canonical} (${identity.user.id}) asked for ${asked?.join(' ') ?? 'none'}`,
    });
  }
  return granted as unknown as GrantedScopes;
}
