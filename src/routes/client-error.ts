// Requests that are no HTTP at all, or whose header is too large: answered on the bare socket, since no request exists.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { refusalReasons } from '../identity/refusal.ts';
import { errorAnswer } from './error-answer.ts';

/** Fastify's `clientErrorHandler`. Writes one complete answer and ends the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const answer = describe(error.code);
  const body = JSON.stringify(answer);
  socket.end([
    `HTTP/1.1 ${String(answer.code)} ${STATUS_CODES[answer.code] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    'Cache-Control: no-store',
    'Connection: close',
    '', body,
  ].join('\r\n'));
}

function describe(code: string | undefined): ReturnType<typeof errorAnswer> {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return errorAnswer(431, 'invalid_request', `The request header is larger than 64 KiB. ${refusalReasons.token_too_large.sentence}`, 'token_too_large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return errorAnswer(408, 'invalid_request', 'The request came too slowly.');
    default:
      return errorAnswer(400, 'invalid_request', 'The request is not valid HTTP.');
  }
}
