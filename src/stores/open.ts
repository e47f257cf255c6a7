// Opens the store that the configuration names.

import type { Config } from '../config/load.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';

/** Opens it. Rejects with UnavailableError if it cannot be used. */
export async function openStore(config: Config): Promise<Store> {
  return openSqlite(config.store.url.path);
}
