// The embedded store's mirrored users and uses of NTLM across processes: who waits for whom, and what survives a kill.

import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { child, result } from './child.ts';
import { alice } from './mirror.ts';
import { sampleMirrored, sampleNtlmUse } from './samples.ts';

t.test('who is as he was needs no write lock, and nothing is written for him; so it is with a conflict', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  const store = openSqlite(file);
  t.teardown(() => store.close());
  const added = await store.mirrorUser(alice, false);
  const other = new DatabaseSync(file);
  t.teardown(() => { other.close(); });
  const size = (): number => statSync(`${file}-wal`).size;
  const before = size();
  other.exec('BEGIN IMMEDIATE');
  for (const dryRun of [false, true]) {
    t.match(await store.mirrorUser(alice, dryRun), { ...added, kind: 'unchanged', what: [] });
    const stranger = { ...sampleMirrored(), account: { directory: '', sid: 'S-2' } };
    t.strictSame(await store.mirrorUser(stranger, dryRun), { kind: 'conflict', fields: ['account'] });
  }
  t.ok(await store.setDisabledInDirectory(await idOf(), false));
  await t.rejects(store.mirrorUser({ ...alice, email: null }, false), UnavailableError);
  other.exec('ROLLBACK');
  t.match(await store.mirrorUser({ ...alice, email: null }, true), { kind: 'changed', what: ['e-mail'] });
  t.equal(size(), before);
  t.match(await store.mirrorUser({ ...alice, email: null }, false), { kind: 'changed', what: ['e-mail'] });
  t.ok(size() > before);

  async function idOf(): Promise<string> {
    return (await store.mirroredUsers(''))[0]?.id ?? '';
  }
});

t.test('what was answered is true after kill -9: people are whole, and no use of NTLM is forgotten', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  const body = `for (let n = 0; ; n++) {
  const name = process.pid + '-' + n;
  const person = { ...${JSON.stringify(sampleMirrored())}, account: { directory: '', sid: name }, name, aliases: [name + '@MYQ.TEST'], cards: [name] };
  await store.mirrorUser(person, false);
  await store.mirrorUser({ ...person, disabled: true, pin: name }, false);
  await store.countNtlm(${JSON.stringify(sampleNtlmUse())});
  process.stdout.write(name + '.\\n');
}`;
  const told: string[] = [];
  for (let round = 0; round < 3; round++) {
    const process = child(file, body);
    const seen = result(process);
    await once(process.stdout, 'data');
    await sleep(60 + round * 45);
    process.kill('SIGKILL');
    const { lines, code } = await seen;
    t.equal(code, null);
    // The last line may be cut in two by the kill.
    told.push(...lines.filter((line) => line.endsWith('.')).map((line) => line.slice(0, -1)));
  }
  t.ok(told.length > 3, String(told.length));
  const store = openSqlite(file);
  t.teardown(() => store.close());
  const users = await store.users();
  const whole = new Set(users.filter((user) => user.disabledInDirectory && user.hasPin).map(({ name }) => name));
  t.strictSame(told.filter((name) => !whole.has(name)), []);
  t.ok(users.every(({ aliases, cards, account, name }) => aliases.length === 1 && cards === 1 && account?.sid === name), 'nobody is half there');
  t.ok(((await store.ntlmUses(0)).uses[0]?.count ?? 0) >= told.length);
});

t.test('what another process takes while a person waits for its write is a conflict, and nothing of him is written', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  const store = openSqlite(file);
  t.teardown(() => store.close());
  const body = `const { DatabaseSync } = await import('node:sqlite');
const other = new DatabaseSync(process.argv[1]);
other.exec("BEGIN IMMEDIATE; INSERT INTO users (id, name, name_key, scopes, created_at) VALUES ('u', 'bob', 'bob', '', 1)");
other.exec("INSERT INTO aliases (alias, user_id) VALUES ('alice', 'u')");
console.log('locked');
setTimeout(() => { other.exec('COMMIT'); other.close(); }, 300);`;
  for (const dryRun of [true, false]) {
    const process = child(file, body);
    const ended = result(process);
    await once(process.stdout, 'data');
    t.strictSame(await store.mirrorUser(alice, dryRun), { kind: 'conflict', fields: ['name', 'alice'] });
    t.equal((await ended).code, 0);
    t.strictSame((await store.users()).map(({ name }) => name), ['bob']);
    await store.removeUser('u');
  }
});
