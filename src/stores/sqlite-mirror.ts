// The embedded store's users who are mirrored from a directory or a file.

import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { foldCase } from '../identity/principal.ts';
import type { Mirrored, MirroredUser, MirrorOutcome } from './mirror-store.ts';
import { changeOf, type Former, type ListChange, type MirrorChange, type Source } from './sqlite-mirror-change.ts';
import { entraWriter } from './sqlite-entra.ts';
import { personMatcher } from './sqlite-mirror-match.ts';
import { rehearsal, snapshot, transaction } from './sqlite-transaction.ts';
import { type UserReader, type UserRow, userReader } from './sqlite-user-rows.ts';

/** The mirror methods over an open database. */
export function sqliteMirror(database: DatabaseSync, now: () => number) {
  const mirrored = database.prepare('SELECT id, name, sid, directory_disabled AS disabled FROM users WHERE directory = ? ORDER BY name_key');
  const accounted = database.prepare('SELECT directory_disabled AS disabled FROM users WHERE id = ? AND directory IS NOT NULL');
  const setDisabled = database.prepare(`UPDATE users SET directory_disabled = ?1, epoch = epoch + ?1
    WHERE id = ?2 AND directory IS NOT NULL AND directory_disabled <> ?1`);
  const { look, apply } = mirroring(database, now);

  return {
    // Thousands of users who are as they were must neither take the write lock nor wait for the disk.
    mirrorUser: (person: Mirrored, dryRun: boolean): MirrorOutcome =>
      snapshot(database, () => look(person)) ?? (dryRun ? rehearsal : transaction)(database, () => apply(person)),
    mirroredUsers: (directory: string): readonly MirroredUser[] =>
      (mirrored.all(directory) as unknown as { id: string; name: string; sid: string; disabled: number }[])
        .map(({ id, name, sid, disabled }) => ({ id, name, sid, disabledInDirectory: disabled !== 0 })),
    setDisabledInDirectory: (id: string, disabled: boolean): boolean => {
      const row = accounted.get(id) as { disabled: number } | undefined;
      if (row !== undefined && row.disabled !== Number(disabled)) setDisabled.run(Number(disabled), id);
      return row !== undefined;
    },
    forgetAccount: accountForgetter(database),
  };
}

function mirroring(database: DatabaseSync, now: () => number) {
  const reader = userReader(database);
  const { byId, entraIdsOf, record } = reader;
  const match = personMatcher(reader);
  const formerOf = formerReader(database, entraIdsOf);
  const write = changeWriter(database);
  const insert = database.prepare(
    "INSERT INTO users (id, name, name_key, scopes, created_at, directory, sid) VALUES (?, ?, ?, '', ?, ?, ?)",
  );
  const added = ({ account, name }: Mirrored): UserRow => {
    const id = randomUUID();
    insert.run(id, name, foldCase(name), now(), account?.directory ?? null, account?.sid ?? null);
    return byId(id) as UserRow;
  };
  return {
    /** The outcome if nothing is to be written. */
    look: (person: Mirrored): MirrorOutcome | undefined => {
      const matched = match(person);
      if (matched.kind === 'conflict') return matched;
      if (matched.row === undefined) return undefined;
      const { what, aliases } = changeOf(formerOf(matched.row), person);
      return what.length + aliases.claim.length > 0 ? undefined : { kind: 'unchanged', user: record(matched.row), what };
    },
    apply: (person: Mirrored): MirrorOutcome => {
      const matched = match(person);
      if (matched.kind === 'conflict') return matched;
      const row = matched.row ?? added(person);
      const change = changeOf(formerOf(row), person);
      write(row.id, change);
      const kind = matched.row === undefined ? 'added' : change.what.length > 0 ? 'changed' : 'unchanged';
      return { kind, user: record(byId(row.id) as UserRow), what: change.what };
    },
  };
}

function formerReader(database: DatabaseSync, entraIdsOf: UserReader['entraIdsOf']): (row: UserRow) => Former {
  const aliasesOf = database.prepare('SELECT alias AS item, source FROM aliases WHERE user_id = ?');
  const cardsOf = database.prepare('SELECT digest AS item, source FROM cards WHERE user_id = ?');
  const pinOf = database.prepare('SELECT pin_digest AS pin, pin_source AS pinSource FROM users WHERE id = ?');
  const sources = (rows: unknown): ReadonlyMap<string, Source> =>
    new Map((rows as { item: string; source: Source }[]).map(({ item, source }) => [item, source]));
  return (row) => ({
    row, aliases: sources(aliasesOf.all(row.id)), cards: sources(cardsOf.all(row.id)), entraIds: entraIdsOf(row.id),
    ...(pinOf.get(row.id) as unknown as Pick<Former, 'pin' | 'pinSource'>),
  });
}

/** Writes the change, inside of a transaction that has found that all of it is free. */
function changeWriter(database: DatabaseSync) {
  const update = database.prepare(`UPDATE users SET name = ?, name_key = ?, full_name = ?, email = ?, personal_number = ?,
    directory_disabled = ?, file_disabled = ?, scopes = ?, directory = ?, sid = ?, pin_digest = ?, pin_source = ?, epoch = epoch + ? WHERE id = ?`);
  const listWriter = (table: 'aliases' | 'cards', column: 'alias' | 'digest') => {
    const remove = database.prepare(`DELETE FROM ${table} WHERE ${column} = ?`);
    const put = database.prepare(`INSERT INTO ${table} (${column}, user_id, source) VALUES (?, ?, ?)
      ON CONFLICT (${column}) DO UPDATE SET source = excluded.source`);
    return (id: string, change: ListChange, source: Source): void => {
      for (const one of change.remove) remove.run(one);
      for (const one of [...change.add, ...change.claim]) put.run(one, id, source);
    };
  };
  const people = entraWriter(database);
  const [writeAliases, writeCards] = [listWriter('aliases', 'alias'), listWriter('cards', 'digest')];
  return (id: string, { aliases, cards, columns, entraId, raisesEpoch, source }: MirrorChange): void => {
    update.run(columns.name, foldCase(columns.name), columns.fullName, columns.email, columns.personalNumber,
      columns.directoryDisabled, columns.fileDisabled, columns.scopes.join(' '), columns.directory, columns.sid,
      columns.pin, columns.pinSource, Number(raisesEpoch), id);
    writeAliases(id, aliases, source);
    writeCards(id, cards, source);
    if (entraId === undefined) return;
    people.forget(id, entraId.tenant);
    people.insert(entraId, id);
  };
}

/** What the directory gave is an admin's from then on, who can change all of it: that he is disabled, too. */
function accountForgetter(database: DatabaseSync): (id: string) => boolean {
  const forget = database.prepare(`UPDATE users SET directory = NULL, sid = NULL, disabled = disabled OR directory_disabled,
    directory_disabled = 0, pin_source = nullif(pin_source, 'directory') WHERE id = ? AND directory IS NOT NULL`);
  const release = ['aliases', 'cards'].map((table) =>
    database.prepare(`UPDATE ${table} SET source = NULL WHERE user_id = ? AND source = 'directory'`));
  return (id) => transaction(database, () => {
    if (forget.run(id).changes === 0) return false;
    for (const statement of release) statement.run(id);
    return true;
  });
}
