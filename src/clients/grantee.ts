// What a client may be granted.

import type { Client } from '../stores/client-store.ts';
import type { Grantee } from '../tokens/granted.ts';

/** Its scopes; without the grant `refresh_token` the scope that asks for refresh tokens would be an empty promise. */
export function granteeOf({ id, scopes, grants }: Client): Grantee {
  return { id, scopes: grants.includes('refresh_token') ? scopes : scopes.filter((scope) => scope !== 'offline.access') };
}
