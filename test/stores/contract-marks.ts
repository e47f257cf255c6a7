// The store contract's cases about marks: what may be used once.

import type { Test } from 'tap';
import type { OpenBackend } from './backend.ts';

export function markCases(t: Test, open: OpenBackend): void {
  const mark = (text: string): Uint8Array => Buffer.from(text);

  t.test('a mark is new once, whoever asks', async (t) => {
    const { one, two, now } = await open(t);
    t.equal(await one.markOnce(mark('a'), now() + 60), true);
    t.equal(await one.markOnce(mark('a'), now() + 60), false);
    t.equal(await two.markOnce(mark('a'), now() + 60), false, 'the other process knows it');
    t.equal(await two.markOnce(mark('b'), now() + 60), true, 'another mark is another one');
    t.equal(await one.markOnce(new Uint8Array(), now() + 60), true, 'an empty one, too');
    t.equal(await two.markOnce(mark('\0'), now() + 60), true);
  });

  t.test('of many at once for one mark one wins', async (t) => {
    const { one, two, now } = await open(t);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : two).markOnce(mark('race'), now() + 60)));
    t.equal(answers.filter(Boolean).length, 1);
  });

  t.test('a mark counts until its time, and then is new again', async (t) => {
    const { one, two, now, tick } = await open(t);
    await one.markOnce(mark('a'), now() + 60);
    tick(59);
    t.equal(await two.markOnce(mark('a'), now() + 60), false);
    tick(1);
    t.equal(await two.markOnce(mark('a'), now() + 60), true);
    t.equal(await one.markOnce(mark('a'), now() + 60), false, 'for its new time');
  });

  t.test('marking much, for a short time, takes no more than its time', async (t) => {
    const { one, two, now, tick } = await open(t);
    for (let index = 0; index < 200; index++) await one.markOnce(mark(String(index)), now() + 60);
    tick(61);
    for (let index = 0; index < 100; index++) await two.markOnce(mark(`later ${String(index)}`), now() + 60);
    t.equal(await one.markOnce(mark('later 1'), now() + 60), false, 'what has not expired is kept');
    t.equal(await one.markOnce(mark('1'), now() + 60), true);
  });
}
