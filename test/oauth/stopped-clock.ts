// Stops the clock of this process, on which the gateway in it goes by, so that a test can look at the very second.

import type { Test } from 'tap';

/** Shows this second, and stands there; it goes again when the test ends. */
export function stopped(t: Test, second: number): void {
  t.intercept(Date, 'now', { value: () => second * 1000, configurable: true });
}
