// GET, POST /api/auth/userinfo: who the access token speaks for (OIDC Core §5.3).

import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { RequestError } from '../errors.ts';
import { userInfo, type UserInfo } from '../tokens/userinfo.ts';

export const userinfoRoutes: FastifyPluginAsync = async (app) => {
  const { store } = app.gateway;
  const answer = async ({ user: token }: FastifyRequest): Promise<UserInfo> => {
    const user = await store.userById(token.sub);
    // A token outlives neither its user nor his being enabled.
    if (user === undefined || user.disabled) throw new RequestError('invalid_token', 'The access token is no longer valid.');
    return userInfo(user, token.scope.split(' '));
  };
  app.route({ method: ['GET', 'POST'], url: '/api/auth/userinfo', preHandler: app.requireToken('openid'), handler: answer });
};
