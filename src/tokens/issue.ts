// The only place that signs: an access token for an identity (RFC 9068, `typ: at+jwt`).

import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Identity } from '../identity/resolve.ts';
import { accessTokenClaims } from './claims.ts';
import type { Keyring } from './keyring.ts';
import type { GrantedScopes } from './scopes.ts';

/** MyQ's token answer (also RFC 6749 §5.1). */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: string;
}

export interface Issuer {
  /** Signs an access token. It takes an Identity and GrantedScopes, which only resolving and granting make. */
  accessToken(identity: Identity, clientId: string, scopes: GrantedScopes): Promise<TokenAnswer>;
}

export interface IssuerOptions {
  readonly keyring: Keyring;
  readonly issuer: string;
  /** The `aud` of access tokens, never a client's id. */
  readonly audience: string;
  /** Seconds. */
  readonly lifetime: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Builds the signer. */
export function tokenIssuer(options: IssuerOptions): Issuer {
  const { keyring: { signing }, issuer, audience, lifetime } = options;
  const header = { alg: signing.algorithm, kid: signing.kid, typ: 'at+jwt' };
  return {
    accessToken: async (identity, clientId, scopes) => {
      const claims = accessTokenClaims({
        issuer, audience, identity, clientId, scopes, now: options.now(), lifetime,
        tokenId: randomBytes(16).toString('base64url'),
      });
      const token = await new SignJWT({ ...claims } as Record<string, unknown>).setProtectedHeader(header).sign(signing.privateKey);
      return { access_token: token, token_type: 'Bearer', expires_in: lifetime, scope: claims.scope };
    },
  };
}
