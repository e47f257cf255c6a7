// Everything for people with a browser, in a scope of its own: cookies, stylesheet and icon, and failures as pages.

import cookie from '@fastify/cookie';
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { describeFailure } from '../failure.ts';
import type { Catalogue, MessageName } from '../pages/catalogue.ts';
import { icon, stylesheet } from '../pages/theme.ts';
import { authorizeRoutes } from './authorize.ts';
import { logoutRoutes } from './logout.ts';
import { microsoftRoutes } from './microsoft.ts';
import { pageModel, sendMessage } from './view.ts';
import { windowsRoutes } from './windows.ts';

export const pagesRoutes: FastifyPluginAsync = async (app) => {
  await app.register(cookie);
  // Browsers post forms. What JSON can say beyond that (objects, lists in lists) has no place in a request that is sent on as a query.
  app.removeContentTypeParser('application/json');
  app.setErrorHandler<FastifyError>(sendFailurePage);
  for (const { path, text, type } of [stylesheet, icon]) {
    app.get(path, { schema: { hide: true } }, (_request, reply) =>
      reply.header('cache-control', 'public, max-age=31536000, immutable').type(type).send(text));
  }
  await app.register(authorizeRoutes);
  await app.register(windowsRoutes);
  await app.register(microsoftRoutes);
  await app.register(logoutRoutes);
};

function sendFailurePage(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = describeFailure(error, request);
  if (answer.code === 503) reply.header('retry-after', '5');
  const { messages }: Catalogue = pageModel(request).catalogue;
  return sendMessage(request, reply, answer.code, {
    message: messages[messageFor(answer.code)], tone: 'error', technical: { code: answer.error, requestId: request.id },
  });
}

function messageFor(status: number): MessageName {
  switch (status) {
    case 403: return 'otherSite';
    case 404: return 'notFound';
    case 503: return 'unavailable';
    default: return status >= 500 ? 'unexpected' : 'faultyRequest';
  }
}
