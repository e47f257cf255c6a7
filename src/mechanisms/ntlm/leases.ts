// Who holds which helper. It is held from the first message of a sign-in to the last, and nobody keeps others from it by sending first
// messages only: whoever keeps the most of them waiting loses one to whoever needs it.

import { waitingLine } from './waiting-line.ts';

export interface LeaseOptions<T extends object> {
  /** What there is to hold. */
  readonly all: readonly T[];
  /** Of those that are free, one like this is taken first. */
  readonly isReady: (held: T) => boolean;
  /** Milliseconds that a caller waits. */
  readonly wait: number;
  /** How many callers may wait. */
  readonly queue: number;
  /**
   * Milliseconds for which a lease that rests is safe; from other places only the nth part, if its own has n of them resting. Where several
   * places wait, it is divided by how many, but is not less than 20 ms because of that.
   */
  readonly safe: number;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Its owner works with what he holds until he lets it rest; meanwhile nobody can take it away. */
export interface Lease<T> extends Disposable {
  readonly held: T;
  /** Its owner waits for somebody else now. */
  rest(): void;
  /** Its owner goes on working; false if it was taken away meanwhile, or given back. */
  resume(): boolean;
}

export interface Leases<T> {
  /** Takes what is free, the last used first, or gets free in time; undefined if there is too little for too many. */
  take(place: string): Promise<Lease<T> | undefined>;
  /** Turns away those who wait. */
  close(): void;
}

interface Holding<T> {
  readonly held: T;
  readonly place: string;
  /** When it began to rest; undefined while its owner works. */
  restsSince: number | undefined;
}

/** Milliseconds between two looks at what is not safe any more, while somebody waits. */
const LOOK = 10;
/** Milliseconds that a client at hand needs to answer. */
const LEAST_SAFE = 20;

/** Builds the set. */
export function leases<T extends object>({ all, isReady, wait, queue, safe, now = () => performance.now() }: LeaseOptions<T>): Leases<T> {
  const free = [...all];
  const holdings = new Set<Holding<T>>();
  const line = waitingLine<Lease<T>>({ wait, limit: queue });
  let looking: NodeJS.Timeout | undefined;
  const find = (place: string, crowd: number): Lease<T> | undefined => {
    const ready = free.findLastIndex(isReady);
    const [held] = free.splice(ready < 0 ? -1 : ready, 1);
    if (held !== undefined) return lease(held, place);
    const victim = victimFor(place, [...holdings], { safe, now: now(), crowd });
    if (victim === undefined) return undefined;
    holdings.delete(victim);
    return lease(victim.held, place);
  };
  const lease = (held: T, place: string): Lease<T> => {
    const holding: Holding<T> = { held, place, restsSince: undefined };
    holdings.add(holding);
    return {
      held,
      rest: () => { holding.restsSince = now(); },
      resume: () => {
        holding.restsSince = undefined;
        return holdings.has(holding);
      },
      [Symbol.dispose]: () => {
        if (!holdings.delete(holding)) return;
        free.push(held);
        serve();
      },
    };
  };
  const holds = (place: string): number => [...holdings].filter((one) => one.place === place).length;
  const serve = (): void => {
    clearTimeout(looking);
    line.serve(holds, find);
    looking = line.size > 0 ? setTimeout(serve, LOOK) : undefined;
  };
  return {
    take: async (place) => {
      const found = line.size === 0 ? find(place, 1) : undefined;
      if (found !== undefined) return found;
      looking ??= setTimeout(serve, LOOK);
      return line.join(place);
    },
    close: () => {
      clearTimeout(looking);
      line.clear();
    },
  };
}

/** Whose lease is taken away for the place: the one that rests longest, of the place with the most that rest, if that is long enough. */
function victimFor<T>(
  place: string, holdings: readonly Holding<T>[],
  { safe, now, crowd }: { readonly safe: number; readonly now: number; readonly crowd: number },
): Holding<T> | undefined {
  const resting = Map.groupBy(holdings.filter(({ restsSince }) => restsSince !== undefined), (one) => one.place);
  const most = Math.max(...[...resting.values()].map(({ length }) => length));
  const own = resting.get(place);
  // Who has as many as anybody loses one of his own.
  const candidates = own?.length === most ? own : [...resting.values()].filter(({ length }) => length === most).flat();
  const age = (one: Holding<T>): number => now - (one.restsSince ?? now);
  const [oldest] = [...candidates].sort((a, b) => age(b) - age(a));
  if (oldest === undefined) return undefined;
  const alone = candidates === own ? safe : safe / most;
  // Many who open and never answer, each from another place, would else use up the time that the others may wait.
  return age(oldest) >= Math.min(alone, Math.max(LEAST_SAFE, alone / crowd)) ? oldest : undefined;
}
