// A store with uses of NTLM of any age, and the report of it.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { reportNtlm } from '../../src/cli/report-ntlm.ts';
import type { NtlmUse, NtlmUses } from '../../src/stores/ntlm-store.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { initialized } from './program.ts';

export const NOW = Date.UTC(2026, 10, 25, 12) / 1000;
export const DAY = 86_400;
export const NTLM_ON = '\n[NTLM]\nEnabled = True\nDomains = MYQ=MYQ.TEST\n';

export const use = (change: Partial<NtlmUse> = {}): NtlmUse => ({
  outcome: 'granted', user: 'alice@MYQ.TEST', address: '192.0.2.1', workstation: 'WS1', isWorkstationVerified: true, target: '192.0.2.10',
  reason: 'address_used', ...change,
});
export const refused = (reason: string, change: Partial<NtlmUse> = {}): NtlmUse => use({ outcome: 'refused', reason, isWorkstationVerified: false, ...change });
export const addressOf = (n: number): string => `10.0.${String(n >> 8)}.${String(n & 255)}`;
/** As they are counted where no message is read. */
export const unread = { user: '', workstation: '', target: 'print.myq.test' };

interface Place {
  readonly config?: string;
  readonly watchedFor?: number | false;
  /** Instead of what has no room in the store. */
  readonly unlisted?: Partial<NtlmUses['unlisted']>;
}

/** A store whose uses are so many seconds old, and its report of the last 30 days at noon of 25 November 2026. */
export async function place(t: Test, { config = NTLM_ON, watchedFor = 90 * DAY, unlisted }: Place = {}) {
  const { directory } = await initialized(t);
  const file = join(directory, 'config.ini');
  appendFileSync(file, config);
  let time = NOW;
  const store = openSqlite(':memory:', { now: () => time });
  t.teardown(() => store.close());
  const at = async (age: number, action: () => Promise<void>): Promise<void> => {
    time = NOW - age;
    await action();
    time = NOW;
  };
  if (watchedFor !== false) await at(watchedFor, () => store.watchNtlm());
  const count = (age: number, ...uses: readonly NtlmUse[]): Promise<void> => at(age, async () => {
    for (const one of uses) await store.countNtlm(one);
  });
  const ntlmUses = async (since: number): Promise<NtlmUses> => {
    const found = await store.ntlmUses(since);
    return { ...found, unlisted: { ...found.unlisted, ...unlisted } };
  };
  const options = { store: { ntlmUses }, config: loadConfig(file).config, now: NOW };
  const text = (since = NOW - 30 * DAY): Promise<string> => reportNtlm({ ...options, since, json: false });
  const json = async (since = NOW - 30 * DAY) => JSON.parse(await reportNtlm({ ...options, since, json: true })) as {
    readonly safe: boolean | null; readonly why: string; readonly needs: readonly { readonly cause: string; readonly need: string }[];
  };
  /** What stands behind the table. */
  const verdict = async (since?: number): Promise<string> => (await text(since)).split('\n\n').slice(1).join('\n\n');
  return { count, text, json, verdict };
}
