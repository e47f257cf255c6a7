// The process: listens, and stops in good order on SIGTERM and SIGINT.

import { type EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { destination, pino, type Logger } from 'pino';
import { buildApp } from './app.ts';
import { issuerOf, type LoadedConfig } from './config/load.ts';
import { ConfigError, UnavailableError } from './errors.ts';
import { openGateway } from './gateway.ts';
import { loadServerCertificate } from './tls/certificate.ts';
import { tlsServerEndPoint } from './tls/endpoint.ts';
import { tlsServerOptions } from './tls/options.ts';

/** How long answers that are under way may take after the signal to stop, in milliseconds. */
const DRAIN_TIMEOUT = 10_000;

/** A gateway that listens. */
export interface RunningServer {
  readonly issuer: string;
  /** Lets answers under way finish, then closes everything. */
  stop(): Promise<void>;
}

/** Starts the gateway of this configuration. Throws ConfigError or UnavailableError if it cannot start; nothing stays open then. */
export async function startServer(loaded: LoadedConfig, log: Logger): Promise<RunningServer> {
  const { config } = loaded;
  const { server } = config;
  const warn = (message: string): void => { log.warn(message); };
  const certificate = loadServerCertificate(server);
  if (config.security.channelBinding === 'Require' && tlsServerEndPoint(certificate.leaf.raw) === undefined) {
    throw new ConfigError('[Security] ChannelBinding=Require, but no channel binding is defined for this kind of certificate (RFC 5929 §4.1): use an ECDSA or RSA certificate');
  }
  for (const message of [...loaded.warnings, ...certificate.warnings]) warn(message);
  const port = server.port === 0 ? await freePort(server.listen) : server.port;
  const issuer = issuerOf(config, port);
  const gateway = await openGateway({ config, issuer, proxy: loaded.proxy, warn });
  const tls = tlsServerOptions({ ...certificate, minimumVersion: `TLSv${server.minimumTlsVersion}` });
  const app = await buildApp({ gateway, tls, log }).catch(async (error: unknown) => {
    await gateway.close();
    throw error;
  });
  try {
    await app.listen({ host: server.listen, port });
  } catch (cause) {
    await app.close();
    throw new UnavailableError(`cannot listen on ${server.listen}, port ${String(port)}`, { cause, detail: (cause as Error).message });
  }
  log.info({ issuer, listen: server.listen, port }, 'listening');
  return {
    issuer,
    stop: async () => {
      const timer = setTimeout(() => {
        warn('answers still under way are cut off');
        app.server.closeAllConnections();
      }, DRAIN_TIMEOUT);
      await app.close().finally(() => { clearTimeout(timer); });
    },
  };
}

/** Runs until SIGTERM or SIGINT; resolves when everything is closed. */
export async function serve(loaded: LoadedConfig): Promise<void> {
  const out = destination({ fd: 1, sync: false });
  const log = pino({ level: loaded.config.log.level, base: null }, out);
  const running = await startServer(loaded, log);
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => { resolve(name); });
  });
  log.info({ signal }, 'stopping');
  await running.stop();
  log.info('stopped');
  // Where the last line is not written, there is nothing to wait for.
  if (log.isLevelEnabled('info')) await written(out);
}

/** The most that the last line of the log may take, in milliseconds. */
const LAST_LINE = 1_000;

/**
 * Resolves when the log is written, or cannot be: at its exit the process would try for ever to write what a reader who is gone has not
 * taken (sonic-boom's flushSync repeats whatever fails).
 */
function written(out: EventEmitter): Promise<unknown> {
  const signal = AbortSignal.timeout(LAST_LINE);
  return Promise.race([once(out, 'drain', { signal }), once(out, 'error', { signal })]).catch(() => undefined);
}

/** A port that is free now: the issuer's URL must be known before the first byte is served. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, host, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => { resolve(port); });
    });
  });
}
