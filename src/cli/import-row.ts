// A row of an imported file: the person whom it says, or what is wrong with it.

import type { EntraConfig } from '../config/load.ts';
import { boolean } from '../config/values.ts';
import { scopeNameFaults } from '../clients/registration.ts';
import { normaliseCard, pinFault } from '../identity/pin-card.ts';
import { canonicalAlias } from '../identity/principal.ts';
import type { EntraId } from '../identity/user.ts';
import { canonicalScopes, knownScopes } from '../tokens/scopes.ts';
import type { Columns, Fault, Row } from './csv.ts';
import { readEntraId, shownEntraId } from './entra-id.ts';
import { form, isEmail, isFullName, isPersonalNumber, severalIn } from './user-fields.ts';

const known = ['username', 'fullname', 'email', 'alias', 'card', 'pin', 'code', 'scopes', 'entra_id', 'disabled'] as const;

type Column = typeof known[number];

export const columns: Columns<Column> = {
  known,
  required: 'username',
  instead: { password: 'set passwords with myq-gateway users password NAME' },
};

/** What a row says; undefined is what it says nothing of. Secrets are normalised (identity/pin-card.ts). */
export interface ImportedPerson {
  readonly line: number;
  readonly name: string;
  /** Canonical, without his name. */
  readonly aliases: readonly string[] | undefined;
  readonly fullName: string | undefined;
  readonly email: string | undefined;
  readonly cards: readonly string[] | undefined;
  readonly pin: string | undefined;
  readonly personalNumber: string | undefined;
  readonly entraId: EntraId | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly disabled: boolean | undefined;
}

/**
 * Reads a row, and adds everything that is wrong with it to the faults; the person is of use only if nothing was. Persons of Entra ID
 * are of one of the tenants.
 */
export function readPerson({ line, cells }: Row<Column>, tenants: readonly EntraConfig[], faults: Fault[]): ImportedPerson {
  const wrong = (column: Column, fault: string): undefined => { faults.push({ line, column, fault }); };
  /** Reads a cell that is not empty; what it cannot read is a fault. */
  const cell = <T>(column: Column, read: (text: string) => T | undefined, fault: string): T | undefined => {
    const text = cells[column];
    return text === undefined ? undefined : read(text) ?? wrong(column, fault);
  };
  const matching = (column: Column, fits: (text: string) => boolean, fault: string): string | undefined =>
    cell(column, (text) => (fits(text) ? text : undefined), fault);
  const every = (column: Column, read: (text: string) => string | undefined, fault: string): readonly string[] | undefined =>
    cell(column, (text) => {
      const parts = severalIn(text).map(read);
      return parts.length > 0 && !parts.includes(undefined) ? parts.filter((part) => part !== undefined) : undefined;
    }, fault);

  if (cells.username === undefined) wrong('username', 'is missing');
  const badPin = cells.pin === undefined ? undefined : pinFault(cells.pin);
  const entraId = cells.entra_id === undefined ? undefined : readEntraId(cells.entra_id, tenants);
  return {
    line,
    name: matching('username', (text) => canonicalAlias(text) !== undefined, 'is no usable user name') ?? '',
    fullName: matching('fullname', isFullName, form.fullName),
    email: matching('email', isEmail, form.email),
    aliases: every('alias', canonicalAlias, 'must hold user@REALM or bare user names, separated by semicolons'),
    cards: every('card', normaliseCard, form.card),
    pin: matching('pin', () => badPin === undefined, `cannot be used: ${badPin ?? ''}`),
    personalNumber: matching('code', isPersonalNumber, form.personalNumber),
    entraId: typeof entraId === 'string' ? wrong('entra_id', entraId) : entraId,
    scopes: cell('scopes', readScopes, `must hold scopes, separated by blanks; known: ${knownScopes.join(' ')}`),
    disabled: cell('disabled', readBoolean, `must be ${boolean.expected}`),
  };
}

function readScopes(text: string): readonly string[] | undefined {
  const scopes = canonicalScopes(text.split(/[\s;,]+/).filter((word) => word !== ''));
  return scopes.length > 0 && scopeNameFaults(scopes).length === 0 ? scopes : undefined;
}

function readBoolean(text: string): boolean | undefined {
  const reading = boolean.read(text, '');
  return 'value' in reading ? reading.value : undefined;
}

/** What two rows of the file give to two people: a name, an alias, a card, a PIN or a person of Entra ID. */
export function repeated(people: readonly ImportedPerson[]): readonly Fault[] {
  const first = new Map<string, number>();
  return people.flatMap((person) => {
    const { line } = person;
    const own = new Map(keysOf(person));
    return [...own].flatMap(([key, column]) => {
      const before = first.get(key);
      if (before === undefined) first.set(key, line);
      return before === undefined ? [] : [{ line, column, fault: `is in line ${String(before)}, too` }];
    });
  });
}

/** A name and an alias are the same to somebody who signs in. */
function* keysOf({ name, aliases = [], cards = [], pin, entraId }: ImportedPerson): Generator<readonly [string, Column]> {
  for (const alias of aliases) yield [`name ${alias}`, 'alias'];
  // After the aliases: of a person who has his name as an alias, too, the name is told.
  if (name !== '') yield [`name ${canonicalAlias(name) ?? name}`, 'username'];
  for (const card of cards) yield [`card ${card}`, 'card'];
  if (pin !== undefined) yield [`pin ${pin}`, 'pin'];
  if (entraId !== undefined) yield [`person ${shownEntraId(entraId)}`, 'entra_id'];
}
