// The embedded store: one SQLite file (node:sqlite), written through before anything is answered.

import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UnavailableError } from '../errors.ts';
import { migrate } from './migrate.ts';
import { sqliteClients, sqliteKeys } from './sqlite-clients-keys.ts';
import { sqliteUsers } from './sqlite-users.ts';
import type { Store } from './store.ts';

/** How long a write waits for another process's write, in milliseconds. Everything else in this process waits with it. */
const BUSY_TIMEOUT = 1000;

export interface SqliteOptions {
  /** Seconds since the epoch; the store's only clock. */
  readonly now?: () => number;
}

/**
 * Opens (and makes, if absent) the store in `file`, or in memory for `:memory:`. Several processes may have it open.
 * WAL with `synchronous=FULL`: what a method has answered survives a power cut. Throws UnavailableError if it cannot be used.
 */
export function openSqlite(file: string, options: SqliteOptions = {}): Store {
  const now = options.now ?? (() => Math.floor(Date.now() / 1000));
  const database = guarded(`cannot open the store ${file}`, () => connect(file));
  const close = (): void => { if (database.isOpen) database.close(); };
  try {
    const place = guarded(`cannot open the store ${file}`, () => placeOf(file));
    return {
      ...asynchronous(sqliteUsers(database, now)),
      ...asynchronous(sqliteClients(database)),
      ...asynchronous(sqliteKeys(database)),
      ...asynchronous({
        // A store that can only be read has no write lock to give.
        ping: () => {
          database.exec('BEGIN IMMEDIATE; ROLLBACK');
          if (placeOf(file) === place) return;
          throw new UnavailableError('The store is not available.', { detail: `the store ${file} was replaced while it was open: restart` });
        },
        close,
      }),
    };
  } catch (error) {
    close();
    throw error;
  }
}

function connect(file: string): DatabaseSync {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT, enableForeignKeyConstraints: true });
  try {
    if (file !== ':memory:') chmodSync(file, 0o600);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF');
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Which file the path leads to. SQLite goes on with a file that was replaced, and all that it then writes is lost. */
function placeOf(file: string): string {
  if (file === ':memory:') return file;
  const { dev, ino } = statSync(file, { bigint: true });
  return `${String(dev)}:${String(ino)}`;
}

type Asynchronous<T> = { [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never };

/** The ports are asynchronous because other stores are; SQLite itself answers at once. Foreign errors are translated here, once. */
function asynchronous<T extends object>(part: T): Asynchronous<T> {
  const entries = Object.entries(part as Record<string, (...args: unknown[]) => unknown>).map(([name, method]) => {
    const wrapped = (...args: unknown[]): Promise<unknown> =>
      new Promise((resolve) => { resolve(guarded(`the store failed in ${name}`, () => method(...args))); });
    return [name, wrapped] as const;
  });
  return Object.fromEntries(entries) as Asynchronous<T>;
}

function guarded<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code, errno, message } = error as NodeJS.ErrnoException;
    // ERR_INVALID_STATE: it is closed.
    if (code !== 'ERR_SQLITE_ERROR' && code !== 'ERR_INVALID_STATE' && errno === undefined) throw error;
    throw new UnavailableError('The store is not available.', { detail: `${what}: ${message}`, cause: error });
  }
}
