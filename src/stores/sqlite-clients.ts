// The embedded store's registered clients.

import type { DatabaseSync } from 'node:sqlite';
import type { Client, ClientRecord } from './client-store.ts';
import { words } from './sqlite-columns.ts';
import { purgeOf } from './sqlite-purge.ts';
import { transaction } from './sqlite-transaction.ts';

interface ClientRow {
  readonly id: string;
  readonly name: string;
  readonly is_public: number;
  readonly grants: string;
  readonly scopes: string;
  readonly redirect_uris: string;
  readonly post_logout_redirect_uris: string;
  readonly jwks: string | null;
  readonly created_at: number;
  readonly origins: string | null;
  readonly digests: string | null;
}

/** Its origins and digests have no blanks, and come as one text: each call of a client looks it up, in one query. */
const select = `SELECT id, name, is_public, grants, scopes, redirect_uris, post_logout_redirect_uris, jwks, created_at,
  (SELECT group_concat(origin, ' ' ORDER BY position) FROM client_origins WHERE client_id = clients.id) AS origins,
  (SELECT group_concat(digest, ' ' ORDER BY client_secrets.id DESC) FROM client_secrets
    WHERE client_id = clients.id AND (expires_at IS NULL OR expires_at > ?)) AS digests
  FROM clients`;

const record = (row: ClientRow): ClientRecord => ({
  id: row.id,
  name: row.name,
  isPublic: row.is_public !== 0,
  grants: words(row.grants),
  scopes: words(row.scopes),
  redirectUris: words(row.redirect_uris),
  postLogoutRedirectUris: words(row.post_logout_redirect_uris),
  origins: words(row.origins ?? ''),
  ...(row.jwks === null ? {} : { jwks: row.jwks }),
  secretDigests: words(row.digests ?? ''),
  createdAt: row.created_at,
});

/** Adds a client with its origins, or answers false if its id is taken. */
function clientWriter(database: DatabaseSync) {
  const insert = database.prepare(`INSERT INTO clients
    (id, name, is_public, grants, scopes, redirect_uris, post_logout_redirect_uris, jwks, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  const insertOrigin = database.prepare('INSERT INTO client_origins (origin, client_id, position) VALUES (?, ?, ?)');
  return (client: Client, createdAt: number): boolean => {
    const { changes } = insert.run(client.id, client.name, client.isPublic ? 1 : 0, client.grants.join(' '), client.scopes.join(' '),
      client.redirectUris.join(' '), client.postLogoutRedirectUris.join(' '), client.jwks ?? null, createdAt);
    if (changes === 0) return false;
    for (const [position, origin] of [...new Set(client.origins)].entries()) insertOrigin.run(origin, client.id, position);
    return true;
  };
}

/** The client methods over an open database. Each that writes is one transaction. */
export function sqliteClients(database: DatabaseSync, now: () => number) {
  const byId = database.prepare(`${select} WHERE id = ?`);
  const all = database.prepare(`${select} ORDER BY name, id`);
  const add = clientWriter(database);
  const exists = database.prepare('SELECT 1 FROM clients WHERE id = ?');
  const remove = database.prepare('DELETE FROM clients WHERE id = ?');
  const origin = database.prepare('SELECT 1 FROM client_origins WHERE origin = ? LIMIT 1');
  const forget = database.prepare('DELETE FROM client_secrets WHERE client_id = ? AND digest = ?');
  const limit = database.prepare('UPDATE client_secrets SET expires_at = ?2 WHERE client_id = ?1 AND (expires_at IS NULL OR expires_at > ?2)');
  const insertSecret = database.prepare('INSERT INTO client_secrets (client_id, digest) VALUES (?, ?)');
  const purge = purgeOf(database, 'client_secrets');

  return {
    clientById: (id: string): ClientRecord | undefined => {
      const row = byId.get(now(), id) as unknown as ClientRow | undefined;
      return row && record(row);
    },
    clients: (): readonly ClientRecord[] => (all.all(now()) as unknown as ClientRow[]).map(record),
    addClient: (client: Client, secretDigest?: string): boolean => transaction(database, () => {
      if (!add(client, now())) return false;
      if (secretDigest !== undefined) insertSecret.run(client.id, secretDigest);
      return true;
    }),
    setClientSecret: (id: string, secretDigest: string, formerUntil?: number): boolean => transaction(database, () => {
      if (exists.get(id) === undefined) return false;
      const time = now();
      purge(time);
      // One that is given again is not a former one.
      forget.run(id, secretDigest);
      limit.run(id, formerUntil ?? time);
      insertSecret.run(id, secretDigest);
      return true;
    }),
    removeClient: (id: string): boolean => remove.run(id).changes > 0,
    isOriginRegistered: (text: string): boolean => origin.get(text) !== undefined,
  };
}
