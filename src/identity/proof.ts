// What a mechanism has proved about the caller. It is not yet anybody here: identity/resolve.ts decides that.

import type { Authentication } from './authentication.ts';
import type { Subject } from './subject.ts';

/** How the proof was made. */
export type MechanismName = 'kerberos' | 'ntlm' | 'password' | 'entra';

/** The verified facts. */
export interface ProofFacts {
  readonly mechanism: MechanismName;
  readonly subject: Subject;
  readonly authentication: Authentication;
  /**
   * Security identifiers, the user's own first, then those of his groups: from an authenticated and complete PAC, or from the directory
   * that has just checked his password. A tenant of Entra ID tells only his own. Empty if the mechanism was told none.
   */
  readonly sids: readonly string[];
  /** Groups that a tenant of Entra ID vouches for: object ids in lower case, and SIDs of groups that it has from a domain. */
  readonly tenantGroups?: readonly string[];
}

/** A private member, which exists for the compiler only: unlike a symbol it does not survive a spread with other facts. */
declare class Vouched {
  #vouched: true;
}

/** Facts that a mechanism vouches for. Only `src/mechanisms/` can make one (checked by `npm run rooms`). */
export type Proof = ProofFacts & Vouched;

/** Seals facts as a proof. To be called by mechanisms, after verification, and by nobody else. */
export function prove(facts: ProofFacts): Proof {
  return Object.freeze({ ...facts }) as ProofFacts as Proof;
}
