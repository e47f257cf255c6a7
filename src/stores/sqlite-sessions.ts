// The embedded store's browser sessions.

import type { DatabaseSync } from 'node:sqlite';
import type { SessionRecord } from './grant-store.ts';
import { authenticationColumns, authenticationOf, type AuthenticationRow, authenticationValues } from './sqlite-columns.ts';
import { purgeOf } from './sqlite-purge.ts';
import { transaction } from './sqlite-transaction.ts';

interface SessionRow extends AuthenticationRow {
  readonly id: string;
  readonly user_id: string;
  readonly epoch: number;
  readonly expires_at: number;
}

/**
 * The session methods over an open database. What becomes of a session's grants goes by what the grants say, so that it is the same
 * whether or not the row of an expired session is still there.
 */
export function sqliteSessions(database: DatabaseSync, now: () => number) {
  const columns = `id, user_id, epoch, ${authenticationColumns}, expires_at`;
  const byId = database.prepare(`SELECT ${columns} FROM sessions WHERE id = ? AND expires_at > ?`);
  // Not for a user who was removed meanwhile.
  const insert = database.prepare(`INSERT INTO sessions (${columns})
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE EXISTS (SELECT 1 FROM users WHERE id = ?2)`);
  const remove = database.prepare('DELETE FROM sessions WHERE id = ?');
  const removeLive = database.prepare('DELETE FROM sessions WHERE id = ? AND expires_at > ?');
  const revoke = database.prepare('UPDATE grants SET revoked = 1 WHERE session_id = ? AND revoked = 0');
  const revokeOthers = database.prepare('UPDATE grants SET revoked = 1 WHERE session_id = ? AND user_id <> ? AND revoked = 0');
  const handOver = database.prepare('UPDATE grants SET session_id = ?3 WHERE session_id = ?1 AND user_id = ?2');
  const purge = purgeOf(database, 'sessions');

  return {
    addSession: (session: SessionRecord, replaces?: string): void => {
      transaction(database, () => {
        purge(now());
        if (replaces !== undefined) {
          revokeOthers.run(replaces, session.userId);
          handOver.run(replaces, session.userId, session.id);
          remove.run(replaces);
        }
        insert.run(session.id, session.userId, session.epoch, ...authenticationValues(session.authentication), session.expiresAt);
      });
    },
    sessionById: (id: string): SessionRecord | undefined => {
      const row = byId.get(id, now()) as unknown as SessionRow | undefined;
      return row && {
        id: row.id, userId: row.user_id, epoch: row.epoch, authentication: authenticationOf(row), expiresAt: row.expires_at,
      };
    },
    endSession: (id: string): boolean => transaction(database, () => {
      revoke.run(id);
      return removeLive.run(id, now()).changes > 0;
    }),
  };
}
