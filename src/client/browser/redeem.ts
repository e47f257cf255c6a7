// Changes what the browser brought back for tokens, if it is the answer to this very sign-in (RFC 6749 §4.1.2 to §4.1.4, RFC 9207).

import { authorizationCodeGrant, ClientError as OAuthError, type Configuration } from 'openid-client';
import { ClientError } from '../error.ts';
import { clientErrorOf } from '../oauth-failure.ts';
import { type Tokens, tokensOf } from '../tokens.ts';
import { untilEnded } from '../until-ended.ts';

/** What only this sign-in knows, so that an answer to another one is none to it. */
export interface Expected {
  readonly expectedState: string;
  /** Where an ID token is asked for. */
  readonly expectedNonce?: string;
  readonly pkceCodeVerifier: string;
}

interface Asked {
  readonly configuration: Configuration;
  readonly expected: Expected;
  readonly scope: string;
  readonly signal: AbortSignal;
}

/**
 * @param answer the redirect URI with the answer in its query
 * @throws ClientError `browser_refused` (the gateway's word), `browser_answer_invalid`; `refused` and others of the request for tokens
 */
export async function redeem(answer: URL, { configuration, expected, scope, signal }: Asked): Promise<Tokens> {
  const at = Date.now();
  try {
    return tokensOf(await untilEnded(() => authorizationCodeGrant(configuration, recognized(answer), { ...expected }), signal), at, scope);
  } catch (error) {
    throw failureOf(error);
  }
}

const parameters = ['code', 'state', 'iss', 'error', 'error_description'];

/** Without what no client knows (RFC 6749 §4.1.2). */
function recognized(answer: URL): URL {
  const given = [...answer.searchParams].filter(([name, value]) => parameters.includes(name) && value !== '');
  if (!given.some(([name]) => name === 'code' || name === 'error')) throw invalid('it has neither a code nor an error');
  const url = new URL(answer);
  url.search = new URLSearchParams(given).toString();
  return url;
}

/** What was wrong with what the browser brought back; else what was wrong with the connection, or with the answer to the code. */
function failureOf(error: unknown): ClientError {
  const { code, cause } = error instanceof OAuthError ? error : {};
  const { parameters: brought, claim } = (cause instanceof Error ? cause.cause ?? {} : {}) as Unexpected;
  if (cause instanceof Error && brought instanceof URLSearchParams) return invalid(cause.message);
  if (claim === 'nonce') return invalid('its code is of another sign-in');
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') {
    return new ClientError('clock_skew', 'the ID token has ended or is not valid yet by the clock of this computer', { cure: 'Set its clock.' });
  }
  return clientErrorOf(error, 'the code could not be changed for tokens');
}

/** What openid-client tells of what it did not expect. */
interface Unexpected {
  /** Those of the redirect. */
  readonly parameters?: unknown;
  /** Of the ID token. */
  readonly claim?: unknown;
}

const invalid = (why: string): ClientError =>
  new ClientError('browser_answer_invalid', `the browser brought back what is no answer to this sign-in: ${why}`, {
    cure: 'Begin the sign-in again, and close the pages of earlier ones.',
  });
