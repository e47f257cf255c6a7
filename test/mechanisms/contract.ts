// What every mechanism promises, as tests. A mechanism's own test file makes credentials and hands them over.

import type { Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import type { MechanismName } from '../../src/identity/proof.ts';
import { refusalReasons } from '../../src/identity/refusal.ts';
import type { Leg, Mechanism, Outcome, StepContext } from '../../src/mechanisms/mechanism.ts';
import { seeded } from '../mutate.ts';

export interface MechanismCases<Credential> {
  /** What a proof by this mechanism says. */
  readonly proves: MechanismName;
  /** The canonical name of whom the good credentials belong to. */
  readonly user: string;
  readonly context: StepContext;
  /** A good credential, a new one at each call. */
  good(): Promise<Uint8Array>;
  /** The mechanism's credential from bytes, good or not. */
  credential(bytes: Uint8Array): Credential;
  /** Well-formed credentials that prove nothing, by what they are. */
  readonly wrong: Readonly<Record<string, () => Uint8Array | Promise<Uint8Array>>>;
  /** The same mechanism, whose backend is out. */
  readonly broken: Mechanism<Credential>;
  /** For mechanisms of several legs: a credential that earns a `continue`. */
  firstLeg?(): Uint8Array | Promise<Uint8Array>;
}

/** Runs all cases. */
export function mechanismContract<Credential>(t: Test, mechanism: Mechanism<Credential>, cases: MechanismCases<Credential>): void {
  const step = (bytes: Uint8Array, pending?: Leg): Promise<Outcome> =>
    Promise.resolve(mechanism.step(cases.credential(bytes), pending, cases.context));
  proving(t, step, cases);
  refusing(t, step, cases);
  if (cases.firstLeg) continuing(t, step, { ...cases, firstLeg: cases.firstLeg });
  t.test('when the backend is out, a good credential is a fault and no refusal', async (t) => {
    const bytes = await cases.good();
    const error: unknown = await Promise.resolve()
      .then(() => cases.broken.step(cases.credential(bytes), undefined, cases.context))
      .catch((cause: unknown) => cause);
    t.ok(error instanceof UnavailableError);
    t.notOk(holds((error as UnavailableError).detail ?? '', bytes));
    t.equal((await step(bytes)).kind, 'proved', 'it was not used up');
  });
}

type Step = (bytes: Uint8Array, pending?: Leg) => Promise<Outcome>;

function proving<Credential>(t: Test, step: Step, { proves, user, good }: MechanismCases<Credential>): void {
  t.test('a good credential is proved, by the right mechanism, for the right person', async (t) => {
    const before = Math.floor(Date.now() / 1000);
    const bytes = await good();
    const outcome = await step(bytes);
    if (outcome.kind !== 'proved') return t.fail(JSON.stringify(outcome));
    const { proof } = outcome;
    t.match(proof, { mechanism: proves, channelBinding: /^(bound|none)$/ });
    t.equal(proof.principal.canonical, user);
    t.ok(proof.methods.length > 0);
    t.ok(proof.authenticatedAt >= before && proof.authenticatedAt <= Date.now() / 1000, 'in seconds, now');
    t.ok(Object.isFrozen(proof));
    t.notOk(holds(JSON.stringify(proof), bytes), 'the proof does not hold the credential');
  });

  t.test('a credential is good once', async (t) => {
    const bytes = await good();
    t.equal((await step(bytes)).kind, 'proved');
    for (let again = 0; again < 3; again++) isRefused(t, await step(bytes), bytes, 'used again');
  });
}

function refusing<Credential>(t: Test, step: Step, { good, wrong }: MechanismCases<Credential>): void {
  for (const [what, make] of Object.entries(wrong)) {
    t.test(`${what} is refused`, async (t) => {
      const bytes = await make();
      isRefused(t, await step(bytes), bytes, what);
    });
  }

  t.test('a credential that was cut, changed, filled up or made of nothing is refused, and not thrown', async (t) => {
    const bytes = await good();
    const random = seeded(2);
    const noise = (length: number): Uint8Array => Buffer.from(Array.from({ length }, () => Math.trunc(random() * 256)));
    for (const length of [1, 2, 3, 10, 40, bytes.length >> 1, bytes.length - 1]) {
      isRefused(t, await step(bytes.subarray(0, length)), bytes, `${String(length)} bytes of it`);
    }
    for (const length of [1, 16, 300, 5000, 48 * 1024]) isRefused(t, await step(noise(length)), bytes, `${String(length)} random bytes`);
    for (const length of [64 * 1024, 1024 * 1024]) {
      isRefused(t, await step(Buffer.concat([bytes, Buffer.alloc(length)])), bytes, `with ${String(length)} bytes more`);
      isRefused(t, await step(Buffer.alloc(length, 0x60)), bytes, `${String(length)} bytes`);
    }
    const changed = Buffer.from(bytes);
    changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
    isRefused(t, await step(changed), bytes, 'a bit changed');
    t.equal((await step(bytes)).kind, 'proved', 'and the good one is still good');
  });
}

function continuing<Credential>(
  t: Test, step: Step, { firstLeg, good }: MechanismCases<Credential> & Required<Pick<MechanismCases<Credential>, 'firstLeg'>>,
): void {
  const open = async (): Promise<Leg> => {
    const outcome = await step(await firstLeg());
    if (outcome.kind !== 'continue') throw new Error(JSON.stringify(outcome));
    return outcome.leg;
  };

  t.test('a leg that was continued or disposed continues nothing any more', async (t) => {
    const bytes = await good();
    const continued = await open();
    const outcome = await step(bytes, continued);
    t.not(outcome.kind, 'continue');
    if (outcome.kind === 'refused') isRefused(t, outcome, bytes, 'another start instead of a continuation');
    isRefusedOrNew(t, await step(bytes, continued));
    const disposed = await open();
    disposed[Symbol.dispose]();
    disposed[Symbol.dispose]();
    isRefusedOrNew(t, await step(await firstLeg(), disposed));
  });
}

/** A used leg must not be taken up: it is refused, or passed over as if the handshake began now. */
function isRefusedOrNew(t: Test, outcome: Outcome): void {
  t.ok(outcome.kind === 'refused' || outcome.kind === 'continue', outcome.kind);
  if (outcome.kind === 'continue') outcome.leg[Symbol.dispose]();
}

function isRefused(t: Test, outcome: Outcome, bytes: Uint8Array, what: string): void {
  if (outcome.kind !== 'refused') return void t.fail(`${what}: ${outcome.kind}`);
  t.ok(Object.hasOwn(refusalReasons, outcome.reason), `${what}: ${outcome.reason}`);
  t.ok(outcome.detail.length > 0 && outcome.detail.length < 2000, `${what}: ${outcome.detail.slice(0, 80)}`);
  t.notOk(/\p{Cc}/u.test(outcome.detail), `${what}: nothing raw in the detail`);
  t.notOk(holds(JSON.stringify(outcome), bytes), `${what}: the outcome does not hold the credential`);
}

/** True if 18 bytes of the credential, on some border, can be read in the text as base64 or hex. */
function holds(text: string, bytes: Uint8Array): boolean {
  for (let at = 0; at + 18 <= bytes.length; at += 18) {
    const piece = Buffer.from(bytes.subarray(at, at + 18));
    const seen = text.includes(piece.toString('base64')) || text.toLowerCase().includes(piece.toString('hex'));
    // A run of one byte may be in any text.
    if (seen && new Set(piece).size > 4) return true;
  }
  return false;
}
