// The only place that signs: access tokens (RFC 9068, `typ: at+jwt`) and ID tokens (OIDC Core §2).

import { createHash, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { accessTokenClaims, idTokenClaims, type IdTokenInput } from './claims.ts';
import type { ClientGranted, UserGranted } from './granted.ts';
import type { Keyring } from './keyring.ts';

/** MyQ's token answer (also RFC 6749 §5.1). */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  /** Of a token exchange (RFC 8693 §2.2.1). */
  readonly issued_token_type?: string;
}

/** A grant in the store: its id, and when nothing of it is good any more (seconds since the epoch). */
export interface KeptGrant {
  readonly id: string;
  readonly expiresAt: number;
}

export interface Issuer {
  /**
   * Signs an access token for what was granted; only granting makes that. It ends with the kept grant that it comes of, at the latest, and
   * by `endsBy` (seconds since the epoch).
   */
  accessToken(granted: UserGranted | ClientGranted, grant?: KeptGrant, endsBy?: number): Promise<TokenAnswer>;
  /** Signs the ID token that goes with this access token. */
  idToken(granted: UserGranted, accessToken: string, about: Pick<IdTokenInput, 'nonce' | 'sessionId'>): Promise<string>;
}

export interface IssuerOptions {
  readonly keyring: Pick<Keyring, 'current'>;
  readonly issuer: string;
  /** The `aud` of access tokens, never a client's id. */
  readonly audience: string;
  /** Of both kinds of token, in seconds. */
  readonly lifetime: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Builds the signer. */
export function tokenIssuer(options: IssuerOptions): Issuer {
  const { keyring, issuer, audience, lifetime, now } = options;
  const sign = async (claims: object, typ: string): Promise<string> => {
    const { algorithm, kid, privateKey } = await keyring.current();
    return new SignJWT({ ...claims } as Record<string, unknown>).setProtectedHeader({ alg: algorithm, kid, typ }).sign(privateKey);
  };
  return {
    accessToken: async (granted, grant, endsBy = Infinity) => {
      const time = now();
      const left = Math.min(lifetime, Math.min(grant?.expiresAt ?? Infinity, endsBy) - time);
      const tokenId = randomBytes(16).toString('base64url');
      const claims = accessTokenClaims({ issuer, audience, granted, now: time, lifetime: left, grantId: grant?.id, tokenId });
      return { access_token: await sign(claims, 'at+jwt'), token_type: 'Bearer', expires_in: left, scope: claims.scope };
    },
    idToken: (granted, accessToken, { nonce, sessionId }) =>
      sign(idTokenClaims({ issuer, granted, now: now(), lifetime, nonce, sessionId, accessTokenHash: leftHalfHash(accessToken) }), 'JWT'),
  };
}

/** Both algorithms of ours, ES256 and RS256, hash with SHA-256. */
function leftHalfHash(token: string): string {
  return createHash('sha256').update(token, 'ascii').digest().subarray(0, 16).toString('base64url');
}
