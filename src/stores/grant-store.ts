// The port for what users have granted: grants with their code and refresh token, and the browser sessions they came from.

import type { Authentication } from '../identity/authentication.ts';

/** What an authorization code is bound to (RFC 6749 §4.1.3, RFC 7636 §4.6). */
export interface CodeBinding {
  readonly redirectUri: string;
  /** PKCE, always S256. */
  readonly challenge?: string;
  /** OpenID Connect, for the ID token. */
  readonly nonce?: string;
}

/** That a user lets a client act for him. Its code, its refresh tokens and its access tokens live and die with it. */
export interface NewGrant {
  /** Random and public: access tokens name it. */
  readonly id: string;
  readonly clientId: string;
  readonly userId: string;
  /** The user's epoch when it was made: another one means that it is dead. */
  readonly epoch: number;
  readonly scopes: readonly string[];
  readonly authentication: Authentication;
  /** The browser session it came from; with that it ends. */
  readonly sessionId?: string | undefined;
  /** If an authorization code was given for it. */
  readonly code?: CodeBinding | undefined;
  /** Number of the refresh token that is good now; 0 if there is none. */
  readonly generation: number;
  /** The refresh token must be used before it; seconds since the epoch. */
  readonly idleUntil: number;
  /** Nothing of it is good from then on; seconds since the epoch. */
  readonly expiresAt: number;
}

export interface GrantRecord extends NewGrant {
  readonly codeUsed: boolean;
  /** A revoked grant is kept until it expires, so that its access tokens are known to be dead. */
  readonly revoked: boolean;
}

/** What becomes of a grant when its code is redeemed. */
export interface Redemption {
  readonly generation: number;
  readonly idleUntil: number;
  readonly expiresAt: number;
}

export interface GrantStore {
  addGrant(grant: NewGrant): Promise<void>;
  /** Undefined if it is unknown or has expired. */
  grantById(id: string): Promise<GrantRecord | undefined>;
  /**
   * Uses the code, as one step. Of several calls one gets `redeemed`; every other gets `reused`, and by that the grant is
   * revoked (RFC 6749 §4.1.2). `gone`: unknown, expired, revoked, or it has no code.
   */
  redeemCode(id: string, then: Redemption): Promise<'redeemed' | 'reused' | 'gone'>;
  /**
   * Replaces refresh token number `generation` by the next one, as one step. `reused`: it was replaced before, and by this the grant
   * is revoked (RFC 9700 §4.14.2). `gone`: unknown, expired, idle for too long, revoked, or a number that was never given.
   */
  rotateRefresh(id: string, generation: number, idleUntil: number): Promise<'rotated' | 'reused' | 'gone'>;
  /** False if there is none that could be revoked. */
  revokeGrant(id: string): Promise<boolean>;
  /** Remembers until `expiresAt` that this one access token (by its `jti`) is revoked (RFC 7009). */
  revokeAccessToken(tokenId: string, expiresAt: number): Promise<void>;
  isAccessTokenRevoked(tokenId: string): Promise<boolean>;
}

/** Somebody signed in with a browser. */
export interface SessionRecord {
  /** Random and public: ID tokens name it (`sid`). */
  readonly id: string;
  readonly userId: string;
  readonly epoch: number;
  readonly authentication: Authentication;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

export interface SessionStore {
  /**
   * Adds the session. One that it replaces in the same browser ends in the same step: the same user's grants go over to the new one,
   * those of another user are revoked.
   */
  addSession(session: SessionRecord, replaces?: string): Promise<void>;
  /** Undefined if it is unknown or has expired. */
  sessionById(id: string): Promise<SessionRecord | undefined>;
  /** Ends the session and revokes every grant that came from it, as one step. False if it was not there. */
  endSession(id: string): Promise<boolean>;
}
