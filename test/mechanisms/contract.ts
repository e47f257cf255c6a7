// What every mechanism promises, as tests. A mechanism's own test file makes credentials, drives their legs, and hands them over.

import type { Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { subjectName } from '../../src/identity/subject.ts';
import type { Leg, Mechanism, Outcome } from '../../src/mechanisms/mechanism.ts';
import { run, type MechanismCases, type Step } from './contract/cases.ts';
import { holds, isNotProved, isProved, isRefused } from './contract/checks.ts';
import { damaging } from './contract/damage.ts';
import { continuing } from './contract/legs.ts';

/** Runs all cases. */
export function mechanismContract<Credential>(t: Test, mechanism: Mechanism<Credential>, cases: MechanismCases<Credential>): void {
  const stepOf = (by: Mechanism<Credential>): Step => async (bytes, pending) => by.step(cases.credential(bytes), pending, cases.context);
  const step = stepOf(mechanism);
  proving(t, step, cases);
  refusing(t, step, cases);
  damaging(t, step, cases);
  const { firstLeg, secondLeg } = cases;
  if (firstLeg && secondLeg) continuing(t, step, { user: cases.user, firstLeg, secondLeg });
  outage(t, step, stepOf(cases.broken), cases);
}

function proving<Credential>(t: Test, step: Step, { proves, user, reuse, signIn }: MechanismCases<Credential>): void {
  t.test('a good credential is proved, by the right mechanism, for the right person', async (t) => {
    const before = Math.floor(Date.now() / 1000);
    const { outcome, sent } = await run(signIn, step);
    if (outcome.kind !== 'proved') return t.fail(JSON.stringify(outcome));
    const { proof } = outcome;
    const { subject, authentication: { at, methods, channelBinding = 'missing' } } = proof;
    t.equal(proof.mechanism, proves);
    t.match(channelBinding, /^(bound|none)$/);
    t.equal(subjectName(subject), user);
    t.ok(methods.length > 0);
    t.ok(at >= before && at <= Date.now() / 1000, 'in seconds, now');
    t.ok(Object.isFrozen(proof));
    t.notOk(holds(JSON.stringify(proof), sent), 'the proof does not hold the credential');
  });

  t.test(`a credential that comes again is ${reuse}`, async (t) => {
    const { outcome, sent } = await run(signIn, step);
    t.equal(outcome.kind, 'proved');
    for (let again = 0; again < 3; again++) {
      const repeated = await repeat(step, sent);
      if (reuse === 'refused') isRefused(t, repeated, sent, 'used again');
      else isProved(t, repeated, user);
    }
  });
}

/** Sends the same legs in a new handshake, whatever its challenges are. */
async function repeat(step: Step, [first = new Uint8Array(), ...rest]: readonly Uint8Array[]): Promise<Outcome> {
  let outcome = await step(first);
  for (const bytes of rest) {
    if (outcome.kind !== 'continue') return outcome;
    outcome = await step(bytes, outcome.leg);
  }
  return outcome;
}

function refusing<Credential>(t: Test, step: Step, { wrong, signIn }: MechanismCases<Credential>): void {
  for (const [what, attempt] of Object.entries(wrong)) {
    t.test(`${what} is refused`, async (t) => {
      const { outcome, sent } = await run(attempt, step);
      isRefused(t, outcome, sent, what);
    });
  }

  t.test('a leg of another mechanism proves nothing and breaks nothing', async (t) => {
    for (const foreign of [{ mechanism: 'another' }, { mechanism: 'another', open: true, legs: 1, acceptor: undefined }]) {
      const leg: Leg = { ...foreign, [Symbol.dispose]: () => undefined };
      const { outcome, sent } = await run(signIn, (bytes, pending) => step(bytes, pending ?? leg));
      if (outcome.kind === 'refused') isRefused(t, outcome, sent, 'with a foreign leg');
      else t.equal(outcome.kind, 'proved', 'it was passed over');
      isNotProved(t, await step(Buffer.from('nothing sensible'), leg));
    }
  });
}

function outage<Credential>(t: Test, step: Step, broken: Step, { signIn }: MechanismCases<Credential>): void {
  t.test('when the backend is out, a good credential is a fault and no refusal', async (t) => {
    const sent: Uint8Array[] = [];
    const error: unknown = await run(signIn, (bytes, pending) => {
      sent.push(bytes);
      return broken(bytes, pending);
    }).catch((cause: unknown) => cause);
    if (!(error instanceof UnavailableError)) return t.fail(String(error));
    t.notOk(holds(error.detail ?? '', sent));
    const { outcome, sent: legs } = await run(signIn, step);
    t.equal(outcome.kind, 'proved');
    // Of several legs the later ones belong to a challenge, perhaps of the broken one.
    if (legs.length === 1) t.equal((await repeat(step, sent)).kind, 'proved', 'it was not used up');
  });
}
