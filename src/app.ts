// The HTTP composition: plugins, then routes, in the order in which they act.

import { randomBytes } from 'node:crypto';
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { ServerOptions } from 'node:https';
import { connectionPlugin } from '../plugins/connection.ts';
import { corsPlugin } from '../plugins/cors.ts';
import { errorsPlugin, sendFailure } from '../plugins/errors.ts';
import { gatewayPlugin } from '../plugins/gateway.ts';
import { answerHeaders, httpPlugin } from '../plugins/http.ts';
import { openapiPlugin } from '../plugins/openapi.ts';
import { tokensPlugin } from '../plugins/tokens.ts';
import type { Gateway } from './gateway.ts';
import { pagesRoutes } from './routes/browser/pages.ts';
import { clientErrors } from './routes/client-error.ts';
import { introspectRoutes } from './routes/introspect.ts';
import { negotiateRoutes } from './routes/negotiate.ts';
import { statusRoutes } from './routes/status.ts';
import { tokenRoutes } from './routes/token.ts';
import { userinfoRoutes } from './routes/userinfo.ts';
import { wellknownRoutes } from './routes/wellknown.ts';

export interface AppOptions {
  readonly gateway: Gateway;
  readonly tls: ServerOptions;
  readonly log: FastifyBaseLogger;
}

/** Ids that stay different when the gateway starts again, so that a line of the log can be found by one. */
function requestIds(): () => string {
  const start = randomBytes(4).toString('hex');
  let count = 0;
  return () => `${start}-${String(++count)}`;
}

/** Composes the HTTPS application; it does not listen yet. */
export async function buildApp({ gateway, tls, log }: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    https: tls,
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIds(),
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    keepAliveTimeout: 60_000,
    forceCloseConnections: 'idle',
    // Requests on kept connections are answered as ever until they close: our own 503 would say "try again" to the same process.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => { sendFailure(error, request, reply.headers({ ...answerHeaders, 'x-request-id': request.id })); },
    clientErrorHandler: clientErrors(log),
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  await app.register(gatewayPlugin, { gateway });
  await app.register(errorsPlugin);
  await app.register(httpPlugin);
  await app.register(corsPlugin);
  await app.register(connectionPlugin);
  await app.register(tokensPlugin);
  await app.register(openapiPlugin);

  await app.register(negotiateRoutes);
  await app.register(tokenRoutes);
  await app.register(introspectRoutes);
  await app.register(userinfoRoutes);
  await app.register(wellknownRoutes);
  await app.register(statusRoutes);
  await app.register(pagesRoutes);
  return app as unknown as FastifyInstance;
}
