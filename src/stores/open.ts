// Opens the store that the configuration names.

import type { Config } from '../config/load.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';

/** Opens it. Throws UnavailableError if it cannot be used. */
export function openStore(config: Config): Store {
  return openSqlite(config.store.url.path);
}
