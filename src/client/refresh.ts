// What is done with tokens later: refreshed (RFC 6749 §6) and revoked (RFC 7009).

import { refreshTokenGrant, tokenRevocation } from 'openid-client';
import { ClientError } from './error.ts';
import { clientErrorOf } from './oauth-failure.ts';
import type { Server } from './server.ts';
import { type Tokens, tokensOf } from './tokens.ts';

/**
 * Trades a refresh token for new tokens. It works once: the answer has the next one.
 * @param scope that the sign-in brought
 * @throws ClientError; isOver() tells whether the sign-in has ended with it
 */
export async function refresh(server: Server, clientId: string, refreshToken: string, scope: string): Promise<Tokens> {
  const oauth = await server.oauth(clientId);
  const at = Date.now();
  try {
    return tokensOf(await refreshTokenGrant(oauth, refreshToken), at, scope);
  } catch (error) {
    throw clientErrorOf(error, 'the server does not refresh the sign-in as a gateway does');
  }
}

/** Ends a token at the server; of a refresh token all that came of the sign-in. Throws ClientError. */
export async function revoke(server: Server, clientId: string, token: string, kind: 'refresh_token' | 'access_token'): Promise<void> {
  const oauth = await server.oauth(clientId);
  try {
    await tokenRevocation(oauth, token, { token_type_hint: kind });
  } catch (error) {
    throw clientErrorOf(error, 'the server does not revoke tokens as a gateway does');
  }
}

/** Whether this failure of refresh() ended the sign-in for good: the token was used, revoked or expired, or the user may not any more. */
export function isOver(error: unknown): boolean {
  if (!(error instanceof ClientError) || error.server === undefined) return false;
  // RFC 6749 §5.2. Of a client that was removed nobody can refresh.
  return ['invalid_grant', 'invalid_client', 'unauthorized_client', 'access_denied'].includes(error.server.error);
}
