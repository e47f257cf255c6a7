// What a thrown failure means for the outside and what of it goes to the log; API and pages render it each in its way.

import type { FastifyError, FastifyRequest } from 'fastify';
import { GatewayError, RequestError } from '../errors.ts';
import { printable } from '../mechanisms/token/printable.ts';
import { errorAnswer, type ErrorAnswer } from './error-answer.ts';

/** Logs the failure with all that is known of it, and answers what strangers may read. */
export function describeFailure(error: FastifyError | GatewayError, request: FastifyRequest): ErrorAnswer {
  const url = pathOf(request);
  if (error instanceof GatewayError) {
    const { statusCode: status, error: word, message, code, detail, cure, user, clientId } = error;
    // A cause of a foreign library may carry bytes of the request: its text is enough, and that escaped.
    const cause = error.cause instanceof Error ? printable(error.cause.message) : undefined;
    const outage = status === 503 ? 'backend_unavailable' : undefined;
    // What a stranger's request earns is never worth an alarm, whatever its status.
    const level = error instanceof RequestError ? 'info' : 'error';
    const reason = error.reason ?? outage;
    request.log[level]({ code, error: word, reason, detail, cure, cause, user, clientId, url, client: request.ip }, message);
    return errorAnswer(status, word, message, error.isReasonPublic ? reason : outage);
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) {
    request.log.error({ err: error, url, client: request.ip }, 'unexpected failure');
    return errorAnswer(500, 'server_error', 'The gateway failed; its log has the cause.');
  }
  request.log.info({ code: error.code, detail: error.code === 'FST_ERR_BAD_URL' ? undefined : printable(error.message), url, client: request.ip }, 'request refused');
  return errorAnswer(status, 'invalid_request', sentence(error));
}

/** The path for the log, without the query: that may carry a token, and much else. */
function pathOf({ url }: FastifyRequest): string {
  return printable(url.split('?', 1)[0] ?? '');
}

/** What a client developer needs to mend the request, without words of the libraries. */
function sentence({ code, message, validation }: FastifyError): string {
  const [first] = validation ?? [];
  if (first?.instancePath === '' && first.message === 'must be object') return 'The body is empty, or no object.';
  if (first !== undefined) return validationSentence(first.instancePath.slice(1).replaceAll('/', '.'), first.message ?? 'is not valid');
  switch (code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'The body must be application/json or application/x-www-form-urlencoded.';
    case 'FST_ERR_BAD_URL':
      return 'The address is not a valid URL.';
    default:
      return message;
  }
}

/** In a form a parameter that came twice is no text any more (RFC 6749 §3.2). */
function validationSentence(name: string, fault: string): string {
  return `${name || 'The body'} ${fault === 'must be string' ? 'must be one text' : fault}.`;
}
