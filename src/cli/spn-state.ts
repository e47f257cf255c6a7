// Whether the domain has a service principal name, for a program that asks once and waits for the answer.

import type { Config } from '../config/load.ts';
import { openAccounts } from '../directory/accounts.ts';
import type { SpnState } from '../identity/account.ts';

/** The state, and what kept the directory from telling it: unknown at once where none is set, and at the latest after twice its Timeout. */
export async function spnStateOf(config: Config, spn: string): Promise<{ readonly state: SpnState; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  const accounts = openAccounts({
    directories: config.directories,
    now: () => Math.floor(Date.now() / 1000),
    warn: (message) => { notes.push(message); },
  });
  try {
    return { state: await accounts.lookUpSpn(spn), notes };
  } finally {
    accounts.close();
  }
}
