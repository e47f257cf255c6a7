// The one sign-in that private mode keeps for a gateway and a client, so that the next start asks nobody.

import type { MethodName } from '../method.ts';
import type { Tokens } from '../tokens.ts';
import type { KeptSignIn, TokenStore } from './token-store.ts';

export interface Renewed {
  readonly method: MethodName;
  readonly tokens: Tokens;
}

export interface Kept {
  /** Keeps it, if it brought a refresh token; otherwise what was kept is of no use any more and goes. */
  keep(method: MethodName, tokens: Tokens): Promise<void>;
  /**
   * Refreshes what is kept, one program at a time, and keeps what comes; undefined if nothing is kept. What ended is forgotten.
   * @param refresh throws if it fails
   */
  renew(refresh: (refreshToken: string, scope: string) => Promise<Tokens>): Promise<Renewed | undefined>;
  forget(): Promise<void>;
}

/**
 * @param issuer origin of the gateway
 * @param isOver whether this failure of a refresh means that the token will never work again
 */
export function keptSignIn(store: TokenStore, issuer: string, clientId: string, isOver: (error: unknown) => boolean): Kept {
  const keptAs = (method: MethodName, { refreshToken, scope }: Tokens): KeptSignIn | undefined =>
    (refreshToken === undefined ? undefined : { issuer, clientId, method, refreshToken, scope, keptAt: Date.now() });
  return {
    keep: async (method, tokens) => {
      const kept = keptAs(method, tokens);
      if (kept) await store.put(kept);
      else await store.forget(issuer, clientId);
    },
    renew: (refresh) => store.exclusively(async (inside) => {
      const kept = await inside.get(issuer, clientId);
      if (kept === undefined) return undefined;
      const { method } = kept;
      try {
        const tokens = await refresh(kept.refreshToken, kept.scope);
        const next = keptAs(method, tokens);
        // Before anybody uses what came: the old one is spent.
        if (next) await inside.put(next);
        else await inside.forget(issuer, clientId);
        return { method, tokens };
      } catch (error) {
        if (isOver(error)) await inside.forget(issuer, clientId);
        throw error;
      }
    }),
    forget: async () => { await store.forget(issuer, clientId); },
  };
}
