// POST /api/auth/introspect (RFC 7662) and POST /api/auth/revoke (RFC 7009): clients about tokens.

import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { errorSchema } from './answers.ts';
import { clientFields, clientRequest, credentialsOf, given, text } from './client-fields.ts';

const body = Type.Object({
  ...clientFields,
  token: text(16_384, 'An access token or a refresh token.'),
  token_type_hint: text(64, 'Not needed: a token shows what it is.'),
});

const introspection = Type.Object({ active: Type.Boolean() }, { additionalProperties: true, description: 'RFC 7662 §2.2' });

export const introspectRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { clients, grants } = app.gateway;
  const failures = { '4xx': errorSchema, 503: errorSchema };
  const common = { ...clientRequest, body, tags: ['OAuth'] };

  app.post('/api/auth/introspect', {
    schema: { ...common, response: { 200: introspection, ...failures }, summary: 'Whether a token is good, for confidential clients' },
  }, async (request) => grants.introspect(given(request.body.token), await clients.authenticate(credentialsOf(request, request.body))));

  app.post('/api/auth/revoke', {
    schema: {
      ...common, response: { 200: Type.Object({}, { description: 'It is ended, or was no token.' }), ...failures },
      summary: 'A token is no longer needed; a refresh token takes its access tokens along',
    },
  }, async (request) => {
    const by = await clients.authenticate(credentialsOf(request, request.body));
    const revoked = await grants.revoke(given(request.body.token), by);
    request.log.info({ outcome: 'revoked', revoked, clientId: by.client.id, client: request.ip }, 'token revoked');
    return {};
  });
};
