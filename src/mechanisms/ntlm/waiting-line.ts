// Those who wait for a helper: in the order of their coming, but a place that has many does not keep out one that has few.

export interface WaitingLineOptions {
  /** Milliseconds that somebody waits. */
  readonly wait: number;
  /** How many may wait. Past it the last of the place with the most is turned away. */
  readonly limit: number;
}

export interface WaitingLine<T> {
  readonly size: number;
  /** Resolves when served; with undefined if that does not come in time, or too many wait. */
  join(place: string): Promise<T | undefined>;
  /**
   * Serves as many as `give` has something for; of two places the one first that `holds` less, then the one that came first. `crowd` is
   * from how many places people wait, now or when this one came: the last of many must not wait longer because the others are gone.
   */
  serve(holds: (place: string) => number, give: Give<T>): void;
  /** Turns everybody away. */
  clear(): void;
}

export type Give<T> = (place: string, crowd: number) => T | undefined;

interface Waiting<T> {
  readonly place: string;
  /** From how many places people waited when he had come. */
  readonly crowd: number;
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
    join: (place) => new Promise((resolve) => {
      const over = (value: T | undefined): void => {
        clearTimeout(timer);
        leave(one);
        resolve(value);
      };
      const one: Waiting<T> = {
        place, arrival: arrivals++, crowd: byPlace.size + (byPlace.has(place) ? 0 : 1),
        served: over,
        turnedAway: () => { over(undefined); },
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

function serveOne<T>(byPlace: Places<T>, holds: (place: string) => number, give: Give<T>): boolean {
  const heads = [...byPlace.values()].flatMap(([head]) => (head === undefined ? [] : [{ head, holding: holds(head.place) }]));
  heads.sort((a, b) => a.holding - b.holding || a.head.arrival - b.head.arrival);
  for (const { head } of heads) {
    const value = give(head.place, Math.max(head.crowd, byPlace.size));
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
