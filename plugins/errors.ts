// The renderer of failures at the API: everything thrown becomes the error object of MyQ and of RFC 6749 in one.

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { GatewayError } from '../src/errors.ts';
import { isForEyes, pageModel, sendMessage } from '../src/routes/browser/view.ts';
import { errorAnswer, type ErrorAnswer } from '../src/routes/error-answer.ts';
import { describeFailure } from '../src/routes/failure.ts';

/** Renders a failure; also for what fails before a route is found. */
export function sendFailure(error: FastifyError | GatewayError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = describeFailure(error, request);
  const { error: word, code: status } = answer;
  const { authorization = '' } = request.headers;
  // RFC 6749 §5.2: who tried the header learns how it is spelled.
  if (word === 'invalid_client' && /^basic\b/i.test(authorization)) reply.header('www-authenticate', 'Basic realm="token", charset="UTF-8"');
  if (word === 'invalid_token' || word === 'insufficient_scope') reply.header('www-authenticate', bearer(authorization, answer));
  if (status === 503) reply.header('retry-after', '5');
  return reply.code(status).send(answer);
}

export const errorsPlugin = fp(
  async (app) => {
    const routes: { readonly method: string; readonly pattern: RegExp }[] = [];
    app.addHook('onRoute', ({ method, url }) => {
      const pattern = patternOf(url);
      for (const one of [method].flat()) if (one !== 'HEAD' && one !== 'OPTIONS') routes.push({ method: one, pattern });
    });
    app.setErrorHandler<FastifyError>(sendFailure);
    app.setNotFoundHandler((request, reply) => {
      const path = request.url.split('?', 1)[0] ?? '/';
      const allowed = [...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))].sort();
      if (allowed.length === 0) {
        if (!isForEyes(request)) return reply.code(404).send(errorAnswer(404, 'not_found', 'There is nothing here.'));
        const { messages: { notFound } } = pageModel(request).catalogue;
        return sendMessage(request, reply, 404, { message: notFound, tone: 'error', technical: { code: 'not_found', requestId: request.id } });
      }
      reply.header('allow', allowed.join(', '));
      return reply.code(405).send(errorAnswer(405, 'invalid_request', `This takes ${allowed.join(' or ')}.`));
    });
  },
  { name: 'errors', fastify: '5.x', dependencies: ['gateway'] },
);

/** The addresses of a route: its parameters are `:name(^form$)`, as the router writes them. */
function patternOf(url: string): RegExp {
  const source = url.split(/(:\w+\(\^.*?\$\))/).map((part) =>
    (part.startsWith(':') ? part.replace(/^:\w+\(\^(.*)\$\)$/, '(?:$1)') : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('');
  return new RegExp(`^${source}$`);
}

/** RFC 6750 §3: the challenge says what was wrong with a token, and nothing when none was sent, or something else than a token. */
function bearer(authorization: string, { error, message }: ErrorAnswer): string {
  return !/^bearer\b/i.test(authorization) ? 'Bearer' : `Bearer error="${error}", error_description="${message}"`;
}
