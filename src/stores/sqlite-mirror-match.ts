// Whom of the embedded store's users a mirrored person means, and what of that person is somebody else's.

import { canonicalAlias, foldCase } from '../identity/principal.ts';
import type { Mirrored } from './mirror-store.ts';
import type { UserReader, UserRow } from './sqlite-user-rows.ts';

/** `row` is undefined for one who is not there yet. */
export type Matched =
  | { readonly kind: 'matched'; readonly row: UserRow | undefined }
  | { readonly kind: 'conflict'; readonly fields: readonly string[] };

/** Makes the match, to be called inside of a transaction. */
export function personMatcher(reader: UserReader): (person: Mirrored) => Matched {
  return (person) => {
    const his = person.account && reader.byAccount(person.account);
    const row = his ?? namesake(reader, person);
    // A SID is never given again: whoever has that name now is another person than the one who was mirrored.
    if (person.account !== undefined && his === undefined && row !== undefined && row.sid !== null) return { kind: 'conflict', fields: ['account'] };
    if (row !== undefined && his === undefined && isStranger(reader, row, person)) return { kind: 'conflict', fields: ['stranger'] };
    const fields = foreign(reader, person, row?.id);
    return fields.length > 0 ? { kind: 'conflict', fields } : { kind: 'matched', row };
  };
}

/**
 * By an alias only where a directory says it, which vouches for its realm. A bare alias could be anybody's. So could a bare name: whoever
 * has an alias of a realm that the directory does not speak of came from there, and is not taken for its person.
 */
function namesake({ aliasesOf, byAlias, byName }: UserReader, { account, aliases = [], name }: Mirrored): UserRow | undefined {
  const named = byName(name);
  if (account === undefined || (named !== undefined && named.sid !== null)) return named;
  const realms = new Set([undefined, ...aliases.map(realmOf)]);
  if (named !== undefined && aliasesOf(named.id).every((alias) => realms.has(realmOf(alias)))) return named;
  for (const alias of aliases.filter((one) => one.includes('@'))) {
    const row = byAlias(alias);
    if (row !== undefined) return row;
  }
  return undefined;
}

/**
 * A sign-in through Entra ID has made him, and his name is what he was called there: whoever is called so here is meant only if an admin
 * has given him an alias that says so, or the file names the person.
 */
function isStranger({ aliasesOf, entraIdsOf }: UserReader, { id, name }: UserRow, { aliases = [], entraId }: Mirrored): boolean {
  const people = entraIdsOf(id);
  if (people.length === 0 || people.some(({ tenant, object }) => tenant === entraId?.tenant && object === entraId.object)) return false;
  const own = [canonicalAlias(name), ...aliases];
  return !aliasesOf(id).some((alias) => own.includes(alias));
}

/** Undefined for a bare alias. */
function realmOf(alias: string): string | undefined {
  const at = alias.lastIndexOf('@');
  return at < 0 ? undefined : foldCase(alias.slice(at + 1));
}

/** Everything of the person that belongs to another user than `id`, in the words of `MirrorOutcome`. */
function foreign({ byCard, byEntraId, byPin, ownerOf }: UserReader, person: Mirrored, id: string | undefined): readonly string[] {
  const isForeign = (owner: string | undefined): boolean => owner !== undefined && owner !== id;
  const { aliases = [], cards = [], entraId, name, pin } = person;
  return [
    ...(isForeign(ownerOf(name)) ? ['name'] : []),
    ...new Set(aliases.filter((alias) => isForeign(ownerOf(alias)))),
    ...(cards.some((card) => isForeign(byCard(card)?.id)) ? ['card'] : []),
    ...(typeof pin === 'string' && isForeign(byPin(pin)?.id) ? ['PIN'] : []),
    ...(entraId !== undefined && isForeign(byEntraId(entraId)?.id) ? ['Entra ID'] : []),
  ];
}
