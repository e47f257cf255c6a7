// Token introspection (RFC 7662): a service asks whether a token that it was shown is good.

import type { AuthenticatedClient } from '../clients/authenticate.ts';
import { RequestError } from '../errors.ts';
import type { Resolver } from '../identity/resolve.ts';
import type { Client } from '../stores/client-store.ts';
import type { GrantStore } from '../stores/grant-store.ts';
import type { Handles } from '../tokens/handle.ts';
import type { TokenReader } from '../tokens/verify.ts';
import type { Liveness } from './liveness.ts';

/** RFC 7662 §2.2. Nothing but `active` is said of a token that is not good. */
export type Introspection = { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>);

export type Introspect = (token: string | undefined, by: AuthenticatedClient) => Promise<Introspection>;

export interface IntrospectionOptions {
  readonly store: Pick<GrantStore, 'grantById'>;
  readonly reader: TokenReader;
  readonly handles: Handles;
  readonly resolver: Resolver;
  readonly isAlive: Liveness;
  readonly issuer: string;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Builds it. Throws RequestError for a public client, which anybody could pose as. */
export function introspection(options: IntrospectionOptions): Introspect {
  return async (token, { client }) => {
    if (client.isPublic) throw new RequestError('unauthorized_client', 'only confidential clients may introspect tokens', { statusCode: 403 });
    if (token === undefined) throw new RequestError('invalid_request', 'token is missing');
    return await ofAccessToken(options, token) ?? await ofRefreshToken(options, token, client) ?? { active: false };
  };
}

async function ofAccessToken({ reader, isAlive }: IntrospectionOptions, token: string): Promise<Introspection | undefined> {
  const claims = await reader.accessToken(token);
  const life = claims === undefined ? undefined : await isAlive(claims);
  if (claims === undefined || life === undefined) return undefined;
  return { active: true, token_type: 'Bearer', ...(life.kind === 'user' ? { username: life.user.name } : {}), ...claims };
}

/** A refresh token is a matter between the gateway and its client: for everybody else there is none. */
async function ofRefreshToken(options: IntrospectionOptions, token: string, client: Client): Promise<Introspection | undefined> {
  if (!client.grants.includes('refresh_token')) return undefined;
  const { store, handles, resolver, issuer, now } = options;
  const handle = handles.read('refresh', token);
  const grant = handle === undefined ? undefined : await store.grantById(handle.id);
  if (handle === undefined || grant === undefined) return undefined;
  if (grant.clientId !== client.id || grant.revoked || grant.generation !== handle.generation || grant.idleUntil <= now()) return undefined;
  const identity = await resolver.recall(grant);
  if (identity.kind === 'refused' || !identity.rights.includes('offline.access')) return undefined;
  return {
    active: true, client_id: client.id, username: identity.user.name, scope: grant.scopes.join(' '), sub: grant.userId, iss: issuer,
    exp: grant.idleUntil, grant_id: grant.id,
  };
}
