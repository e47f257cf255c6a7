// GET, POST /api/auth/userinfo: who the access token speaks for (OIDC Core §5.3).

import { Type } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from '../errors.ts';
import { userInfo } from '../tokens/userinfo.ts';
import { errorSchema } from './answers.ts';

const claims = Type.Object({
  sub: Type.String(),
  preferred_username: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
}, { description: 'Claims by the scopes of the token: profile, email.' });

export const userinfoRoutes: FastifyPluginAsync = async (app) => {
  const { grants } = app.gateway;
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const life = await grants.isAlive(request.user);
    // A token outlives neither its user nor his being enabled, nor the grant that it came of.
    if (life?.kind !== 'user') throw new RequestError('invalid_token', 'The access token is no longer valid.');
    if (!life.client.origins.includes(request.headers.origin ?? '')) reply.removeHeader('access-control-allow-origin');
    return reply.send(userInfo(life.user, request.user.scope.split(' ')));
  };
  const schema = {
    response: { 200: claims, '4xx': errorSchema, 503: errorSchema },
    tags: ['OpenID Connect'], summary: 'Who the access token speaks for', security: [{ bearer: [] }],
  };
  app.route({ method: ['GET', 'POST'], url: '/api/auth/userinfo', schema, preHandler: app.requireToken('openid'), handler: answer });
};
