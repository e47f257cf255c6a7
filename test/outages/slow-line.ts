// A line to the domain controller on which everything takes its time, or that breaks.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AdDomain } from '../realm/ad.ts';
import type { Ending } from '../realm/site.ts';

export interface SlowLine {
  /** Listens on the address of the domain controller, so that its name and its certificate are right. */
  readonly port: number;
  /** Ends all connections. */
  cut(): void;
}

/** Opens one to LDAPS until the end of the test; an answer comes so many milliseconds later than it would. */
export async function slowLine(t: Ending, { address }: Pick<AdDomain, 'address'>, delay: number): Promise<SlowLine> {
  const sockets = new Set<Socket>();
  const kept = (socket: Socket): Socket => {
    sockets.add(socket.on('error', () => { /* the other end hears of it by 'close' */ }));
    return socket.on('close', () => { sockets.delete(socket); });
  };
  const server = createServer((client) => {
    const controller = kept(connect({ host: address, port: 636 }));
    carry(kept(client), controller, delay / 2);
    carry(controller, client, delay / 2);
  });
  server.listen(0, address);
  await once(server, 'listening');
  const cut = (): void => { for (const socket of sockets) socket.destroy(); };
  t.teardown(async () => {
    cut();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, cut };
}

function carry(from: Socket, to: Socket, delay: number): void {
  from.on('data', (data: Buffer) => { setTimeout(() => { if (!to.destroyed) to.write(data); }, delay); });
  from.on('close', () => { setTimeout(() => { to.destroy(); }, delay); });
}
