// One SQLite transaction around an action.

import type { DatabaseSync } from 'node:sqlite';

/** Runs the action as one transaction that takes the write lock first, so that what it read stays true until the commit. */
export function transaction<T>(database: DatabaseSync, action: () => T): T {
  return around(database, 'BEGIN IMMEDIATE', 'COMMIT', action);
}

/** The same, with nothing of it left in the end: what the action read last is what would be there. */
export function rehearsal<T>(database: DatabaseSync, action: () => T): T {
  return around(database, 'BEGIN IMMEDIATE', 'ROLLBACK', action);
}

/** Runs an action that only reads: it sees one state of the store, no writer waits for it, and nothing is forced to the disk. */
export function snapshot<T>(database: DatabaseSync, action: () => T): T {
  return around(database, 'BEGIN DEFERRED', 'COMMIT', action);
}

function around<T>(database: DatabaseSync, begin: string, end: string, action: () => T): T {
  database.exec(begin);
  try {
    const result = action();
    database.exec(end);
    return result;
  } catch (error) {
    // SQLite has already rolled back after some errors (a full disk, for one).
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
