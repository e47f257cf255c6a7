// The embedded store's counters of failed tries at secrets.

import type { DatabaseSync } from 'node:sqlite';
import type { AttemptLimit } from './attempt-store.ts';
import { purgeOf } from './sqlite-purge.ts';
import { transaction } from './sqlite-transaction.ts';

/**
 * The attempt methods over the connection of the marks, with `synchronous=NORMAL`: every guess would else make the process
 * wait for the disk, at no cost to the one who guesses. A counter survives the end of the process, a kill -9 too. A power cut
 * can give back the tries of its last moments, and nobody guesses a secret by power cuts.
 */
export function sqliteAttempts(database: DatabaseSync, now: () => number) {
  const counted = database.prepare('SELECT count FROM attempts WHERE key = ? AND expires_at > ?');
  const bump = database.prepare(`INSERT INTO attempts (key, count, expires_at) VALUES (:key, 1, :expiresAt) ON CONFLICT (key) DO UPDATE
    SET count = CASE WHEN attempts.expires_at > :time THEN attempts.count + 1 ELSE 1 END,
    expires_at = CASE WHEN attempts.expires_at > :time AND :keepsEnd THEN attempts.expires_at ELSE excluded.expires_at END`);
  const clear = database.prepare('DELETE FROM attempts WHERE key = ?');
  const giveBack = database.prepare('UPDATE attempts SET count = count - 1 WHERE key = ? AND count > 0');
  const purge = purgeOf(database, 'attempts');

  return {
    countAttempt: (limits: readonly AttemptLimit[], window: number): string | undefined => transaction(database, () => {
      const time = now();
      const count = (key: string): number => (counted.get(key, time) as { count: number } | undefined)?.count ?? 0;
      const full = limits.find(({ key, limit }) => count(key) >= limit);
      if (full !== undefined) return full.key;
      purge(time);
      const own = limits.filter(({ isOnlyChecked }) => isOnlyChecked !== true);
      for (const { key, endsAfter } of new Map(own.map((limit) => [limit.key, limit])).values()) {
        bump.run({ key, expiresAt: time + window, time, keepsEnd: endsAfter === 'first' ? 1 : 0 });
      }
      return undefined;
    }),
    forgiveAttempt: (change: { readonly clear: readonly string[]; readonly giveBack: readonly string[] }): void => {
      transaction(database, () => {
        for (const key of change.clear) clear.run(key);
        for (const key of new Set(change.giveBack)) giveBack.run(key);
      });
    },
  };
}
