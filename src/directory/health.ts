// Whether each directory answers: told within a second, from what was last seen, which is looked at again behind the scenes.

import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../errors.ts';
import { inWords } from './failure.ts';

/** Milliseconds. */
const PATIENCE = 900;
const AGAIN = 10_000;
/** While it is out, a question costs nothing until its circuit lets one try. */
const AGAIN_IF_OUT = 1_000;

export interface Probe {
  /** Asks a real question; rejects with UnavailableError. */
  look(): Promise<void>;
  /** What is known to be out without asking. */
  outage(): string | undefined;
}

/** Answers `ok`, or what is out, for an administrator. */
export function healthOf({ look, outage }: Probe): () => Promise<'ok' | (string & {})> {
  let last: string | undefined;
  let looking: Promise<void> | undefined;
  let next = 0;
  const probe = async (): Promise<void> => {
    try {
      await look();
      last = 'ok';
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      last = inWords(error);
    } finally {
      looking = undefined;
      next = performance.now() + (outage() === undefined ? AGAIN : AGAIN_IF_OUT);
    }
  };
  return async () => {
    if (performance.now() >= next) looking ??= probe();
    if (looking !== undefined) {
      const patience = new AbortController();
      await Promise.race([looking, sleep(PATIENCE, undefined, patience)]).finally(() => { patience.abort(); });
    }
    return outage() ?? last ?? 'no answer yet';
  };
}
