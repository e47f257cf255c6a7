// Takes what has expired out of the embedded store, a little along with the writes.

import type { DatabaseSync } from 'node:sqlite';

/** So many writes take more expired rows along, so that no table can grow for ever, and few enough that nobody waits. */
const PURGE_EVERY = 64;
const PURGED_AT_ONCE = 256;

/** The tables whose rows have their end in `expires_at`, with an index on it, and what names a row. */
const keys = {
  attempts: 'key', grants: 'id', marks: 'mark', ntlm_uses: 'id', revoked_tokens: 'token_id', sessions: 'id',
} as const;

/**
 * Makes the purge of one table, to be called with the time by each write that adds a row, before it: if the purge fails,
 * nothing was written yet. What it takes had expired, so that no answer changes by it.
 */
export function purgeOf(database: DatabaseSync, table: keyof typeof keys): (time: number) => void {
  const key = keys[table];
  const statement = database.prepare(
    `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE expires_at <= ? LIMIT ${String(PURGED_AT_ONCE)})`,
  );
  let writes = 0;
  return (time) => { if (++writes % PURGE_EVERY === 0) statement.run(time); };
}
