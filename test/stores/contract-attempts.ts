// The store contract's cases about counted tries at secrets.

import type { Test } from 'tap';
import type { Store } from '../../src/stores/store.ts';
import type { OpenBackend } from './backend.ts';

const WINDOW = 900;
const alice = { key: 'user Žluť 🖨️', limit: 3 };
const address = { key: `address ${'x'.repeat(10_000)}`, limit: 5 };

export function attemptCases(t: Test, open: OpenBackend): void {
  counting(t, open);
  forgiving(t, open);
}

/** How many more tries at this counter are let through; it is full then. */
async function left(store: Store, limit: typeof alice): Promise<number> {
  for (let n = 0; ; n++) if (!await store.countAttempt([limit], WINDOW)) return n;
}

function counting(t: Test, open: OpenBackend): void {
  t.test('tries are let through up to the limit, whoever counts, and a full counter stops those beside it', async (t) => {
    const { one, two } = await open(t);
    for (const store of [one, two, one]) t.equal(await store.countAttempt([alice, address], WINDOW), true);
    t.equal(await two.countAttempt([alice, address], WINDOW), false);
    t.equal(await two.countAttempt([address, alice], WINDOW), false, 'in whatever order');
    t.equal(await one.countAttempt([{ ...alice, limit: 4 }], WINDOW), true, 'the limit is that of the call');
    t.equal(await left(two, address), 2, 'a try that was refused has counted nowhere');
    t.equal(await left(two, { key: 'USER', limit: 1 }), 1);
    t.equal(await one.countAttempt([{ key: 'none', limit: 0 }], WINDOW), false);
    t.equal(await one.countAttempt([], WINDOW), true);
    await one.countAttempt([{ key: 'twice', limit: 3 }, { key: 'twice', limit: 3 }], WINDOW);
    t.equal(await left(two, { key: 'twice', limit: 3 }), 2, 'one try counts once');
  });

  t.test('of many tries at once, from both handles, as many are let through as the limit says', async (t) => {
    const { one, two } = await open(t);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) =>
      (n % 2 ? one : two).countAttempt([{ key: `address ${String(n)}`, limit: 1 }, { key: 'race', limit: 7 }], WINDOW)));
    t.equal(answers.filter(Boolean).length, 7);
    for (const [n, counted] of answers.entries()) t.equal(await left(one, { key: `address ${String(n)}`, limit: 1 }), counted ? 0 : 1);
  });

  t.test('a counter is forgotten when its window has passed since the last try that it counted', async (t) => {
    const { one, two, tick } = await open(t);
    await one.countAttempt([alice], WINDOW);
    tick(WINDOW - 1);
    t.equal(await left(two, alice), 2, 'the first try still counts, and these count from now');
    tick(WINDOW - 1);
    t.equal(await two.countAttempt([alice], WINDOW), false, 'what is refused puts nothing off');
    tick(1);
    t.equal(await left(one, alice), 3);
  });

  t.test('counting much takes no more than what has passed', async (t) => {
    const { one, two, tick } = await open(t);
    for (let n = 0; n < 200; n++) await one.countAttempt([{ key: String(n), limit: 1 }], WINDOW);
    tick(WINDOW - 10);
    for (let n = 0; n < 100; n++) await two.countAttempt([{ key: `later ${String(n)}`, limit: 1 }], WINDOW);
    t.equal(await one.countAttempt([{ key: '1', limit: 1 }], WINDOW), false);
    tick(10);
    for (let n = 0; n < 100; n++) await one.countAttempt([{ key: `last ${String(n)}`, limit: 1 }], WINDOW);
    t.equal(await two.countAttempt([{ key: 'later 1', limit: 1 }], WINDOW), false);
    t.equal(await one.countAttempt([{ key: '1', limit: 1 }], WINDOW), true);
  });
}

function forgiving(t: Test, open: OpenBackend): void {
  t.test('a right try clears some counters and is taken back from others', async (t) => {
    const { one, two } = await open(t);
    for (let n = 0; n < 3; n++) await one.countAttempt([alice, address], WINDOW);
    await two.forgiveAttempt({ clear: [alice.key], giveBack: [address.key] });
    t.equal(await left(one, alice), 3);
    t.equal(await left(one, address), 3);
    await two.forgiveAttempt({ clear: [], giveBack: [address.key, address.key] });
    t.equal(await left(one, address), 1, 'one try is one');
  });

  t.test('nothing is given back below zero, and unknown counters are no fault', async (t) => {
    const { one, two } = await open(t);
    await one.countAttempt([alice], WINDOW);
    for (let n = 0; n < 4; n++) await two.forgiveAttempt({ clear: ['nothere'], giveBack: [alice.key, 'nowhere'] });
    await two.forgiveAttempt({ clear: [], giveBack: [] });
    t.equal(await left(one, alice), 3);
    t.equal(await left(one, { key: 'nowhere', limit: 2 }), 2);
  });

  t.test('giving back does not put the end off, and gives nothing to a counter that begins anew', async (t) => {
    const { one, two, tick } = await open(t);
    for (let n = 0; n < 3; n++) await one.countAttempt([alice], WINDOW);
    tick(WINDOW - 1);
    await two.forgiveAttempt({ clear: [], giveBack: [alice.key] });
    t.equal(await one.countAttempt([{ ...alice, limit: 2 }], WINDOW), false);
    tick(1);
    await two.forgiveAttempt({ clear: [], giveBack: [alice.key] });
    t.equal(await left(one, alice), 3);
  });

  t.test('tries that are counted and forgiven at once, from both handles, leave nothing', async (t) => {
    const { one, two } = await open(t);
    await Promise.all(Array.from({ length: 40 }, async (_, n) => {
      const [first, second] = n % 2 ? [one, two] : [two, one];
      t.equal(await first.countAttempt([{ key: 'busy', limit: 100 }], WINDOW), true);
      await second.forgiveAttempt({ clear: [], giveBack: ['busy'] });
    }));
    t.equal(await left(one, { key: 'busy', limit: 3 }), 3);
  });
}
