// The embedded store's registered clients.

import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { Client, ClientProperties, ClientRecord, ClientReplaced } from './client-store.ts';
import { words } from './sqlite-columns.ts';
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

/** The columns of a client's properties, and their values in this order. */
const columns = ['name', 'grants', 'scopes', 'redirect_uris', 'post_logout_redirect_uris'] as const;
const valuesOf = ({ name, grants, scopes, redirectUris, postLogoutRedirectUris }: ClientProperties): readonly string[] =>
  [name, ...[grants, scopes, redirectUris, postLogoutRedirectUris].map((list) => list.join(' '))];

/** All that was registered, without what the store adds. */
const registered = ({ id, name, isPublic, grants, scopes, redirectUris, postLogoutRedirectUris, origins, jwks }: Client): Client =>
  ({ id, name, isPublic, grants, scopes, redirectUris, postLogoutRedirectUris, origins, jwks });

/** Writes a client with its origins, inside of a transaction: a new one, or other properties of one that is there. */
function clientWriter(database: DatabaseSync) {
  const insert = database.prepare(
    `INSERT INTO clients (id, is_public, jwks, created_at, ${columns.join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const update = database.prepare(`UPDATE clients SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`);
  const insertOrigin = database.prepare('INSERT INTO client_origins (origin, client_id, position) VALUES (?, ?, ?)');
  const deleteOrigins = database.prepare('DELETE FROM client_origins WHERE client_id = ?');
  const writeOrigins = (id: string, origins: readonly string[]): void => {
    for (const [position, origin] of [...new Set(origins)].entries()) insertOrigin.run(origin, id, position);
  };
  return {
    /** False if its id is taken. */
    add: (client: Client, createdAt: number): boolean => {
      const { changes } = insert.run(client.id, client.isPublic ? 1 : 0, client.jwks ?? null, createdAt, ...valuesOf(client));
      if (changes > 0) writeOrigins(client.id, client.origins);
      return changes > 0;
    },
    replace: (id: string, properties: ClientProperties): void => {
      update.run(...valuesOf(properties), id);
      deleteOrigins.run(id);
      writeOrigins(id, properties.origins);
    },
  };
}

/** The client methods over an open database. Each that writes is one transaction. */
export function sqliteClients(database: DatabaseSync, now: () => number) {
  const byId = database.prepare(`${select} WHERE id = ?`);
  const all = database.prepare(`${select} ORDER BY name, id`);
  const { add, replace } = clientWriter(database);
  const exists = database.prepare('SELECT 1 FROM clients WHERE id = ?');
  const remove = database.prepare('DELETE FROM clients WHERE id = ?');
  const origin = database.prepare('SELECT 1 FROM client_origins WHERE origin = ? LIMIT 1');
  const forget = database.prepare('DELETE FROM client_secrets WHERE client_id = ? AND digest = ?');
  const limit = database.prepare('UPDATE client_secrets SET expires_at = ?2 WHERE client_id = ?1 AND (expires_at IS NULL OR expires_at > ?2)');
  const purge = database.prepare('DELETE FROM client_secrets WHERE client_id = ? AND expires_at <= ?');
  const insertSecret = database.prepare('INSERT INTO client_secrets (client_id, digest) VALUES (?, ?)');

  const find = (id: string): ClientRecord | undefined => {
    const row = byId.get(now(), id) as unknown as ClientRow | undefined;
    return row && record(row);
  };

  return {
    clientById: find,
    clients: (): readonly ClientRecord[] => (all.all(now()) as unknown as ClientRow[]).map(record),
    addClient: (client: Client, secretDigest?: string): boolean => transaction(database, () => {
      if (!add(client, now())) return false;
      if (secretDigest !== undefined) insertSecret.run(client.id, secretDigest);
      return true;
    }),
    replaceClient: (former: Client, properties: ClientProperties): ClientReplaced => transaction(database, () => {
      const present = find(former.id);
      if (present === undefined) return 'no-client';
      if (!isDeepStrictEqual(registered(present), registered(former))) return 'stale';
      replace(former.id, properties);
      return 'replaced';
    }),
    setClientSecret: (id: string, secretDigest: string, formerUntil?: number): boolean => transaction(database, () => {
      if (exists.get(id) === undefined) return false;
      const time = now();
      // One that is given again is not a former one.
      forget.run(id, secretDigest);
      limit.run(id, formerUntil ?? time);
      // Here and not once in many writes: the process of a command writes one, and is gone.
      purge.run(id, time);
      insertSecret.run(id, secretDigest);
      return true;
    }),
    removeClient: (id: string): boolean => remove.run(id).changes > 0,
    isOriginRegistered: (text: string): boolean => origin.get(text) !== undefined,
  };
}
