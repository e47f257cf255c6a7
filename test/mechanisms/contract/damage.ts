// The contract of mechanisms, as to damage: whatever is done to the last leg of a good credential, it is refused and never thrown.

import type { Test } from 'tap';
import type { Leg, Outcome } from '../../../src/mechanisms/mechanism.ts';
import { seeded } from '../../mutate.ts';
import { run, type MechanismCases, type Step } from './cases.ts';
import { isRefused } from './checks.ts';

type Damage = readonly [what: string, damage: (bytes: Uint8Array) => Uint8Array];

const random = seeded(2);
const noise = (length: number): Uint8Array => Buffer.from(Array.from({ length }, () => Math.trunc(random() * 256)));

function damages(vital: (bytes: Uint8Array) => number): readonly Damage[] {
  return [
    ...[1, 2, 3, 10, 40].map((length): Damage => [`at most ${String(length)} bytes of it`, (bytes) => bytes.subarray(0, Math.min(length, bytes.length - 1))]),
    ['half of it', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['all but its last byte', (bytes) => bytes.subarray(0, -1)],
    ...[1, 16, 300, 5000, 48 * 1024].map((length): Damage => [`${String(length)} random bytes`, () => noise(length)]),
    ...[64 * 1024, 1024 * 1024].flatMap((length): readonly Damage[] => [
      [`with ${String(length)} bytes more`, (bytes) => Buffer.concat([bytes, Buffer.alloc(length)])],
      [`${String(length)} bytes`, () => Buffer.alloc(length, 0x60)],
    ]),
    ['a bit changed', (bytes) => {
      const changed = Buffer.from(bytes);
      const at = vital(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      return changed;
    }],
  ];
}

/** Adds the tests. */
export function damaging<Credential>(t: Test, step: Step, cases: MechanismCases<Credential>): void {
  const { signIn, vital = (bytes: Uint8Array) => Math.max(0, bytes.length - 20) } = cases;

  t.test('a credential that was cut, changed, filled up or made of nothing is refused, and not thrown', async (t) => {
    const legs = (await run(signIn, step)).sent.length;
    for (const [what, damage] of damages(vital)) {
      const { outcome, sent } = await run(signIn, withLast(legs, step, (bytes, pending) => step(damage(bytes), pending)));
      isRefused(t, outcome, sent, what);
    }
  });

  t.test('damaged copies do not use a good credential up, but end the handshake that they came in', async (t) => {
    const legs = (await run(signIn, step)).sent.length;
    const { outcome, sent } = await run(signIn, withLast(legs, step, async (bytes, pending) => {
      isRefused(t, await step(bytes.subarray(0, bytes.length >> 1), pending), [bytes], 'half of it');
      return step(bytes, pending);
    }));
    if (legs === 1) t.equal(outcome.kind, 'proved');
    else isRefused(t, outcome, sent, 'the whole, too late');
  });
}

/** A step that does something else with the last of so many legs. */
function withLast(legs: number, step: Step, last: (bytes: Uint8Array, pending: Leg | undefined) => Promise<Outcome>): Step {
  let leg = 0;
  return (bytes, pending) => (++leg < legs ? step(bytes, pending) : last(bytes, pending));
}
