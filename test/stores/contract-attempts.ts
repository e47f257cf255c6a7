// The store contract's cases about counted tries at secrets.

import type { Test } from 'tap';
import type { AttemptLimit } from '../../src/stores/attempt-store.ts';
import type { Store } from '../../src/stores/store.ts';
import type { OpenBackend } from './backend.ts';

const WINDOW = 900;
const alice: AttemptLimit = { key: 'user Žluť 🖨️', limit: 3, endsAfter: 'last' };
const address: AttemptLimit = { key: `address ${'x'.repeat(10_000)}`, limit: 5, endsAfter: 'last' };

export function attemptCases(t: Test, open: OpenBackend): void {
  counting(t, open);
  forgiving(t, open);
}

/** Whether the try was let through. */
async function counted(store: Store, limits: readonly AttemptLimit[], window: number): Promise<boolean> {
  return await store.countAttempt(limits, window) === undefined;
}

/** How many more tries at this counter are let through; it is full then. */
async function left(store: Store, limit: AttemptLimit): Promise<number> {
  for (let n = 0; ; n++) if (!await counted(store, [limit], WINDOW)) return n;
}

function counting(t: Test, open: OpenBackend): void {
  t.test('tries are let through up to the limit, whoever counts, and a full counter stops those beside it', async (t) => {
    const { one, two } = await open(t);
    for (const store of [one, two, one]) t.equal(await counted(store, [alice, address], WINDOW), true);
    t.equal(await counted(two, [alice, address], WINDOW), false);
    t.equal(await counted(two, [address, alice], WINDOW), false, 'in whatever order');
    t.equal(await counted(one, [{ ...alice, limit: 4 }], WINDOW), true, 'the limit is that of the call');
    t.equal(await left(two, address), 2, 'a try that was refused has counted nowhere');
    t.equal(await left(two, { key: 'USER', limit: 1, endsAfter: 'last' }), 1);
    t.equal(await counted(one, [{ key: 'none', limit: 0, endsAfter: 'last' }], WINDOW), false);
    t.equal(await counted(one, [], WINDOW), true);
    await counted(one, [{ key: 'twice', limit: 3, endsAfter: 'last' }, { key: 'twice', limit: 3, endsAfter: 'last' }], WINDOW);
    t.equal(await left(two, { key: 'twice', limit: 3, endsAfter: 'last' }), 2, 'one try counts once');
  });

  t.test('of many tries at once, from both handles, as many are let through as the limit says', async (t) => {
    const { one, two } = await open(t);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) =>
      counted((n % 2 ? one : two), [{ key: `address ${String(n)}`, limit: 1, endsAfter: 'last' }, { key: 'race', limit: 7, endsAfter: 'last' }], WINDOW)));
    t.equal(answers.filter(Boolean).length, 7);
    for (const [n, counted] of answers.entries()) t.equal(await left(one, { key: `address ${String(n)}`, limit: 1, endsAfter: 'last' }), counted ? 0 : 1);
  });

  t.test('a counter is forgotten when its window has passed since the last try that it counted', async (t) => {
    const { one, two, tick } = await open(t);
    await counted(one, [alice], WINDOW);
    tick(WINDOW - 1);
    t.equal(await left(two, alice), 2, 'the first try still counts, and these count from now');
    tick(WINDOW - 1);
    t.equal(await counted(two, [alice], WINDOW), false, 'what is refused puts nothing off');
    tick(1);
    t.equal(await left(one, alice), 3);
  });

  t.test('a shared counter ends a window after its first try, whatever comes later and is taken back', async (t) => {
    const { one, two, tick } = await open(t);
    const shared: AttemptLimit = { key: 'shared', limit: 3, endsAfter: 'first' };
    await counted(one, [shared], WINDOW);
    await counted(one, [shared], WINDOW);
    for (const seconds of [WINDOW / 2, WINDOW / 2 - 1]) {
      tick(seconds);
      t.equal(await counted(two, [shared], WINDOW), true, 'a right one');
      await two.forgiveAttempt({ clear: [], giveBack: [shared.key] });
    }
    tick(1);
    t.equal(await left(one, shared), 3);
  });

  t.test('a counter that is only checked stops a try, and is not touched by one', async (t) => {
    const { one, two } = await open(t);
    const checked: AttemptLimit = { ...alice, isOnlyChecked: true };
    for (let n = 0; n < 5; n++) t.equal(await counted(one, [checked, { ...address, limit: 9 }], WINDOW), true);
    for (let n = 0; n < 3; n++) await counted(two, [alice], WINDOW);
    t.equal(await one.countAttempt([address, checked], WINDOW), address.key, 'the full one is named, the first of several');
    t.equal(await one.countAttempt([{ ...address, limit: 9 }, checked], WINDOW), alice.key);
    t.equal(await left(one, { ...address, limit: 9 }), 4);
  });

  t.test('counting much takes no more than what has passed', async (t) => {
    const { one, two, tick } = await open(t);
    for (let n = 0; n < 200; n++) await counted(one, [{ key: String(n), limit: 1, endsAfter: 'last' }], WINDOW);
    tick(WINDOW - 10);
    for (let n = 0; n < 100; n++) await counted(two, [{ key: `later ${String(n)}`, limit: 1, endsAfter: 'last' }], WINDOW);
    t.equal(await counted(one, [{ key: '1', limit: 1, endsAfter: 'last' }], WINDOW), false);
    tick(10);
    for (let n = 0; n < 100; n++) await counted(one, [{ key: `last ${String(n)}`, limit: 1, endsAfter: 'last' }], WINDOW);
    t.equal(await counted(two, [{ key: 'later 1', limit: 1, endsAfter: 'last' }], WINDOW), false);
    t.equal(await counted(one, [{ key: '1', limit: 1, endsAfter: 'last' }], WINDOW), true);
  });
}

