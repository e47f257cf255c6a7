// What a directory said, kept for a while: so long it counts, and longer while the directory is out. One question at a time for each key.

import { UnavailableError } from '../errors.ts';
import { before, deadline } from './deadline.ts';

export interface CacheOptions<T> {
  /** How long a value counts, in seconds. */
  readonly freshFor: (value: T) => number;
  /** How long it counts while nothing newer can be had, in seconds. */
  readonly keptFor: number;
  /** Whether there is somebody. Those that are nobody have a room of their own, so that guessed names push nobody out. */
  readonly isSomebody: (value: T) => boolean;
  /**
   * Milliseconds that somebody waits for a newer value who has an older one; once one was late, or has failed, nobody waits at all until a
   * look succeeds, which goes on behind the scenes. Without it everybody waits for the end of a look.
   */
  readonly patience?: number;
  /** How many of each kind are kept; the one that was not asked for the longest goes first. */
  readonly size: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

export interface Cache<T> {
  /** The value of the key, from `look` if it is not fresh. Rejects as `look` does if that says UnavailableError and nothing is kept. */
  get(key: string, look: () => Promise<T>): Promise<T>;
  /** Keeps a value that came by another way. */
  put(key: string, value: T): void;
}

interface Kept<T> {
  readonly value: T;
  readonly since: number;
}

export function cache<T>(options: CacheOptions<T>): Cache<T> {
  const { freshFor, keptFor, patience, now } = options;
  /** Of the last look, until one succeeds. */
  let failure: UnavailableError | undefined;
  let isLate = false;
  const { put, touched } = rooms(options);
  const looking = new Map<string, Promise<T>>();

  /** A clock that was set back makes nothing young. */
  const isYounger = (since: number, seconds: number): boolean => {
    const age = now() - since;
    return age >= 0 && age < seconds;
  };
  const look = async (key: string, ask: () => Promise<T>): Promise<T> => {
    try {
      const value = await ask();
      put(key, value);
      failure = undefined;
      isLate = false;
      return value;
    } catch (error) {
      if (error instanceof UnavailableError) failure = error;
      throw error;
    } finally {
      looking.delete(key);
    }
  };
  return {
    put,
    get: async (key, ask) => {
      const kept = touched(key);
      if (kept !== undefined && isYounger(kept.since, freshFor(kept.value))) return kept.value;
      let answer = looking.get(key);
      if (answer === undefined) looking.set(key, answer = look(key, ask));
      const older = kept !== undefined && isYounger(kept.since, keptFor) ? kept : undefined;
      const hurries = patience !== undefined && (older !== undefined || failure !== undefined);
      try {
        return await (hurries ? before(deadline(isLate || failure !== undefined ? 0 : patience), answer, 'no answer yet') : answer);
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        isLate = true;
        if (older === undefined) throw failure ?? error;
        return older.value;
      }
    },
  };
}

/** Where the values are: one room for somebody and one for nobody, each with the least used first. */
function rooms<T>({ isSomebody, size, now }: Pick<CacheOptions<T>, 'isSomebody' | 'size' | 'now'>) {
  const somebody = new Map<string, Kept<T>>();
  const nobody = new Map<string, Kept<T>>();
  return {
    put: (key: string, value: T): void => {
      const [room, other] = isSomebody(value) ? [somebody, nobody] : [nobody, somebody];
      other.delete(key);
      room.delete(key);
      room.set(key, { value, since: now() });
      for (const oldest of room.keys()) {
        if (room.size <= size) break;
        room.delete(oldest);
      }
    },
    touched: (key: string): Kept<T> | undefined => {
      const room = somebody.has(key) ? somebody : nobody;
      const kept = room.get(key);
      if (kept === undefined) return undefined;
      room.delete(key);
      room.set(key, kept);
      return kept;
    },
  };
}
