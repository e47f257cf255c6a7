// The real HTTP application over a real, freshly made gateway, in this process: for tests that send requests with inject.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { Test } from 'tap';
import { buildApp } from '../../src/app.ts';
import { initialize } from '../../src/cli/init.ts';
import { issuerOf } from '../../src/config/load.ts';
import { openGateway, type Gateway } from '../../src/gateway.ts';
import { loadServerCertificate } from '../../src/tls/certificate.ts';
import { tlsServerOptions } from '../../src/tls/options.ts';

export interface OpenApp {
  readonly app: FastifyInstance;
  readonly gateway: Gateway;
  readonly directory: string;
  /** Every line logged so far. */
  readonly log: readonly string[];
}

/** Makes it as `init` and `serve` do, without listening. Everything ends with the test. */
export async function openApp(t: Test): Promise<OpenApp> {
  const root = mkdtempSync(join(tmpdir(), 'myq-app-'));
  t.teardown(() => { rmSync(root, { recursive: true, force: true }); });
  const directory = join(root, 'gateway');
  const { config } = await initialize(directory, 'print.myq.test', '8090');
  const gateway = await openGateway({ config, issuer: issuerOf(config), warn: t.comment });
  const log: string[] = [];
  const tls = tlsServerOptions({ ...loadServerCertificate(config.server), minimumVersion: 'TLSv1.2' });
  const app = await buildApp({ gateway, tls, log: pino({ base: null }, { write: (line: string) => { log.push(line); } }) });
  t.teardown(() => app.close());
  return { app, gateway, directory, log };
}
