// Reads our own tokens back where they are shown to us as a parameter: introspection, revocation, `id_token_hint`.

import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { Keyring } from './keyring.ts';

/** An access token that we signed and that has not expired. Whether it was revoked is another question. */
export interface ReadAccessToken {
  readonly sub: string;
  readonly client_id: string;
  readonly scope: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly grant_id?: string;
  readonly [claim: string]: unknown;
}

/** An ID token that we signed, however long ago (RP-Initiated Logout §2). */
export interface ReadIdToken {
  readonly sub: string;
  /** The client it was made for. */
  readonly aud: string;
  readonly sid?: string;
}

export interface TokenReader {
  /** Undefined for anything else than a good access token of ours. */
  accessToken(text: string): Promise<ReadAccessToken | undefined>;
  /** Undefined for anything else than an ID token of ours; it may have expired. */
  idToken(text: string): Promise<ReadIdToken | undefined>;
}

export interface TokenReaderOptions {
  readonly keyring: Pick<Keyring, 'verificationKey' | 'retiredKey'>;
  readonly issuer: string;
  readonly audience: string;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Far above any token of ours. */
const MAX_TOKEN = 16 * 1024;

/** Seconds by which a time may be wrong that does not count; jose takes only finite ones. */
const ANY_TIME = Number.MAX_SAFE_INTEGER;

/** Builds the reader. An outage of the store throws UnavailableError. */
export function tokenReader({ keyring, issuer, audience, now }: TokenReaderOptions): TokenReader {
  return {
    accessToken: async (text) => {
      const key = await keyOf(text, 'at+jwt', (kid) => keyring.verificationKey(kid));
      if (key === undefined) return undefined;
      const requiredClaims = ['sub', 'exp', 'iat', 'jti', 'client_id', 'scope'];
      const claims = await verified(text, key, { issuer, audience, typ: 'at+jwt', requiredClaims, now: now() });
      return claims as ReadAccessToken | undefined;
    },
    idToken: async (text) => {
      const key = await keyOf(text, 'JWT', (kid) => keyring.retiredKey(kid));
      if (key === undefined) return undefined;
      // Its time does not count: the signature was good when we made it.
      const claims = await verified(text, key, {
        issuer, typ: 'JWT', requiredClaims: ['sub', 'aud', 'iat', 'at_hash'], now: now(), tolerance: ANY_TIME,
      });
      return claims === undefined || typeof claims.aud !== 'string' ? undefined : claims as unknown as ReadIdToken;
    },
  };
}

type VerificationKey = NonNullable<Awaited<ReturnType<Keyring['verificationKey']>>>;

/** The key is chosen by the id in the header from our own ring, and the algorithm is that of the key, whatever the header says. */
async function keyOf(text: string, typ: string, find: Keyring['verificationKey']): Promise<VerificationKey | undefined> {
  // jose would pass over blanks and line breaks.
  if (text.length > MAX_TOKEN || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return undefined;
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(text);
  } catch {
    // Not a JWT at all: a refresh token, or anything that a stranger sends. The answer is no, whatever is wrong with it.
    return undefined;
  }
  if (typeof header.kid !== 'string' || header.typ !== typ) return undefined;
  const key = await find(header.kid);
  return key?.algorithm === header.alg ? key : undefined;
}

interface Expected {
  readonly issuer: string;
  readonly audience?: string;
  readonly typ: string;
  readonly requiredClaims: string[];
  readonly now: number;
  /** Seconds by which it may be too old. */
  readonly tolerance?: number;
}

async function verified(text: string, key: VerificationKey, wanted: Expected): Promise<JWTPayload | undefined> {
  const { now, tolerance = 0, ...expected } = wanted;
  try {
    const { payload } = await jwtVerify(text, key.publicKey, {
      ...expected, algorithms: [key.algorithm], currentDate: new Date(now * 1000), clockTolerance: tolerance,
    });
    return payload;
  } catch (error) {
    // jose's own errors all say that the token is not good; anything else is a fault of ours.
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
