// `keys`: what is listed, what rotating does, and what is refused, in a directory that `init` has made.

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { initialize } from '../../src/cli/init.ts';
import { keys } from '../../src/cli/keys.ts';
import { Negative, UsageError } from '../../src/cli/verb.ts';
import { ConfigError, UnavailableError } from '../../src/errors.ts';
import { openStore } from '../../src/stores/open.ts';
import { temporary } from './program.ts';

interface Listed {
  readonly kid: string;
  readonly algorithm: string;
  readonly createdAt: number;
  readonly state: string;
  readonly signsFrom?: number;
}

interface Rotated {
  readonly added: string;
  readonly removed: readonly string[];
  readonly keys: readonly Listed[];
}

async function setUp(t: Test) {
  const directory = join(temporary(t), 'gateway');
  const { config } = await initialize(directory, 'print.myq.test', '0');
  const file = join(directory, 'config.ini');
  const run = (...args: readonly string[]): Promise<string | undefined> => keys.run(['--config', file, ...args]);
  return {
    directory, file, run,
    json: async <T>(...args: readonly string[]): Promise<T> => JSON.parse(await run(...args, '--json') ?? '') as T,
    openStore: () => openStore(config),
  };
}

const moment = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/.source;

t.test('the key of a new gateway is listed, as text and as JSON', async (t) => {
  const { run, json } = await setUp(t);
  const listed = await json<readonly Listed[]>('list');
  t.match(listed, [{ kid: /^[\w-]{43}$/, algorithm: 'ES256', createdAt: Number, state: 'signing' }]);
  t.equal(listed.length, 1);
  const [head, row, ...rest] = (await run('list') ?? '').split('\n');
  t.match(head, /^KEY ID +ALGORITHM +STATE +MADE$/);
  t.match(row, new RegExp(`^${listed[0]?.kid ?? ''} +ES256 +signing +${moment}$`));
  t.strictSame(rest, []);
});

t.test('rotate adds a key that signs next and leaves the former one', async (t) => {
  const { run, json } = await setUp(t);
  const [first] = await json<readonly Listed[]>('list');
  const rotated = await json<Rotated>('rotate');
  t.strictSame(rotated.removed, []);
  t.match(rotated.keys, [{ kid: rotated.added, state: 'next' }, { kid: first?.kid, state: 'signing' }]);
  t.equal(rotated.keys[0]?.signsFrom, (rotated.keys[0]?.createdAt ?? 0) + 10);
  t.strictSame(await json('list'), rotated.keys);
  const [, newest, second] = (await run('rotate') ?? '').split('\n');
  t.match(newest, new RegExp(`ES256 +next, signs from ${moment} +${moment}$`));
  t.match(second, new RegExp(`^${rotated.added} +ES256 +next`));
});

t.test('a retired key is listed with the time until which it is published', async (t) => {
  const { run, json, openStore } = await setUp(t);
  const store = await openStore();
  t.teardown(() => store.close());
  const [first] = await store.signingKeys();
  if (first === undefined) throw new Error('init made no key');
  await store.addKey({ ...first, kid: 'younger', createdAt: first.createdAt - 20 });
  t.match(await run('list'), new RegExp(`\n${first.kid} +ES256 +retired, published until ${moment} +${moment}$`));
  t.match(await json('list'), [{ kid: 'younger', state: 'signing' }, { state: 'retired', publishedUntil: first.createdAt - 10 + 86_400 }]);
});

t.test('rotate --revoke-former leaves the new key alone, which signs at once', async (t) => {
  const { json } = await setUp(t);
  const [first] = await json<readonly Listed[]>('list');
  const { added: second } = await json<Rotated>('rotate');
  const { added, removed, keys: left } = await json<Rotated>('rotate', '--revoke-former');
  t.strictSame(removed, [second, first?.kid]);
  t.strictSame(left.map(({ kid, state }) => [kid, state]), [[added, 'signing']]);
});

t.test('rotate makes the key of the algorithm that is configured', async (t) => {
  const { file, json } = await setUp(t);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^;SigningAlgorithm = ES256$/m, 'SigningAlgorithm = RS256'));
  t.match((await json<Rotated>('rotate')).keys, [{ algorithm: 'RS256', state: 'next' }, { algorithm: 'ES256', state: 'signing' }]);
});

t.test('another seal key changes nothing', async (t) => {
  const { directory, run, json } = await setUp(t);
  const before = await json('list');
  const file = join(directory, 'data/seal.key');
  const right = readFileSync(file);
  writeFileSync(file, `${randomBytes(32).toString('base64')}\n`);
  for (const options of [[], ['--revoke-former']]) await t.rejects(run('rotate', ...options), { constructor: ConfigError, message: /SealKey/ });
  t.strictSame(await json('list'), before, 'to look needs no seal key');
  writeFileSync(file, right);
  await t.resolves(run('rotate'));
});

t.test('a store without keys is not given one, so that it can still be set up', async (t) => {
  const { run, json, openStore } = await setUp(t);
  const store = await openStore();
  t.teardown(() => store.close());
  await store.removeKeys((await store.signingKeys()).map(({ kid }) => kid));
  for (const options of [[], ['--revoke-former']]) await t.rejects(run('rotate', ...options), { constructor: Negative, message: /no key to rotate/ });
  t.strictSame(await json('list'), []);
  t.match(await run('list'), /^KEY ID +ALGORITHM +STATE +MADE$/);
});

t.test('wrong use is told with what is wrong', async (t) => {
  const { run, json } = await setUp(t);
  const before = await json('list');
  for (const [message, ...args] of [
    [/^keys needs a verb; verbs: list rotate; usage/], [/^there is no "update"; verbs: list rotate; usage/, 'update', '--revoke-former'], [/^there is no "toString"/, 'toString'],
    [/^keys needs a verb/, ''], [/^keys list takes options only; usage/, 'list', 'x'], [/usage/, 'rotate', 'ES256'],
    [/usage/, 'list', 'rotate'],
    [/--revoke-former does not belong to list/, 'list', '--revoke-former'],
    [/does not take an argument/, 'rotate', '--revoke-former=yes'],
    [/option --revoke-former is given twice/, 'rotate', '--revoke-former', '--revoke-former'],
    [/option --config is given twice/, 'list', '--config', 'x.ini'],
    [/Unknown option '--revoke'/, 'rotate', '--revoke'],
  ] as const) await t.rejects(run(...args), { constructor: UsageError, message }, args.join(' ') || 'nothing');
  t.strictSame(await json('list'), before);
});

t.test('a missing configuration and a store that cannot be used are told as such', async (t) => {
  const { directory, run } = await setUp(t);
  const nowhere = join(directory, 'nowhere.ini');
  await t.rejects(keys.run(['list', '--config', nowhere]), { constructor: ConfigError, message: /nowhere\.ini/ });
  t.notOk(existsSync(nowhere));
  for (const name of ['gateway.db-wal', 'gateway.db-shm']) rmSync(join(directory, 'data', name), { force: true });
  writeFileSync(join(directory, 'data/gateway.db'), 'no database '.repeat(100));
  chmodSync(join(directory, 'data/gateway.db'), 0o600);
  await t.rejects(run('list'), UnavailableError);
  await t.rejects(run('rotate'), UnavailableError);
});
