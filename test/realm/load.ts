// A load generator that costs little itself: bare TLS sockets, one request under way on each, answers read by their length.

import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import type { GatewayProcess } from './gateway.ts';
import type { Target } from './http.ts';

export interface LoadResult {
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Bodies of the answers with status 200. */
  readonly bodies: readonly string[];
  /** Milliseconds from the first request to the last answer. */
  readonly milliseconds: number;
  /** Milliseconds of each request, sorted. */
  readonly latencies: readonly number[];
}

/** A Windows sign-in with this token (base64), as it stands on the wire. */
export function signInRequest({ hostname, port }: Target, token: string): string {
  return `POST /api/auth/negotiate HTTP/1.1\r\nHost: ${hostname}:${String(port)}\r\nContent-Length: 0\r\nAuthorization: Negotiate ${token}\r\n\r\n`;
}

/** A form for the token endpoint, as it stands on the wire. */
export function tokenRequest({ hostname, port }: Target, fields: Readonly<Record<string, string>>): string {
  const body = new URLSearchParams(fields).toString();
  return `POST /api/auth/token HTTP/1.1\r\nHost: ${hostname}:${String(port)}\r\nContent-Type: application/x-www-form-urlencoded\r\n`
    + `Content-Length: ${String(body.length)}\r\n\r\n${body}`;
}

/** Memory of the gateway's process that is in RAM now, in KiB (proc(5)). */
export function residentKibibytes({ child }: Pick<GatewayProcess, 'child'>): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(child.pid)}/status`, 'utf8'))?.[1]);
}

/** Sends each request once over `connections` kept connections. */
export async function load(target: Target, requests: readonly string[], connections: number): Promise<LoadResult> {
  const statuses: Record<string, number> = {};
  const bodies: string[] = [];
  const latencies: number[] = [];
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(target)));
  let next = 0;
  const begin = performance.now();
  await Promise.all(sockets.map(async (socket) => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      const sent = performance.now();
      const { status, body } = await exchange(socket, request);
      latencies.push(performance.now() - sent);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === '200') bodies.push(body);
    }
    socket.destroy();
  }));
  return { statuses, bodies, milliseconds: performance.now() - begin, latencies: latencies.sort((a, b) => a - b) };
}

function open(target: Target): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: target.port, servername: target.hostname, ca: target.ca });
    socket.setNoDelay(true).once('error', reject).once('secureConnect', () => { resolve(socket); });
  });
}

function exchange(socket: TLSSocket, request: string): Promise<{ readonly status: string; readonly body: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (): void => { socket.off('data', read).off('error', reject).off('close', closed); };
    const closed = (): void => { reject(new Error('the connection was closed')); };
    const read = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
      if (text.length < head + 4 + length) return;
      end();
      resolve({ status: text.slice(9, 12), body: text.slice(head + 4) });
    };
    socket.on('data', read).once('error', reject).once('close', closed);
    socket.write(request);
  });
}
