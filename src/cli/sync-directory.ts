// Mirrors everybody in one directory into the store, and disables those who are gone there.

import type { MirroredUser } from '../stores/mirror-store.ts';
import type { Store } from '../stores/store.ts';
import { type Change, changeOf, type Conflict, mirror } from './mirrored.ts';
import type { MappedPerson } from './sync-person.ts';

export interface SyncOptions {
  readonly store: Store;
  readonly directory: string;
  readonly dryRun: boolean;
  /** Disables however many are gone. */
  readonly force: boolean;
}

export interface Synced {
  readonly unchanged: number;
  readonly changes: readonly Change[];
  readonly conflicts: readonly Conflict[];
  /** Names of users who are gone from the directory, and were not disabled since they are too many. */
  readonly withheld: readonly string[];
}

/** So many may always be gone at once. */
const FEW = 5;

/** Mirrors them. `people` are all whom the directory has now; each is written by himself, and a conflict of one stops no other. */
export async function syncPeople(options: SyncOptions, people: readonly MappedPerson[]): Promise<Synced> {
  const { store, directory } = options;
  const former = await store.mirroredUsers(directory);
  const known = new Map(former.map((user) => [user.sid, user]));
  const changes: Change[] = [];
  const { conflicting, ...written } = await writePeople(options, people, known);
  changes.push(...written.changes);
  for (const { person } of conflicting) changes.push(...await disableOnly(options, person, known));

  const seen = new Set(people.map(({ account }) => account.sid));
  const active = former.filter(({ disabledInDirectory }) => !disabledInDirectory);
  const gone = active.filter(({ sid }) => !seen.has(sid));
  const isTooMany = gone.length > FEW && gone.length * 2 > active.length && !options.force;
  if (!isTooMany) for (const user of gone) changes.push(await disable(options, user, true));
  return {
    unchanged: written.unchanged, changes,
    conflicts: conflicting.map(({ person, fields }) => ({ name: person.name, fields })),
    withheld: isTooMany ? gone.map(({ name }) => name) : [],
  };
}

interface Conflicting {
  readonly person: MappedPerson;
  readonly fields: readonly string[];
}

async function writePeople({ store, dryRun }: SyncOptions, people: readonly MappedPerson[], known: ReadonlyMap<string, MirroredUser>) {
  const claims = claimsOf(people);
  const changes: Change[] = [];
  let unchanged = 0;
  const write = async (person: MappedPerson): Promise<Conflicting | undefined> => {
    const foreign = claims.foreign(person);
    const outcome = foreign.length > 0 ? { kind: 'conflict', fields: foreign } as const : await mirror(store, person, dryRun);
    if (outcome.kind === 'conflict') return { person, fields: outcome.fields };
    claims.add(person);
    const change = changeOf(outcome);
    if (change === undefined) unchanged++;
    else changes.push(change);
    return undefined;
  };
  // Who is known already goes first: a name that he gives up is free then, and what he has stays his.
  const isKnown = ({ account }: MappedPerson): boolean => known.has(account.sid);
  let left = [...people.filter(isKnown), ...people.filter((person) => !isKnown(person))];
  for (;;) {
    const conflicting: Conflicting[] = [];
    for (const person of left) conflicting.push(...[await write(person)].filter((one) => one !== undefined));
    // What one had and another one has now is free only once the first was written.
    if (dryRun || conflicting.length === 0 || conflicting.length === left.length) return { changes, unchanged, conflicting };
    left = conflicting.map(({ person }) => person);
  }
}

/** What of a person has been given to somebody else in this run, or is somebody's by his very name. */
function claimsOf(people: readonly MappedPerson[]) {
  const owners = new Map(people.flatMap(({ account, ownAliases }) => ownAliases.map((alias) => [alias, account.sid])));
  const taken = (kind: string, key: string): string => `${kind} ${key}`;
  return {
    foreign: ({ account: { sid }, aliases, cards = [], pin }: MappedPerson): readonly string[] => {
      const isForeign = (key: string): boolean => owners.has(key) && owners.get(key) !== sid;
      return [
        ...aliases.filter(isForeign),
        ...(cards.some((card) => isForeign(taken('card', card))) ? ['card'] : []),
        ...(typeof pin === 'string' && isForeign(taken('PIN', pin)) ? ['PIN'] : []),
      ];
    },
    add: ({ account: { sid }, aliases, cards = [], pin }: MappedPerson): void => {
      const secrets = [...cards.map((card) => taken('card', card)), ...(typeof pin === 'string' ? [taken('PIN', pin)] : [])];
      for (const key of [...aliases, ...secrets]) owners.set(key, sid);
    },
  };
}

/** Whatever else of him is in conflict: that he is disabled, or no longer so, is written. */
async function disableOnly(options: SyncOptions, { account, disabled }: MappedPerson, known: ReadonlyMap<string, MirroredUser>) {
  const user = known.get(account.sid);
  return user === undefined || user.disabledInDirectory === disabled ? [] : [await disable(options, user, disabled)];
}

async function disable({ store, dryRun }: SyncOptions, { id, name }: MirroredUser, disabled: boolean): Promise<Change> {
  if (!dryRun) await store.setDisabledInDirectory(id, disabled);
  return { name, kind: disabled ? 'disabled' : 'changed', what: [disabled ? 'disabled' : 'enabled'] };
}
