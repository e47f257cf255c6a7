// The embedded store's users and aliases.

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { foldCase } from '../identity/principal.ts';
import type { KnownUser } from '../identity/user.ts';
import { words } from './sqlite-columns.ts';
import { transaction } from './sqlite-transaction.ts';
import { known, mapped, type UserReader, type UserRow, userReader } from './sqlite-user-rows.ts';
import { ConflictError } from './store.ts';
import type { AliasChange, AliasesChanged, NewUser, UserChange, UserChanged, UserRecord } from './user-store.ts';

/** The methods that change what an admin says of a user, as one step each. */
function userChanges(database: DatabaseSync, { byAlias, byId, ownerOf, record }: UserReader) {
  // One that he has from elsewhere is an admin's from then on.
  const giveAlias = database.prepare('INSERT INTO aliases (alias, user_id) VALUES (?, ?) ON CONFLICT (alias) DO UPDATE SET source = NULL');
  const deleteAlias = database.prepare('DELETE FROM aliases WHERE alias = ? AND user_id = ?');
  const update = database.prepare('UPDATE users SET email = ?, full_name = ?, personal_number = ?, scopes = ? WHERE id = ?');

  return {
    changeAliases: (id: string, { add, remove }: AliasChange): AliasesChanged => transaction(database, () => {
      const row = byId(id);
      if (row === undefined) return { kind: 'no-user' };
      const taken = [...new Set(add)].filter((alias) => ![undefined, id].includes(ownerOf(alias)));
      const absent = [...new Set(remove)].filter((alias) => byAlias(alias)?.id !== id);
      if (taken.length > 0 || absent.length > 0) return { kind: 'refused', taken, absent };
      for (const alias of remove) deleteAlias.run(alias, id);
      for (const alias of add) giveAlias.run(alias, id);
      return { kind: 'changed', user: record(row) };
    }),
    changeUser: (id: string, change: UserChange): UserChanged => transaction(database, () => {
      const { email, fullName, personalNumber, addScopes, removeScopes } = change;
      const row = byId(id);
      if (row === undefined) return { kind: 'no-user' };
      const former = words(row.scopes);
      const absent = [...new Set(removeScopes)].filter((scope) => !former.includes(scope));
      if (absent.length > 0) return { kind: 'refused', absent };
      const scopes = new Set([...former.filter((scope) => !removeScopes.includes(scope)), ...addScopes]);
      update.run(email === undefined ? row.email : email, fullName === undefined ? row.full_name : fullName,
        personalNumber === undefined ? row.personal_number : personalNumber, [...scopes].join(' '), id);
      return { kind: 'changed', user: record(byId(id) as UserRow) };
    }),
  };
}

/** The user methods over an open database. Each that writes is one transaction. */
export function sqliteUsers(database: DatabaseSync, now: () => number) {
  const reader = userReader(database);
  const { aliasesOf, byAccount, byAlias, byId, byName, ownerOf, all, record } = reader;
  const insertUser = database.prepare(
    'INSERT INTO users (id, name, name_key, full_name, email, scopes, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insertAlias = database.prepare('INSERT INTO aliases (alias, user_id, source) VALUES (?, ?, ?)');
  // To be enabled by an admin ends what a file said, too: nothing else could. What his directory says stays.
  const updateDisabled = database.prepare(
    'UPDATE users SET disabled = ?1, file_disabled = file_disabled AND ?1, epoch = epoch + ?1 WHERE id = ?2',
  );
  const deleteUser = database.prepare('DELETE FROM users WHERE id = ?');

  const find = (aliases: readonly string[]): KnownUser | undefined => {
    for (const alias of aliases) {
      const row = byAlias(alias);
      if (row) return known(row);
    }
    return undefined;
  };
  const insert = (user: NewUser, source: 'sign-in' | null): UserRow => {
    const id = randomUUID();
    insertUser.run(id, user.name, foldCase(user.name), user.fullName ?? null, user.email ?? null, user.scopes.join(' '),
      user.passwordHash ?? null, now());
    for (const alias of user.aliases) {
      if (byAlias(alias) !== undefined) throw new ConflictError(alias);
      insertAlias.run(alias, id, source);
    }
    return byId(id) as UserRow;
  };

  return {
    userByAlias: find,
    userByAccount: (directory: string, sid: string): KnownUser | undefined => mapped(byAccount({ directory, sid }), known),
    userById: (id: string): KnownUser | undefined => mapped(byId(id), known),
    userByName: (name: string): UserRecord | undefined => mapped(byName(name), record),
    aliasesOf,
    users: (): readonly UserRecord[] => all().map(record),
    addUser: (user: NewUser): UserRecord => transaction(database, () => {
      const taken = [user.name, ...user.aliases].find((name) => ownerOf(name) !== undefined);
      if (taken !== undefined) throw new ConflictError(taken);
      return record(insert(user, null));
    }),
    userForAlias: (alias: string, name: string): KnownUser => transaction(database, () => {
      const present = find([alias]);
      if (present) return present;
      const free = [name, alias].find((candidate) => ownerOf(candidate) === undefined);
      return known(insert({ name: free ?? `${alias} ${randomUUID()}`, aliases: [alias], scopes: [] }, 'sign-in'));
    }),
    ...userChanges(database, reader),
    setUserDisabled: (id: string, disabled: boolean): boolean => updateDisabled.run(disabled ? 1 : 0, id).changes > 0,
    removeUser: (id: string): boolean => deleteUser.run(id).changes > 0,
  };
}
