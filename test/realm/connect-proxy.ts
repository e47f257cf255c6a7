// A proxy for HTTPS on loopback (RFC 9110 §9.3.6), as a company has it at its border: it writes down every tunnel that it is asked for.

import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Ending } from './site.ts';

export interface ConnectProxy {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Every tunnel that was asked for, made or not; `authorization` is what came in Proxy-Authorization. */
  readonly asked: readonly { readonly target: string; readonly authorization: string | undefined }[];
  /** How many were made. */
  readonly tunnels: number;
  /** Instead of a tunnel it answers this status, or nothing at all. */
  instead: number | 'hang' | undefined;
  stop(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** `user:password` that it asks for (RFC 7617); whoever comes without is answered 407. */
  readonly credentials?: string;
  /** The port of loopback where all tunnels end, as if the name of the target led there; else where the target says. */
  readonly port?: number;
  readonly instead?: number | 'hang';
  /** It is reached by HTTPS, with this certificate and key in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The port where it listens; else a free one. */
  readonly at?: number;
}

/** Starts it on a free port; it ends with the test. */
export async function startConnectProxy(t: Ending, options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const { credentials, port, instead, tls, at = 0 } = options;
  const asked: { readonly target: string; readonly authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const expected = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
  let tunnels = 0;
  const server = tls === undefined ? createServer() : createTlsServer(tls);
  server.on('request', (_request, response) => { response.writeHead(405).end(); });
  server.on('connection', (socket) => { sockets.add(socket); });
  server.on('connect', ({ url = '', headers }, socket: Socket, head: Buffer) => {
    const authorization = headers['proxy-authorization'];
    asked.push({ target: url, authorization });
    if (proxy.instead === 'hang') return;
    const isKnown = expected === undefined || authorization === expected;
    if (proxy.instead !== undefined || !isKnown) return refuse(socket, proxy.instead ?? 407);
    const { hostname, port: wanted } = new URL(`tunnel://${url}`);
    const far = connect(port ?? Number(wanted), port === undefined ? hostname : '127.0.0.1', () => {
      tunnels++;
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      far.write(head);
      far.pipe(socket).pipe(far);
    });
    sockets.add(far);
    // Either end may go at any time; the other one goes with it.
    far.once('error', () => { socket.destroy(); }).once('close', () => { socket.destroy(); });
    socket.once('error', () => { far.destroy(); }).once('close', () => { far.destroy(); });
  });
  await new Promise<void>((resolve) => { server.listen(at, '127.0.0.1', resolve); });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => stopped ??= new Promise<void>((resolve) => {
    server.close(() => { resolve(); });
    for (const socket of sockets) socket.destroy();
  });
  t.teardown(stop);
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const proxy: ConnectProxy = { host, asked, get tunnels() { return tunnels; }, instead, stop };
  return proxy;
}

function refuse(socket: Socket, status: number): void {
  const challenge = status === 407 ? 'Proxy-Authenticate: Basic realm="border"\r\n' : '';
  socket.end(`HTTP/1.1 ${String(status)} No\r\n${challenge}Content-Length: 0\r\nConnection: close\r\n\r\n`);
}
