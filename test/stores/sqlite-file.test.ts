// The embedded store's file: its rights, its journal, and what happens when it cannot be used.

import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';

const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

/** The detail of the outage with which this fails. */
async function outage(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof UnavailableError) return error.detail ?? error.message;
    throw error;
  }
  throw new Error('it worked');
}

t.test('the file, its journal and its new directory are the gateway\'s alone, whatever the umask', async (t) => {
  const directory = join(t.testdir(), 'data');
  const umask = process.umask(0);
  t.teardown(() => process.umask(umask));
  const store = openSqlite(join(directory, 'gateway.db'));
  await store.userForAlias('a', 'a');
  t.equal(mode(directory), '700');
  t.strictSame(readdirSync(directory).sort(), ['gateway.db', 'gateway.db-shm', 'gateway.db-wal']);
  for (const name of readdirSync(directory)) t.equal(mode(join(directory, name)), '600', name);
  await store.close();
  t.strictSame(readdirSync(directory), ['gateway.db'], 'closing puts the journal back into the file');
});

t.test('a file that others can read is closed to them at the next start', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  await openSqlite(file).close();
  chmodSync(file, 0o644);
  await openSqlite(file).close();
  t.equal(mode(file), '600');
});

t.test('the journal is a write-ahead log, and the schema has its number', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  const store = openSqlite(file);
  t.teardown(() => store.close());
  const other = new DatabaseSync(file);
  t.teardown(() => { other.close(); });
  t.strictSame({ ...other.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' });
  t.strictSame({ ...other.prepare('PRAGMA user_version').get() }, { user_version: 5 });
  t.strictSame({ ...other.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
});

t.test('a store of a newer version is left alone', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  await openSqlite(file).close();
  const other = new DatabaseSync(file);
  other.exec('PRAGMA user_version = 999');
  t.match(await outage(() => openSqlite(file)), /newer version/);
  t.strictSame({ ...other.prepare('PRAGMA user_version').get() }, { user_version: 999 });
  other.close();
});

t.test('what is no store is not opened, and not changed', async (t) => {
  const directory = t.testdir({ directory: {}, 'text.db': 'this is no database, but a text of some length\n'.repeat(100), 'a-file': '' });
  t.match(await outage(() => openSqlite(join(directory, 'directory'))), /cannot open the store .*directory: /);
  t.match(await outage(() => openSqlite(join(directory, 'text.db'))), /file is not a database/);
  t.equal(statSync(join(directory, 'text.db')).size, 4700);
  t.match(await outage(() => openSqlite(join(directory, 'a-file/gateway.db'))), /cannot open the store/);
  t.match(await outage(() => openSqlite('/proc/gateway.db')), /cannot open the store/);
});

t.test('a damaged file is an outage at start or at the first look, never an answer', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  const store = openSqlite(file);
  for (let n = 0; n < 200; n++) await store.addUser({ name: `user ${String(n)}`, aliases: [], scopes: [] });
  await store.close();
  truncateSync(file, 8192);
  t.match(await outage(async () => {
    const damaged = openSqlite(file);
    try {
      await damaged.users();
    } finally {
      await damaged.close();
    }
  }), /malformed|not a database/);
});

t.test('readiness fails when the open file is replaced, moved or removed: what is then written would be lost', async (t) => {
  const directory = t.testdir();
  const file = join(directory, 'gateway.db');
  const store = openSqlite(file);
  t.teardown(() => store.close());
  await store.ping();
  renameSync(file, join(directory, 'moved.db'));
  t.match(await outage(() => store.ping()), /ENOENT/);
  writeFileSync(file, '');
  t.match(await outage(() => store.ping()), /was replaced while it was open: restart/);
  rmSync(file);
  mkdirSync(file);
  t.match(await outage(() => store.ping()), /was replaced/);
  rmSync(file, { recursive: true });
  renameSync(join(directory, 'moved.db'), file);
  await store.ping();
});
