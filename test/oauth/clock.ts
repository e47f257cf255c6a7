// Moves the clock of this process, on which the gateway in it goes by.

import type { Test } from 'tap';

const { now } = Date;

/** From now on it is so many seconds later than it is; again as before when the test ends. The clock goes on. */
export function later(t: Test, seconds: number): void {
  t.intercept(Date, 'now', { value: () => now() + seconds * 1000, configurable: true });
}
