// Something that Microsoft publishes, kept: renewed behind the scenes when it ages, and used for a bounded time while it cannot be had.

import { UnavailableError } from '../errors.ts';
import { OUT } from './failure.ts';

export interface RefreshedOptions<T> {
  /** Asks for it. Rejects with UnavailableError if it cannot be had. */
  readonly look: () => Promise<T>;
  /** Seconds after which it is asked for again, behind the scenes. */
  readonly renewedAfter: number;
  /** Seconds after which whoever wants it waits for a newer one, as after a night without sign-ins. */
  readonly freshFor: number;
  /** Seconds for which it counts at most, if a newer one cannot be had. */
  readonly keptFor: number;
  /** Seconds between two tries, if the last one has failed. */
  readonly pause: number;
  /** Seconds between two looks that `renew` causes. */
  readonly renewPause: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

export interface Refreshed<T> {
  /** Why the last look has failed, if it has. */
  readonly outage: UnavailableError | undefined;
  /** The value. Rejects with UnavailableError if there is none that counts. */
  get(): Promise<T>;
  /**
   * A newer one, unless it was called within `renewPause`: for whoever misses something in what is kept. Undefined: not now.
   * Rejects with UnavailableError if it cannot be had.
   */
  renew(): Promise<T | undefined>;
}

/** Keeps it. Nothing is asked for before it is wanted, and nobody asks while another one does. */
export function refreshed<T>({ look, renewedAfter, freshFor, keptFor, pause, renewPause, now }: RefreshedOptions<T>): Refreshed<T> {
  let kept: { readonly value: T; readonly since: number } | undefined;
  let looking: Promise<T> | undefined;
  let renewed: number | undefined;
  let failed: { readonly error: UnavailableError; readonly at: number } | undefined;

  /** A clock that was set back makes nothing young. */
  const isWithin = (since: number, seconds: number): boolean => now() - since >= 0 && now() - since < seconds;
  const ask = async (): Promise<T> => {
    try {
      const value = await look();
      kept = { value, since: now() };
      failed = undefined;
      return value;
    } catch (cause) {
      // Whatever it is, it must not end the process where nobody waits for it, and with that every other way to sign in.
      const error = cause instanceof UnavailableError ? cause : new UnavailableError(OUT, { detail: 'a fault of the gateway itself', cause });
      failed = { error, at: now() };
      throw error;
    } finally {
      looking = undefined;
    }
  };
  const isPaused = (): boolean => failed !== undefined && isWithin(failed.at, pause);
  return {
    get outage() { return failed?.error; },
    get: async () => {
      if (kept !== undefined && isWithin(kept.since, keptFor)) {
        const { value, since } = kept;
        if (isWithin(since, renewedAfter) || isPaused()) return value;
        // If it fails, what is kept counts still, and the next one tries again after the pause.
        const newer = (looking ??= ask()).catch(() => value);
        return isWithin(since, freshFor) ? value : newer;
      }
      if (looking === undefined && failed !== undefined && isPaused()) throw failed.error;
      return looking ??= ask();
    },
    renew: async () => {
      if (looking !== undefined) return looking;
      if (failed !== undefined && isPaused()) throw failed.error;
      if (renewed !== undefined && isWithin(renewed, renewPause)) return undefined;
      renewed = now();
      return looking ??= ask();
    },
  };
}
