// Headers of every answer, and the bodies that are taken: JSON (empty means none) and urlencoded forms.

import formbody from '@fastify/formbody';
import fp from 'fastify-plugin';

/** Answers carry tokens or say who somebody is: no cache keeps them, no browser guesses their type, no page frames them. */
const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000',
};

export const httpPlugin = fp(
  async (app) => {
    await app.register(formbody, { bodyLimit: 64 * 1024 });
    const parseJson = app.getDefaultJsonParser('error', 'error');
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
      // Clients that send no body often keep the header.
      if (body === '') done(null, undefined);
      else void parseJson(request, body as string, done);
    });
    app.addHook('onRequest', async (_request, reply) => { reply.headers(headers); });
  },
  { name: 'http', fastify: '5.x' },
);
