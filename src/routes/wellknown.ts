// GET /.well-known/jwks.json: the public keys (RFC 7517), which anybody may keep for a few minutes.

import { createHash } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';

export const wellknownRoutes: FastifyPluginAsync = async (app) => {
  const jwks = JSON.stringify(app.gateway.keyring.jwks);
  const etag = `"${createHash('sha256').update(jwks).digest('base64url')}"`;

  app.get('/.well-known/jwks.json', (request, reply) => {
    reply.headers({ 'cache-control': 'public, max-age=300, must-revalidate', etag });
    if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.type('application/jwk-set+json').send(jwks);
  });
};

/** RFC 9110 §13.1.2: a list of tags or `*`, compared weakly, since caches that compress mark a tag as weak. */
function matches(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, ''))) ?? false;
}
