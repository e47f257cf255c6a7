// The lock: one at a time in this process and among processes, and none that outlives its holder.

import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { withLock } from '../../../src/client/keep/lock.ts';
import { holder } from './child.ts';
import { failureOf } from './failure.ts';

t.test('gives what the action gives, and leaves an empty file of its own', async (t) => {
  const directory = t.testdir();
  const file = join(directory, 'new', 'kept.json');
  t.equal(await withLock(file, () => Promise.resolve(7)), 7);
  t.strictSame(readdirSync(join(directory, 'new')), ['kept.json.lock']);
  const { size, mode } = statSync(`${file}.lock`);
  t.strictSame([size, mode & 0o777, statSync(join(directory, 'new')).mode & 0o777], [0, 0o600, 0o700]);
});

t.test('in one process one runs at a time, and each one runs', async (t) => {
  const file = join(t.testdir(), 'kept.json');
  await withLock(file, () => Promise.resolve());
  const order: string[] = [];
  await Promise.all([1, 2, 3].map((n) => withLock(file, async () => {
    order.push(`${String(n)} begins`);
    await sleep(5);
    order.push(`${String(n)} ends`);
  })));
  t.strictSame(order.map((line) => line.slice(2)), ['begins', 'ends', 'begins', 'ends', 'begins', 'ends']);
  t.equal(new Set(order).size, 6);
});

t.test('an action that fails gives its failure, and the lock', async (t) => {
  const file = join(t.testdir(), 'kept.json');
  await t.rejects(withLock(file, () => Promise.reject(new RangeError('its own'))), new RangeError('its own'));
  t.equal(await withLock(file, () => Promise.resolve('next'), { patience: 0 }), 'next');
});

t.test('within a process who waits too long is told so, and those behind him still get their turn', async (t) => {
  const file = join(t.testdir(), 'kept.json');
  const first = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const holding = withLock(file, () => {
    begun.resolve();
    return first.promise;
  });
  await begun.promise;
  const patient = withLock(file, () => Promise.resolve('patient'));
  const failure = await failureOf(withLock(file, () => Promise.resolve('hasty'), { patience: 30 }));
  t.strictSame([failure.reason, failure.message], ['store_unusable', `${file}.lock has been held by another part of this program for more than 0.03 seconds`]);
  const last = withLock(file, () => Promise.resolve('last'));
  first.resolve();
  t.strictSame(await Promise.all([holding, patient, last]), [undefined, 'patient', 'last']);
});

t.test('a lock that another process holds is waited for, and past the patience it is named', async (t) => {
  const file = join(t.testdir(), 'kept.json');
  const { process, ended } = await holder(t, file);
  const failure = await failureOf(withLock(file, () => Promise.resolve(), { patience: 60 }));
  t.strictSame([failure.reason, failure.message], ['store_unusable', `${file}.lock has been held by another program for more than 0.06 seconds`]);
  t.ok(failure.cure);
  const waiting = withLock(file, () => Promise.resolve('got it'));
  process.stdin.end();
  t.equal(await waiting, 'got it');
  t.strictSame(await ended, { lines: ['held', 'done'], code: 0 });
});

t.test('a lock whose holder is killed is free at once', async (t) => {
  const file = join(t.testdir(), 'kept.json');
  const { process, ended } = await holder(t, file);
  process.kill('SIGKILL');
  t.strictSame(await ended, { lines: ['held'], code: null });
  t.equal(await withLock(file, () => Promise.resolve('got it'), { patience: 0 }), 'got it');
});

t.test('the file is one under all its names, also while it is not there yet', async (t) => {
  const directory = t.testdir();
  mkdirSync(join(directory, 'real'));
  symlinkSync('real', join(directory, 'linked'));
  symlinkSync('../real/kept.json', join(directory, 'real', 'by-link.json'));
  for (const name of ['linked/kept.json', 'real/../linked/kept.json', 'linked/by-link.json']) {
    const failure = await withLock(join(directory, 'real', 'kept.json'), () => failureOf(withLock(`${directory}/${name}`, () => Promise.resolve(), { patience: 20 })));
    t.match(failure.message, /real\/kept\.json\.lock has been held by another part/, name);
  }
  t.strictSame(readdirSync(join(directory, 'real')).sort(), ['by-link.json', 'kept.json.lock']);
});

t.test('something else in the place of the lock is named, and stays', async (t) => {
  const directory = t.testdir({ 'directory.lock': {} });
  const text = join(directory, 'text');
  writeFileSync(`${text}.lock`, 'notes of mine');
  const foreign = await failureOf(withLock(text, () => Promise.resolve()));
  t.strictSame([foreign.reason, foreign.message], ['store_unusable', `${text}.lock is no lock of this client`]);
  const instead = await failureOf(withLock(join(directory, 'directory'), () => Promise.resolve()));
  t.equal(instead.reason, 'store_unusable');
  t.match(instead.message, /directory\.lock cannot be (opened|locked): /);
  const nowhere = await failureOf(withLock(join(`${text}.lock`, 'kept.json'), () => Promise.resolve()));
  t.strictSame([nowhere.reason, nowhere.message.replace(directory, '')], ['store_unusable', '/text.lock/kept.json cannot be found: ENOTDIR']);
  t.strictSame(readdirSync(directory).sort(), ['directory.lock', 'text.lock']);
});
