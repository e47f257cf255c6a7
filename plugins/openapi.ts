// The OpenAPI document of the API, generated from the schemas of its routes.

import swagger from '@fastify/swagger';
import fp from 'fastify-plugin';

export const openapiPlugin = fp(
  async (app) => {
    const { issuer } = app.gateway;
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'MyQ authentication gateway', version: '1', description: 'Sign-in, tokens and what belongs to them. All times are in seconds.' },
        servers: [{ url: issuer }],
        components: {
          securitySchemes: {
            bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token (RFC 6750).' },
            client: { type: 'http', scheme: 'basic', description: 'client_id and client_secret (RFC 6749 §2.3.1).' },
          },
        },
      },
    });
    app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  },
  { name: 'openapi', fastify: '5.x', dependencies: ['gateway'] },
);
