// The listener on 127.0.0.1 that the browser brings the answer to (RFC 8252 §7.3). Other programs of this computer may call it, too.

import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClientError } from '../error.ts';
import { isOfAnotherUser } from './peer.ts';
import { over, page, pagePolicy, type PageText, strange, used } from './page.ts';

const PATH = '/callback';

const MAX_CONNECTIONS = 16;
const MAX_HEADER_BYTES = 16 * 1024;

/** Milliseconds. */
interface Patience {
  /** In which a request must have come. Default ten seconds. */
  readonly request?: number | undefined;
  /** In which the last page must have gone. Default two seconds. */
  readonly lastPage?: number | undefined;
}

export interface Loopback {
  /** As in `http://127.0.0.1:49152/callback`. */
  readonly redirectUri: string;
  /**
   * The first answer that has this state. Whatever else comes is told that it does not belong here, and changes nothing.
   * The browser is shown a page when `Arrival.show` is called, and not before.
   */
  arrival(state: string): Promise<Arrival>;
  /** Ends it when what was shown is sent; a browser that was shown nothing is told that it is over. */
  close(): Promise<void>;
}

export interface Arrival {
  /** The redirect URI with the answer in its query: each parameter is there once. */
  readonly url: URL;
  show(text: PageText): void;
}

/** Opens it on a free port. Throws ClientError `browser_not_opened` if it cannot listen. */
export async function openLoopback({ request: requestTimeout = 10_000, lastPage = 2_000 }: Patience = {}): Promise<Loopback> {
  const limits = { requestTimeout, headersTimeout: requestTimeout, connectionsCheckingInterval: Math.min(requestTimeout, 1_000) };
  const server = createServer({ ...limits, maxHeaderSize: MAX_HEADER_BYTES });
  server.maxConnections = MAX_CONNECTIONS;
  const authority = `127.0.0.1:${String(await listen(server))}`;
  let expected: { readonly state: string; readonly take: (arrival: Arrival) => void } | undefined;
  let taken: ServerResponse | undefined;
  server.on('connection', (socket) => { if (isOfAnotherUser(socket)) socket.destroy(); });
  server.on('request', (request, response) => {
    const url = answerIn(request, authority);
    if (typeof url === 'number') return send(response, url, strange);
    if (expected === undefined || !isSame(url.searchParams.get('state') ?? '', expected.state)) return send(response, 400, strange);
    if (taken !== undefined) return send(response, 400, used);
    taken = response;
    expected.take({ url, show: (text) => { send(response, text.isFailure ? 400 : 200, text); } });
  });
  // What is no HTTP, is too long or comes too slowly is no answer either.
  server.on('clientError', (_, socket) => { socket.destroy(); });
  return {
    redirectUri: `http://${authority}${PATH}`,
    arrival: (state) => new Promise((take) => { expected = { state, take }; }),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      if (taken !== undefined) await sent(taken, lastPage);
      // Browsers open connections that they never use, and others may hold some.
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => { reject(new ClientError('browser_not_opened', 'no port of 127.0.0.1 can be listened on', { cause })); });
    server.listen(0, '127.0.0.1', () => { resolve((server.address() as AddressInfo).port); });
  });
}

/** The address, if it may be an answer: a GET of our path under our own name (DNS rebinding), each parameter once. Else a status. */
function answerIn({ method, url = '', headers, headersDistinct }: IncomingMessage, authority: string): URL | 400 | 404 | 405 {
  const names = headersDistinct['host'] ?? [];
  if (names.length !== 1 || names[0] !== authority) return 400;
  if (url.split('?', 1)[0] !== PATH) return 404;
  if (method !== 'GET') return 405;
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0) return 400;
  const answer = new URL(url, `http://${authority}`);
  const parameters = [...answer.searchParams.keys()];
  return new Set(parameters).size === parameters.length ? answer : 400;
}

/** In a time that tells nothing of where they differ. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function send(response: ServerResponse, status: number, text: PageText): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'content-security-policy': pagePolicy, 'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff', 'connection': 'close', ...(status === 405 ? { allow: 'GET' } : {}),
  }).end(page(text));
}

/** Resolves when it has gone, or its reader has; a reader that takes nothing is not waited for longer than this. */
async function sent(response: ServerResponse, patience: number): Promise<void> {
  if (!response.writableEnded) send(response, 400, over);
  if (response.closed) return;
  await new Promise<void>((resolve) => {
    const late = setTimeout(resolve, patience);
    response.once('close', () => {
      clearTimeout(late);
      resolve();
    });
  });
}
