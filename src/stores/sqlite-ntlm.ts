// The embedded store's table of who still uses NTLM.

import type { DatabaseSync } from 'node:sqlite';
import { NTLM_ROWS, NTLM_YEAR, type NtlmUse, type NtlmUseRecord, type NtlmUses } from './ntlm-store.ts';
import { purgeOf } from './sqlite-purge.ts';
import { snapshot, transaction } from './sqlite-transaction.ts';

type NtlmUseRow = Omit<NtlmUseRecord, 'isWorkstationVerified'> & { readonly isWorkstationVerified: number };

const key = 'outcome, user_name, address, workstation, is_workstation_verified, target, reason';
/** What is counted again after its year begins anew. */
const counted = (table: string): string => `count = CASE WHEN ${table}.expires_at > excluded.last_at THEN ${table}.count + 1 ELSE 1 END,
  last_at = max(${table}.last_at, excluded.last_at), expires_at = max(${table}.expires_at, excluded.expires_at)`;

/**
 * The NTLM methods over the connection of the marks, with `synchronous=NORMAL`: every sign-in with NTLM counts. A row survives the end of
 * the process, a kill -9 too; a power cut can lose those of its last moments, and who still uses NTLM comes again.
 */
export function sqliteNtlm(database: DatabaseSync, now: () => number) {
  const count = useCounter(database);
  const watch = database.prepare('INSERT INTO ntlm_watch (id, began_at) VALUES (1, ?) ON CONFLICT DO NOTHING');
  const began = database.prepare('SELECT began_at AS beganAt FROM ntlm_watch');
  const uses = database.prepare(`SELECT outcome, user_name AS user, address, workstation, is_workstation_verified AS isWorkstationVerified, target,
    reason, count, first_at AS firstAt, last_at AS lastAt FROM ntlm_uses WHERE last_at >= ? AND expires_at > ? ORDER BY last_at DESC, id DESC`);
  const unlisted = database.prepare('SELECT count, last_at AS lastAt FROM ntlm_unlisted WHERE outcome = ? AND expires_at > ?');
  const unlistedOf = (outcome: NtlmUse['outcome'], time: number): NtlmUses['unlisted'][NtlmUse['outcome']] =>
    ({ count: 0, lastAt: 0, ...(unlisted.get(outcome, time) as { count: number; lastAt: number } | undefined) });

  return {
    countNtlm: (use: NtlmUse): void => { transaction(database, () => { count(use, now()); }); },
    watchNtlm: (): void => { watch.run(now()); },
    ntlmUses: (since: number): NtlmUses => snapshot(database, () => {
      const time = now();
      return {
        watchedSince: (began.get() as { beganAt: number } | undefined)?.beganAt,
        uses: (uses.all(since, time) as unknown as NtlmUseRow[])
          .map((row) => ({ ...row, isWorkstationVerified: row.isWorkstationVerified !== 0 })),
        unlisted: { granted: unlistedOf('granted', time), refused: unlistedOf('refused', time) },
      };
    }),
  };
}

/** Counts a use, inside of a transaction. */
function useCounter(database: DatabaseSync): (use: NtlmUse, time: number) => void {
  const known = database.prepare(`SELECT 1 FROM ntlm_uses WHERE (${key}) = (?, ?, ?, ?, ?, ?, ?)`);
  const live = database.prepare('SELECT count(*) AS rows FROM ntlm_uses INDEXED BY ntlm_uses_by_expiry WHERE expires_at > ? AND outcome = ?');
  const bump = database.prepare(`INSERT INTO ntlm_uses (${key}, count, first_at, last_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?8, ?9)
    ON CONFLICT (${key}) DO UPDATE SET
    first_at = CASE WHEN ntlm_uses.expires_at > excluded.last_at THEN ntlm_uses.first_at ELSE excluded.first_at END, ${counted('ntlm_uses')}`);
  const bumpUnlisted = database.prepare(`INSERT INTO ntlm_unlisted (outcome, count, last_at, expires_at) VALUES (?1, 1, ?2, ?3)
    ON CONFLICT (outcome) DO UPDATE SET ${counted('ntlm_unlisted')}`);
  const purge = purgeOf(database, 'ntlm_uses');

  return (use, time) => {
    purge(time);
    const { outcome, user, address, workstation, isWorkstationVerified, target, reason } = use;
    const values = [outcome, user, address, workstation, Number(isWorkstationVerified), target, reason] as const;
    const isFull = known.get(...values) === undefined && (live.get(time, outcome) as { rows: number }).rows >= NTLM_ROWS[outcome];
    if (isFull) bumpUnlisted.run(outcome, time, time + NTLM_YEAR);
    else bump.run(...values, time, time + NTLM_YEAR);
  };
}
