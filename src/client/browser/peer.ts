// Whose program is at the other end of a connection on loopback: Linux tells it, and the answer to a sign-in is taken from nobody else.

import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Whether the other end is known to be a program of another user. What starts the browser shows its address in the list of processes, where
 * others could read it, sign in there as themselves and bring the answer here. The superuser can do that anyway.
 * @returns false where the operating system does not tell (all but Linux)
 */
export function isOfAnotherUser({ remotePort, localPort }: Pick<Socket, 'remotePort' | 'localPort'>, table: () => string = connections): boolean {
  const own = process.getuid?.();
  if (own === undefined || process.platform !== 'linux') return false;
  const found = table().split('\n').map((line) => line.trim().split(/\s+/)).filter(([, local = '', remote = '', state]) =>
    portOf(local) === remotePort && portOf(remote) === localPort && state === ESTABLISHED);
  // One that is closing belongs to nobody any more, and waits for no answer.
  return !found.some(([, , , , , , , uid]) => uid === String(own) || uid === '0');
}

/** proc(5): a line is number, local address, remote address, state, queues, timer, retransmits, uid. */
const connections = (): string => ['/proc/net/tcp', '/proc/net/tcp6'].map(read).join('\n');
const ESTABLISHED = '01';
const portOf = (address: string): number => Number.parseInt(address.split(':')[1] ?? '', 16);

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    // Without IPv6 there is no such table.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
