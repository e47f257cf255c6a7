// What every store promises, as tests. A store's own test file opens it and hands it over.

import type { Test } from 'tap';
import type { OpenBackend } from './backend.ts';
import { clientCases, keyCases } from './contract-clients-keys.ts';
import { faultCases } from './contract-faults.ts';
import { markCases } from './contract-marks.ts';
import { userCases } from './contract-users.ts';

/** Runs all cases, each on a backend of its own. */
export function storeContract(t: Test, open: OpenBackend): void {
  userCases(t, open);
  clientCases(t, open);
  keyCases(t, open);
  markCases(t, open);
  faultCases(t, open);
}
