// `users import`: users of a file. Everything in it is looked through first, and what is wrong with any row stops all of it.

import type { KeyObject } from 'node:crypto';
import { cardDigest, pinDigest } from '../identity/pin-card.ts';
import { canonicalAlias } from '../identity/principal.ts';
import type { Mirrored } from '../stores/mirror-store.ts';
import type { Store } from '../stores/store.ts';
import { openSecrets } from '../tokens/secrets.ts';
import { type Fault, readTable } from './csv.ts';
import { columns, type ImportedPerson, readPerson, repeated } from './import-row.ts';
import { type Change, changeLine, changeOf, type Conflict, conflictLine, counted, dryRunLine, mirror, plural } from './mirrored.ts';
import { action, type Call, type Report } from './users-action.ts';

/** The action. */
export const importAction = action({ 'dry-run': { type: 'boolean' } }, async (call, { 'dry-run': dryRun = false }): Promise<Report> => {
  const table = await readTable(call.name, columns);
  const faults = [...table.faults];
  const people = table.rows.map((row) => readPerson(row, call.config.tenants, faults));
  faults.push(...repeated(people));
  if (faults.length > 0) return faulty(call.name, faults);

  const { store } = call;
  const persons = await mirroredPeople(call, people);
  const rehearsed = await importAll(store, persons, true);
  if (rehearsed.conflicts.length > 0) return conflicting(call.name, { ...rehearsed, changes: [] });
  const result = dryRun ? rehearsed : await importAll(store, persons, false);
  // Only if the store changed between the two.
  if (result.conflicts.length > 0) return conflicting(call.name, result);
  return done(result, dryRun);
}, 'FILE');

interface Numbered {
  readonly line: number;
  readonly person: Mirrored;
}

interface Result {
  readonly rows: number;
  readonly changes: readonly Change[];
  readonly conflicts: readonly (Conflict & { readonly line: number })[];
}

async function importAll(store: Store, persons: readonly Numbered[], dryRun: boolean): Promise<Result> {
  const changes: Change[] = [];
  const conflicts: (Conflict & { readonly line: number })[] = [];
  for (const { line, person } of persons) {
    const outcome = await mirror(store, person, dryRun);
    if (outcome.kind === 'conflict') conflicts.push({ line, name: person.name, fields: outcome.fields });
    else changes.push(...[changeOf(outcome)].filter((change) => change !== undefined));
  }
  return { rows: persons.length, changes, conflicts };
}

async function mirroredPeople({ store, sealKey }: Call, people: readonly ImportedPerson[]): Promise<readonly Numbered[]> {
  const needsKey = people.some(({ cards, pin }) => cards !== undefined || pin !== undefined);
  const key = needsKey ? (await openSecrets({ store, sealKey })).digestKey : undefined;
  const all: Numbered[] = [];
  for (const person of people) all.push({ line: person.line, person: await mirroredPerson(store, person, key) });
  return all;
}

async function mirroredPerson(store: Store, person: ImportedPerson, key: KeyObject | undefined): Promise<Mirrored> {
  const { name, aliases, fullName, email, personalNumber, disabled, entraId, scopes } = person;
  const own = canonicalAlias(name) ?? name;
  const present = await store.userByName(name);
  // As `users add` does it: a new user can sign in under his name. From one who is there it may have been taken.
  const named = present === undefined || present.aliases.includes(own) ? [own] : [];
  return {
    account: undefined, name, fullName, email, personalNumber, disabled, entraId, scopes,
    aliases: aliases === undefined && present !== undefined ? undefined : [...new Set([...named, ...(aliases ?? [])])],
    cards: key && person.cards?.map((card) => cardDigest(key, card)),
    pin: key && person.pin && pinDigest(key, person.pin),
  };
}

function faulty(file: string, unsorted: readonly Fault[]): Report {
  const faults = unsorted.toSorted((a, b) => a.line - b.line);
  return {
    lines: faults.map(({ line, column, fault }) => `${file}:${String(line)}: ${column === undefined ? '' : `${column} `}${fault}`),
    json: { faults },
    complaint: `nothing was changed: ${plural(faults.length, 'fault')} in ${file}`,
  };
}

function conflicting(file: string, { changes, conflicts }: Result): Report {
  return {
    lines: [...changes.map(changeLine), ...conflicts.map((conflict) => `${file}:${String(conflict.line)}: ${conflictLine(conflict)}`)],
    json: { changes, conflicts },
    complaint: `${changes.length === 0 ? 'nothing was changed: ' : ''}${plural(conflicts.length, 'conflict')} in ${file}`,
  };
}

function done({ rows, changes }: Result, dryRun: boolean): Report {
  const { added, changed, disabled } = counted(changes);
  const counts = { rows, added, changed, disabled, unchanged: rows - changes.length };
  const summary = Object.entries(counts).map(([name, count]) => `${name} ${String(count)}`).join(', ');
  return {
    lines: [...(dryRun ? [dryRunLine] : []), summary, ...changes.map(changeLine)],
    json: { dryRun, ...counts, changes },
    complaint: undefined,
  };
}
