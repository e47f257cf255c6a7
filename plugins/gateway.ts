// Hangs the composed gateway on the instance and closes it with it.

import fp from 'fastify-plugin';
import type { Gateway } from '../src/gateway.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly gateway: Gateway;
  }
}

export const gatewayPlugin = fp<{ readonly gateway: Gateway }>(
  async (app, { gateway }) => {
    app.decorate('gateway', gateway);
    app.addHook('onClose', () => gateway.close());
  },
  { name: 'gateway', fastify: '5.x' },
);
