// The kept refresh tokens: for this user alone, one process at a time, and never written over when the file is damaged.

import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { openTokenFile, type KeptSignIn, type SignInFile } from '../../../src/client/keep/token-store.ts';
import { child, holder } from './child.ts';
import { failureOf } from './failure.ts';

const issuer = 'https://print.example.com:8090';
const signIn = (refreshToken = 's3cret', clientId = 'myq-desktop-client'): KeptSignIn =>
  ({ issuer, clientId, method: 'browser', refreshToken, scope: 'print offline.access', keptAt: Date.UTC(2026, 1, 1) });

t.test('what was put is got by issuer and client, until it is replaced or forgotten', async (t) => {
  const file = join(t.testdir(), 'MyQ', 'sign-ins.json');
  const store = openTokenFile(file);
  t.strictSame([await store.get(issuer, 'myq-desktop-client'), await store.forget(issuer, 'myq-desktop-client')], [undefined, false]);
  t.notOk(existsSync(join(file, '..')), 'looking made nothing');
  await store.put(signIn());
  await store.put({ ...signIn('other', 'other'), method: 'windows', scope: '' });
  await store.put({ ...signIn('newer'), method: 'entra' });
  const again = openTokenFile(file);
  t.strictSame(await again.get(issuer, 'myq-desktop-client'), { ...signIn('newer'), method: 'entra' });
  t.strictSame(await again.get(issuer, 'other'), { ...signIn('other', 'other'), method: 'windows', scope: '' });
  t.strictSame([await again.get(issuer, 'nobody'), await again.get(`${issuer}/`, 'other')], [undefined, undefined]);
  t.strictSame([await store.forget(issuer, 'other'), await store.forget(issuer, 'other')], [true, false]);
  t.strictSame([await again.get(issuer, 'other'), (await again.get(issuer, 'myq-desktop-client'))?.refreshToken], [undefined, 'newer']);
});

t.test('the file is for its owner alone, and one that others may read is refused and stays', async (t) => {
  const file = join(t.testdir(), 'new', 'sign-ins.json');
  const store = openTokenFile(file);
  await store.put(signIn());
  t.strictSame([file, `${file}.lock`, join(file, '..')].map((path) => statSync(path).mode & 0o777), [0o600, 0o600, 0o700]);
  t.strictSame(readdirSync(join(file, '..')).sort(), ['sign-ins.json', 'sign-ins.json.lock']);
  const content = readFileSync(file, 'utf8');
  chmodSync(file, 0o640);
  for (const attempt of [() => store.get(issuer, 'a'), () => store.put(signIn('newer')), () => store.forget(issuer, 'a')]) {
    const failure = await failureOf(attempt());
    t.strictSame([failure.reason, failure.message, failure.cure], ['store_unusable', `${file} holds secrets and may be read by others`, `chmod go-rwx ${file}`]);
  }
  t.strictSame([readFileSync(file, 'utf8'), statSync(file).mode & 0o777], [content, 0o640]);
});

t.test('fields that this version does not know stay, also of a sign-in that is replaced', async (t) => {
  const file = join(t.testdir(), 'sign-ins.json');
  const written = (refreshToken: string, keptAt: string) => ({ device: 'desk', ...signIn(refreshToken), keptAt });
  writeFileSync(file, JSON.stringify({ version: 1, signIns: [written('old', '2025-01-01T00:00:00Z')], more: [1] }), { mode: 0o600 });
  await openTokenFile(file).put(signIn('new'));
  t.strictSame(JSON.parse(readFileSync(file, 'utf8')), { version: 1, signIns: [written('new', '2026-02-01T00:00:00.000Z')], more: [1] });
});

const good = { ...signIn(), keptAt: '2026-02-01T00:00:00.000Z' };
const fileOf = (...entries: unknown[]): string => JSON.stringify({ version: 1, signIns: entries }, undefined, 1);

const damaged: readonly (readonly [string, string, string])[] = [
  ['is empty', '', 'it is empty'],
  ['is cut off in a token', fileOf(good).slice(0, fileOf(good).indexOf('cret')), 'line 8: a text does not end'],
  ['is no JSON', '{ "version": 1, "signIns": [ s3cret ] }', 'line 1: this is no value'],
  ['has another version', '{ "version": 0, "signIns": [] }', '"version" is not 1'],
  ['has no list', '{ "version": 1 }', '"signIns" is missing'],
  ['has a sign-in twice', fileOf(good, { ...good, refreshToken: 'other' }), 'entry 2 (line 12) is for the same as entry 1 (line 4)'],
  ['has an unknown method', fileOf({ ...good, method: 's3cret' }), 'entry 1 (line 4): "method" is none of windows, entra, browser'],
  ['has a number for a token', fileOf({ ...good, refreshToken: 1 }), 'entry 1 (line 4): "refreshToken" is no text'],
  ['has an empty token', fileOf({ ...good, refreshToken: '' }), 'entry 1 (line 4): "refreshToken" is empty'],
  ['has a huge token', fileOf({ ...good, refreshToken: 's3cret'.repeat(20_000) }), 'entry 1 (line 4): "refreshToken" is longer than 65536 characters'],
  ['has a number for a time', fileOf({ ...good, keptAt: 1 }), 'entry 1 (line 4): "keptAt" is no text'],
  ...Object.keys(good).map((name) =>
    [`has no ${name}`, fileOf(Object.fromEntries(Object.entries(good).filter(([field]) => field !== name))), `entry 1 (line 4): "${name}" is missing`] as const),
];

