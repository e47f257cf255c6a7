// grant_type=client_credentials (RFC 6749 §4.4): a token for the client itself.

import { RequestError } from '../errors.ts';
import { type ClientGranted, grantToClient } from '../tokens/granted.ts';
import type { Issuer } from '../tokens/issue.ts';
import { parseScope } from '../tokens/scopes.ts';
import type { GrantType } from './grant.ts';

/** Builds the grant type. It is for confidential clients only, whatever is registered: a public one proves nothing (RFC 6749 §4.4). */
export function clientCredentials({ signer }: { readonly signer: Issuer }): GrantType<ClientGranted> {
  return {
    validate: async ({ scope }, { client }) => {
      if (client.isPublic) throw new RequestError('unauthorized_client', 'client_credentials is for confidential clients only');
      return grantToClient(scope === undefined ? undefined : parseScope(scope), client);
    },
    issue: async (granted) => ({ answer: await signer.accessToken(granted), user: undefined }),
  };
}
