// The embedded store: the contract on a real file.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { storeContract } from './contract.ts';

storeContract(t, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'myq-store-'));
  let clock = 1_700_000_000;
  const now = (): number => clock;
  const file = join(directory, 'new/gateway.db');
  const [one, two] = [openSqlite(file, { now }), openSqlite(file, { now })];
  t.teardown(async () => {
    await Promise.all([one.close(), two.close()]);
    rmSync(directory, { recursive: true });
  });
  return { one, two, now, tick: (seconds) => { clock += seconds; } };
});
