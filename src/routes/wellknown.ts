// GET /.well-known/…: the public keys (RFC 7517) and what this authorization server can do (RFC 8414, OpenID Connect Discovery).

import { createHash } from 'node:crypto';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { metadata } from './metadata.ts';

const text = Type.String();
const jwks = Type.Object(
  { keys: Type.Array(Type.Object({ kid: text, kty: text, alg: text, use: text }, { additionalProperties: true })) }, { description: 'A JWK set (RFC 7517 §5).' },
);
const document = Type.Object({ issuer: text }, { additionalProperties: true, description: 'RFC 8414 §3.2' });
const unchanged = Type.Null({ description: 'It is what If-None-Match names.' });

export const wellknownRoutes: FastifyPluginAsync = async (app) => {
  const { keyring, issuer, grants } = app.gateway;
  const described = JSON.stringify(metadata(issuer, grants.token.grantTypes));

  app.get('/.well-known/jwks.json', {
    schema: {
      tags: ['Discovery'], summary: 'The keys that verify tokens (RFC 7517)', produces: ['application/jwk-set+json'], response: { 200: jwks, 304: unchanged },
    },
  }, async (request, reply) => sendPublic(request, reply, 'application/jwk-set+json', JSON.stringify(await keyring.jwks()), KEYS_AGE));
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    app.get(`/.well-known/${name}`, {
      schema: { tags: ['Discovery'], summary: 'What this server can do (RFC 8414)', response: { 200: document, 304: unchanged } },
    }, async (request, reply) => sendPublic(request, reply, 'application/json', described, METADATA_AGE));
  }
};

/** Seconds. A cache must not keep the keys for longer than a new one waits before it signs (tokens/key-life.ts). */
const KEYS_AGE = 5;
const METADATA_AGE = 300;

function sendPublic(request: FastifyRequest, reply: FastifyReply, type: string, text: string, age: number): FastifyReply {
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  reply.headers({ 'cache-control': `public, max-age=${String(age)}, must-revalidate`, etag });
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.type(type).send(text);
}

/** RFC 9110 §13.1.2: a list of tags or `*`, compared weakly, since caches that compress mark a tag as weak. */
function matches(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, ''))) ?? false;
}
