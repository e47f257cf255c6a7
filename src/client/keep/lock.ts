// One at a time at a file of this client: one process, and in it one flow.

import { randomInt } from 'node:crypto';
import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from '../error.ts';
import { shownPath, unusable } from './file-fault.ts';
import { makeDirectory, realPlace } from './place.ts';

export interface LockOptions {
  /** Milliseconds to wait for whoever has the lock. Default 10,000. */
  readonly patience?: number | undefined;
}

/** The last in the queue for each lock of this process. */
const queues = new Map<string, Promise<void>>();

/**
 * Runs the action while nobody else runs one for the same file, under whatever name or link the file is known to them.
 * Not to be nested for one file: the inner one would wait for the outer one.
 *
 * Node.js has no file lock of its own, and a lock that is a file's mere presence stays when its holder is killed. SQLite, which is part of
 * Node.js, takes locks of the operating system on Linux, macOS and Windows alike; those end with their process, however it ends.
 * @throws ClientError `store_unusable` past the patience, or if the lock file cannot be used
 */
export async function withLock<T>(file: string, action: () => Promise<T>, { patience = 10_000 }: LockOptions = {}): Promise<T> {
  const until = performance.now() + patience;
  const place = await realPlace(file);
  await makeDirectory(dirname(place));
  const lock = `${place}.lock`;
  const held = (by: string): ClientError => new ClientError('store_unusable', `${shownPath(lock)} has been held by ${by} for more than ${String(patience / 1000)} seconds`, { cure: 'Look for one that hangs, end it, and try again.' });
  const leave = await enter(lock, until, () => held('another part of this program'));
  try {
    const database = await hold(lock, until, () => held('another program'));
    try {
      return await action();
    } finally {
      database.close();
    }
  } finally {
    leave();
  }
}

/** Waits for those of this process that came before. Gives what lets the next one in. */
async function enter(lock: string, until: number, late: () => ClientError): Promise<() => void> {
  const before = queues.get(lock) ?? Promise.resolve();
  const turn = Promise.withResolvers<void>();
  const mine = before.then(() => turn.promise).then(() => { if (queues.get(lock) === mine) queues.delete(lock); });
  queues.set(lock, mine);
  const waiting = new AbortController();
  const isIn = await Promise.race([
    before.then(() => true),
    sleep(Math.max(0, until - performance.now()), false, { signal: waiting.signal }),
  ]);
  waiting.abort();
  if (isIn) return turn.resolve;
  turn.resolve();
  throw late();
}

async function hold(lock: string, until: number, late: () => ClientError): Promise<DatabaseSync> {
  const database = openLock(lock);
  try {
    while (!isTaken(database, lock)) {
      if (performance.now() >= until) throw late();
      // Two that try in step would be in each other's way again and again.
      await sleep(randomInt(10, 30));
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openLock(lock: string): DatabaseSync {
  try {
    make(lock);
    accessSync(lock, constants.R_OK | constants.W_OK);
    return new DatabaseSync(lock, { timeout: 0 });
  } catch (error) {
    throw unusable(error, lock, 'opened');
  }
}

/** SQLite would let others read it. It stays for good: a lock that is removed can be held twice, by its old file and by its new one. */
function make(lock: string): void {
  try {
    // Only a file that nobody had open before: closing another descriptor of a locked file would end the lock (fcntl(2)).
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

const BUSY = 5;
const NOT_A_DATABASE = 26;

/** Whether the lock is now ours. The file stays empty: nothing is ever committed to it, and no journal lies beside it. */
function isTaken(database: DatabaseSync, lock: string): boolean {
  try {
    // The last one fails where the file may only be read: SQLite then passes over EXCLUSIVE, and there is no lock.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; PRAGMA user_version = 1');
    return true;
  } catch (error) {
    const { errcode = 0 } = error as { readonly errcode?: number };
    // Extended codes carry the plain one in their low byte.
    const code = errcode & 0xff;
    if (code === BUSY) return false;
    if (code === NOT_A_DATABASE) throw new ClientError('store_unusable', `${shownPath(lock)} is no lock of this client`, { cure: 'Move it away: it should be empty.', cause: error });
    throw unusable(error, lock, 'locked');
  }
}
