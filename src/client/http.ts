// Requests to the gateway over connections whose certificate is trusted: no redirect is followed, time and size are limited.

import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { Agent, Client, type Dispatcher, errors, request } from 'undici';
import { ClientError, oneLine } from './error.ts';
import { dial, type Destination } from './trust/dial.ts';
import { abortFailure, codeOf, connectFailure } from './trust/connect-failure.ts';
import type { Trust } from './trust/trust.ts';

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One connection, for handshakes that sign in a connection (RFC 4559 §6). It never becomes another one. */
export interface Channel {
  /** What the server showed when this connection was opened. */
  readonly certificate: X509Certificate;
  /** @param path as in `/api/auth/negotiate` */
  ask(path: string, question?: Question): Promise<Answer>;
  close(): Promise<void>;
}

/** Connections that are kept and shared. */
export interface Connections {
  ask(url: URL, question?: Question): Promise<Answer>;
  close(): Promise<void>;
}

/** How long is waited, in milliseconds. */
export interface Patience {
  /** For a TCP and TLS handshake. Default 10,000. */
  readonly connect?: number | undefined;
  /** For the head of an answer, and again for the rest: the gateway may ask a domain controller or Microsoft before. Default 30,000. */
  readonly answer?: number | undefined;
}

const ANSWER_TIMEOUT = 30_000;
const MAX_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 128 * 1024;

const limits = (timeout: number) =>
  ({ headersTimeout: timeout, bodyTimeout: timeout, maxHeaderSize: MAX_HEADER_BYTES, maxResponseSize: MAX_BYTES });

/** Opens one connection. Throws ClientError as dial() does. */
export async function openChannel(
  origin: URL, destination: Destination, trust: Trust, signal?: AbortSignal, { connect, answer = ANSWER_TIMEOUT }: Patience = {},
): Promise<Channel> {
  const { socket, certificate } = await dial(destination, trust, { signal, timeout: connect });
  const client = new Client(origin, { ...limits(answer), connect: once(socket) });
  return {
    certificate,
    ask: (path, question = {}) => ask(client, new URL(path, origin), question, { ...destination, timeout: answer, signal }),
    close: async () => {
      await client.destroy();
      socket.destroy();
    },
  };
}

/** The way to connect of a client that has one connection and no other. */
function once(socket: TLSSocket) {
  let unused: TLSSocket | undefined = socket;
  return (_: unknown, callback: (...answer: [null, TLSSocket] | [Error, null]) => void): void => {
    const given = unused;
    unused = undefined;
    const closed = (): ClientError => new ClientError('unreachable', 'the server closed the connection in the middle of a sign-in');
    // undici does not expect a connection before it has finished asking for it.
    setImmediate(() => { if (given && !given.destroyed) callback(null, given); else callback(closed(), null); });
  };
}

/** Opens connections when they are needed. */
export function openConnections(
  destination: Destination, trust: Trust, { connect: timeout, answer = ANSWER_TIMEOUT }: Patience = {},
): Connections {
  const closed = new AbortController();
  const agent = new Agent({
    ...limits(answer), keepAliveTimeout: 30_000, connections: 8,
    connect: (_, callback) => {
      dial(destination, trust, { timeout, signal: closed.signal })
        .then(({ socket }) => { callback(null, socket); }, (error: Error) => { callback(error, null); });
    },
  });
  return {
    ask: (url, question = {}) => ask(agent, url, question, { ...destination, timeout: answer }),
    close: () => {
      closed.abort();
      return agent.destroy();
    },
  };
}

interface Asked extends Destination {
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

async function ask(dispatcher: Dispatcher, url: URL, question: Question, asked: Asked): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = question;
  const signals = [asked.signal, question.signal].filter((signal) => signal !== undefined);
  const limit = new AbortController();
  let late: NodeJS.Timeout | undefined;
  // undici's own limits begin anew with each informational answer and with each piece of the body.
  const begin = (): void => { late ??= setTimeout(() => { limit.abort(new errors.BodyTimeoutError()); }, asked.timeout); };
  try {
    const answer = await request(url, {
      dispatcher, method, headers: { accept: 'application/json', ...headers }, ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([...signals, limit.signal]), onInfo: begin,
    });
    begin();
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  } catch (error) {
    const ended = signals.find(({ aborted }) => aborted);
    throw ended ? abortFailure(ended.reason, asked.host, asked.port) : requestFailure(error, asked);
  } finally {
    clearTimeout(late);
  }
}

function requestFailure(error: unknown, { host, port, timeout }: Asked): ClientError {
  if (error instanceof ClientError) return error;
  const code = codeOf(error);
  const whom = `${oneLine(host)}:${String(port)}`;
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new ClientError('timed_out', `${whom} does not answer within ${String(timeout / 1000)} seconds`, { cause: error });
  }
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') return new ClientError('unreachable', `${whom} closed the connection`, { cause: error });
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') return new ClientError('cancelled', `the connection to ${whom} was closed here`, { cause: error });
  if (code.startsWith('UND_ERR') || code.startsWith('HPE_')) {
    const { message = '' } = error as Partial<Error>;
    return new ClientError('not_a_gateway', `${whom} does not answer as a gateway does: ${oneLine(message)}`, { cause: error });
  }
  return connectFailure(error, host, port);
}
