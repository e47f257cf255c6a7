// Browser sessions: somebody signed in with this browser, and further clients need not ask him again (OIDC Core §3.1.2.3).

import type { Refusal } from '../identity/refusal.ts';
import type { Identity, Resolver } from '../identity/resolve.ts';
import type { SessionStore } from '../stores/grant-store.ts';
import { newId, type Handles } from '../tokens/handle.ts';

/** A session that is good now. */
export interface BrowserSession {
  /** Public: the claim `sid`. */
  readonly id: string;
  readonly identity: Identity;
}

export interface Sessions {
  /** Whose session a cookie is; undefined if it is none, or something has ended it. */
  recall(cookie: string | undefined): Promise<BrowserSession | undefined>;
  /** Begins one, with a new id, in place of the one that the cookie stood for. `cookie` is what the browser is to keep. */
  begin(identity: Identity, formerCookie: string | undefined): Promise<{ readonly session: BrowserSession; readonly cookie: string }>;
  /** The id that a cookie stands for, whether the session is still good or not. */
  idOf(cookie: string | undefined): string | undefined;
  /** Ends it with everything that came of it. */
  end(id: string): Promise<boolean>;
}

export interface SessionOptions {
  readonly store: SessionStore;
  readonly resolver: Resolver;
  readonly handles: Handles;
  /** Seconds. */
  readonly lifetime: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Builds them. An outage of the store throws UnavailableError. */
export function sessions({ store, resolver, handles, lifetime, now }: SessionOptions): Sessions {
  const idOf = (cookie: string | undefined): string | undefined => handles.read('session', cookie)?.id;
  return {
    idOf,
    recall: async (cookie) => {
      const id = idOf(cookie);
      const record = id === undefined ? undefined : await store.sessionById(id);
      if (id === undefined || record === undefined) return undefined;
      const identity: Identity | Refusal = await resolver.recall(record);
      return identity.kind === 'refused' ? undefined : { id, identity };
    },
    begin: async (identity, formerCookie) => {
      const id = newId();
      const { user, authentication } = identity;
      await store.addSession({ id, userId: user.id, epoch: user.epoch, authentication, expiresAt: now() + lifetime }, idOf(formerCookie));
      return { session: { id, identity }, cookie: handles.mint('session', id) };
    },
    end: (id) => store.endSession(id),
  };
}