for (const [how, content, message] of damaged) {
  t.test(`a file that ${how} is reported without its secrets, and stays byte for byte`, async (t) => {
    const file = join(t.testdir(), 'sign-ins.json');
    writeFileSync(file, content, { mode: 0o600 });
    const store = openTokenFile(file);
    const attempts = [() => store.get(issuer, 'a'), () => store.put(signIn('newer')), () => store.forget(issuer, 'a'), () => store.exclusively((inside) => inside.put(signIn('newer')))];
    for (const attempt of attempts) {
      const failure = await failureOf(attempt());
      t.strictSame([failure.reason, failure.message], ['store_damaged', `${file} is damaged: ${message}`]);
      t.equal(failure.cure, 'Repair it, or move it away: then you are asked to sign in again.');
      t.notOk(String(failure.cause).includes('s3cret'));
    }
    t.equal(readFileSync(file, 'utf8'), content);
  });
}

t.test('what could not be read again is not written', async (t) => {
  const file = join(t.testdir(), 'sign-ins.json');
  const failure = await failureOf(openTokenFile(file).put(signIn('')));
  t.strictSame([failure.reason, failure.message], ['store_unusable', `this cannot be kept in ${file}: "refreshToken" is empty`]);
  t.notOk(existsSync(file));
});

t.test('inside exclusively everything may be used, in parallel and nested, and nothing is lost', async (t) => {
  const file = join(t.testdir(), 'sign-ins.json');
  const store = openTokenFile(file, { patience: 500 });
  const clients = Array.from({ length: 8 }, (_, n) => `client-${String(n)}`);
  const got = await store.exclusively(async (inside) => {
    await Promise.all(clients.map((clientId, n) => (n % 2 === 0 ? inside : store).put(signIn('first', clientId))));
    await store.exclusively(async (nested) => {
      await nested.put(signIn('nested', 'client-0'));
      t.equal(await nested.forget(issuer, 'client-1'), true);
    });
    t.equal(await store.forget(issuer, 'client-2'), true);
    return Promise.all(clients.map(async (clientId) => (await inside.get(issuer, clientId))?.refreshToken));
  });
  t.strictSame(got, ['nested', undefined, undefined, 'first', 'first', 'first', 'first', 'first']);
});

t.test('exclusively lets nobody else in, gives the failure of its action, and then the lock', async (t) => {
  const file = join(t.testdir(), 'sign-ins.json');
  const [store, other] = [openTokenFile(file), openTokenFile(file, { patience: 30 })];
  const inside = Promise.withResolvers<SignInFile>();
  const leave = Promise.withResolvers<void>();
  const running = store.exclusively(async (own) => {
    inside.resolve(own);
    await leave.promise;
    throw new RangeError('its own');
  });
  const own = await inside.promise;
  t.match((await failureOf(other.put(signIn('other')))).message, /has been held by another part of this program/);
  await own.put(signIn('own'));
  leave.resolve();
  await t.rejects(running, new RangeError('its own'));
  await other.put(signIn('other'));
  // Used past its time, it waits for the lock as everybody does.
  let late = Promise.resolve();
  await other.exclusively(async (within) => {
    late = own.put(signIn('late'));
    await sleep(40);
    t.strictSame(await within.get(issuer, 'myq-desktop-client'), signIn('other'));
  });
  await late;
  t.equal((await store.get(issuer, 'myq-desktop-client'))?.refreshToken, 'late');
});

t.test('processes that refresh at once use each token once', async (t) => {
  const file = join(t.testdir(), 'sign-ins.json');
  await openTokenFile(file).put(signIn('0'));
  const body = `import { openTokenFile } from 'KEEP/token-store.ts';
const store = openTokenFile(process.argv[1]);
for (let n = 0; n < 12; n++) await store.exclusively(async (inside) => {
  const kept = await inside.get('${issuer}', 'myq-desktop-client');
  console.log(kept.refreshToken);
  await new Promise((resolve) => setTimeout(resolve, 2));
  await inside.put({ ...kept, refreshToken: String(Number(kept.refreshToken) + 1) });
});`;
  const results = await Promise.all([child(t, file, body), child(t, file, body)].map(({ ended }) => ended));
  t.strictSame(results.map(({ code }) => code), [0, 0]);
  t.strictSame(results.flatMap(({ lines }) => lines).map(Number).sort((a, b) => a - b), Array.from({ length: 24 }, (_, n) => n));
  t.equal((await openTokenFile(file).get(issuer, 'myq-desktop-client'))?.refreshToken, '24');
});

t.test('a file that another process has for itself can be read, but not written', async (t) => {
  const file = join(t.testdir(), 'sign-ins.json');
  const store = openTokenFile(file, { patience: 40 });
  await store.put(signIn());
  const { process, ended } = await holder(t, file);
  t.strictSame(await store.get(issuer, 'myq-desktop-client'), signIn());
  const failure = await failureOf(store.exclusively(() => Promise.resolve()));
  t.strictSame([failure.reason, failure.message], ['store_unusable', `${file}.lock has been held by another program for more than 0.04 seconds`]);
  process.kill('SIGKILL');
  await ended;
  t.equal(await store.forget(issuer, 'myq-desktop-client'), true);
});
