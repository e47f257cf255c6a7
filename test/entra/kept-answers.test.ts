// Answers about people are kept for a moment, and no longer: those of a big company would else fill the memory.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { keptAnswers } from '../../src/entra/kept-answers.ts';

t.test('one answer counts until it is too old, and many who ask at once cause one question', async (t) => {
  let time = 1000;
  let asked = 0;
  const answers = keptAnswers<number>({ freshFor: 60, now: () => time });
  const ask = (key: string): Promise<number> => answers(key, async () => ++asked);
  t.strictSame(await Promise.all([ask('a'), ask('a'), ask('b'), ask('a')]), [1, 1, 2, 1]);
  time += 59;
  t.equal(await ask('a'), 1);
  time += 1;
  t.equal(await ask('a'), 3);
  time -= 600;
  t.equal(await ask('a'), 4, 'a clock that was set back makes nothing young');
});

t.test('what failed is not kept', async (t) => {
  const answers = keptAnswers<string>({ freshFor: 60, now: () => 0 });
  await t.rejects(answers('a', async () => { throw new Error('out'); }), { message: 'out' });
  t.equal(await answers('a', async () => 'well'), 'well');
});

t.test('what is too old is let go of, though nobody asks for it again', async (t) => {
  let time = 0;
  const answers = keptAnswers<object>({ freshFor: 60, now: () => time });
  const former: WeakRef<object>[] = [];
  for (let n = 0; n < 50; n++) {
    const value = { n };
    former.push(new WeakRef(value));
    await answers(String(n), async () => value);
  }
  time = 61;
  const kept = {};
  await answers('next', async () => kept);
  setFlagsFromString('--expose-gc');
  await new Promise((resolve) => { setImmediate(resolve); });
  (runInNewContext('gc') as () => void)();
  t.ok(former.filter((one) => one.deref() !== undefined).length <= 1, 'but for what the engine may still hold');
});
