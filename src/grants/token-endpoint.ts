// The token endpoint (RFC 6749 §3.2): who is the client, may it use this grant type, then the grant type itself.

import type { ClientAuthentication, ClientCredentials } from '../clients/authenticate.ts';
import type { GrantTypeName } from '../clients/registration.ts';
import { GatewayError, RequestError } from '../errors.ts';
import type { Client } from '../stores/client-store.ts';
import type { Issued, RequestOrigin, RunGrant, TokenRequest } from './grant.ts';

/** The answer with all that the log wants to know. */
export interface TokenOutcome extends Issued {
  readonly clientId: string;
  /** Origins whose pages may read the answer. */
  readonly origins: readonly string[];
}

export interface TokenEndpoint {
  /** The values of `grant_type` that it takes. */
  readonly grantTypes: readonly string[];
  /** Throws RequestError for whatever is wrong, UnavailableError if something is out. */
  handle(request: TokenRequest, credentials: ClientCredentials, origin: RequestOrigin): Promise<TokenOutcome>;
}

export interface TokenEndpointOptions {
  readonly clients: ClientAuthentication;
  readonly grantTypes: Readonly<Partial<Record<GrantTypeName, RunGrant>>>;
}

/** Builds it. */
export function tokenEndpoint({ clients, grantTypes }: TokenEndpointOptions): TokenEndpoint {
  const names = Object.keys(grantTypes);
  const runOf = (client: Client, grantType: string): RunGrant => {
    const name = grantType as GrantTypeName;
    const run = Object.hasOwn(grantTypes, name) ? grantTypes[name] : undefined;
    if (run === undefined) throw new RequestError('unsupported_grant_type', `grant_type must be one of ${names.join(', ')}`);
    if (!client.grants.includes(name)) throw new RequestError('unauthorized_client', `this client may not use the grant type ${name}`);
    return run;
  };
  return {
    grantTypes: names,
    handle: async (request, credentials, origin) => {
      const authenticated = await clients.authenticate(credentials);
      const { client } = authenticated;
      try {
        const issued = await runOf(client, request.grant_type)(request, authenticated, origin);
        return { ...issued, clientId: client.id, origins: client.origins };
      } catch (error) {
        // The log shall tell whose request it was.
        if (error instanceof GatewayError) error.clientId = client.id;
        throw error;
      }
    },
  };
}
