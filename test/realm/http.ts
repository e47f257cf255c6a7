// Speaks HTTPS to a gateway under its own name on loopback, as a client that resolved and trusts it would.

import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayProcess } from './gateway.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; undefined if it is none. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/** What a client needs to reach the gateway. */
export type Target = Pick<GatewayProcess, 'hostname' | 'port' | 'ca'>;

/** An agent whose connections are kept; `sockets` 1 keeps all requests on one connection. Destroy it after use. */
export function keptConnections(sockets = 1): Agent {
  return new Agent({ keepAlive: true, maxSockets: sockets });
}

/** Sends one request; without an agent on a connection of its own. */
export function send(target: Target, path: string, options: RequestOptions & { readonly body?: string } = {}): Promise<Answer> {
  const { body, headers, ...rest } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1', port: target.port, servername: target.hostname, ca: target.ca, path, method: body === undefined ? 'GET' : 'POST', agent: false, ...rest,
      headers: { host: `${target.hostname}:${String(target.port)}`, ...(headers as Record<string, string>) },
    }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject).once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parsed(text) });
      });
    });
    outgoing.once('error', reject).end(body);
  });
}

/** A Windows sign-in with this token (base64); without one it asks for the offer. */
export function signIn(target: Target, token?: string, options: RequestOptions & { readonly body?: string } = {}): Promise<Answer> {
  const headers = { ...(options.headers as Record<string, string>), ...(token === undefined ? {} : { authorization: `Negotiate ${token}` }) };
  return send(target, '/api/auth/negotiate', { method: 'POST', ...options, headers });
}

/** The token of a `WWW-Authenticate: Negotiate …` header. */
export function challengeOf(answer: Answer): string | undefined {
  return /^Negotiate (\S+)$/.exec(answer.headers['www-authenticate'] ?? '')?.[1];
}

function parsed(text: string): Answer['json'] {
  try {
    return JSON.parse(text) as Answer['json'];
  } catch {
    return undefined;
  }
}
