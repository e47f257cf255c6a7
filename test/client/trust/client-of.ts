// A client of a server that a test started: under its name, wherever it listens.

import type { Test } from 'tap';
import { openServer, type Server, type ServerOptions } from '../../../src/client/server.ts';
import { openTrust, type TrustOptions } from '../../../src/client/trust/trust.ts';

/** Reaches print.example.test at this port of 127.0.0.1; closed with the test. */
export function clientOf(t: Test, port: number, trust: TrustOptions, options: Partial<ServerOptions> = {}): Server {
  const server = openServer({ url: `https://print.example.test:${String(port)}`, connectTo: '127.0.0.1', trust: openTrust(trust), ...options });
  t.teardown(() => server.close());
  return server;
}
