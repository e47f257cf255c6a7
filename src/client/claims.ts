// What an access token of the gateway says (RFC 9068), after its signature was verified.

import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { ClientError, oneLine } from './error.ts';
import { objectIn } from './oauth-failure.ts';
import type { Server } from './server.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** Verifies it by the keys that the gateway publishes. Throws ClientError `not_a_gateway` if it is no token of this gateway. */
export async function claimsOf(server: Server, accessToken: string): Promise<Claims> {
  const { status, text } = await server.ask('/.well-known/jwks.json');
  const keys = status === 200 ? objectIn(text) : undefined;
  try {
    const verified = await jwtVerify(accessToken, createLocalJWKSet(keys as unknown as JSONWebKeySet), { typ: 'at+jwt', algorithms: ['ES256', 'RS256'] });
    return verified.payload;
  } catch (cause) {
    throw new ClientError('not_a_gateway', `the access token is not one that this gateway signed: ${oneLine((cause as Error).message)}`, { cause });
  }
}
