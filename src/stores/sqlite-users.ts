// The embedded store's users and aliases.

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { KnownUser } from '../identity/resolve.ts';
import { transaction } from './sqlite-transaction.ts';
import { ConflictError, type NewUser, type UserRecord } from './store.ts';

interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly full_name: string | null;
  readonly email: string | null;
  readonly disabled: number;
  readonly scopes: string;
  readonly created_at: number;
}

const known = (row: UserRow): KnownUser => ({
  id: row.id,
  name: row.name,
  fullName: row.full_name ?? undefined,
  email: row.email ?? undefined,
  disabled: row.disabled !== 0,
  scopes: row.scopes.split(' ').filter(Boolean),
});

/** The user methods over an open database. Each that writes is one transaction. */
export function sqliteUsers(database: DatabaseSync, now: () => number) {
  const columns = 'u.id, u.name, u.full_name, u.email, u.disabled, u.scopes, u.created_at';
  const byAlias = database.prepare(`SELECT ${columns} FROM aliases a JOIN users u ON u.id = a.user_id WHERE a.alias = ?`);
  const byId = database.prepare(`SELECT ${columns} FROM users u WHERE u.id = ?`);
  const byName = database.prepare(`SELECT ${columns} FROM users u WHERE u.name_key = ?`);
  const all = database.prepare(`SELECT ${columns} FROM users u ORDER BY u.name_key`);
  const aliasesOf = database.prepare('SELECT alias FROM aliases WHERE user_id = ? ORDER BY alias');
  const insertUser = database.prepare(
    'INSERT INTO users (id, name, name_key, full_name, email, scopes, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertAlias = database.prepare('INSERT INTO aliases (alias, user_id) VALUES (?, ?)');
  const deleteAlias = database.prepare('DELETE FROM aliases WHERE alias = ? AND user_id = ?');
  const updateDisabled = database.prepare('UPDATE users SET disabled = ? WHERE id = ?');
  const deleteUser = database.prepare('DELETE FROM users WHERE id = ?');

  const record = (row: UserRow): UserRecord => ({
    ...known(row),
    aliases: (aliasesOf.all(row.id) as unknown as { alias: string }[]).map(({ alias }) => alias),
    createdAt: row.created_at,
  });
  const find = (aliases: readonly string[]): KnownUser | undefined => {
    for (const alias of aliases) {
      const row = byAlias.get(alias) as unknown as UserRow | undefined;
      if (row) return known(row);
    }
    return undefined;
  };
  const insert = (user: NewUser): UserRow => {
    const id = randomUUID();
    insertUser.run(id, user.name, user.name.toLowerCase(), user.fullName ?? null, user.email ?? null, user.scopes.join(' '), now());
    for (const alias of user.aliases) {
      if (byAlias.get(alias) !== undefined) throw new ConflictError(alias);
      insertAlias.run(alias, id);
    }
    return byId.get(id) as unknown as UserRow;
  };

  return {
    userByAlias: find,
    userById: (id: string): KnownUser | undefined => {
      const row = byId.get(id) as unknown as UserRow | undefined;
      return row && known(row);
    },
    userByName: (name: string): UserRecord | undefined => {
      const row = byName.get(name.toLowerCase()) as unknown as UserRow | undefined;
      return row && record(row);
    },
    users: (): readonly UserRecord[] => (all.all() as unknown as UserRow[]).map(record),
    addUser: (user: NewUser): UserRecord => transaction(database, () => {
      if (byName.get(user.name.toLowerCase()) !== undefined) throw new ConflictError(user.name);
      return record(insert(user));
    }),
    userForAlias: (alias: string, name: string): KnownUser => transaction(database, () => {
      const present = find([alias]);
      if (present) return present;
      const free = [name, alias].find((candidate) => byName.get(candidate.toLowerCase()) === undefined);
      return known(insert({ name: free ?? `${alias} ${randomUUID()}`, aliases: [alias], scopes: [] }));
    }),
    addAlias: (id: string, alias: string): boolean => transaction(database, () => {
      const owner = byAlias.get(alias) as unknown as UserRow | undefined;
      if (owner && owner.id !== id) throw new ConflictError(alias);
      if (byId.get(id) === undefined) return false;
      if (!owner) insertAlias.run(alias, id);
      return true;
    }),
    removeAlias: (id: string, alias: string): boolean => deleteAlias.run(alias, id).changes > 0,
    setUserDisabled: (id: string, disabled: boolean): boolean => updateDisabled.run(disabled ? 1 : 0, id).changes > 0,
    removeUser: (id: string): boolean => deleteUser.run(id).changes > 0,
  };
}
