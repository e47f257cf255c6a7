// A line to a domain controller that the test listens on, changes or holds: a TCP proxy, and servers that are no controller.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Test } from 'tap';

export interface Line {
  readonly port: number;
  /** Connections so far, and the most that there were at once. */
  readonly count: { all: number; most: number };
}

/** What comes back instead of the nth piece of a connection's answers. */
export type Alter = (answer: Buffer, nth: number) => Buffer;

/** Passes everything on to the address and port; `alter` may change what comes back. */
export async function proxy(t: Test, host: string, port: number, alter: Alter = (answer) => answer): Promise<Line> {
  let open = 0;
  const count = { all: 0, most: 0 };
  const line = await serve(t, (client) => {
    const there = connect({ host, port });
    let nth = 0;
    count.all++;
    count.most = Math.max(count.most, ++open);
    client.pipe(there).on('data', (data: Buffer) => { client.write(alter(data, nth++)); });
    there.on('error', () => {}).on('close', () => { client.destroy(); });
    client.on('close', () => {
      open--;
      there.destroy();
    });
  });
  return { port: line, count };
}

/** Listens on 127.0.0.1 until the end of the test; gives the port. */
export async function serve(t: Test, onSocket: (socket: Socket) => void, server: Server = createServer()): Promise<number> {
  const event = server instanceof TlsServer ? 'secureConnection' : 'connection';
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('close', () => { sockets.delete(socket); });
  });
  server.on(event, onSocket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}
