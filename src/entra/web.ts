// Questions to Microsoft over HTTPS: the certificate is always checked, no redirect is followed, time and size are limited.

import { getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool, request } from 'undici';
import type { ProxySettings } from '../config/load.ts';
import { UnavailableError } from '../errors.ts';
import { failureOf, OUT } from './failure.ts';

export interface WebOptions {
  /** For whom: the section of config.ini, as `Entra`. */
  readonly section: string;
  /** Authorities in PEM that alone may vouch for a server; undefined: those that this machine trusts. */
  readonly ca: readonly string[] | undefined;
  readonly proxy: ProxySettings;
  /** Milliseconds for a whole answer. */
  readonly timeout?: number;
}

export interface WebAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export interface WebQuestion {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds; the usual limit if that is nearer. */
  readonly timeout?: number;
}

export interface Web {
  /** Whatever status is answered, but a redirect. Throws UnavailableError if there is no answer in time, or none that may be used. */
  ask(url: string, question?: WebQuestion): Promise<WebAnswer>;
  /** The same as the Fetch standard has it, for libraries. */
  readonly fetch: (url: string, options?: FetchOptions) => Promise<Response>;
  close(): Promise<void>;
}

/** What libraries tell of a request. */
export interface FetchOptions {
  readonly method?: string | undefined;
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  readonly body?: unknown;
}

const TIMEOUT = 5_000;

/** Keys and metadata of a tenant have some 20 KiB, a thousand groups at Graph some 150 KiB. */
const MAX_BYTES = 1024 * 1024;

/** Opens the way out. */
export function openWeb({ section, ca, proxy, timeout = TIMEOUT }: WebOptions): Web {
  const dispatcher = dispatcherOf(ca, proxy, timeout);
  const ask: Web['ask'] = async (url, { method = 'GET', headers = {}, body, timeout: limit = timeout } = {}) => {
    // Whole milliseconds; less than one would be none.
    const signal = AbortSignal.timeout(Math.ceil(Math.max(1, Math.min(limit, timeout))));
    try {
      const answer = await until(signal,
        request(url, { dispatcher, signal, method, headers: { accept: 'application/json', ...headers }, ...(body === undefined ? {} : { body }) }));
      const text = await bodyOf(answer);
      const { statusCode: status } = answer;
      if (status >= 300 && status < 400) throw new UnavailableError(OUT, { detail: `${new URL(url).host} answers with a redirect, which is not followed` });
      return { status, headers: answer.headers, text };
    } catch (error) {
      throw failureOf(error, { host: new URL(url).host, isLate: signal.aborted, hasProxy: proxy.https !== undefined, section });
    }
  };
  return {
    ask,
    fetch: async (url, { method, headers, body } = {}) => {
      const sent = Object.fromEntries(new Headers(headers));
      const answer = await ask(url, {
        method: method === 'POST' ? 'POST' : 'GET', headers: sent, ...(body === undefined || body === null ? {} : { body: textOf(body) }),
      });
      const received = Object.entries(answer.headers)
        .flatMap(([name, value]) => [value ?? []].flat().map((one): [string, string] => [name, one]));
      return new Response([204, 304].includes(answer.status) ? null : answer.text, { status: answer.status, headers: received });
    },
    close: () => dispatcher.destroy(),
  };
}

function dispatcherOf(ca: readonly string[] | undefined, { https, none }: ProxySettings, timeout: number): Dispatcher {
  const ofMachine = [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED, which somebody may have set for another program, does not count.
  const tls = { ca: [...(ca ?? ofMachine)], rejectUnauthorized: true, minVersion: 'TLSv1.2' as const, timeout };
  const options = { connect: tls, connections: 64, keepAliveTimeout: 30_000 };
  if (https === undefined) return new Agent(options);
  // The proxy may be reached by HTTPS, too, with a certificate of its own. One that says nothing must not hold the connections for ever.
  const toProxy = { connect: { ...tls, ca: [...ofMachine, ...(ca ?? [])] }, headersTimeout: timeout };
  return new EnvHttpProxyAgent({
    ...options, ...credentialsIn(https), requestTls: tls, clientFactory: (origin) => new Pool(origin, toProxy),
    httpsProxy: https, httpProxy: https, noProxy: none ?? '',
  });
}

/** RFC 7617; undici itself would leave out a name without a password. */
function credentialsIn(proxy: string): { readonly token?: string } {
  const { username, password } = new URL(proxy);
  if (username === '' && password === '') return {};
  return { token: `Basic ${Buffer.from(`${plain(username)}:${plain(password)}`).toString('base64')}` };
}

/** Without percent-encoding; as it is, where a percent sign stands for itself. */
function plain(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (encoded) => Buffer.from(encoded.replaceAll('%', ''), 'hex').toString('utf8'));
}

/** undici heeds the signal only once there is a connection, and a proxy that says nothing never gives one. */
function until<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => { reject(signal.reason as Error); }, { once: true });
    answer.then(resolve, reject);
  });
}

/** Throws UnavailableError for more than is ever answered. */
async function bodyOf({ body }: Dispatcher.ResponseData): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BYTES) throw new UnavailableError(OUT, { detail: `the answer has more than ${String(MAX_BYTES)} bytes` });
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Libraries send forms. */
function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('only text and forms are sent');
}
