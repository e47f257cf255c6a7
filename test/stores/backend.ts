// What a store's own test file opens for the contract.

import type { Test } from 'tap';
import type { Store } from '../../src/stores/store.ts';

/** Two handles on ONE backend, as two processes have it, both empty and at the same clock. */
export interface Backend {
  readonly one: Store;
  readonly two: Store;
  /** Moves the clock of both handles; seconds. */
  tick(seconds: number): void;
  /** The clock, in seconds since the epoch. */
  now(): number;
}

/** Opens a fresh backend; what it opened ends with the test. */
export type OpenBackend = (t: Test) => Promise<Backend>;
