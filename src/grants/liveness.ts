// Whether a good access token is still alive: not revoked, and neither are its grant, its user or its client.

import type { Remembered, Resolver } from '../identity/resolve.ts';
import type { KnownUser } from '../identity/user.ts';
import type { Client, ClientStore } from '../stores/client-store.ts';
import type { GrantStore } from '../stores/grant-store.ts';

/** The claims that tell. */
export interface TokenMarks {
  readonly sub: string;
  readonly client_id: string;
  readonly jti: string;
  readonly grant_id?: string | undefined;
  readonly auth_time?: number | undefined;
  readonly amr?: readonly string[] | undefined;
  readonly tid?: string | undefined;
}

/** For whom it lives: a user, or the client itself. */
export type Life = { readonly client: Client } & ({ readonly kind: 'user'; readonly user: KnownUser } | { readonly kind: 'client' });

export interface LivenessOptions {
  readonly store: Pick<GrantStore, 'grantById' | 'isAccessTokenRevoked'> & Pick<ClientStore, 'clientById'> & {
    userById(id: string): Promise<KnownUser | undefined>;
  };
  readonly resolver: Resolver;
}

/** Tells it; undefined: dead. An outage of the store throws UnavailableError. */
export type Liveness = (token: TokenMarks) => Promise<Life | undefined>;

/** Builds it. */
export function liveness({ store, resolver }: LivenessOptions): Liveness {
  return async ({ sub, client_id: clientId, jti, grant_id: grantId, auth_time: at = 0, amr: methods = [], tid: tenant }) => {
    if (await store.isAccessTokenRevoked(jti)) return undefined;
    const client = await store.clientById(clientId);
    if (client === undefined) return undefined;
    if (sub === clientId) return { kind: 'client', client };
    const alive = async (remembered: Remembered): Promise<Life | undefined> => {
      const identity = await resolver.recall(remembered);
      return identity.kind === 'refused' ? undefined : { kind: 'user', client, user: identity.user };
    };
    if (grantId === undefined) {
      // Without a grant nothing tells his epoch at the sign-in.
      const user = await store.userById(sub);
      const entra = tenant === undefined ? undefined : { tenant, at };
      return user && alive({ userId: sub, epoch: user.epoch, authentication: { at, methods, ...(entra && { entra }) } });
    }
    const grant = await store.grantById(grantId);
    if (grant === undefined || grant.revoked || grant.userId !== sub || grant.clientId !== clientId) return undefined;
    return alive(grant);
  };
}
