// The embedded store's marks: what was used and must not be used again.

import type { DatabaseSync } from 'node:sqlite';

/** So many new marks take more expired ones along, so that the table cannot grow for ever, and few enough that nobody waits. */
const PURGE_EVERY = 64;
const PURGED_AT_ONCE = 256;

/**
 * The mark methods over a connection of their own, with `synchronous=NORMAL`: a mark survives the end of the process, a kill -9
 * too, but is not forced to the disk at each of thousands of sign-ins a second. A power cut can lose the last ones; a
 * thief would have to come back with one of them within the minutes that its authenticator stays fresh.
 */
export function sqliteMarks(database: DatabaseSync, now: () => number) {
  const insert = database.prepare(`INSERT INTO marks (mark, expires_at) VALUES (?, ?)
    ON CONFLICT (mark) DO UPDATE SET expires_at = excluded.expires_at WHERE marks.expires_at <= ?`);
  const purge = database.prepare(`DELETE FROM marks WHERE mark IN (SELECT mark FROM marks WHERE expires_at <= ? LIMIT ${String(PURGED_AT_ONCE)})`);
  let made = 0;
  return {
    markOnce: (mark: Uint8Array, expiresAt: number): boolean => {
      const time = now();
      const isNew = insert.run(mark, expiresAt, time).changes > 0;
      if (++made % PURGE_EVERY === 0) purge.run(time);
      return isNew;
    },
  };
}
