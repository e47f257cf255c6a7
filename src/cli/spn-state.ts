// Whether the domain has a service principal name, for a program that asks once and waits for the answer.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/load.ts';
import { openAccounts } from '../directory/accounts.ts';
import type { SpnState } from '../identity/account.ts';

/** Milliseconds between two looks. */
const PAUSE = 20;
/** Beyond the directory's own Timeout, in milliseconds. */
const MARGIN = 500;

/** The state, and what kept the directory from telling it. It is unknown at once where none is set, and at the latest after its Timeout. */
export async function spnStateOf(config: Config, spn: string): Promise<{ readonly state: SpnState; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  let hasFailed = false;
  const accounts = openAccounts({
    directories: config.directories,
    now: () => Math.floor(Date.now() / 1000),
    warn: (message) => {
      notes.push(message);
      // Of a single domain controller that is out another may take the place.
      hasFailed ||= message.includes(spn);
    },
  });
  try {
    const end = performance.now() + Math.max(0, ...config.directories.map(({ timeout }) => timeout * 1000 + MARGIN));
    let state = accounts.spnState(spn);
    while (state.kind === 'unknown' && !accounts.isEmpty && !hasFailed && performance.now() < end) {
      await sleep(PAUSE);
      state = accounts.spnState(spn);
    }
    return { state, notes };
  } finally {
    accounts.close();
  }
}
