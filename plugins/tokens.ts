// The guard of our own bearer routes: @fastify/jwt on our key ring, everything about the token pinned.

import jwt from '@fastify/jwt';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { GatewayError, RequestError } from '../src/errors.ts';

/** The claims that a verified access token is sure to have. */
export interface VerifiedAccessToken {
  readonly sub: string;
  readonly scope: string;
  readonly client_id: string;
  readonly jti: string;
  readonly grant_id?: string;
  readonly auth_time?: number;
  readonly amr?: readonly string[];
  readonly exp: number;
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    user: VerifiedAccessToken;
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** A hook that lets only requests with a valid access token pass which has this scope. */
    requireToken(scope: string): (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  }
}

/** The verifier sees only that the claims are there, and lets the very moment of `exp` pass, which RFC 7519 §4.1.4 does not. */
function requireClaims({ sub, scope, client_id: clientId, jti, grant_id: grantId = '', exp }: VerifiedAccessToken): void {
  const texts: readonly unknown[] = [sub, scope, clientId, jti, grantId];
  if (!texts.every((claim) => typeof claim === 'string')) throw new Error('sub, scope, client_id, jti and grant_id must be strings');
  if (Date.now() >= exp * 1000) throw new Error('it has expired');
}

export const tokensPlugin = fp(
  async (app) => {
    const { keyring, issuer, audience } = app.gateway;
    await app.register(jwt, {
      // Only public keys, chosen by the id in the header from our own ring: an unknown id is refused before any verification.
      secret: async (_request: FastifyRequest, token: unknown) => {
        const { kid, alg } = (token as { header: { kid?: unknown; alg?: unknown } }).header;
        const key = typeof kid === 'string' ? await keyring.verificationKey(kid) : undefined;
        if (key === undefined || key.algorithm !== alg) throw new Error('unknown key');
        return key.publicKeyPem;
      },
      decode: { complete: true },
      verify: {
        algorithms: ['ES256', 'RS256'],
        allowedIss: issuer,
        allowedAud: audience,
        checkTyp: 'at+jwt',
        requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'scope'],
        cache: false,
      },
    });
    app.decorate('requireToken', (scope: string) => async (request: FastifyRequest, reply: FastifyReply) => {
      // Node keeps the first of several, a proxy before it may have looked at another one (RFC 6750 §3.1).
      if ((request.raw.headersDistinct['authorization']?.length ?? 0) > 1) {
        reply.header('www-authenticate', 'Bearer error="invalid_request"');
        throw new RequestError('invalid_request', 'The request has more than one Authorization header.');
      }
      try {
        requireClaims(await request.jwtVerify());
      } catch (cause) {
        if (cause instanceof GatewayError) throw cause;
        throw new RequestError('invalid_token', 'The access token is missing, expired or not valid here.', { cause, detail: (cause as Error).message });
      }
      if (!request.user.scope.split(' ').includes(scope)) {
        throw new RequestError('insufficient_scope', `The access token has not the scope ${scope}.`);
      }
    });
  },
  { name: 'tokens', fastify: '5.x', dependencies: ['gateway'] },
);
