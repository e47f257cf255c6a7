// Half-open handshakes: each belongs to one connection object, lives a few seconds, and there is a most of them.

import type { Leg } from './mechanism.ts';

export interface Handshakes {
  /** Keeps the leg for this connection from this address. False if too many are open: the leg is disposed then. */
  keep(connection: object, leg: Leg, address: string): boolean;
  /** Takes this connection's leg away, if it has one that is still alive; it is the caller's to dispose of. */
  take(connection: object): Leg | undefined;
  /** How many are open. */
  readonly open: number;
}

export interface HandshakeOptions {
  readonly lifetime: number;
  readonly limit: number;
  /** So that one stranger cannot take all places. */
  readonly limitPerAddress: number;
}

/**
 * Builds the set. `lifetime` is in milliseconds. Legs are keyed by the connection object itself, never by an address, which
 * another connection could come to have; whoever owns the connection calls `take` when it closes.
 */
export function handshakes(options: HandshakeOptions): Handshakes {
  const kept = new Map<object, { readonly leg: Leg; readonly timer: NodeJS.Timeout; readonly address: string }>();
  const byAddress = new Map<string, number>();
  const count = (address: string, change: number): void => {
    const now = (byAddress.get(address) ?? 0) + change;
    if (now === 0) byAddress.delete(address);
    else byAddress.set(address, now);
  };
  const take = (connection: object): Leg | undefined => {
    const entry = kept.get(connection);
    if (entry === undefined) return undefined;
    clearTimeout(entry.timer);
    kept.delete(connection);
    count(entry.address, -1);
    return entry.leg;
  };
  return {
    keep: (connection, leg, address) => {
      take(connection)?.[Symbol.dispose]();
      if (kept.size >= options.limit || (byAddress.get(address) ?? 0) >= options.limitPerAddress) {
        leg[Symbol.dispose]();
        return false;
      }
      const timer = setTimeout(() => { take(connection)?.[Symbol.dispose](); }, options.lifetime);
      timer.unref();
      kept.set(connection, { leg, timer, address });
      count(address, 1);
      return true;
    },
    take,
    get open() {
      return kept.size;
    },
  };
}
