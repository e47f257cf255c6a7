// How the embedded store reads users.

import type { DatabaseSync } from 'node:sqlite';
import { foldCase } from '../identity/principal.ts';
import type { EntraId, KnownUser } from '../identity/user.ts';
import { words } from './sqlite-columns.ts';
import type { UserRecord } from './user-store.ts';

export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly full_name: string | null;
  readonly email: string | null;
  /** By an admin, his directory or a file. */
  readonly disabled: number;
  readonly directory_disabled: number;
  readonly file_disabled: number;
  readonly scopes: string;
  readonly created_at: number;
  readonly epoch: number;
  readonly has_password: number;
  readonly has_pin: number;
  readonly personal_number: string | null;
  readonly directory: string | null;
  readonly sid: string | null;
}

/** The user of a row as identity knows him. */
export const known = (row: UserRow): KnownUser => ({
  id: row.id,
  name: row.name,
  fullName: row.full_name ?? undefined,
  email: row.email ?? undefined,
  disabled: row.disabled !== 0,
  scopes: words(row.scopes),
  epoch: row.epoch,
  account: row.directory === null || row.sid === null ? undefined : { directory: row.directory, sid: row.sid },
});

/** Reading rows of users by all that names one, and what an admin sees of a row. */
export function userReader(database: DatabaseSync) {
  const columns = `u.id, u.name, u.full_name, u.email, u.disabled OR u.directory_disabled OR u.file_disabled AS disabled,
    u.directory_disabled, u.file_disabled, u.scopes, u.created_at, u.epoch, u.personal_number, u.directory, u.sid,
    u.password_hash IS NOT NULL AS has_password, u.pin_digest IS NOT NULL AS has_pin`;
  const one = (condition: string): ((value: string) => UserRow | undefined) => {
    const statement = database.prepare(`SELECT ${columns} FROM users u ${condition} = ?`);
    return (value) => statement.get(value) as unknown as UserRow | undefined;
  };
  const byNameKey = one('WHERE u.name_key');
  const byAlias = one('JOIN aliases a ON a.user_id = u.id WHERE a.alias');
  const byName = (name: string): UserRow | undefined => byNameKey(foldCase(name));
  const all = database.prepare(`SELECT ${columns} FROM users u ORDER BY u.name_key`);
  const byAccount = database.prepare(`SELECT ${columns} FROM users u WHERE u.directory = ? AND u.sid = ?`);
  const byEntraId = database.prepare(`SELECT ${columns} FROM entra_ids e JOIN users u ON u.id = e.user_id WHERE e.tenant = ? AND e.object = ?`);
  const entraIds = database.prepare('SELECT tenant, object FROM entra_ids WHERE user_id = ? ORDER BY tenant');
  const entraIdsOf = (id: string): readonly EntraId[] =>
    (entraIds.all(id) as unknown as EntraId[]).map(({ tenant, object }) => ({ tenant, object }));
  const aliases = database.prepare('SELECT alias FROM aliases WHERE user_id = ? ORDER BY alias');
  const aliasesOf = (id: string): readonly string[] => (aliases.all(id) as unknown as { alias: string }[]).map(({ alias }) => alias);
  const cardsOf = database.prepare('SELECT count(*) AS cards FROM cards WHERE user_id = ?');
  return {
    aliasesOf,
    byAccount: ({ directory, sid }: NonNullable<KnownUser['account']>) => byAccount.get(directory, sid) as unknown as UserRow | undefined,
    byEntraId: ({ tenant, object }: EntraId) => byEntraId.get(tenant, object) as unknown as UserRow | undefined,
    bySid: one('WHERE u.sid'),
    entraIdsOf,
    byAlias,
    byId: one('WHERE u.id'),
    byName,
    /** Who goes by this name, as an alias or as his own: it must not mean two people. */
    ownerOf: (name: string): string | undefined => (byAlias(foldCase(name)) ?? byAlias(name) ?? byName(name))?.id,
    byPin: one('WHERE u.pin_digest'),
    byCard: one('JOIN cards c ON c.user_id = u.id WHERE c.digest'),
    all: () => all.all() as unknown as UserRow[],
    record: (row: UserRow): UserRecord => ({
      ...known(row),
      aliases: aliasesOf(row.id),
      createdAt: row.created_at,
      hasPassword: row.has_password !== 0,
      hasPin: row.has_pin !== 0,
      cards: (cardsOf.get(row.id) as unknown as { cards: number }).cards,
      personalNumber: row.personal_number ?? undefined,
      entraIds: entraIdsOf(row.id),
      disabledInDirectory: row.directory_disabled !== 0,
    }),
  };
}

export type UserReader = ReturnType<typeof userReader>;

/** The value mapped, if there is one. */
export function mapped<T, U>(value: T | undefined, map: (value: T) => U): U | undefined {
  return value === undefined ? undefined : map(value);
}
