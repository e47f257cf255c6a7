// Everybody who is to be mirrored, page by page (RFC 2696).

import { isDisabled } from './account-entry.ts';
import type { Connection } from './connection.ts';
import type { Controllers } from './controllers.ts';
import { deadline } from './deadline.ts';
import { type Entry, octets, sidOf, text, texts } from './entry.ts';
import { DirectoryFailure } from './failure.ts';
import { parseFilter } from './filter.ts';
import { type DirectorySettings, sectionOf } from './settings.ts';
import { personName } from './typed-name.ts';

const PAGE = 500;
/** Milliseconds: nobody waits for a mirror as for a sign-in, and a page is a lot to read. */
const PAGE_TIMEOUT = 30_000;

/** A person's entry, as it is. */
export interface DirectoryPerson {
  readonly sid: string;
  readonly dn: string;
  /** sAMAccountName. */
  readonly name: string;
  readonly userPrincipalName: string | undefined;
  /** Disabled or expired. */
  readonly disabled: boolean;
  /** The values of each attribute that config.ini names, by the name as it is there. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** Told of each entry that the filter finds and that is no person's, or of which something is not used. */
export type LeftOut = (dn: string, why: string) => void;

export interface PeopleOptions {
  readonly settings: DirectorySettings;
  readonly controllers: Pick<Controllers, 'own'>;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Entries of one page. */
  readonly pageSize?: number | undefined;
}

/** Each person once, though the bases may overlap. Throws DirectoryFailure: then it was not everybody. */
export async function* people(options: PeopleOptions, leftOut: LeftOut): AsyncGenerator<DirectoryPerson> {
  const { settings, controllers, now, pageSize = PAGE } = options;
  const section = `[${sectionOf(settings.name)}]`;
  const filter = parseFilter(settings.userFilter, `${section} UserFilter`);
  const named = attributesOf(settings);
  const attributes = ['objectSid', 'sAMAccountName', 'userPrincipalName', 'userAccountControl', 'accountExpires', ...named];
  const connection = await controllers.own(deadline(settings.timeout * 1000));
  const seen = new Set<string>();
  try {
    for (const base of settings.baseDn) {
      for await (const entry of entriesOf(connection, { base, filter, attributes }, pageSize)) {
        const person = toPerson(entry, named, now());
        if ('why' in person) {
          leftOut(entry.dn, person.why);
        } else if (!seen.has(person.sid)) {
          seen.add(person.sid);
          for (const attribute of named.filter((one) => octets(entry, one).length > (person.attributes[one]?.length ?? 0))) {
            leftOut(entry.dn, `${attribute} is not text`);
          }
          yield person;
        }
      }
    }
  } catch (error) {
    if (!(error instanceof DirectoryFailure)) throw error;
    throw new DirectoryFailure(error.kind, `${section}: ${error.detail ?? error.message}`, { cure: error.cure, cause: error });
  } finally {
    connection.close();
  }
}

async function* entriesOf(connection: Connection, search: Parameters<Connection['page']>[0], size: number): AsyncGenerator<Entry> {
  let cookie: Buffer | undefined = Buffer.alloc(0);
  while (cookie !== undefined) {
    const page = await connection.page(search, size, cookie, deadline(PAGE_TIMEOUT));
    if (page === undefined) throw new DirectoryFailure('answered', `there is no "${search.base}"`, { cure: 'correct BaseDn' });
    yield* page.entries;
    cookie = page.next;
  }
}

function toPerson(entry: Entry, named: readonly string[], now: number): DirectoryPerson | { readonly why: string } {
  const sid = sidOf(entry);
  const name = text(entry, 'sAMAccountName');
  if (sid === undefined || name === undefined) return { why: 'it has no objectSid or no sAMAccountName' };
  if (personName(name) === undefined) return { why: `${JSON.stringify(name)} is no person's name` };
  return {
    sid,
    dn: entry.dn,
    name,
    userPrincipalName: text(entry, 'userPrincipalName'),
    disabled: isDisabled(entry, now),
    attributes: Object.fromEntries(named.map((attribute) => [attribute, texts(entry, attribute)])),
  };
}

function attributesOf(settings: DirectorySettings): readonly string[] {
  const { aliasAttributes, emailAttribute, fullNameAttribute, cardAttribute, pinAttribute, personalNumberAttribute } = settings;
  const all = [...aliasAttributes, emailAttribute, fullNameAttribute, cardAttribute, pinAttribute, personalNumberAttribute];
  return [...new Set(all.filter((attribute) => attribute !== undefined))];
}
