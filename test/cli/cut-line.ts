// A line to a server that can be cut after so many bytes of its answers.

import { createServer, connect, type AddressInfo } from 'node:net';
import type { Test } from 'tap';

export interface CutLine {
  /** On 127.0.0.1. */
  readonly port: number;
  /** How many bytes the server has sent through it so far. */
  readonly sent: () => number;
  /** From now on a connection ends after so many bytes from the server. */
  cutAfter(bytes: number): void;
}

/** Opens it for the length of a test. */
export async function cutLine(t: Test, host: string, port: number): Promise<CutLine> {
  let sent = 0;
  let limit = Infinity;
  const server = createServer((client) => {
    const upstream = connect(port, host);
    let passed = 0;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.on('data', (chunk) => { upstream.write(chunk); });
    upstream.on('data', (chunk) => {
      const part = chunk.subarray(0, Math.max(0, limit - passed));
      passed += part.length;
      sent += part.length;
      client.write(part, () => { if (passed >= limit) end(); });
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => { server.close(); });
  return { port: (server.address() as AddressInfo).port, sent: () => sent, cutAfter: (bytes) => { limit = bytes; } };
}
