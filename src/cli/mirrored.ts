// Mirrors one person into the store, and tells what came of it in words.

import { plainWord } from '../identity/shell-word.ts';
import { endPause } from '../mechanisms/attempts.ts';
import type { Mirrored, MirrorOutcome } from '../stores/mirror-store.ts';
import type { Store } from '../stores/store.ts';

/** What changed of a user; `what` is in words of `MirrorOutcome`. */
export interface Change {
  readonly name: string;
  readonly kind: 'added' | 'changed' | 'disabled';
  readonly what: readonly string[];
}

/** What stands in a person's way; `fields` are those of `MirrorOutcome`. */
export interface Conflict {
  readonly name: string;
  readonly fields: readonly string[];
}

/** Mirrors him, and ends the pause of one who got something new to sign in with, or was enabled. */
export async function mirror(store: Store, person: Mirrored, dryRun: boolean): Promise<MirrorOutcome> {
  const outcome = await store.mirrorUser(person, dryRun);
  const isPauseOver = outcome.kind === 'changed' && outcome.what.some((one) => ['PIN', 'cards', 'enabled'].includes(one));
  if (isPauseOver && !dryRun) await endPause(store, outcome.user.id);
  return outcome;
}

/** The change to tell; undefined if there was none. */
export function changeOf(outcome: Exclude<MirrorOutcome, { kind: 'conflict' }>): Change | undefined {
  const { kind, user: { name }, what } = outcome;
  switch (kind) {
    case 'unchanged':
      return undefined;
    case 'added':
      return { name, kind, what: [] };
    case 'changed':
      return { name, kind: what.includes('disabled') ? 'disabled' : kind, what };
  }
}

export const changeLine = ({ name, kind, what }: Change): string => `${name}: ${what.length === 0 ? kind : what.join(', ')}`;

/** Whose it is, is not said: a PIN or card would then be known to fit him. */
export function conflictLine({ name, fields }: Conflict): string {
  return `${name}: ${fields.map((field) => conflictWords(field, name)).join('; ')}`;
}

function conflictWords(field: string, name: string): string {
  switch (field) {
    case 'account': {
      const word = plainWord(name, '<NAME>');
      return 'the user of that name belongs to another account of a directory: if they are one person: '
        + `myq-gateway users set ${word} --no-account; if not: myq-gateway users remove ${word}`;
    }
    case 'stranger': {
      const word = plainWord(name, '<NAME>');
      return 'the user of that name came by himself through Entra ID: if they are one person: '
        + `myq-gateway users alias ${word} --add ${word}, or his object ID in the column entra_id; if not: myq-gateway users remove ${word}`;
    }
    case 'name':
      return 'the name is an alias of another user';
    case 'card':
      return 'a card is somebody else\'s';
    case 'Entra ID':
      return 'another user is that person of Entra ID';
    case 'PIN':
      return 'the PIN is somebody else\'s';
    default:
      return `the alias "${field}" is taken`;
  }
}

/** `added 3, changed 10, disabled 1`. */
export function counted(changes: readonly Change[]): Readonly<Record<Change['kind'], number>> {
  const count = (kind: Change['kind']): number => changes.filter((change) => change.kind === kind).length;
  return { added: count('added'), changed: count('changed'), disabled: count('disabled') };
}

export const dryRunLine = 'dry run: nothing is written';

/** `1 user`, `2 users`. */
export const plural = (count: number, one: string): string => `${String(count)} ${one}${count === 1 ? '' : 's'}`;
