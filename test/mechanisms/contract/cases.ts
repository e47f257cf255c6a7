// What a mechanism hands to its contract: credentials by how they are sent, good ones and wrong ones.

import type { MechanismName } from '../../../src/identity/proof.ts';
import type { Leg, Mechanism, Outcome, StepContext } from '../../../src/mechanisms/mechanism.ts';

/** One leg. */
export type Step = (bytes: Uint8Array, pending?: Leg) => Promise<Outcome>;

/** Drives a handshake with a credential of its own, leg by leg, and gives the first outcome that is no `continue`. */
export type Attempt = (step: Step) => Promise<Outcome>;

export interface MechanismCases<Credential> {
  /** What a proof by this mechanism says. */
  readonly proves: MechanismName;
  /** The canonical name of whom the good credentials belong to. */
  readonly user: string;
  readonly context: StepContext;
  /** The mechanism's credential from the bytes of one leg, good or not. */
  credential(bytes: Uint8Array): Credential;
  /** All legs of a good credential, a new one at each call. */
  readonly signIn: Attempt;
  /** What becomes of the same bytes when they come once more, in a handshake of their own: a ticket is good once, a password is not. */
  readonly reuse: 'refused' | 'allowed';
  /** Where in the last leg a changed bit must be noticed; by default 20 bytes before its end, or at its beginning. */
  vital?(bytes: Uint8Array): number;
  /** Well-formed credentials that prove nothing, by what they are. */
  readonly wrong: Readonly<Record<string, Attempt>>;
  /** The same mechanism, whose backend is out. */
  readonly broken: Mechanism<Credential>;
  /** For mechanisms of several legs: what earns a challenge. */
  firstLeg?(): Uint8Array | Promise<Uint8Array>;
  /** For mechanisms of several legs: what answers this challenge and proves the user. */
  secondLeg?(challenge: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** An attempt of one leg. */
export function oneLeg(make: () => Uint8Array | Promise<Uint8Array>): Attempt {
  return async (step) => step(await make());
}

/** An attempt and the bytes of its legs. */
export interface Run {
  readonly outcome: Outcome;
  readonly sent: readonly Uint8Array[];
}

/** Makes the attempt and notes what it sends. */
export async function run(attempt: Attempt, step: Step): Promise<Run> {
  const sent: Uint8Array[] = [];
  const outcome = await attempt((bytes, pending) => {
    sent.push(bytes);
    return step(bytes, pending);
  });
  return { outcome, sent };
}
