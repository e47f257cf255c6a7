// The embedded store's marks: what was used and must not be used again.

import type { DatabaseSync } from 'node:sqlite';
import { purgeOf } from './sqlite-purge.ts';

/**
 * The mark methods over a connection of their own, with `synchronous=NORMAL`: a mark survives the end of the process, a kill -9
 * too, but is not forced to the disk at each of thousands of sign-ins a second. A power cut can lose the last ones; a
 * thief would have to come back with one of them while it is still fresh: minutes for a ticket, an hour for an ID token.
 */
export function sqliteMarks(database: DatabaseSync, now: () => number) {
  const insert = database.prepare(`INSERT INTO marks (mark, expires_at) VALUES (?, ?)
    ON CONFLICT (mark) DO UPDATE SET expires_at = excluded.expires_at, owner = NULL WHERE marks.expires_at <= ?`);
  const insertOwned = database.prepare(`INSERT INTO marks (mark, expires_at, owner) VALUES (?, ?, ?)
    ON CONFLICT (mark) DO UPDATE SET expires_at = excluded.expires_at, owner = excluded.owner WHERE marks.expires_at <= ?`);
  const ownerOf = database.prepare('SELECT owner FROM marks WHERE mark = ?');
  const purge = purgeOf(database, 'marks');
  return {
    markOnce: (mark: Uint8Array, expiresAt: number): boolean => {
      const time = now();
      purge(time);
      return insert.run(mark, expiresAt, time).changes > 0;
    },
    markFor: (mark: Uint8Array, owner: string, expiresAt: number): 'first' | 'again' | 'others' => {
      const time = now();
      purge(time);
      if (insertOwned.run(mark, expiresAt, owner, time).changes > 0) return 'first';
      // The row that stood in the way stays until it expires.
      return (ownerOf.get(mark) as { owner: string | null } | undefined)?.owner === owner ? 'again' : 'others';
    },
  };
}