function forgiving(t: Test, open: OpenBackend): void {
  t.test('a right try clears some counters and is taken back from others', async (t) => {
    const { one, two } = await open(t);
    for (let n = 0; n < 3; n++) await counted(one, [alice, address], WINDOW);
    await two.forgiveAttempt({ clear: [alice.key], giveBack: [address.key] });
    t.equal(await left(one, alice), 3);
    t.equal(await left(one, address), 3);
    await two.forgiveAttempt({ clear: [], giveBack: [address.key, address.key] });
    t.equal(await left(one, address), 1, 'one try is one');
  });

  t.test('nothing is given back below zero, and unknown counters are no fault', async (t) => {
    const { one, two } = await open(t);
    await counted(one, [alice], WINDOW);
    for (let n = 0; n < 4; n++) await two.forgiveAttempt({ clear: ['nothere'], giveBack: [alice.key, 'nowhere'] });
    await two.forgiveAttempt({ clear: [], giveBack: [] });
    t.equal(await left(one, alice), 3);
    t.equal(await left(one, { key: 'nowhere', limit: 2, endsAfter: 'last' }), 2);
  });

  t.test('giving back does not put the end off, and gives nothing to a counter that begins anew', async (t) => {
    const { one, two, tick } = await open(t);
    for (let n = 0; n < 3; n++) await counted(one, [alice], WINDOW);
    tick(WINDOW - 1);
    await two.forgiveAttempt({ clear: [], giveBack: [alice.key] });
    t.equal(await counted(one, [{ ...alice, limit: 2 }], WINDOW), false);
    tick(1);
    await two.forgiveAttempt({ clear: [], giveBack: [alice.key] });
    t.equal(await left(one, alice), 3);
  });

  t.test('tries that are counted and forgiven at once, from both handles, leave nothing', async (t) => {
    const { one, two } = await open(t);
    await Promise.all(Array.from({ length: 40 }, async (_, n) => {
      const [first, second] = n % 2 ? [one, two] : [two, one];
      t.equal(await counted(first, [{ key: 'busy', limit: 100, endsAfter: 'last' }], WINDOW), true);
      await second.forgiveAttempt({ clear: [], giveBack: ['busy'] });
    }));
    t.equal(await left(one, { key: 'busy', limit: 3, endsAfter: 'last' }), 3);
  });
}
