// The one renderer of failures: everything thrown becomes the error object of MyQ and of RFC 6749 in one.

import type { FastifyError, FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { GatewayError } from '../src/errors.ts';
import { errorAnswer } from '../src/routes/error-answer.ts';

export const errorsPlugin = fp(
  async (app) => {
    app.setErrorHandler<FastifyError>((error, request, reply) => {
      if (error instanceof GatewayError) {
        const level = error.statusCode >= 500 ? 'error' : 'info';
        const { statusCode: status, error: word, message } = error;
        // A cause of a foreign library may carry bytes of the request: its text is enough.
        const cause = error.cause instanceof Error ? error.cause.message : undefined;
        request.log[level]({ code: error.code, error: word, detail: error.detail, cause }, message);
        if (word === 'invalid_token' || word === 'insufficient_scope') reply.header('www-authenticate', bearer(request.headers.authorization, error));
        if (status === 503) reply.header('retry-after', '5');
        return reply.code(status).send(errorAnswer(status, word, message, status === 503 ? 'backend_unavailable' : undefined));
      }
      const status = error.statusCode ?? 500;
      if (status >= 500) {
        request.log.error({ err: error }, 'unexpected failure');
        return reply.code(500).send(errorAnswer(500, 'server_error', 'The gateway failed; its log has the cause.'));
      }
      request.log.info({ code: error.code }, error.message);
      return reply.code(status).send(errorAnswer(status, 'invalid_request', error.message));
    });
    app.setNotFoundHandler((request, reply) => {
      const allowed = allowedMethods(app, request.url);
      if (allowed.length === 0) return reply.code(404).send(errorAnswer(404, 'not_found', 'There is nothing here.'));
      reply.header('allow', allowed.join(', '));
      return reply.code(405).send(errorAnswer(405, 'invalid_request', `This takes ${allowed.join(' or ')}.`));
    });
  },
  { name: 'errors', fastify: '5.x' },
);

function allowedMethods(app: FastifyInstance, url: string): readonly string[] {
  const path = url.split('?', 1)[0] ?? '/';
  return ['GET', 'POST'].filter((method) => app.hasRoute({ method, url: path }));
}

/** RFC 6750 §3: the challenge says what was wrong with a token, and nothing when none was sent, or something else than a token. */
function bearer(authorization: string | undefined, error: GatewayError): string {
  return !/^bearer\b/i.test(authorization ?? '') ? 'Bearer' : `Bearer error="${error.error}", error_description="${error.message}"`;
}
