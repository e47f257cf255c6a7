// The embedded store's signing keys and the gateway's own secrets.

import type { DatabaseSync } from 'node:sqlite';
import type { StoredKey } from './key-store.ts';
import { transaction } from './sqlite-transaction.ts';

/** The key methods over an open database. */
export function sqliteKeys(database: DatabaseSync) {
  // The row id rises with each key. A clock that was set back must not make a new key look old, since then it would never sign.
  const all = database.prepare(`SELECT kid, algorithm, public_jwk AS publicJwk, sealed_private_key AS sealedPrivateKey, created_at AS createdAt
    FROM signing_keys ORDER BY rowid DESC`);
  const insert = database.prepare('INSERT INTO signing_keys (kid, algorithm, public_jwk, sealed_private_key, created_at) VALUES (?, ?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM signing_keys WHERE kid = ?');
  const insertSecret = database.prepare('INSERT INTO gateway_secrets (name, sealed) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const secret = database.prepare('SELECT sealed FROM gateway_secrets WHERE name = ?');

  const signingKeys = (): readonly StoredKey[] => (all.all() as unknown as StoredKey[]).map((row) => ({ ...row }));
  const addKey = (key: StoredKey): void => { insert.run(key.kid, key.algorithm, key.publicJwk, key.sealedPrivateKey, key.createdAt); };

  return {
    signingKeys,
    addKey,
    ensureKey: (key: StoredKey): readonly StoredKey[] => transaction(database, () => {
      if (signingKeys()[0]?.algorithm !== key.algorithm) addKey(key);
      return signingKeys();
    }),
    removeKeys: (kids: readonly string[]): void => {
      transaction(database, () => { for (const kid of kids) remove.run(kid); });
    },
    ensureSecret: (name: string, sealed: string): string => transaction(database, () => {
      insertSecret.run(name, sealed);
      return (secret.get(name) as { sealed: string }).sealed;
    }),
  };
}
