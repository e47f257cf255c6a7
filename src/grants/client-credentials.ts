// grant_type=client_credentials (RFC 6749 §4.4): a token for the client itself.

import { type ClientGranted, grantToClient } from '../tokens/granted.ts';
import type { Issuer } from '../tokens/issue.ts';
import { parseScope } from '../tokens/scopes.ts';
import type { GrantType } from './grant.ts';

/** Builds the grant type. Only confidential clients can be registered for it (clients/registration.ts). */
export function clientCredentials({ issuer }: { readonly issuer: Issuer }): GrantType<ClientGranted> {
  return {
    validate: async ({ scope }, { client }) => grantToClient(scope === undefined ? undefined : parseScope(scope), client),
    issue: async (granted) => ({ answer: await issuer.accessToken(granted), user: undefined }),
  };
}
