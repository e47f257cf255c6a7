// A person of a directory as he shall be mirrored, and what of him cannot be used.

import type { KeyObject } from 'node:crypto';
import type { DirectoryConfig } from '../config/load.ts';
import type { DirectoryPerson } from '../directory/people.ts';
import { cardDigest, normaliseCard, pinDigest, pinFault } from '../identity/pin-card.ts';
import { canonicalAlias } from '../identity/principal.ts';
import type { Mirrored } from '../stores/mirror-store.ts';
import { form, isEmail, isFullName, isPersonalNumber, severalIn } from './user-fields.ts';

export interface PersonRules {
  readonly settings: DirectoryConfig;
  /** No other directory is set: a name without a realm says who is meant. */
  readonly isOnly: boolean;
  /** Realms, in upper case, of other domains whose users may sign in: this directory does not speak of their people. */
  readonly otherRealms: ReadonlySet<string>;
  /** `[Users] AppendDomainName`. */
  readonly appendDomainName: boolean;
  /** Of the digests of PINs and cards (tokens/secrets.ts). */
  readonly digestKey: KeyObject;
}

export interface MappedPerson extends Mirrored {
  readonly account: NonNullable<Mirrored['account']>;
  readonly aliases: readonly string[];
  readonly disabled: boolean;
  /** Those that are his whatever anybody else's attributes say: what his name itself means. */
  readonly ownAliases: readonly string[];
}

/** Told what is not used of a person, never with a secret in it. */
export type Note = (why: string) => void;

/** Maps him; undefined if his name is none that a user can have. */
export function mapPerson(entry: DirectoryPerson, rules: PersonRules, note: Note): MappedPerson | undefined {
  const { settings, isOnly, appendDomainName } = rules;
  const name = appendDomainName ? `${entry.name}@${settings.domain}` : entry.name;
  const full = canonicalAlias(`${entry.name}@${settings.realm}`);
  const bare = isOnly && !appendDomainName ? canonicalAlias(entry.name) : undefined;
  if (full === undefined) {
    note('the name is no usable user name, and its owner is left out');
    return undefined;
  }
  const ownAliases = [full, ...(bare === undefined ? [] : [bare])];
  const values = reader(entry, rules, note);
  return {
    account: { directory: settings.name, sid: entry.sid },
    name, ownAliases,
    aliases: [...new Set([...ownAliases, ...values.aliases(settings.aliasAttributes)])],
    fullName: values.one(settings.fullNameAttribute, isFullName, form.fullName),
    email: values.one(settings.emailAttribute, isEmail, form.email),
    personalNumber: values.one(settings.personalNumberAttribute, isPersonalNumber, form.personalNumber),
    disabled: entry.disabled,
    cards: values.cards(settings.cardAttribute, rules.digestKey),
    pin: values.pin(settings.pinAttribute, rules.digestKey),
    entraId: undefined,
    scopes: undefined,
  };
}

/** Readers of an attribute: undefined where config.ini names none, or its value cannot be used; null or nothing where he has none. */
function reader({ attributes }: DirectoryPerson, { otherRealms }: Pick<PersonRules, 'otherRealms'>, note: Note) {
  const filled = (attribute: string): readonly string[] =>
    (attributes[attribute] ?? []).map((value) => value.trim()).filter((value) => value !== '');
  const several = (attribute: string): readonly string[] => filled(attribute).flatMap(severalIn);
  return {
    one: (attribute: string | undefined, fits: (text: string) => boolean, fault: string): string | null | undefined => {
      const [value] = attribute === undefined ? [] : filled(attribute);
      if (attribute === undefined || value === undefined) return attribute === undefined ? undefined : null;
      if (fits(value)) return value;
      note(`${attribute} is not used: it ${fault}`);
      return undefined;
    },
    aliases: (named: readonly string[]): readonly string[] => named.flatMap((attribute) => several(attribute).flatMap((value) => {
      const alias = canonicalAlias(value);
      if (alias === undefined) note(`"${value}" in ${attribute} is no usable alias`);
      const isForeign = otherRealms.has(alias?.split('@')[1] ?? '');
      if (isForeign) note(`"${value}" in ${attribute} is not used: it means somebody of another domain`);
      return alias === undefined || isForeign ? [] : alias;
    })),
    cards: (attribute: string | undefined, key: KeyObject): readonly string[] | undefined => {
      if (attribute === undefined) return undefined;
      return several(attribute).flatMap((value) => {
        const card = normaliseCard(value);
        if (card === undefined) note(`a card number in ${attribute} is not used: it ${form.card}`);
        return card === undefined ? [] : cardDigest(key, card);
      });
    },
    pin: (attribute: string | undefined, key: KeyObject): string | null | undefined => {
      const [value, ...more] = attribute === undefined ? [] : filled(attribute);
      if (attribute === undefined || value === undefined) return attribute === undefined ? undefined : null;
      const fault = more.length > 0 ? 'there are several' : pinFault(value);
      if (fault === undefined) return pinDigest(key, value);
      note(`the PIN in ${attribute} is not used: ${fault}`);
      return undefined;
    },
  };
}
