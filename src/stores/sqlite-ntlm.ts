// The embedded store's table of who still uses NTLM.

import type { DatabaseSync } from 'node:sqlite';
import { networkOf } from '../identity/network.ts';
import {
  FURTHER, furtherReason, NTLM_ROWS, NTLM_ROWS_EACH, NTLM_YEAR, type NtlmUse, type NtlmUseRecord, type NtlmUses,
} from './ntlm-store.ts';
import { purgeOf } from './sqlite-purge.ts';
import { snapshot, transaction } from './sqlite-transaction.ts';

type Outcome = NtlmUse['outcome'];
type Flag = 'isWorkstationVerified' | 'isFurther';
type NtlmUseRow = Omit<NtlmUseRecord, Flag> & Readonly<Record<Flag, number>>;

const key = 'outcome, user_name, address, workstation, is_workstation_verified, target, reason';

/**
 * The NTLM methods over the connection of the marks, with `synchronous=NORMAL`: every sign-in with NTLM counts. A row survives the end of
 * the process, a kill -9 too; a power cut can lose those of its last moments, and who still uses NTLM comes again.
 */
export function sqliteNtlm(database: DatabaseSync, now: () => number) {
  const count = useCounter(database);
  const watch = database.prepare('INSERT INTO ntlm_watch (id, began_at) VALUES (1, ?) ON CONFLICT DO NOTHING');
  const began = database.prepare('SELECT began_at AS beganAt FROM ntlm_watch');
  const uses = database.prepare(`SELECT outcome, user_name AS user, address, workstation, is_workstation_verified AS isWorkstationVerified, target,
    reason, is_further AS isFurther, count, first_at AS firstAt, last_at AS lastAt FROM ntlm_uses WHERE last_at >= ? AND expires_at > ? ORDER BY last_at DESC, id DESC`);
  const unlisted = database.prepare('SELECT count, last_at AS lastAt FROM ntlm_unlisted WHERE outcome = ? AND expires_at > ?');
  const unlistedOf = (outcome: Outcome, time: number): NtlmUses['unlisted'][Outcome] =>
    ({ count: 0, lastAt: 0, ...(unlisted.get(outcome, time) as { count: number; lastAt: number } | undefined) });

  return {
    countNtlm: (use: NtlmUse): void => { transaction(database, () => { count(use, now()); }); },
    watchNtlm: (): void => { watch.run(now()); },
    ntlmUses: (since: number): NtlmUses => snapshot(database, () => {
      const time = now();
      return {
        watchedSince: (began.get() as { beganAt: number } | undefined)?.beganAt,
        uses: (uses.all(since, time) as unknown as NtlmUseRow[])
          .map((row) => ({ ...row, isWorkstationVerified: row.isWorkstationVerified !== 0, isFurther: row.isFurther !== 0 })),
        unlisted: { granted: unlistedOf('granted', time), refused: unlistedOf('refused', time) },
      };
    }),
  };
}

/** Counts a use, inside of a transaction. */
function useCounter(database: DatabaseSync): (use: NtlmUse, time: number) => void {
  const known = database.prepare(`SELECT 1 FROM ntlm_uses WHERE (${key}) = (?, ?, ?, ?, ?, ?, ?) AND is_further = 0 AND expires_at > ?`);
  const owned = database.prepare('SELECT count(*) AS rows FROM ntlm_uses WHERE outcome = ? AND owner = ? AND is_further = 0 AND expires_at > ?');
  const further = database.prepare('SELECT reason FROM ntlm_uses WHERE outcome = ? AND owner = ? AND is_further = 1 AND expires_at > ?');
  const bump = bumper(database, 0, key);
  const bumpFurther = bumper(database, 1, 'outcome, owner');
  const makeRoom = roomMaker(database);
  const purge = purgeOf(database, 'ntlm_uses');

  return (use, time) => {
    purge(time);
    const { outcome } = use;
    const owner = outcome === 'granted' ? use.user : networkOf(use.address);
    if (known.get(...valuesOf(use), time) !== undefined) {
      bump(use, owner, time);
    } else if ((owned.get(outcome, owner, time) as { rows: number }).rows < NTLM_ROWS_EACH[outcome]) {
      if (makeRoom(outcome, time)) bump(use, owner, time);
    } else {
      const { reason } = (further.get(outcome, owner, time) ?? {}) as { reason?: string };
      if (reason === undefined && !makeRoom(outcome, time)) return;
      bumpFurther(furtherOf(use, owner, reason), owner, time);
    }
  };
}

