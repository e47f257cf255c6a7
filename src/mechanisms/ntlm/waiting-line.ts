// Those who wait for a helper: in the order of their coming, but a place that has many does not keep out one that has few.

import { UnavailableError } from '../../errors.ts';

export interface WaitingLineOptions {
  /** Milliseconds that somebody waits. */
  readonly wait: number;
  /** How many may wait. Past it the last of the place with the most is turned away. */
  readonly limit: number;
}

export interface WaitingLine<T> {
  readonly size: number;
  /** Resolves when served. Throws UnavailableError if that does not come in time, or too many wait. */
  join(place: string): Promise<T>;
  /** Serves as many as `give` has something for; of two places the one first that `holds` less, then the one that came first. */
  serve(holds: (place: string) => number, give: (place: string) => T | undefined): void;
  /** Turns everybody away. */
  clear(): void;
}

interface Waiting<T> {
  readonly place: string;
  readonly arrival: number;
  readonly served: (value: T) => void;
  readonly turnedAway: () => void;
}

/** Builds an empty line. */
export function waitingLine<T>({ wait, limit }: WaitingLineOptions): WaitingLine<T> {
  // A set keeps the order of its members, and gives one up at once.
  const byPlace = new Map<string, Set<Waiting<T>>>();
  let size = 0;
  let arrivals = 0;
  const enter = (one: Waiting<T>): void => {
    byPlace.set(one.place, (byPlace.get(one.place) ?? new Set()).add(one));
    size++;
  };
  const leave = (one: Waiting<T>): void => {
    const others = byPlace.get(one.place);
    others?.delete(one);
    if (others?.size === 0) byPlace.delete(one.place);
    size--;
  };
  return {
    get size() { return size; },
    join: (place) => new Promise((resolve, reject) => {
      const over = (settle: () => void): void => {
        clearTimeout(timer);
        leave(one);
        settle();
      };
      const one: Waiting<T> = {
        place, arrival: arrivals++,
        served: (value) => { over(() => { resolve(value); }); },
        turnedAway: () => { over(() => { reject(busy(place)); }); },
      };
      const timer = setTimeout(one.turnedAway, wait);
      enter(one);
      if (size > limit) lastOfTheMost(byPlace)?.turnedAway();
    }),
    serve: (holds, give) => { while (serveOne(byPlace, holds, give)); },
    clear: () => { for (const all of [...byPlace.values()]) for (const one of all) one.turnedAway(); },
  };
}

type Places<T> = ReadonlyMap<string, ReadonlySet<Waiting<T>>>;

function serveOne<T>(byPlace: Places<T>, holds: (place: string) => number, give: (place: string) => T | undefined): boolean {
  const heads = [...byPlace.values()].flatMap(([head]) => (head === undefined ? [] : [{ head, holding: holds(head.place) }]));
  heads.sort((a, b) => a.holding - b.holding || a.head.arrival - b.head.arrival);
  for (const { head } of heads) {
    const value = give(head.place);
    if (value === undefined) continue;
    head.served(value);
    return true;
  }
  return false;
}

function lastOfTheMost<T>(byPlace: Places<T>): Waiting<T> | undefined {
  const lasts = [...byPlace.values()].flatMap((all) => ([...all].slice(-1).map((last) => ({ last, count: all.size }))));
  return lasts.reduce((a, b) => (b.count > a.count || (b.count === a.count && b.last.arrival > a.last.arrival) ? b : a)).last;
}

function busy(place: string): UnavailableError {
  return new UnavailableError('Too many people sign in with NTLM at this moment. Try again in a moment.', {
    detail: `the NTLM helpers are busy, and ${place} was turned away: raise [NTLM] Helpers if this happens often`,
  });
}
