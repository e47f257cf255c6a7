// Which pages of other origins may read answers: those of registered clients, and only where a page has business (W3C CORS).

import cors from '@fastify/cors';
import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

/** Never the login page or Windows sign-in: what they answer belongs to the person, not to a page. */
const open: readonly string[] = [
  '/api/auth/token', '/api/auth/revoke', '/api/auth/userinfo',
  '/.well-known/jwks.json', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server',
];

/** Seconds for which a browser remembers the answer to a preflight. */
const PREFLIGHT_AGE = 600;

export const corsPlugin = fp(
  async (app) => {
    const { origins } = app.gateway;
    const isAllowed = async ({ url, headers: { origin } }: FastifyRequest): Promise<boolean> =>
      origin !== undefined && open.includes(url.split('?', 1)[0] ?? '') && await origins.isOriginRegistered(origin);
    await app.register(cors, {
      delegator: async (request: FastifyRequest) => ({
        origin: await isAllowed(request) ? request.headers.origin ?? false : false,
        methods: ['GET', 'POST'],
        allowedHeaders: ['authorization', 'content-type'],
        exposedHeaders: ['www-authenticate', 'x-request-id'],
        maxAge: PREFLIGHT_AGE,
      }),
    });
  },
  { name: 'cors', fastify: '5.x', dependencies: ['gateway'] },
);
