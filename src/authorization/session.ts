// Browser sessions: somebody signed in with this browser, and further clients need not ask him again (OIDC Core §3.1.2.3).

import type { Refusal } from '../identity/refusal.ts';
import type { Identity, Resolver } from '../identity/resolve.ts';
import type { KnownUser, UserDirectory } from '../identity/user.ts';
import type { SessionRecord, SessionStore } from '../stores/grant-store.ts';
import { newId, type Handles } from '../tokens/handle.ts';

/** A session that is good now. */
export interface BrowserSession {
  /** Public: the claim `sid`. */
  readonly id: string;
  readonly identity: Identity;
}

/** A session that the store knows of, and its user. Whether a directory would still let him in is another question. */
export interface KeptSession {
  readonly id: string;
  readonly user: KnownUser;
}

export interface Sessions {
  /**
   * Whose session a cookie is; undefined if it is none, or something has ended it. An outage of a directory that must be asked throws
   * UnavailableError `of` it.
   */
  recall(cookie: string | undefined): Promise<BrowserSession | undefined>;
  /** The same by the store alone, for whoever signs out: that needs no directory. */
  kept(cookie: string | undefined): Promise<KeptSession | undefined>;
  /** Begins one, with a new id, in place of the one that the cookie stood for. `cookie` is what the browser is to keep. */
  begin(identity: Identity, formerCookie: string | undefined): Promise<{ readonly session: BrowserSession; readonly cookie: string }>;
  /** The id that a cookie stands for, whether the session is still good or not. */
  idOf(cookie: string | undefined): string | undefined;
  /** Ends it with everything that came of it. */
  end(id: string): Promise<boolean>;
}

export interface SessionOptions {
  readonly store: SessionStore & Pick<UserDirectory, 'userById'>;
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
  const recordOf = async (cookie: string | undefined): Promise<SessionRecord | undefined> => {
    const id = idOf(cookie);
    return id === undefined ? undefined : store.sessionById(id);
  };
  return {
    idOf,
    recall: async (cookie) => {
      const record = await recordOf(cookie);
      if (record === undefined) return undefined;
      const identity: Identity | Refusal = await resolver.recall(record);
      return identity.kind === 'refused' ? undefined : { id: record.id, identity };
    },
    kept: async (cookie) => {
      const record = await recordOf(cookie);
      const user = record && await store.userById(record.userId);
      // Whoever was disabled, or has another secret, has another epoch.
      return user === undefined || user.epoch !== record?.epoch ? undefined : { id: record.id, user };
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
