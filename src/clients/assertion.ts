// Client assertions, JWTs that a client signs with its own key instead of sending a secret (RFC 7523 §3, OIDC Core §9).

import { createHash } from 'node:crypto';
import { compactVerify, createLocalJWKSet, errors, type CompactVerifyGetKey, type CryptoKey, type JSONWebKeySet } from 'jose';
import type { MarkStore } from '../stores/attempt-store.ts';
import { assertionAlgorithms, isObject } from './jwks.ts';

const MAX_CHARACTERS = 8192;
/** How far ahead an assertion may end, and how far clocks may be apart, in seconds. */
const MAX_LIFETIME = 300;
const SKEW = 60;

/** An assertion as it was sent: nothing in it is proved yet. */
export interface Assertion {
  readonly jwt: string;
  /** Its `iss` and `sub`. */
  readonly clientId: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface AssertionOptions {
  readonly marks: MarkStore;
  /** What `aud` may be: the issuer, or the URL of the token endpoint. */
  readonly audiences: readonly string[];
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Takes an assertion apart; `wrong` says, for the log, why it is none. */
export function readAssertion(jwt: string): Assertion | { readonly wrong: string } {
  if (jwt.length > MAX_CHARACTERS) return { wrong: `longer than ${String(MAX_CHARACTERS)} characters` };
  const [, encodedHeader, encodedClaims] = /^([\w-]+)\.([\w-]+)\.[\w-]+$/.exec(jwt) ?? [];
  const header = jsonObject(encodedHeader);
  if (header === undefined) return { wrong: 'no signed JWT in the compact form' };
  const fault = headerFault(header);
  if (fault !== undefined) return { wrong: fault };
  const claims = jsonObject(encodedClaims);
  if (claims === undefined) return { wrong: 'its payload is no JSON object' };
  const { iss, sub } = claims;
  if (typeof iss !== 'string' || iss === '' || iss !== sub) return { wrong: 'iss and sub are not both the client id' };
  return { jwt, clientId: iss, claims };
}

/**
 * Checks the assertion against the client's registered keys, and uses it up. Answers what is wrong, for the log; undefined if it is
 * good and was not used before. Keys come from the registration alone: `jwk`, `jku`, `x5c` and `x5u` in the header are not looked at.
 */
export async function assertionFault(options: AssertionOptions, assertion: Assertion, jwks: string): Promise<string | undefined> {
  if (!await isSigned(assertion.jwt, JSON.parse(jwks) as JSONWebKeySet)) return 'its signature is not by a registered key';
  const { aud, exp, jti } = assertion.claims;
  const fault = audienceFault(aud, options.audiences) ?? timeFault(assertion.claims, options.now());
  if (fault !== undefined) return fault;
  if (typeof jti !== 'string' || jti.length < 1 || jti.length > 255) return 'jti is no text of 1 to 255 characters';
  // As long as the assertion would be taken, so that it is never both forgotten and good.
  const until = Math.ceil(exp as number) + SKEW;
  const mark = createHash('sha256').update(JSON.stringify(['client_assertion', assertion.clientId, jti])).digest();
  return await options.marks.markOnce(mark, until) ? undefined : 'it was used before';
}

function headerFault({ alg, kid, typ, ...others }: Readonly<Record<string, unknown>>): string | undefined {
  if (!assertionAlgorithms.some((known) => known === alg)) return `alg is none of ${assertionAlgorithms.join(', ')}`;
  if (kid !== undefined && typeof kid !== 'string') return 'kid is no text';
  // RFC 8725 §3.11: a JWT that was signed for something else says so here.
  if (typ !== undefined && !(typeof typ === 'string' && /^(?:application\/)?(?:client-authentication\+)?jwt$/i.test(typ))) return 'typ is of something else';
  // RFC 7515 §4.1.11, RFC 7797: no extension is understood here.
  return ['crit', 'b64'].some((name) => Object.hasOwn(others, name)) ? 'it has crit or b64' : undefined;
}

function audienceFault(aud: unknown, audiences: readonly string[]): string | undefined {
  const one: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  return typeof one === 'string' && audiences.includes(one) ? undefined : `aud is not just one of ${audiences.join(', ')}`;
}

function timeFault({ exp, nbf, iat }: Readonly<Record<string, unknown>>, now: number): string | undefined {
  if (typeof exp !== 'number') return 'exp is no number';
  if (exp + SKEW <= now) return 'it has expired, or the clocks are apart';
  if (exp > now + MAX_LIFETIME + SKEW) return `exp is more than ${String(MAX_LIFETIME)} seconds ahead, or the clocks are apart`;
  for (const [name, time] of [['nbf', nbf], ['iat', iat]] as const) {
    if (time === undefined) continue;
    if (typeof time !== 'number') return `${name} is no number`;
    if (time > now + SKEW) return `${name} is in the future, or the clocks are apart`;
  }
  return undefined;
}

async function isSigned(jwt: string, jwks: JSONWebKeySet): Promise<boolean> {
  try {
    return await isSignedWith(jwt, createLocalJWKSet(jwks));
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // Without a kid there may be several: a registration has ten at most.
    for await (const key of error) if (await isSignedWith(jwt, () => key)) return true;
    return false;
  }
}

async function isSignedWith(jwt: string, key: CompactVerifyGetKey | (() => CryptoKey)): Promise<boolean> {
  try {
    await compactVerify(jwt, key, { algorithms: [...assertionAlgorithms] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSMultipleMatchingKeys)) return false;
    throw error;
  }
}

function jsonObject(encoded: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (encoded === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64url')));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
