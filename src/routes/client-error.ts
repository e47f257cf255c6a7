// Requests that are no HTTP at all, or whose header is too large: answered on the bare socket, since no request exists.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { errorAnswer, type ErrorAnswer } from './error-answer.ts';

/** How long the rest of a refused request is still read, in milliseconds: closing on unread bytes would reset the connection. */
const LINGER = 1_000;

/** Fastify's `clientErrorHandler`. Writes one complete answer and ends the connection. */
export function clientErrors(log: FastifyBaseLogger): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    // The parser complains again about what follows a request that was answered already.
    if (socket.writableEnded) return;
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    setTimeout(() => { socket.destroy(); }, LINGER).unref();
    const answer = describe(error.code);
    log.info({ code: error.code, reason: answer.reason, client: socket.remoteAddress }, 'request refused');
    write(socket, answer);
  };
}

function write(socket: Socket, answer: ErrorAnswer): void {
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

function describe(code: string | undefined): ErrorAnswer {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return errorAnswer(431, 'invalid_request', 'The request header, in which the token stands, is larger than 64 KiB.', 'token_too_large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return errorAnswer(408, 'invalid_request', 'The request came too slowly.');
    default:
      return errorAnswer(400, 'invalid_request', 'The request is not valid HTTP.');
  }
}
