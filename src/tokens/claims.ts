// What was granted + clock → the claims of an access token (RFC 9068 §2.2) and of an ID token (OIDC Core §2).

import type { Authentication } from '../identity/authentication.ts';
import type { ClientGranted, UserGranted } from './granted.ts';
import { userInfo } from './userinfo.ts';

/** The claims of an access token; times in seconds since the epoch. */
export interface AccessTokenClaims {
  readonly iss: string;
  /** The user, or the client if it acts for itself. */
  readonly sub: string;
  readonly aud: string;
  readonly client_id: string;
  readonly scope: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** Of a token that comes of a kept grant: with that it dies. */
  readonly grant_id?: string;
  /** Of who came through Entra ID: the id of the tenant that vouched for him. */
  readonly tid?: string;
  readonly auth_time?: number;
  readonly amr?: readonly string[];
  readonly preferred_username?: string;
  /** Of a Windows sign-in: whether it was bound to its TLS connection, `bound` or `none`. */
  readonly cbt?: string;
}

export interface AccessTokenInput {
  readonly issuer: string;
  readonly audience: string;
  readonly granted: UserGranted | ClientGranted;
  readonly now: number;
  readonly lifetime: number;
  readonly tokenId: string;
  readonly grantId?: string | undefined;
}

/** Builds the claims; pure. */
export function accessTokenClaims({ issuer, audience, granted, now, lifetime, tokenId, grantId }: AccessTokenInput): AccessTokenClaims {
  const { clientId, identity, scopes } = granted;
  return {
    iss: issuer,
    sub: identity?.user.id ?? clientId,
    aud: audience,
    client_id: clientId,
    scope: scopes.join(' '),
    iat: now,
    exp: now + lifetime,
    jti: tokenId,
    ...(grantId === undefined ? {} : { grant_id: grantId }),
    ...(identity === undefined ? {} : {
      auth_time: identity.authentication.at,
      ...amrOf(identity.authentication),
      preferred_username: identity.user.name,
      ...(identity.authentication.entra === undefined ? {} : { tid: identity.authentication.entra.tenant }),
      ...(identity.authentication.channelBinding === undefined ? {} : { cbt: identity.authentication.channelBinding }),
    }),
  };
}

/** Entra ID need not tell how somebody signed in. */
const amrOf = ({ methods }: Authentication): { readonly amr?: readonly string[] } => (methods.length === 0 ? {} : { amr: methods });

export interface IdTokenInput {
  readonly issuer: string;
  readonly granted: UserGranted;
  readonly now: number;
  readonly lifetime: number;
  readonly nonce?: string | undefined;
  /** The browser session that it speaks of (`sid`). */
  readonly sessionId?: string | undefined;
  /** Left half of the access token's hash (OIDC Core §3.1.3.6). */
  readonly accessTokenHash: string;
}

/** Builds the claims; pure. They say of the user what userinfo says for the same scopes. */
export function idTokenClaims({ issuer, granted, now, lifetime, nonce, sessionId, accessTokenHash }: IdTokenInput) {
  const { clientId, identity: { user, authentication }, scopes } = granted;
  return {
    ...userInfo(user, scopes),
    iss: issuer,
    aud: clientId,
    iat: now,
    exp: now + lifetime,
    auth_time: authentication.at,
    ...amrOf(authentication),
    at_hash: accessTokenHash,
    ...(nonce === undefined ? {} : { nonce }),
    ...(sessionId === undefined ? {} : { sid: sessionId }),
  };
}
