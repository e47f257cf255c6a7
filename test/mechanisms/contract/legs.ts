// The contract of mechanisms, as to several legs: a leg is continued once, by its own challenge's answer, or disposed.

import type { Test } from 'tap';
import type { Leg } from '../../../src/mechanisms/mechanism.ts';
import { isNotProved, isProved, isRefused } from './checks.ts';
import type { MechanismCases, Step } from './cases.ts';

type Legs = Required<Pick<MechanismCases<never>, 'user' | 'firstLeg' | 'secondLeg'>>;

/** Adds the tests. */
export function continuing(t: Test, step: Step, { user, firstLeg, secondLeg }: Legs): void {
  const open = async (): Promise<{ readonly leg: Leg; readonly answer: Uint8Array }> => {
    const outcome = await step(await firstLeg());
    if (outcome.kind !== 'continue') throw new Error(JSON.stringify(outcome));
    return { leg: outcome.leg, answer: await secondLeg(outcome.reply) };
  };

  t.test('a leg is continued to success, once', async (t) => {
    const { leg, answer } = await open();
    isProved(t, await step(answer, leg), user);
    const other = await open();
    for (const bytes of [answer, other.answer, await firstLeg()]) isNotProved(t, await step(bytes, leg));
    t.equal((await step(other.answer, other.leg)).kind, 'proved', 'of two handshakes each has its own answer');
  });

  t.test('an answer without its handshake, or disposed of with it, proves nothing', async (t) => {
    const { leg, answer } = await open();
    leg[Symbol.dispose]();
    leg[Symbol.dispose]();
    isNotProved(t, await step(answer, leg));
    isNotProved(t, await step(answer));
  });

  t.test('a leg that is refused is the last one of its handshake', async (t) => {
    const { leg, answer } = await open();
    const half = answer.subarray(0, answer.length >> 1);
    isRefused(t, await step(half, leg), [answer], 'half an answer');
    isNotProved(t, await step(answer, leg));
  });

  t.test('an answer with a leg of another mechanism proves nothing', async (t) => {
    const foreign: Leg = { mechanism: 'another', [Symbol.dispose]: () => undefined };
    const { leg, answer } = await open();
    isNotProved(t, await step(answer, foreign));
    leg[Symbol.dispose]();
  });
}
