// The one renderer of failures: everything thrown becomes the error object of MyQ and of RFC 6749 in one.

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { GatewayError, RequestError } from '../src/errors.ts';
import { printable } from '../src/mechanisms/token/printable.ts';
import { errorAnswer } from '../src/routes/error-answer.ts';

/** Renders a failure; also for what fails before a route is found. */
export function sendFailure(error: FastifyError | GatewayError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const url = pathOf(request);
  if (error instanceof GatewayError) {
    const { statusCode: status, error: word, message, code, detail } = error;
    // A cause of a foreign library may carry bytes of the request: its text is enough, and that escaped.
    const cause = error.cause instanceof Error ? printable(error.cause.message) : undefined;
    const reason = status === 503 ? 'backend_unavailable' : undefined;
    // What a stranger's request earns is never worth an alarm, whatever its status.
    request.log[error instanceof RequestError ? 'info' : 'error']({ code, error: word, reason, detail, cause, url, client: request.ip }, message);
    if (word === 'invalid_token' || word === 'insufficient_scope') reply.header('www-authenticate', bearer(request.headers.authorization, error));
    if (status === 503) reply.header('retry-after', '5');
    return reply.code(status).send(errorAnswer(status, word, message, reason));
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) {
    request.log.error({ err: error, url, client: request.ip }, 'unexpected failure');
    return reply.code(500).send(errorAnswer(500, 'server_error', 'The gateway failed; its log has the cause.'));
  }
  request.log.info({ code: error.code, detail: error.code === 'FST_ERR_BAD_URL' ? undefined : printable(error.message), url, client: request.ip }, 'request refused');
  return reply.code(status).send(errorAnswer(status, 'invalid_request', sentence(error)));
}

/** The path for the log, without the query: that may carry a token, and much else. */
function pathOf({ url }: FastifyRequest): string {
  return printable(url.split('?', 1)[0] ?? '');
}

/** What a client developer needs to mend the request, without words of the libraries. */
function sentence({ code, message, validation }: FastifyError): string {
  const [first] = validation ?? [];
  if (first !== undefined) return `${first.instancePath.slice(1) || 'The body'} ${first.message ?? 'is not valid'}.`;
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'The body must be application/json or application/x-www-form-urlencoded.';
    case 'FST_ERR_BAD_URL':
      return 'The address is not a valid URL.';
    default:
      return message;
  }
}

export const errorsPlugin = fp(
  async (app) => {
    app.setErrorHandler<FastifyError>(sendFailure);
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
