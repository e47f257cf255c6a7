// The embedded store: one SQLite file (node:sqlite), written through before anything is answered.

import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UnavailableError } from '../errors.ts';
import { migrate } from './migrate.ts';
import { sqliteAttempts } from './sqlite-attempts.ts';
import { sqliteClients } from './sqlite-clients.ts';
import { sqliteEntra } from './sqlite-entra.ts';
import { sqliteGrants, sqliteRevokedTokens } from './sqlite-grants.ts';
import { sqliteKeys } from './sqlite-keys.ts';
import { sqliteMarks } from './sqlite-marks.ts';
import { sqliteMirror } from './sqlite-mirror.ts';
import { sqliteNtlm } from './sqlite-ntlm.ts';
import { sqliteSecrets } from './sqlite-secrets.ts';
import { sqliteSessions } from './sqlite-sessions.ts';
import { sqliteUsers } from './sqlite-users.ts';
import type { Store } from './store.ts';

/** How long a write waits for another process's write, in milliseconds. Everything else in this process waits with it. */
const BUSY_TIMEOUT = 1000;
/** The same for marks, tries and uses of NTLM, which sign-ins write: they would wait one after another. */
const MARK_TIMEOUT = 100;

/** SQLite's result codes: a lock that another process holds, a file that can only be read, one that cannot be opened. */
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CANTOPEN = 14;

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
  let marking = database;
  const close = (): void => { for (const one of [database, marking]) if (one.isOpen) one.close(); };
  try {
    const place = guarded(`cannot open the store ${file}`, () => placeOf(file));
    if (file !== ':memory:') marking = guarded(`cannot open the store ${file}`, () => openFile(file, 'NORMAL', MARK_TIMEOUT));
    return {
      ...asynchronous(sqliteMarks(marking, now)),
      ...asynchronous(sqliteAttempts(marking, now)),
      ...asynchronous(sqliteNtlm(marking, now)),
      ...asynchronous(sqliteUsers(database, now)),
      ...asynchronous(sqliteEntra(database, now)),
      ...asynchronous(sqliteSecrets(database)),
      ...asynchronous(sqliteMirror(database, now)),
      ...asynchronous(sqliteClients(database, now)),
      ...asynchronous(sqliteKeys(database)),
      ...asynchronous(sqliteGrants(database, now)),
      ...asynchronous(sqliteRevokedTokens(database, now)),
      ...asynchronous(sqliteSessions(database, now)),
      ...asynchronous({
        ping: () => {
          takeWriteLock(database);
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
  const database = openFile(file, 'FULL', BUSY_TIMEOUT);
  try {
    if (file !== ':memory:') chmodSync(file, 0o600);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** One connection. In WAL mode `FULL` forces every commit to the disk, `NORMAL` leaves that to the next checkpoint. */
function openFile(file: string, synchronous: 'FULL' | 'NORMAL', timeout: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout, enableForeignKeyConstraints: true });
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA trusted_schema = OFF`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * A store that can only be read has no write lock to give. Where somebody else holds it, the store is well: nobody waits for it
 * here, since everything else in this process would wait, too.
 */
function takeWriteLock(database: DatabaseSync): void {
  database.exec('PRAGMA busy_timeout = 0');
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
  } catch (error) {
    // Its extended codes have it in their low byte.
    if (((error as { errcode?: number }).errcode ?? 0) % 256 !== SQLITE_BUSY) throw error;
  } finally {
    if (database.isOpen) database.exec(`PRAGMA busy_timeout = ${String(BUSY_TIMEOUT)}`);
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
    throw new UnavailableError('The store is not available.', { detail: `${what}: ${message}${cureOf(error)}`, cause: error });
  }
}

/** What mends it where the file system says no: most often the program was run as somebody else before. */
function cureOf(error: unknown): string {
  const { code = '', errcode = 0 } = error as { code?: string; errcode?: number };
  // The low byte of SQLite's code is its kind.
  if (!['EACCES', 'EPERM', 'EROFS'].includes(code) && ![SQLITE_READONLY, SQLITE_CANTOPEN].includes(errcode & 0xff)) return '';
  return `; it must be a file that the account with uid ${String(process.getuid?.())} can write, in a directory that it can write`;
}
