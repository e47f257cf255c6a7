// Turns: how many of one place run, how many wait, and that places do not hinder each other.

import t from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { turns } from '../../src/identity/turns.ts';

t.test('of one place so many run at once, so many wait, and the rest is turned away at once', async (t) => {
  const take = turns({ atOnce: 2, waiting: 3 });
  const gates: (() => void)[] = [];
  let most = 0;
  let running = 0;
  const action = async (): Promise<string> => {
    most = Math.max(most, ++running);
    await new Promise<void>((resolve) => { gates.push(resolve); });
    running--;
    return 'done';
  };
  const all = Array.from({ length: 7 }, () => take('a', action).catch((error: unknown) => error));
  const other = take('b', async () => 'other');
  t.equal(await other, 'other', 'another place does not wait');
  for (let done = 0; done < 5; done++) {
    while (gates.length === 0) await new Promise(setImmediate);
    gates.shift()?.();
  }
  const results = await Promise.all(all);
  t.strictSame(results.slice(0, 5), ['done', 'done', 'done', 'done', 'done']);
  t.ok(results.slice(5).every((one) => one instanceof UnavailableError));
  t.equal(most, 2);
});

t.test('an action that fails gives its turn back', async (t) => {
  const take = turns({ atOnce: 1, waiting: 0 });
  await t.rejects(take('a', async () => { throw new Error('no'); }), { message: 'no' });
  t.equal(await take('a', async () => 1), 1);
});
