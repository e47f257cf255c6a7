// One SQLite transaction around an action.

import type { DatabaseSync } from 'node:sqlite';

/** Runs the action as one transaction that takes the write lock first, so that what it read stays true until the commit. */
export function transaction<T>(database: DatabaseSync, action: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = action();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has already rolled back after some errors (a full disk, for one).
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
