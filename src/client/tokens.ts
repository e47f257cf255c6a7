// The tokens that a sign-in brings (RFC 6749 §5.1), as the client keeps them.

import { ClientError } from './error.ts';

export interface Tokens {
  readonly accessToken: string;
  /** Milliseconds since 1970 at which the access token ends. */
  readonly expiresAt: number;
  /** What was granted, separated by blanks. */
  readonly scope: string;
  /** Only where `offline.access` was granted. */
  readonly refreshToken?: string;
  /** Only from the browser and at a refresh of it. */
  readonly idToken?: string;
}

/** The fields of a token answer, as they come. */
export interface TokenAnswer {
  readonly access_token?: unknown;
  readonly token_type?: unknown;
  readonly expires_in?: unknown;
  readonly scope?: unknown;
  readonly refresh_token?: unknown;
  readonly id_token?: unknown;
}

/**
 * Reads a token answer.
 * @param at milliseconds since 1970 at which the request was sent: the token ends no later than the server says
 * @param asked the scope that was asked for, which is granted where the answer names none (RFC 6749 §5.1)
 * @throws ClientError `not_a_gateway` if it is none
 */
export function tokensOf(answer: TokenAnswer, at: number, asked = ''): Tokens {
  const { access_token: accessToken, token_type: type, expires_in: seconds, scope = asked } = answer;
  const { refresh_token: refreshToken, id_token: idToken } = answer;
  if (typeof accessToken !== 'string' || !bearerToken.test(accessToken)) throw malformed('it has no access_token that can be sent');
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') throw malformed('its token_type is not Bearer');
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= MAX_SECONDS)) throw malformed('it does not say when the token ends');
  if (typeof scope !== 'string' || !scopes.test(scope)) throw malformed('its scope is none');
  return {
    accessToken, expiresAt: at + seconds * 1000, scope,
    ...(typeof refreshToken === 'string' && refreshToken !== '' ? { refreshToken } : {}),
    ...(typeof idToken === 'string' && idToken !== '' ? { idToken } : {}),
  };
}

/** RFC 6750 §2.1: whoever prints one, or sends it in a header, needs to escape nothing. */
const bearerToken = /^[\w.~+/-]+=*$/;
/** RFC 6749 §3.3. */
const scopes = /^[!#-[\]-~ ]*$/;
/** Ten years: what ends later is no end. */
const MAX_SECONDS = 10 * 365 * 86_400;

const malformed = (what: string): ClientError =>
  new ClientError('not_a_gateway', `the answer of the server is no token answer: ${what}`);