const valuesOf = ({ outcome, user, address, workstation, isWorkstationVerified, target, reason }: NtlmUse) =>
  [outcome, user, address, workstation, Number(isWorkstationVerified), target, reason] as const;

/** Adds one to a row, or makes it; `conflict` names the columns that tell it from the others of its kind. */
function bumper(database: DatabaseSync, isFurther: 0 | 1, conflict: string): (use: NtlmUse, owner: string, time: number) => void {
  const statement = database.prepare(`INSERT INTO ntlm_uses (${key}, count, first_at, last_at, expires_at, owner, is_further)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?8, ?9, ?10, ${String(isFurther)})
    ON CONFLICT (${conflict}) WHERE is_further = ${String(isFurther)} DO UPDATE SET reason = excluded.reason,
    count = CASE WHEN ntlm_uses.expires_at > excluded.last_at THEN ntlm_uses.count + 1 ELSE 1 END,
    first_at = CASE WHEN ntlm_uses.expires_at > excluded.last_at THEN ntlm_uses.first_at ELSE excluded.first_at END,
    last_at = max(ntlm_uses.last_at, excluded.last_at), expires_at = max(ntlm_uses.expires_at, excluded.expires_at)`);
  return (use, owner, time) => { statement.run(...valuesOf(use), time, time + NTLM_YEAR, owner); };
}

/** What counts those together that are like this one only in whose they are. */
const furtherOf = ({ outcome, user, reason }: NtlmUse, owner: string, known: string | undefined): NtlmUse => ({
  outcome, workstation: FURTHER, isWorkstationVerified: false, target: FURTHER,
  ...(outcome === 'granted' ? { user, address: FURTHER } : { user: FURTHER, address: owner }),
  reason: known === undefined ? reason : furtherReason(known, reason),
});

/** Makes room for one more row of an outcome; false: there is none, and the new use is counted as unlisted. */
function roomMaker(database: DatabaseSync): (outcome: Outcome, time: number) => boolean {
  const live = database.prepare('SELECT count(*) AS rows FROM ntlm_uses INDEXED BY ntlm_uses_by_expiry WHERE expires_at > ? AND outcome = ?');
  // The order of `expires_at` is that of `last_at`, and it has the index.
  const evict = database.prepare(`DELETE FROM ntlm_uses WHERE id =
    (SELECT id FROM ntlm_uses WHERE expires_at > ? AND outcome = ? ORDER BY expires_at, id LIMIT 1) RETURNING count, last_at AS lastAt`);
  // What is counted again after its year begins anew.
  const unlist = database.prepare(`INSERT INTO ntlm_unlisted (outcome, count, last_at, expires_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (outcome) DO UPDATE SET
    count = CASE WHEN ntlm_unlisted.expires_at > ?5 THEN ntlm_unlisted.count + excluded.count ELSE excluded.count END,
    last_at = max(ntlm_unlisted.last_at, excluded.last_at), expires_at = max(ntlm_unlisted.expires_at, excluded.expires_at)`);

  return (outcome, time) => {
    if ((live.get(time, outcome) as { rows: number }).rows < NTLM_ROWS[outcome]) return true;
    const gone = outcome === 'granted' ? { count: 1, lastAt: time } : evict.get(time, outcome) as { count: number; lastAt: number };
    unlist.run(outcome, gone.count, gone.lastAt, gone.lastAt + NTLM_YEAR, time);
    return outcome === 'refused';
  };
}
