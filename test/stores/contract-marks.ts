// The store contract's cases about marks: what may be used once.

import type { Test } from 'tap';
import type { OpenBackend } from './backend.ts';

const mark = (text: string): Uint8Array => Buffer.from(text);

export function markCases(t: Test, open: OpenBackend): void {
  once(t, open);
  owned(t, open);
  ownedAtOnce(t, open);
}

function once(t: Test, open: OpenBackend): void {
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

function owned(t: Test, open: OpenBackend): void {
  t.test('a mark for an owner is his: he may have it again, and nobody else', async (t) => {
    const { one, two, now } = await open(t);
    t.equal(await one.markFor(mark('a'), 'client', now() + 60), 'first');
    t.equal(await two.markFor(mark('a'), 'client', now() + 60), 'again', 'the other process knows whose it is');
    for (const owner of ['other', 'CLIENT', 'client ', '', 'null']) t.equal(await two.markFor(mark('a'), owner, now() + 60), 'others', owner);
    t.equal(await one.markFor(mark('a'), 'client', now() + 60), 'again');
    t.equal(await one.markFor(mark('b'), 'other', now() + 60), 'first', 'another mark is another one');
    t.equal(await two.markFor(mark('c'), '', now() + 60), 'first', 'an empty owner is one, too');
    t.equal(await two.markFor(mark('c'), '', now() + 60), 'again');
  });

  t.test('what was marked once is others\' to every owner, and what an owner has marked is not new', async (t) => {
    const { one, two, now, tick } = await open(t);
    await one.markOnce(mark('once'), now() + 60);
    for (const owner of ['client', '']) t.equal(await two.markFor(mark('once'), owner, now() + 60), 'others');
    await one.markFor(mark('owned'), 'client', now() + 60);
    t.equal(await two.markOnce(mark('owned'), now() + 60), false);
    t.equal(await one.markFor(mark('owned'), 'client', now() + 60), 'again', 'and stays his');
    tick(60);
    t.equal(await one.markOnce(mark('owned'), now() + 60), true);
    t.equal(await two.markFor(mark('owned'), 'client', now() + 60), 'others', 'its former owner has no claim');
    t.equal(await one.markFor(mark('once'), 'client', now() + 60), 'first');
  });

  t.test('an owned mark counts until its first time, which nothing prolongs, and then is anybody\'s', async (t) => {
    const { one, two, now, tick } = await open(t);
    await one.markFor(mark('a'), 'client', now() + 60);
    tick(59);
    t.equal(await two.markFor(mark('a'), 'client', now() + 600), 'again');
    t.equal(await two.markFor(mark('a'), 'other', now() + 600), 'others');
    tick(1);
    t.equal(await two.markFor(mark('a'), 'other', now() + 60), 'first');
    t.equal(await one.markFor(mark('a'), 'client', now() + 60), 'others');
  });
}

function ownedAtOnce(t: Test, open: OpenBackend): void {
  t.test('of many owners at once for one mark, from both handles, one is the first', async (t) => {
    const { one, two, now } = await open(t);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two).markFor(mark('race'), `owner ${String(n)}`, now() + 60)));
    t.strictSame([...answers].sort(), ['first', ...Array.from({ length: 39 }, () => 'others')]);
  });

  t.test('of one owner many times at once, from both handles, he is the first once, and then has it again', async (t) => {
    const { one, two, now } = await open(t);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two).markFor(mark('race'), 'client', now() + 60)));
    t.strictSame([...answers].sort(), [...Array.from({ length: 39 }, () => 'again'), 'first']);
  });

  t.test('of both kinds at once for one mark, from both handles, one wins', async (t) => {
    const { one, two, now } = await open(t);
    const answers = await Promise.all(Array.from({ length: 40 }, async (_, n) => {
      const store = n % 2 ? one : two;
      if (n % 4 < 2) return store.markOnce(mark('race'), now() + 60);
      return await store.markFor(mark('race'), `owner ${String(n)}`, now() + 60) === 'first';
    }));
    t.equal(answers.filter(Boolean).length, 1);
  });
}
