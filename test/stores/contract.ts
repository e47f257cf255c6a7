// What every store promises, as tests. A store's own test file opens it and hands it over.

import type { Test } from 'tap';
import type { OpenBackend } from './backend.ts';
import { attemptCases } from './contract-attempts.ts';
import { clientCases } from './contract-clients.ts';
import { entraCases } from './contract-entra.ts';
import { faultCases } from './contract-faults.ts';
import { grantRaceCases } from './contract-grant-races.ts';
import { grantCases } from './contract-grants.ts';
import { keyCases } from './contract-keys.ts';
import { markCases } from './contract-marks.ts';
import { mirrorCases } from './contract-mirror.ts';
import { mirrorConflictCases } from './contract-mirror-conflicts.ts';
import { mirrorSourceCases } from './contract-mirror-sources.ts';
import { ntlmCases } from './contract-ntlm.ts';
import { secretCases } from './contract-secrets.ts';
import { sessionCases } from './contract-sessions.ts';
import { userCases } from './contract-users.ts';

/** Runs all cases, each on a backend of its own. */
export function storeContract(t: Test, open: OpenBackend): void {
  userCases(t, open);
  secretCases(t, open);
  mirrorCases(t, open);
  mirrorConflictCases(t, open);
  mirrorSourceCases(t, open);
  entraCases(t, open);
  clientCases(t, open);
  keyCases(t, open);
  grantCases(t, open);
  grantRaceCases(t, open);
  sessionCases(t, open);
  markCases(t, open);
  attemptCases(t, open);
  ntlmCases(t, open);
  faultCases(t, open);
}
