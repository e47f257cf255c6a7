// Token revocation (RFC 7009): a client says that it no longer needs a token.

import type { AuthenticatedClient } from '../clients/authenticate.ts';
import { RequestError } from '../errors.ts';
import type { GrantStore } from '../stores/grant-store.ts';
import type { Handles } from '../tokens/handle.ts';
import type { TokenReader } from '../tokens/verify.ts';

/** What was revoked, for the log: a refresh token takes its whole grant along. `nothing`: there was nothing, which is no fault. */
export type Revoke = (token: string | undefined, by: AuthenticatedClient) => Promise<'grant' | 'access_token' | 'nothing'>;

export interface RevocationOptions {
  readonly store: Pick<GrantStore, 'grantById' | 'revokeGrant' | 'revokeAccessToken'>;
  readonly reader: TokenReader;
  readonly handles: Handles;
}

/** Builds it. Throws RequestError `invalid_grant` for a token of another client (RFC 7009 §2.1). */
export function revocation({ store, reader, handles }: RevocationOptions): Revoke {
  const own = (clientId: string, { client }: AuthenticatedClient): void => {
    if (clientId !== client.id) throw new RequestError('invalid_grant', 'the token was issued to another client');
  };
  return async (token, by) => {
    if (token === undefined) throw new RequestError('invalid_request', 'token is missing');
    const handle = handles.read('refresh', token);
    if (handle !== undefined) {
      const grant = await store.grantById(handle.id);
      if (grant === undefined) return 'nothing';
      own(grant.clientId, by);
      return await store.revokeGrant(grant.id) ? 'grant' : 'nothing';
    }
    const claims = await reader.accessToken(token);
    if (claims === undefined) return 'nothing';
    own(claims.client_id, by);
    // A verifier may take it in the very moment of its expiry, too.
    await store.revokeAccessToken(claims.jti, claims.exp + 1);
    return 'access_token';
  };
}
