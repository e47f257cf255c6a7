// A server for HTTPS on loopback with a certificate of its own authority, and what comes of asking it.

import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { noProxy } from '../../src/config/proxy.ts';
import { UnavailableError } from '../../src/errors.ts';
import { openWeb, type Web, type WebOptions, type WebQuestion } from '../../src/entra/web.ts';
import { createServerCertificate } from '../../src/tls/authority.ts';

export interface WebServer {
  readonly port: number;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** The authority of its certificate, in PEM. */
  readonly ca: string;
  /** Paths and headers of every request so far. */
  readonly requests: readonly Pick<IncomingMessage, 'method' | 'url' | 'headers'>[];
}

export interface WebServerOptions {
  /** In the certificate. */
  readonly name?: string;
  /** When it was issued; it is good for 824 days from then on. */
  readonly issuedAt?: Date;
  readonly tls?: ServerOptions;
  readonly answer?: RequestListener;
}

/** Starts it on a free port; it ends with the test. */
export async function startWebServer(t: Test, options: WebServerOptions = {}): Promise<WebServer> {
  const { name = '127.0.0.1', issuedAt, tls = {}, answer = (_request, response) => { response.end('{}'); } } = options;
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate(name, issuedAt);
  const requests: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = [];
  const server = createServer({ cert: certificatePem, key: privateKeyPem, ...tls }, (request, response) => {
    requests.push({ method: request.method, url: request.url, headers: request.headers });
    answer(request, response);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => new Promise<void>((resolve) => {
    server.close(() => { resolve(); });
    server.closeAllConnections();
  }));
  const { port } = server.address() as AddressInfo;
  return { port, url: `https://127.0.0.1:${String(port)}`, ca: caPem, requests };
}

/** The way out with this authority; it ends with the test. */
export function webOf(t: Test, ca: string | undefined, { proxy = noProxy, ...more }: Partial<WebOptions> = {}): Web {
  const web = openWeb({ section: 'Entra', ca: ca === undefined ? undefined : [ca], proxy, ...more });
  t.teardown(() => web.close());
  return web;
}

/** The status; or what the log would say of the outage, with the cure. */
export async function told(web: Web, url: string, question?: WebQuestion): Promise<string> {
  try {
    return String((await web.ask(url, question)).status);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return `${error.detail ?? ''}; ${error.cure ?? ''}`;
  }
}
