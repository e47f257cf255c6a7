// The embedded store across processes: what it has answered survives a kill, and two that start together migrate once.

import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { child, result } from './child.ts';

t.test('processes that start together on a new file all find it migrated', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  const body = "await store.userForAlias('alice@MYQ.TEST', 'alice'); console.log((await store.users()).length); await store.close();";
  const results = await Promise.all(Array.from({ length: 4 }, () => result(child(file, body))));
  t.strictSame(results, Array.from({ length: 4 }, () => ({ lines: ['1'], code: 0 })));
});

t.test('a user whose id was answered is there after kill -9', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  const body = `for (let n = 0; ; n++) {
  const { id } = await store.addUser({ name: 'user ' + n, aliases: ['alias ' + n], scopes: [] });
  process.stdout.write(id + '\\n');
}`;
  const told = new Set<string>();
  for (let round = 0; round < 3; round++) {
    const process = child(file, body.replaceAll("'user '", `'${String(round)} user '`).replaceAll("'alias '", `'${String(round)} alias '`));
    const seen = result(process);
    await once(process.stdout, 'data');
    await sleep(60 + round * 45);
    process.kill('SIGKILL');
    const { lines, code } = await seen;
    t.equal(code, null);
    t.ok(lines.length > 1, `round ${String(round)}: ${String(lines.length)} users`);
    // The last line may be cut in two by the kill.
    for (const line of lines) if (/^[0-9a-f-]{36}$/.test(line)) told.add(line);
  }
  const store = openSqlite(file);
  t.teardown(() => store.close());
  const users = await store.users();
  const lost = [...told].filter((id) => !users.some((user) => user.id === id));
  t.strictSame(lost, []);
  t.ok(users.every(({ aliases }) => aliases.length === 1), 'no user is half there');
});

t.test('a write waits for another process\'s write', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  const store = openSqlite(file);
  t.teardown(() => store.close());
  const body = `const { DatabaseSync } = await import('node:sqlite');
const other = new DatabaseSync(process.argv[1]);
other.exec('BEGIN IMMEDIATE');
console.log('locked');
setTimeout(() => { other.exec('ROLLBACK'); other.close(); }, 300);`;
  const process = child(file, body);
  const ended = result(process);
  await once(process.stdout, 'data');
  const started = performance.now();
  t.equal((await store.userForAlias('a', 'a')).name, 'a');
  t.ok(performance.now() - started > 100);
  t.equal((await ended).code, 0);
});

t.test('a full disk is an outage, leaves nothing half written, and what was there can still be read', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  await openSqlite(file).close();
  const body = `let n = 0;
try {
  for (;; n++) await store.addUser({ name: 'user ' + n, aliases: ['alias ' + n], fullName: 'x'.repeat(20_000), scopes: [] });
} catch (error) {
  console.log(error.name, error.detail);
}
console.log((await store.users()).length === n, await store.userByAlias(['alias ' + n]));`;
  const { lines } = await result(child(file, body, "trap '' XFSZ; ulimit -f 512"));
  t.match(lines, [/^UnavailableError the store failed in addUser: (database or disk is full|disk I\/O error)$/, 'true undefined']);
});
