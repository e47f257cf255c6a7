// The gateway as this client knows it: its address, connections to it, and what it says of itself (OpenID Connect Discovery).

import { isIP } from 'node:net';
import { type Configuration, customFetch, type CustomFetchOptions, discovery, None, type ServerMetadata } from 'openid-client';
import { hostOf, originOf, placeOf } from './address.ts';
import { ClientError, oneLine } from './error.ts';
import { type Answer, type Channel, type Connections, openChannel, openConnections, type Patience, type Question } from './http.ts';
import { clientErrorOf, refusalOf } from './oauth-failure.ts';
import type { Trust } from './trust/trust.ts';

export interface ServerOptions {
  /** As in `https://print.example.com:8090`; without a scheme or port those are added: https and 8090. */
  readonly url: string;
  readonly trust: Trust;
  /** Where to connect to instead of what the name resolves to: `address` or `address:port` (one node behind a balancer, for one). */
  readonly connectTo?: string | undefined;
  readonly patience?: Patience | undefined;
}

export interface Server {
  /** Its origin, without a path. */
  readonly url: URL;
  /** In lower case, without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** The host is an address, so that Kerberos has no name for it. */
  readonly isAddress: boolean;
  /** One request on a shared connection. Throws ClientError if no answer comes; whatever status is an answer. */
  ask(path: string, question?: Question): Promise<Answer>;
  /** One connection of its own. */
  openChannel(signal?: AbortSignal): Promise<Channel>;
  /** openid-client's view of it, for a client. Asked of the server once. Throws ClientError. */
  oauth(clientId: string): Promise<Configuration>;
  close(): Promise<void>;
}

/** Seconds in which openid-client wants an answer. */
const OAUTH_TIMEOUT = 35;

/** Throws ClientError `unreachable` if the address is none; connects to nobody yet. */
export function openServer({ url: text, trust, connectTo, patience }: ServerOptions): Server {
  const url = originOf(text);
  const host = hostOf(url);
  const port = Number(url.port === '' ? 443 : url.port);
  const destination = { host, port, ...(connectTo === undefined ? {} : { connectTo: placeOf(connectTo, port) }) };
  const connections = openConnections(destination, trust, patience);
  const known = new Map<string, Promise<Configuration>>();
  return {
    url, host, port, isAddress: isIP(host) !== 0,
    ask: (path, question) => connections.ask(new URL(path, url), question),
    openChannel: (signal) => openChannel(url, destination, trust, signal, patience),
    oauth: (clientId) => {
      const found = known.get(clientId) ?? describe(url, clientId, connections);
      known.set(clientId, found);
      // A failure is not kept: the server may be there the next time.
      found.catch(() => known.delete(clientId));
      return found;
    },
    close: () => connections.close(),
  };
}

async function describe(url: URL, clientId: string, connections: Connections): Promise<Configuration> {
  try {
    const found = await discovery(url, clientId, undefined, None(), { [customFetch]: fetchOver(url, connections), timeout: OAUTH_TIMEOUT });
    checkDescription(found.serverMetadata(), url);
    return found;
  } catch (error) {
    const failure = otherNameOf(error, url) ?? clientErrorOf(error, 'the server does not describe itself as a gateway does');
    // A gateway refuses nobody its description.
    const isNone = failure.server !== undefined && failure.server.status < 500;
    throw isNone ? new ClientError('not_a_gateway', `the server does not describe itself as a gateway does: status ${String(failure.server?.status)}`) : failure;
  }
}

/** What this client uses of it must be there, and lead nowhere else; openid-client looks at that late, or not at all. */
function checkDescription(description: ServerMetadata, url: URL): void {
  const wrong = (what: string): ClientError => new ClientError('not_a_gateway', `the server does not describe itself as a gateway does: ${what}`);
  for (const name of ['authorization_endpoint', 'token_endpoint']) {
    if (typeof description[name] !== 'string') throw wrong(`${name} is missing`);
  }
  const { scopes_supported: scopes = [] } = description as { readonly scopes_supported?: unknown };
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string')) throw wrong('scopes_supported is no list');
  for (const [name, value] of Object.entries(description)) if (/_(endpoint|uri)$/.test(name)) leadsHere(url, value);
}

/** What openid-client tells of a description that says something else than was expected. */
interface Mismatch {
  readonly attribute?: unknown;
  readonly body?: { readonly issuer?: unknown };
}

/** Which of its names the gateway goes by, if it was asked under another one. */
function otherNameOf(error: unknown, asked: URL): ClientError | undefined {
  const { attribute, body } = (error instanceof Error ? error.cause ?? {} : {}) as Mismatch;
  const issuer = body?.issuer;
  if (attribute !== 'issuer' || typeof issuer !== 'string') return undefined;
  return new ClientError('not_a_gateway', `the gateway at ${asked.origin} calls itself ${oneLine(issuer)}`, { cause: error, cure: `Use that address: ${oneLine(issuer)}` });
}

function leadsHere(origin: URL, address: unknown): void {
  const url = typeof address === 'string' && URL.canParse(address) ? new URL(address) : undefined;
  if (url?.origin === origin.origin) return;
  const where = oneLine(url === undefined || url.origin === 'null' ? String(address) : url.origin);
  throw new ClientError('not_a_gateway', `the server's description of itself leads to ${where}`, {
    cure: 'Set PublicUrl at the gateway to the address that clients use, and use that one.',
  });
}

/** The Fetch standard as far as openid-client uses it, for this server alone: its own description must lead nowhere else. */
function fetchOver(origin: URL, connections: Connections) {
  return async (address: string, { method, headers, body, signal }: CustomFetchOptions): Promise<Response> => {
    const url = new URL(address);
    leadsHere(origin, address);
    const answer = await connections.ask(url, {
      ...(signal ? { signal } : {}), method: method === 'POST' ? 'POST' : 'GET', headers: Object.fromEntries(new Headers(headers)),
      ...(body === undefined || body === null ? {} : { body: textOf(body) }),
    });
    // openid-client reads no error object of 5xx, and takes a 401 of a proxy for the gateway's word.
    if (answer.status >= 400) throw refusalOf(answer.status, answer.text);
    const received = Object.entries(answer.headers)
      .flatMap(([name, value]) => [value ?? []].flat().map((one): [string, string] => [name, one]));
    return new Response([204, 205, 304].includes(answer.status) ? null : answer.text, { status: answer.status, headers: received });
  };
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('only text and forms are sent');
}
