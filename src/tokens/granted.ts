// What was granted: scopes for a client, and for the user for whom it acts. Only here are scopes granted: asked ∩ client's ∩ user's.

import { RequestError } from '../errors.ts';
import type { Identity } from '../identity/resolve.ts';
import { isUserScope } from './scopes.ts';

/** What granting needs to know of a client. */
export interface Grantee {
  readonly id: string;
  readonly scopes: readonly string[];
}

interface GrantedFacts {
  readonly clientId: string;
  readonly scopes: readonly string[];
}

/** A private member, which exists for the compiler only: unlike a symbol it does not survive a spread with other scopes. */
declare class Sealed {
  #granted: true;
}

/** Scopes granted to a client for a user who has signed in. */
export type UserGranted = GrantedFacts & { readonly identity: Identity } & Sealed;

/** Scopes granted to a client for itself (RFC 6749 §4.4). */
export type ClientGranted = GrantedFacts & { readonly identity: undefined } & Sealed;

const seal = <T extends GrantedFacts>(facts: T): T & Sealed => Object.freeze(facts) as T & Sealed;

/**
 * Grants what the client may ask for and the user has. Without an asked scope it is `openid profile` and the user's rights
 * within the client's, never `offline.access`. Throws RequestError `invalid_scope` if nothing would be left.
 */
export function grantToUser(asked: readonly string[] | undefined, client: Grantee, identity: Identity): UserGranted {
  const owned = new Set(identity.rights);
  const wanted = asked ?? [...owned].filter((scope) => scope !== 'offline.access' && scope !== 'email');
  const scopes = wanted.filter((scope) => owned.has(scope) && client.scopes.includes(scope));
  if (scopes.length === 0) {
    throw new RequestError('invalid_scope', 'none of the scopes can be granted to this user through this client', {
      detail: `${identity.user.name} (${identity.user.id}) asked for ${asked?.join(' ') ?? 'none'} through ${client.id}`,
    });
  }
  return seal({ clientId: client.id, identity, scopes });
}

/**
 * Grants again what was granted before, or less (RFC 6749 §6). What client or user have lost since is left out.
 * Throws RequestError `invalid_scope` if more is asked than was granted, or nothing would be left.
 */
export function grantAgain(
  asked: readonly string[] | undefined, before: readonly string[], client: Grantee, identity: Identity,
): UserGranted {
  if (asked?.some((scope) => !before.includes(scope))) {
    throw new RequestError('invalid_scope', 'the scope is wider than what was granted at the sign-in');
  }
  return grantToUser(asked ?? before, client, identity);
}

/**
 * Grants to the client itself. Without an asked scope it is all that the client has. Scopes that speak of a user are never granted.
 * Throws RequestError `invalid_scope` if nothing would be left.
 */
export function grantToClient(asked: readonly string[] | undefined, client: Grantee): ClientGranted {
  const scopes = (asked ?? client.scopes).filter((scope) => client.scopes.includes(scope) && !isUserScope(scope));
  if (scopes.length === 0) throw new RequestError('invalid_scope', 'none of the scopes can be granted to this client without a user');
  return seal({ clientId: client.id, identity: undefined, scopes });
}
