// Headers of every answer, and the bodies that are taken: JSON (empty means none) and urlencoded forms.

import formbody from '@fastify/formbody';
import fp from 'fastify-plugin';
import { RequestError } from '../src/errors.ts';

/**
 * Answers carry tokens or say who somebody is: no cache keeps them, no browser guesses their type, no page frames them.
 * No Strict-Transport-Security: it would bind every port of the host, MyQ's own web interface among them.
 */
export const answerHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

export const httpPlugin = fp(
  async (app) => {
    await app.register(formbody);
    app.removeContentTypeParser('text/plain');
    const parseJson = app.getDefaultJsonParser('error', 'error');
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
      // Clients that send no body often keep the header.
      if (body === '') done(null, undefined);
      else void parseJson(request, body as string, done);
    });
    app.addHook('onRequest', async ({ raw, id }, reply) => {
      reply.headers(answerHeaders).header('x-request-id', id);
      // RFC 9112 §3.2: with two of them a proxy may have gone by the other one.
      if ((raw.headersDistinct['host']?.length ?? 0) > 1) throw new RequestError('invalid_request', 'The request must have one Host header.');
    });
  },
  { name: 'http', fastify: '5.x' },
);
