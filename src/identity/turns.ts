// Turns at the costly check of passwords: one place cannot take all of it, and nobody waits without end.

import { UnavailableError } from '../errors.ts';

export interface TurnOptions {
  /** How many actions of one place run at once. */
  readonly atOnce: number;
  /** How many more of it may wait. */
  readonly waiting: number;
}

/** Runs the action when it is its turn. Throws UnavailableError at once if too many of that place wait already. */
export type TakeTurn = <T>(place: string, action: () => Promise<T>) => Promise<T>;

interface Queue {
  running: number;
  readonly waiting: (() => void)[];
}

/** Builds the queues, one for each place that has something under way. */
export function turns({ atOnce, waiting }: TurnOptions): TakeTurn {
  const queues = new Map<string, Queue>();
  const enter = async (queue: Queue, place: string): Promise<void> => {
    if (queue.running >= atOnce) {
      if (queue.waiting.length >= waiting) throw new UnavailableError('Too many passwords are being checked. Try again in a moment.', { detail: place });
      // Whoever leaves hands his place over, so that nobody can slip in between.
      await new Promise<void>((resolve) => { queue.waiting.push(resolve); });
    } else {
      queue.running++;
    }
  };
  const leave = (queue: Queue, place: string): void => {
    const next = queue.waiting.shift();
    if (next !== undefined) next();
    else if (--queue.running === 0) queues.delete(place);
  };
  return async (place, action) => {
    let queue = queues.get(place);
    if (queue === undefined) queues.set(place, queue = { running: 0, waiting: [] });
    await enter(queue, place);
    try {
      return await action();
    } finally {
      leave(queue, place);
    }
  };
}
