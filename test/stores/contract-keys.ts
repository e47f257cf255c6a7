// The store contract's cases about signing keys and the gateway's own secrets.

import type { Test } from 'tap';
import type { Store } from '../../src/stores/store.ts';
import type { OpenBackend } from './backend.ts';
import { sampleKey as key } from './samples.ts';

const kids = async (store: Store): Promise<readonly string[]> => (await store.signingKeys()).map(({ kid }) => kid);

export function keyCases(t: Test, open: OpenBackend): void {
  t.test('a key is ensured once while the newest one is of its algorithm', async (t) => {
    const { one, two } = await open(t);
    t.strictSame(await one.signingKeys(), []);
    t.strictSame(await one.ensureKey(key('a')), [key('a')]);
    t.strictSame(await two.ensureKey(key('b')), [key('a')]);
    t.strictSame(await two.signingKeys(), [key('a')]);
    t.strictSame(await two.ensureKey(key('c', 'RS256', 2)), [key('c', 'RS256', 2), key('a')], 'another algorithm');
    t.strictSame(await one.ensureKey(key('d', 'RS256', 3)), [key('c', 'RS256', 2), key('a')]);
    await one.ensureKey(key('e', 'ES256', 3));
    t.strictSame(await kids(two), ['e', 'c', 'a'], 'an older key of its algorithm is not enough: it would not sign');
  });

  t.test('an added key is the newest, also of its second, and under a clock that was set back', async (t) => {
    const { one, two } = await open(t);
    for (const [kid, createdAt] of [['b', 5], ['c', 5], ['a', 5], ['z', 3]] as const) {
      await one.addKey(key(kid, 'ES256', createdAt));
      t.equal((await kids(two))[0], kid);
    }
    t.strictSame(await kids(two), ['z', 'a', 'c', 'b']);
    t.equal((await two.ensureKey(key('f', 'RS256', 1)))[0]?.kid, 'f');
    t.equal((await two.ensureKey(key('g', 'RS256', 9)))[0]?.kid, 'f');
  });

  t.test('of many keys ensured at once, from both handles, one is kept and all are told which', async (t) => {
    const { one, two } = await open(t);
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).ensureKey(key(`k${String(n)}`))));
    const kept = await one.signingKeys();
    t.equal(kept.length, 1);
    for (const answer of answers) t.strictSame(answer, kept);
  });

  t.test('removed keys are gone, and to remove none or what is not there is no fault', async (t) => {
    const { one, two } = await open(t);
    for (const kid of ['a', 'b', 'c']) await one.addKey(key(kid));
    await two.removeKeys(['c', 'a', 'nothere']);
    t.strictSame(await kids(one), ['b']);
    await two.removeKeys([]);
    await two.removeKeys(['c']);
    t.strictSame(await kids(one), ['b']);
    await one.addKey(key('c'));
    t.strictSame(await kids(two), ['c', 'b']);
  });

  t.test('a secret of the gateway is kept as it was first given', async (t) => {
    const { one, two } = await open(t);
    t.equal(await one.ensureSecret('cards', 'žluť'.repeat(1000)), 'žluť'.repeat(1000));
    t.equal(await two.ensureSecret('cards', 'other'), 'žluť'.repeat(1000));
    t.equal(await two.ensureSecret('Cards', 'other'), 'other', 'another name');
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).ensureSecret('race', String(n))));
    t.equal(new Set(answers).size, 1);
    t.equal(await one.ensureSecret('race', 'late'), answers[0]);
  });
}
