// Health: /health/live, /health/ready for load balancers and orchestrators, /api/server/status as MyQ has it.

import type { FastifyPluginAsync } from 'fastify';

export const statusRoutes: FastifyPluginAsync = async (app) => {
  const { gateway } = app;

  app.get('/health/live', () => ({ status: 'ok' }));

  app.get('/health/ready', async (request, reply) => {
    const { ready, checks } = await gateway.health();
    // What is wrong names files, so it is for the log; strangers read only which part it is.
    const summary = Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, check === 'ok' ? 'ok' : 'failed']));
    if (!ready) request.log.error({ checks }, 'not ready');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable', checks: summary });
  });

  // MyQ: 1 is well, 0 needs checking.
  app.get('/api/server/status', async (_request, reply) => {
    const { checks } = await gateway.health();
    const well = Object.values(checks).every((check) => check === 'ok');
    return reply.type('application/json').send(well ? '1' : '0');
  });
};
