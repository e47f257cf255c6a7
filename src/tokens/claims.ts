// Identity + client + scopes + clock → the claims of an access token (RFC 9068 §2.2).

import type { Identity } from '../identity/resolve.ts';
import type { GrantedScopes } from './scopes.ts';

/** The claims of an access token; times in seconds since the epoch. */
export interface AccessTokenClaims {
  readonly [claim: string]: string | number | readonly string[];
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly client_id: string;
  readonly scope: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly auth_time: number;
  readonly amr: readonly string[];
  readonly preferred_username: string;
  /** Whether the sign-in was bound to its TLS connection: `bound` or `none`. */
  readonly cbt: string;
}

export interface ClaimsInput {
  readonly issuer: string;
  readonly audience: string;
  readonly identity: Identity;
  readonly clientId: string;
  readonly scopes: GrantedScopes;
  readonly now: number;
  readonly lifetime: number;
  readonly tokenId: string;
}

/** Builds the claims; pure. */
export function accessTokenClaims(input: ClaimsInput): AccessTokenClaims {
  const { user, proof } = input.identity;
  return {
    iss: input.issuer,
    sub: user.id,
    aud: input.audience,
    client_id: input.clientId,
    scope: input.scopes.join(' '),
    iat: input.now,
    exp: input.now + input.lifetime,
    jti: input.tokenId,
    auth_time: proof.authenticatedAt,
    amr: proof.methods,
    preferred_username: user.name,
    cbt: proof.channelBinding,
  };
}
