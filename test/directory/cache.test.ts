// What is kept of a directory's answers: how long, how much, and that one question is asked once.

import t from 'tap';
import { type Cache, cache, type CacheOptions } from '../../src/directory/cache.ts';
import { UnavailableError } from '../../src/errors.ts';

/** Fresh for 10 s, and half as long if there is nobody; kept for 60 s. */
function kept(options: Partial<CacheOptions<string>> = {}): { readonly cache: Cache<string>; readonly clock: { now: number } } {
  const clock = { now: 1_000 };
  const isSomebody = (value: string): boolean => value !== '';
  return {
    clock,
    cache: cache({ isSomebody, freshFor: (value) => (value === '' ? 5 : 10), keptFor: 60, size: 3, now: () => clock.now, ...options }),
  };
}
const out = async (): Promise<string> => { throw new UnavailableError('out', { detail: 'it is out' }); };
const never = async (): Promise<string> => { throw new Error('it was asked'); };

t.test('an answer counts so long, and nobody counts shorter', async (t) => {
  const { cache, clock } = kept();
  t.equal(await cache.get('alice', async () => 'a'), 'a');
  t.equal(await cache.get('nobody', async () => ''), '');
  clock.now += 4.9;
  t.equal(await cache.get('nobody', never), '');
  clock.now += 5;
  t.equal(await cache.get('alice', never), 'a');
  t.equal(await cache.get('nobody', async () => 'n'), 'n', 'there is somebody now');
  clock.now += 0.1;
  t.equal(await cache.get('alice', async () => ''), '', 'and nobody there');
  t.equal(await cache.get('alice', never), '');
});

t.test('while it cannot be asked an older answer counts, up to its time; what went wrong otherwise is told', async (t) => {
  const { cache, clock } = kept();
  await t.rejects(cache.get('alice', out), UnavailableError);
  await cache.get('alice', async () => 'a');
  clock.now += 59;
  t.equal(await cache.get('alice', out), 'a');
  await t.rejects(cache.get('alice', async () => { throw new TypeError('a fault'); }), TypeError);
  clock.now += 1;
  await t.rejects(cache.get('alice', out), UnavailableError);
});

t.test('a clock that was set back makes no answer young', async (t) => {
  const { cache, clock } = kept();
  await cache.get('alice', async () => 'a');
  clock.now -= 1;
  t.equal(await cache.get('alice', async () => 'b'), 'b');
});

t.test('many who ask the same at once are one question, and a failed one is asked again', async (t) => {
  const { cache } = kept();
  let asked = 0;
  const slowly = async (): Promise<string> => {
    const turn = ++asked;
    await new Promise(setImmediate);
    if (turn === 1) throw new UnavailableError('out');
    return 'a';
  };
  const answers = await Promise.allSettled(Array.from({ length: 5 }, () => cache.get('alice', slowly)));
  t.ok(answers.every(({ status }) => status === 'rejected'));
  t.equal(asked, 1);
  t.strictSame(await Promise.all([cache.get('alice', slowly), cache.get('alice', slowly)]), ['a', 'a']);
  t.equal(asked, 2);
});

t.test('what was not asked for the longest goes first, and nobodies push nobody out', async (t) => {
  const { cache } = kept();
  for (const name of ['a', 'b', 'c']) await cache.get(name, async () => name);
  await cache.get('a', never);
  for (let turn = 0; turn < 10; turn++) await cache.get(`guess${turn}`, async () => '');
  await cache.get('d', async () => 'd');
  for (const name of ['a', 'c', 'd']) t.equal(await cache.get(name, never), name);
  await t.rejects(cache.get('b', never), { message: 'it was asked' });
  await t.rejects(cache.get('guess6', never), { message: 'it was asked' });
  t.equal(await cache.get('guess7', never), '');
});

t.test('with patience nobody waits long for a newer answer, and the look goes on behind the scenes', async (t) => {
  const { cache, clock } = kept({ patience: 50, keptFor: Infinity });
  await cache.get('a', async () => 'old');
  clock.now += 100;
  const gate = Promise.withResolvers<string>();
  const start = performance.now();
  t.equal(await cache.get('a', () => gate.promise), 'old');
  t.ok(performance.now() - start > 40 && performance.now() - start < 1_000);
  const again = performance.now();
  t.equal(await cache.get('a', never), 'old', 'the look that goes on is the only one');
  t.ok(performance.now() - again < 40, 'and nobody waits any more');
  gate.resolve('new');
  await new Promise(setImmediate);
  t.equal(await cache.get('a', never), 'new');
});
