// The embedded store's registered clients and signing keys.

import type { DatabaseSync } from 'node:sqlite';
import { transaction } from './sqlite-transaction.ts';
import type { Client, StoredKey } from './store.ts';

const words = (text: string): readonly string[] => text.split(' ').filter(Boolean);

/** The client methods over an open database. */
export function sqliteClients(database: DatabaseSync) {
  const byId = database.prepare('SELECT id, name, is_public, redirect_uris, scopes FROM clients WHERE id = ?');
  const insert = database.prepare(
    'INSERT INTO clients (id, name, is_public, redirect_uris, scopes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  return {
    clientById: (id: string): Client | undefined => {
      const row = byId.get(id) as unknown as
        | { id: string; name: string; is_public: number; redirect_uris: string; scopes: string }
        | undefined;
      return row && {
        id: row.id, name: row.name, isPublic: row.is_public !== 0, redirectUris: words(row.redirect_uris), scopes: words(row.scopes),
      };
    },
    addClient: (client: Client): boolean =>
      insert.run(client.id, client.name, client.isPublic ? 1 : 0, client.redirectUris.join(' '), client.scopes.join(' ')).changes > 0,
  };
}

/** The signing-key methods over an open database. */
export function sqliteKeys(database: DatabaseSync) {
  const all = database.prepare(`SELECT kid, algorithm, public_jwk AS publicJwk, sealed_private_key AS sealedPrivateKey, created_at AS createdAt
    FROM signing_keys ORDER BY created_at DESC, kid`);
  const insert = database.prepare('INSERT INTO signing_keys (kid, algorithm, public_jwk, sealed_private_key, created_at) VALUES (?, ?, ?, ?, ?)');
  const signingKeys = (): readonly StoredKey[] => (all.all() as unknown as StoredKey[]).map((row) => ({ ...row }));
  return {
    signingKeys,
    addFirstKey: (key: StoredKey): readonly StoredKey[] => transaction(database, () => {
      if (!signingKeys().some(({ algorithm }) => algorithm === key.algorithm)) {
        insert.run(key.kid, key.algorithm, key.publicJwk, key.sealedPrivateKey, key.createdAt);
      }
      return signingKeys();
    }),
  };
}
