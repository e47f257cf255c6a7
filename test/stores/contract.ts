// What every store promises, as tests. A store's own test file opens it and hands it over.

import type { Test } from 'tap';
import type { Store } from '../../src/stores/store.ts';
import { clientCases, keyCases } from './contract-clients-keys.ts';
import { faultCases } from './contract-faults.ts';
import { userCases } from './contract-users.ts';

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

/** Runs all cases, each on a backend of its own. */
export function storeContract(t: Test, open: OpenBackend): void {
  userCases(t, open);
  clientCases(t, open);
  keyCases(t, open);
  faultCases(t, open);
}
