// Silent sign-in with Entra ID: an ID token of the account of the OS session, exchanged at the gateway (RFC 8693).

import { decodeJwt } from 'jose';
import { genericGrantRequest } from 'openid-client';
import { ClientError } from '../error.ts';
import type { Attempt, SignInMethod } from '../method.ts';
import { clientErrorOf } from '../oauth-failure.ts';
import { type Tokens, tokensOf } from '../tokens.ts';
import { authorityOf } from './application.ts';
import type { IdTokens } from './id-tokens.ts';
import { msalFailure } from './msal-failure.ts';
import { msalIdTokens, type MsalOptions } from './msal.ts';
import { untilEnded } from '../until-ended.ts';

/** The application, for MSAL; or another source of ID tokens. */
export type EntraOptions = MsalOptions | { readonly idTokens: IdTokens };

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

/** The gateway takes no larger ones. In characters, all of them ASCII. */
const MAX_ID_TOKEN = 16 * 1024;

/**
 * An ID token that ends within this time, in milliseconds, is not worth sending: the access token would end with it. Longer than the minute
 * before its end at which a session renews an access token, so that the renewal brings a new one.
 */
const MARGIN = 90_000;

/** Reasons of the gateway for which a fresh ID token helps: those with "fresh token" in docs/entra.md, of which a nonce is never sent. */
const freshHelps: readonly (string | undefined)[] = ['id_token_expired', 'id_token_too_old', 'id_token_key_unknown', 'id_token_replay'];

/** Without options it is passed over (`entra_not_configured`). */
export function entraMethod(options?: EntraOptions): SignInMethod {
  const idTokens = sourceOf(options);
  return { name: 'entra', isSilent: true, signIn: (attempt) => signIn(attempt, idTokens) };
}

function sourceOf(options: EntraOptions | undefined): IdTokens {
  if (options === undefined) return { acquire: async () => authorityOf(undefined) };
  return 'idTokens' in options ? options.idTokens : msalIdTokens(options);
}

/** Two ID tokens at most, the second one past what is kept, and two exchanges. */
async function signIn(attempt: Attempt, idTokens: IdTokens): Promise<Tokens> {
  const { tell } = attempt;
  tell('asks for an ID token of the Entra ID account that is signed in to this computer');
  const kept = await acquire(idTokens, attempt, false);
  if (endsSoon(kept, Date.now())) {
    // MSAL looks at the end of the access token only, which may live longer.
    tell('the kept ID token is at its end; asks for a fresh one');
    // If that one has ended, too, the gateway judges: it is the clock of this computer that may be wrong.
    return exchange(attempt, await acquire(idTokens, attempt, true));
  }
  try {
    return await exchange(attempt, kept);
  } catch (error) {
    if (!(error instanceof ClientError) || !freshHelps.includes(error.server?.reason)) throw error;
    tell(`${error.message}; asks for a fresh ID token`);
    const fresh = await acquire(idTokens, attempt, true);
    // A broker may hand out the same one again, whatever is asked of it.
    if (fresh === kept) throw error;
    return exchange(attempt, fresh);
  }
}

/** What comes is looked at before it is sent anywhere: it may be from a broker, or from a program of somebody else. */
async function acquire(idTokens: IdTokens, { signal }: Attempt, forceRefresh: boolean): Promise<string> {
  const asked = untilEnded(async () => idTokens.acquire({ forceRefresh, signal }), signal);
  const idToken: unknown = await asked.catch((error: unknown) => { throw msalFailure(error); });
  if (typeof idToken !== 'string' || idToken === '') throw new ClientError('entra_failed', 'there came no ID token');
  if (idToken.length > MAX_ID_TOKEN) {
    throw new ClientError('entra_failed', `the ID token is too large: it has ${String(idToken.length)} characters, and the gateway takes ${String(MAX_ID_TOKEN)}`, {
      cure: 'Let the app registration put less into it: fewer optional claims, groups assigned to the application only.',
    });
  }
  payloadOf(idToken);
  return idToken;
}

/** Its claims, unverified: that is the gateway's part. */
function payloadOf(idToken: string): ReturnType<typeof decodeJwt> {
  try {
    return decodeJwt(idToken);
  } catch (cause) {
    throw new ClientError('entra_failed', 'what came is no ID token: it is no JWT', { cause });
  }
}

function endsSoon(idToken: string, now: number): boolean {
  const exp: unknown = payloadOf(idToken).exp;
  return typeof exp === 'number' && exp * 1000 - now <= MARGIN;
}

async function exchange({ server, clientId, scope, signal, tell }: Attempt, idToken: string): Promise<Tokens> {
  const oauth = await untilEnded(() => server.oauth(clientId), signal);
  tell('exchanges the ID token at the gateway');
  const at = Date.now();
  const parameters = { subject_token: idToken, subject_token_type: ID_TOKEN, ...(scope === undefined ? {} : { scope }) };
  try {
    return tokensOf(await untilEnded(() => genericGrantRequest(oauth, TOKEN_EXCHANGE, parameters), signal), at, scope);
  } catch (error) {
    throw clientErrorOf(error, 'the server does not exchange ID tokens as a gateway does');
  }
}
