// The real HTTPS application over a real, freshly made gateway, in this process: for tests that look at both.

import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Test } from 'tap';
import { buildApp } from '../../src/app.ts';
import { initialize } from '../../src/cli/init.ts';
import { issuerOf, loadConfig } from '../../src/config/load.ts';
import { openGateway, type Gateway } from '../../src/gateway.ts';
import { loadServerCertificate } from '../../src/tls/certificate.ts';
import { tlsServerOptions } from '../../src/tls/options.ts';
import { keptConnections, send, type Target } from '../realm/http.ts';

export interface Question {
  /** Default GET. */
  readonly method?: string;
  readonly url: string;
  /** A list of values is sent as so many headers. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly payload?: string;
}

export interface Reply {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  json<Body = Readonly<Record<string, unknown>>>(): Body;
}

/** Sends a request over HTTPS. */
export type Ask = (question: Question) => Promise<Reply>;

export interface OpenApp {
  readonly ask: Ask;
  readonly gateway: Gateway;
  readonly directory: string;
  readonly target: Target;
  /** Every line logged so far. */
  readonly log: readonly string[];
  /** What the gateway warned of when it was opened. */
  readonly warnings: readonly string[];
}

export interface AppOptions {
  /** Appended to config.ini, as in `[Users]\nPinSignIn = True`. */
  readonly config?: string;
}

/** Makes it as `init` and `serve` do, on a free port of loopback. Everything ends with the test. */
export async function openApp(t: Test, options: AppOptions = {}): Promise<OpenApp> {
  const root = mkdtempSync(join(tmpdir(), 'myq-app-'));
  t.teardown(() => { rmSync(root, { recursive: true, force: true }); });
  const directory = join(root, 'gateway');
  const hostname = 'print.myq.test';
  const { file } = await initialize(directory, hostname, '8090');
  appendFileSync(file, `\n${options.config ?? ''}\n`);
  const { config, proxy } = loadConfig(file);
  const warnings: string[] = [];
  const gateway = await openGateway({ config, proxy, issuer: issuerOf(config), warn: (message) => { warnings.push(message); } });
  const log: string[] = [];
  const tls = tlsServerOptions({ ...loadServerCertificate(config.server), minimumVersion: 'TLSv1.2' });
  const app = await buildApp({ gateway, tls, log: pino({ base: null }, { write: (line: string) => { log.push(line); } }) });
  t.teardown(() => app.close());
  await app.listen({ host: '127.0.0.1', port: 0 });
  const target = { hostname, port: (app.server.address() as AddressInfo).port, ca: readFileSync(join(directory, 'tls/ca.pem'), 'utf8') };
  const agent = keptConnections(4);
  t.teardown(() => { agent.destroy(); });
  const ask: Ask = async ({ method = 'GET', url, headers, payload }) => {
    const content = payload === undefined ? {} : { body: payload };
    const answer = await send(target, url, { method, agent, headers: headers as Record<string, string>, ...content });
    return { statusCode: answer.status, headers: answer.headers, body: answer.text, json: <Body>() => JSON.parse(answer.text) as Body };
  };
  return { ask, gateway, directory, target, log, warnings };
}
