// What a mirrored person changes of a user in the embedded store.

import type { EntraId } from '../identity/user.ts';
import { words } from './sqlite-columns.ts';
import type { Mirrored } from './mirror-store.ts';
import type { UserRow } from './sqlite-user-rows.ts';

/** Who gave an alias, a card or a PIN; null: an admin. */
export type Source = 'directory' | 'file' | 'sign-in' | null;

/** A user as he is before, with the aliases and cards that he has and who gave them. */
export interface Former {
  readonly row: UserRow;
  readonly aliases: ReadonlyMap<string, Source>;
  readonly cards: ReadonlyMap<string, Source>;
  readonly pin: string | null;
  readonly pinSource: Source;
  readonly entraIds: readonly EntraId[];
}

export interface ListChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** He has them already, and from now on they are the source's. */
  readonly claim: readonly string[];
}

/** The columns of `users` as they shall be. */
export interface MirrorColumns {
  readonly name: string;
  readonly fullName: string | null;
  readonly email: string | null;
  readonly personalNumber: string | null;
  readonly directoryDisabled: number;
  readonly fileDisabled: number;
  readonly scopes: readonly string[];
  readonly directory: string | null;
  readonly sid: string | null;
  readonly pin: string | null;
  readonly pinSource: Source;
}

export interface MirrorChange {
  readonly source: 'directory' | 'file';
  readonly columns: MirrorColumns;
  readonly aliases: ListChange;
  readonly cards: ListChange;
  /** Undefined: he is that person already, or nothing was said. */
  readonly entraId: EntraId | undefined;
  /** As in `MirrorOutcome`. */
  readonly what: readonly string[];
  readonly raisesEpoch: boolean;
}

/** The change that makes the user what the source says. An empty `what` and nothing to claim: he is that already. */
export function changeOf(former: Former, person: Mirrored): MirrorChange {
  const source = person.account === undefined ? 'file' : 'directory';
  const columns = columnsOf(former, person, source);
  const aliases = listChange(former.aliases, person.aliases, source);
  const cards = listChange(former.cards, person.cards, source);
  const { row } = former;
  const disabled = columns.directoryDisabled + columns.fileDisabled - row.directory_disabled - row.file_disabled;
  const isPinNew = columns.pin !== former.pin;
  const { entraId, isAnother } = personChange(former.entraIds, person.entraId);
  const what = Object.entries({
    account: columns.sid !== row.sid,
    name: columns.name !== row.name,
    aliases: aliases.add.length + aliases.remove.length > 0,
    'full name': columns.fullName !== row.full_name,
    'e-mail': columns.email !== row.email,
    'personal number': columns.personalNumber !== row.personal_number,
    disabled: disabled > 0,
    enabled: disabled < 0,
    cards: cards.add.length + cards.remove.length > 0,
    PIN: isPinNew,
    'Entra ID': entraId !== undefined,
    scopes: columns.scopes.length > words(row.scopes).length,
  }).filter(([, isChanged]) => isChanged).map(([field]) => field);
  const raisesEpoch = disabled > 0 || isPinNew || isAnother || cards.remove.length > 0;
  return { source, columns, aliases, cards, entraId, what, raisesEpoch };
}

/** `isAnother`: he was another person of that tenant. */
function personChange(
  former: readonly EntraId[], given: EntraId | undefined,
): { readonly entraId: EntraId | undefined; readonly isAnother: boolean } {
  const ofTenant = former.find(({ tenant }) => tenant === given?.tenant);
  if (given === undefined || ofTenant?.object === given.object) return { entraId: undefined, isAnother: false };
  return { entraId: given, isAnother: ofTenant !== undefined };
}

function columnsOf({ row, pin, pinSource }: Former, person: Mirrored, source: 'directory' | 'file'): MirrorColumns {
  const { account, disabled, email, fullName, personalNumber } = person;
  const flag = disabled === undefined ? undefined : Number(disabled);
  return {
    // In a file the name is the key: it says who, not how he is written.
    name: account === undefined ? row.name : person.name,
    fullName: fullName === undefined ? row.full_name : fullName,
    email: email === undefined ? row.email : email,
    personalNumber: personalNumber === undefined ? row.personal_number : personalNumber,
    directoryDisabled: source === 'directory' ? flag ?? row.directory_disabled : row.directory_disabled,
    fileDisabled: source === 'file' ? flag ?? row.file_disabled : row.file_disabled,
    scopes: [...new Set([...words(row.scopes), ...(person.scopes ?? [])])],
    directory: account?.directory ?? row.directory,
    sid: account?.sid ?? row.sid,
    ...pinOf({ pin, pinSource }, person.pin, source),
  };
}

/** One that he has already stays whose it was. That the source has none takes away no other's. */
function pinOf(former: Pick<Former, 'pin' | 'pinSource'>, pin: string | null | undefined, source: 'directory' | 'file'): typeof former {
  if (pin === undefined || pin === former.pin) return former;
  if (pin !== null) return { pin, pinSource: source };
  return former.pinSource === source ? { pin: null, pinSource: null } : former;
}

/**
 * Takes what this source gave before and gives no more. An alias that came with a first sign-in is claimed by the directory that has it:
 * it would else stay when the name is given to somebody else there.
 */
function listChange(former: ReadonlyMap<string, Source>, given: readonly string[] | undefined, source: 'directory' | 'file'): ListChange {
  if (given === undefined) return { add: [], remove: [], claim: [] };
  const wanted = new Set(given);
  return {
    add: [...wanted].filter((one) => !former.has(one)),
    remove: [...former].filter(([one, from]) => from === source && !wanted.has(one)).map(([one]) => one),
    claim: source === 'directory' ? [...wanted].filter((one) => former.get(one) === 'sign-in') : [],
  };
}
