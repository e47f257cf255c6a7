// Tokens for a user: with or without a kept grant behind them, which refresh tokens need.

import { granteeOf } from '../clients/grantee.ts';
import type { Identity } from '../identity/resolve.ts';
import type { Client } from '../stores/client-store.ts';
import type { GrantRecord, GrantStore, Redemption } from '../stores/grant-store.ts';
import { grantToUser, type UserGranted } from '../tokens/granted.ts';
import { newId, type Handles } from '../tokens/handle.ts';
import type { Issuer, TokenAnswer } from '../tokens/issue.ts';

export interface UserTokenOptions {
  readonly store: Pick<GrantStore, 'addGrant'>;
  readonly handles: Handles;
  readonly signer: Issuer;
  readonly lifetimes: {
    /** All in seconds. */
    readonly accessToken: number;
    readonly refreshToken: number;
    readonly refreshIdle: number;
  };
  /** Seconds since the epoch. */
  readonly now: () => number;
}

export interface UserTokens {
  /** Tokens for somebody who has just signed in through this client, without a browser. The access token ends by `endsBy`. */
  signIn(identity: Identity, client: Client, asked: readonly string[] | undefined, endsBy?: number): Promise<TokenAnswer>;
  /** Tokens of a kept grant that lasts until `expiresAt`, with refresh token number `generation` (0: none). */
  ofGrant(granted: UserGranted, grant: GrantRecord, life: Pick<Redemption, 'generation' | 'expiresAt'>): Promise<TokenAnswer>;
  /** How long a grant lasts from now on, if it has a refresh token or only an access token. */
  lifeOf(granted: UserGranted): Redemption;
  /** Until when the refresh token that is given now must be used. */
  idleUntil(expiresAt: number): number;
}

/** Builds it. */
export function userTokens({ store, handles, signer, lifetimes, now }: UserTokenOptions): UserTokens {
  const idleUntil = (expiresAt: number): number => Math.min(now() + lifetimes.refreshIdle, expiresAt);
  const lifeOf = (granted: UserGranted): Redemption => {
    if (!granted.scopes.includes('offline.access')) return { generation: 0, idleUntil: 0, expiresAt: now() + lifetimes.accessToken };
    const expiresAt = now() + lifetimes.refreshToken;
    return { generation: 1, idleUntil: idleUntil(expiresAt), expiresAt };
  };
  const withRefresh = (answer: TokenAnswer, id: string, generation: number): TokenAnswer =>
    (generation === 0 ? answer : { ...answer, refresh_token: handles.mint('refresh', id, generation) });
  return {
    lifeOf,
    idleUntil,
    signIn: async (identity, client, asked, endsBy) => {
      const granted = grantToUser(asked, granteeOf(client), identity);
      const life = lifeOf(granted);
      // Most sign-ins are refreshed by the next Windows sign-in: they leave nothing behind.
      if (life.generation === 0) return signer.accessToken(granted, undefined, endsBy);
      const id = newId();
      const { user, authentication } = identity;
      const { scopes } = granted;
      await store.addGrant({ id, clientId: client.id, userId: user.id, epoch: user.epoch, scopes, authentication, ...life });
      return withRefresh(await signer.accessToken(granted, { id, expiresAt: life.expiresAt }, endsBy), id, life.generation);
    },
    ofGrant: async (granted, grant, { generation, expiresAt }) => {
      const { id } = grant;
      const answer = withRefresh(await signer.accessToken(granted, { id, expiresAt }), id, generation);
      // Only what began as an authentication request is answered with an ID token (OIDC Core §3.1.3.3, §12.2).
      if (grant.code === undefined || !granted.scopes.includes('openid')) return answer;
      const nonce = grant.codeUsed ? undefined : grant.code.nonce;
      return { ...answer, id_token: await signer.idToken(granted, answer.access_token, { nonce, sessionId: grant.sessionId }) };
    },
  };
}
