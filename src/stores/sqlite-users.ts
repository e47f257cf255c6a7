// The embedded store's users and aliases.

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { foldCase } from '../identity/principal.ts';
import type { KnownUser } from '../identity/resolve.ts';
import { transaction } from './sqlite-transaction.ts';
import { type AliasChange, type AliasesChanged, ConflictError, type NewUser, type UserRecord } from './store.ts';

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

/** Reading rows of users and their aliases. */
function userReader(database: DatabaseSync) {
  const columns = 'u.id, u.name, u.full_name, u.email, u.disabled, u.scopes, u.created_at';
  const one = (condition: string): ((value: string) => UserRow | undefined) => {
    const statement = database.prepare(`SELECT ${columns} FROM users u ${condition} = ?`);
    return (value) => statement.get(value) as unknown as UserRow | undefined;
  };
  const byNameKey = one('WHERE u.name_key');
  const all = database.prepare(`SELECT ${columns} FROM users u ORDER BY u.name_key`);
  const aliasesOf = database.prepare('SELECT alias FROM aliases WHERE user_id = ? ORDER BY alias');
  return {
    byAlias: one('JOIN aliases a ON a.user_id = u.id WHERE a.alias'),
    byId: one('WHERE u.id'),
    byName: (name: string) => byNameKey(foldCase(name)),
    all: () => all.all() as unknown as UserRow[],
    record: (row: UserRow): UserRecord => ({
      ...known(row),
      aliases: (aliasesOf.all(row.id) as unknown as { alias: string }[]).map(({ alias }) => alias),
      createdAt: row.created_at,
    }),
  };
}

/** The user methods over an open database. Each that writes is one transaction. */
export function sqliteUsers(database: DatabaseSync, now: () => number) {
  const { byAlias, byId, byName, all, record } = userReader(database);
  const insertUser = database.prepare(
    'INSERT INTO users (id, name, name_key, full_name, email, scopes, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertAlias = database.prepare('INSERT INTO aliases (alias, user_id) VALUES (?, ?)');
  const deleteAlias = database.prepare('DELETE FROM aliases WHERE alias = ? AND user_id = ?');
  const updateDisabled = database.prepare('UPDATE users SET disabled = ? WHERE id = ?');
  const deleteUser = database.prepare('DELETE FROM users WHERE id = ?');

  const find = (aliases: readonly string[]): KnownUser | undefined => {
    for (const alias of aliases) {
      const row = byAlias(alias);
      if (row) return known(row);
    }
    return undefined;
  };
  const insert = (user: NewUser): UserRow => {
    const id = randomUUID();
    insertUser.run(id, user.name, foldCase(user.name), user.fullName ?? null, user.email ?? null, user.scopes.join(' '), now());
    for (const alias of user.aliases) {
      if (byAlias(alias) !== undefined) throw new ConflictError(alias);
      insertAlias.run(alias, id);
    }
    return byId(id) as UserRow;
  };

  return {
    userByAlias: find,
    userById: (id: string): KnownUser | undefined => mapped(byId(id), known),
    userByName: (name: string): UserRecord | undefined => mapped(byName(name), record),
    users: (): readonly UserRecord[] => all().map(record),
    addUser: (user: NewUser): UserRecord => transaction(database, () => {
      if (byName(user.name) !== undefined) throw new ConflictError(user.name);
      return record(insert(user));
    }),
    userForAlias: (alias: string, name: string): KnownUser => transaction(database, () => {
      const present = find([alias]);
      if (present) return present;
      const free = [name, alias].find((candidate) => byName(candidate) === undefined);
      return known(insert({ name: free ?? `${alias} ${randomUUID()}`, aliases: [alias], scopes: [] }));
    }),
    changeAliases: (id: string, { add, remove }: AliasChange): AliasesChanged => transaction(database, () => {
      const row = byId(id);
      if (row === undefined) return { kind: 'no-user' };
      const ownerOf = (alias: string): string | undefined => byAlias(alias)?.id;
      const taken = [...new Set(add)].filter((alias) => ![undefined, id].includes(ownerOf(alias)));
      const absent = [...new Set(remove)].filter((alias) => ownerOf(alias) !== id);
      if (taken.length > 0 || absent.length > 0) return { kind: 'refused', taken, absent };
      for (const alias of remove) deleteAlias.run(alias, id);
      for (const alias of add) if (ownerOf(alias) === undefined) insertAlias.run(alias, id);
      return { kind: 'changed', user: record(row) };
    }),
    setUserDisabled: (id: string, disabled: boolean): boolean => updateDisabled.run(disabled ? 1 : 0, id).changes > 0,
    removeUser: (id: string): boolean => deleteUser.run(id).changes > 0,
  };
}

function mapped<T, U>(value: T | undefined, map: (value: T) => U): U | undefined {
  return value === undefined ? undefined : map(value);
}
