// Brings an embedded store's schema up to date: numbered SQL files, forward only, each exactly once.

import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { UnavailableError } from '../errors.ts';
import { transaction } from './sqlite-transaction.ts';

const directory = new URL('./migrations/', import.meta.url);

/**
 * Applies the missing migrations in one transaction, so that of two processes that start together one migrates and the
 * other finds it done. Throws UnavailableError for a store written by a newer version.
 */
export function migrate(database: DatabaseSync): void {
  const files = readdirSync(directory).filter((name) => /^sqlite-\d{3}\.sql$/.test(name)).sort();
  transaction(database, () => {
    const { user_version: done } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (done > files.length) throw new UnavailableError('The store was written by a newer version of the gateway.');
    for (const file of files.slice(done)) database.exec(readFileSync(new URL(file, directory), 'utf8'));
    database.exec(`PRAGMA user_version = ${String(files.length)}`);
  });
}
