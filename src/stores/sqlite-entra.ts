// The embedded store's persons of Entra ID: which user each of them is.

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { canonicalAlias, foldCase } from '../identity/principal.ts';
import type { AliasSource, EntraId, KnownUser, Named } from '../identity/user.ts';
import { transaction } from './sqlite-transaction.ts';
import { known, mapped, type UserRow, userReader } from './sqlite-user-rows.ts';

/** Ties users to persons, inside of a transaction; each person is one user, and each user at most one person of a tenant. */
export function entraWriter(database: DatabaseSync) {
  const insert = database.prepare('INSERT INTO entra_ids (tenant, object, user_id) VALUES (?, ?, ?)');
  const ofTenant = database.prepare('DELETE FROM entra_ids WHERE user_id = ? AND tenant = ?');
  const all = database.prepare('DELETE FROM entra_ids WHERE user_id = ?');
  return {
    insert: ({ tenant, object }: EntraId, userId: string): void => { insert.run(tenant, object, userId); },
    /** Whether there was one. */
    forget: (userId: string, tenant: string): boolean => ofTenant.run(userId, tenant).changes > 0,
    forgetAll: (userId: string): boolean => all.run(userId).changes > 0,
  };
}

/** The methods for persons of Entra ID over an open database. */
export function sqliteEntra(database: DatabaseSync, now: () => number) {
  const { byEntraId, byId, bySid, entraIdsOf, ownerOf } = userReader(database);
  const write = entraWriter(database);
  const raiseEpoch = database.prepare('UPDATE users SET epoch = epoch + 1 WHERE id = ?');
  const insertUser = database.prepare(
    "INSERT INTO users (id, name, name_key, full_name, email, scopes, created_at) VALUES (?, ?, ?, ?, ?, '', ?)",
  );
  return {
    userBySid: (sid: string): KnownUser | undefined => mapped(bySid(sid), known),
    userByEntraId: (id: EntraId): KnownUser | undefined => mapped(byEntraId(id), known),
    userByAnyName: anyName(database),
    pairEntra: (userId: string, id: EntraId): 'paired' | 'other' => transaction(database, () => {
      const present = byEntraId(id);
      if (present !== undefined) return present.id === userId ? 'paired' : 'other';
      if (byId(userId) === undefined || entraIdsOf(userId).some(({ tenant }) => tenant === id.tenant)) return 'other';
      write.insert(id, userId);
      return 'paired';
    }),
    userForEntra: (id: EntraId, names: readonly string[], about: Pick<KnownUser, 'fullName' | 'email'>): KnownUser => transaction(database, () => {
      const present = byEntraId(id);
      if (present !== undefined) return known(present);
      const isFree = (name: string): boolean => [name, canonicalAlias(name) ?? name].every((one) => ownerOf(one) === undefined);
      const name = names.find(isFree) ?? `${names.at(-1) ?? ''} ${randomUUID()}`;
      const userId = randomUUID();
      insertUser.run(userId, name, foldCase(name), about.fullName ?? null, about.email ?? null, now());
      write.insert(id, userId);
      return known(byId(userId) as UserRow);
    }),
    changeEntraIds: (
      userId: string, { add, remove }: { readonly add: readonly EntraId[]; readonly remove: 'all' | 'none' },
    ): 'changed' | 'taken' | 'no-user' => transaction(database, () => {
      if (byId(userId) === undefined) return 'no-user';
      if (add.some((id) => ![undefined, userId].includes(byEntraId(id)?.id))) return 'taken';
      const former = entraIdsOf(userId);
      if (remove === 'all') write.forgetAll(userId);
      for (const id of add) {
        write.forget(userId, id.tenant);
        write.insert(id, userId);
      }
      const present = entraIdsOf(userId);
      const isLost = former.some((one) => !present.some(({ tenant, object }) => tenant === one.tenant && object === one.object));
      if (isLost) raiseEpoch.run(userId);
      return 'changed';
    }),
  };
}

/** Finds somebody by an alias, else by his name. */
function anyName(database: DatabaseSync): (name: string, alias: string | undefined) => Named | undefined {
  const { byAlias, byName, entraIdsOf } = userReader(database);
  const sourceOf = database.prepare("SELECT coalesce(source, 'admin') AS source FROM aliases WHERE alias = ?");
  const sourcesOf = database.prepare("SELECT DISTINCT coalesce(source, 'admin') AS source FROM aliases WHERE user_id = ? ORDER BY source");
  return (name, alias) => {
    const ofAlias = alias === undefined ? undefined : byAlias(alias);
    const row = ofAlias ?? byName(name);
    if (row === undefined) return undefined;
    const given = ofAlias === undefined ? undefined : (sourceOf.get(alias ?? '') as { source: AliasSource }).source;
    const sources = (sourcesOf.all(row.id) as { source: AliasSource }[]).map(({ source }) => source);
    return { user: known(row), given, sources, tenants: entraIdsOf(row.id).map(({ tenant }) => tenant) };
  };
}
