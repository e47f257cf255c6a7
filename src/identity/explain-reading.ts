// What a name can be that an administrator asks about: a user's name or alias, a principal, DOMAIN\user, a name of a directory, or a person
// of Entra ID.

import { UnavailableError } from '../errors.ts';
import type { Account, Accounts } from './account.ts';
import { canonicalAlias, foldCase, type NotAPerson, parsePrincipal, type Principal } from './principal.ts';
import type { EntraId, KnownUser, UserDirectory } from './user.ts';

/** A NetBIOS name, the realm that it stands for, and which setting says so. */
export interface NamedDomain {
  readonly domain: string;
  readonly realm: string;
  readonly setting: string;
}

export interface ReadingOptions {
  readonly directory: Pick<UserDirectory, 'userByAlias' | 'userByEntraId' | 'aliasesOf'> & { userByName(name: string): Promise<KnownUser | undefined> };
  readonly accounts: Accounts;
  readonly realms: () => readonly string[];
  /** The first with the name counts. */
  readonly domains: readonly NamedDomain[];
  /** Reads a person of Entra ID, who may be of one of several tenants; none for a text that names nobody. */
  readonly entraIds: (text: string) => readonly EntraId[];
}

/** How the name was read; the first of these that it can be. */
export type Reading =
  | { readonly kind: 'name' }
  | { readonly kind: 'alias'; readonly alias: string }
  | { readonly kind: 'domain'; readonly domain: string; readonly realm: string; readonly setting: string }
  | { readonly kind: 'entra'; readonly id: EntraId }
  /** A name that a directory knows, as on the login page. */
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'principal' }
  /** A bare name, as a principal of the one realm that may sign in. */
  | { readonly kind: 'only-realm'; readonly realm: string }
  | { readonly kind: 'nobody'; readonly why: string };

export interface Read {
  readonly reading: Reading;
  /** Whose name or alias it is. */
  readonly user: KnownUser | undefined;
  /** The principals that it stands for: the one that was asked for, else all that the user's aliases name. */
  readonly principals: readonly Principal[];
  /** Whether that is the one that was asked for. */
  readonly isOnePrincipal: boolean;
  readonly notes: readonly string[];
}

/** Reads it, without blanks around it and with composed accents, as the login page does. An outage of a directory is a note. */
export async function readAsked(asked: string, options: ReadingOptions): Promise<Read> {
  const text = asked.trim().normalize('NFC');
  if (!text.isWellFormed()) return nobody('it is no Unicode text');
  if (text.includes('\\')) return readDomain(text, options);
  const people = options.entraIds(text);
  if (people.length > 0) return readPerson(people, options);
  const name = canonicalAlias(text);
  if (name !== undefined) {
    const named = await options.directory.userByName(name);
    if (named !== undefined) return { reading: { kind: 'name' }, user: named, ...await principalsOf(named, options), isOnePrincipal: false };
    const owner = await options.directory.userByAlias([name]);
    if (owner !== undefined) return readAlias(name, owner, options);
  }
  const { account, notes } = await accountCalled(text, options.accounts);
  if (account !== undefined) {
    const display = `${account.name}@${account.realm}`;
    return { ...onePrincipal(foldCase(text) === foldCase(display) ? { kind: 'principal' } : { kind: 'account', account }, display), notes };
  }
  return { ...readStranger(text, options), notes };
}

async function readPerson(people: readonly EntraId[], options: ReadingOptions): Promise<Read> {
  for (const id of people) {
    const user = await options.directory.userByEntraId(id);
    if (user !== undefined) return { reading: { kind: 'entra', id }, user, ...await principalsOf(user, options), isOnePrincipal: false };
  }
  return nobody('nobody here is that person of Entra ID yet; what his first sign-in makes of him depends on what his token says');
}

async function readAlias(alias: string, user: KnownUser, options: ReadingOptions): Promise<Read> {
  const reading = { kind: 'alias', alias } as const;
  if (!alias.includes('@')) return { reading, user, ...await principalsOf(user, options), isOnePrincipal: false };
  return { ...onePrincipal(reading, inRealm(alias, options.realms())), user };
}

function readDomain(text: string, { domains }: ReadingOptions): Read {
  const at = text.indexOf('\\');
  const domain = text.slice(0, at).toUpperCase();
  const [found, ...others] = domains.filter((one) => one.domain === domain);
  if (found === undefined) {
    const known = [...new Set(domains.map((one) => one.domain))].join(', ') || 'none';
    return nobody(`no setting tells the realm of the domain ${domain}: neither [NTLM] Domains nor a [Directory]; known: ${known}`);
  }
  const other = others.find(({ realm }) => realm !== found.realm);
  const notes = other === undefined ? [] : [`${other.setting} has ${domain} for ${other.realm}, ${found.setting} for ${found.realm}: make them one`];
  return { ...onePrincipal({ kind: 'domain', ...found }, `${text.slice(at + 1)}@${found.realm}`), notes };
}

/** Nobody here has the name, and no directory. */
function readStranger(text: string, { realms }: ReadingOptions): Read {
  if (text.includes('@')) return onePrincipal({ kind: 'principal' }, inRealm(text, realms()));
  const [realm, ...others] = realms();
  if (realm === undefined) return nobody('nobody here has the name or alias, and no realm may sign in');
  if (others.length > 0) return nobody(`nobody here has the name or alias; with several realms a person is user@REALM: ${realms().join(', ')}`);
  return onePrincipal({ kind: 'only-realm', realm }, `${text}@${realm}`);
}

function onePrincipal(reading: Reading, display: string): Read {
  const principal = parsePrincipal(Buffer.from(display));
  if ('why' in principal) return nobody(`it can be no person: ${principal.why}`);
  return { reading, user: undefined, principals: [principal], isOnePrincipal: true, notes: [] };
}

const nobody = (why: string): Read => ({ reading: { kind: 'nobody', why }, user: undefined, principals: [], isOnePrincipal: false, notes: [] });

/** Who types a realm means it in any letter case; a realm that is set in other letters than the domain's is a fault to be shown. */
function inRealm(text: string, realms: readonly string[]): string {
  const at = text.lastIndexOf('@');
  const realm = text.slice(at + 1);
  return realms.includes(realm) ? text : `${text.slice(0, at)}@${realm.toUpperCase()}`;
}

interface Called {
  readonly account: Account | undefined;
  readonly notes: readonly string[];
}

async function accountCalled(text: string, accounts: Accounts): Promise<Called> {
  if (accounts.isEmpty) return { account: undefined, notes: [] };
  try {
    const found = await accounts.byTypedName(text);
    return { account: found.kind === 'found' ? found.account : undefined, notes: [] };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { account: undefined, notes: [`no directory could be asked for the name: ${error.detail ?? error.message}`] };
  }
}

/** With a ticket for which principals somebody could be this user; whether he is, is to be looked up. */
async function principalsOf(user: KnownUser, { directory, realms }: ReadingOptions): Promise<Pick<Read, 'principals' | 'notes'>> {
  const aliases = await directory.aliasesOf(user.id);
  const all = realms();
  const [only] = all.length === 1 ? all : [];
  const found = new Map<string, Principal>();
  for (const alias of aliases) {
    const [name = '', realm = only] = alias.split('@');
    for (const one of realm === undefined ? [] : spellingsOf(realm, all)) {
      const principal: Principal | NotAPerson = parsePrincipal(Buffer.from(`${name}@${one}`));
      if (!('why' in principal)) found.set(principal.canonical, principal);
    }
  }
  const bare = only === undefined ? aliases.filter((alias) => !alias.includes('@')) : [];
  const notes = bare.map((alias) => `the bare alias ${alias} does not count for tickets: ${all.length === 0 ? 'no realm' : 'more than one realm'} may sign in`);
  return { principals: [...found.values()], notes };
}

/** Aliases have realms in upper case, and `[Kerberos] Realms` as the domain spells them. */
function spellingsOf(realm: string, realms: readonly string[]): readonly string[] {
  const same = realms.filter((one) => one.toUpperCase() === realm.toUpperCase());
  return same.length > 0 ? same : [realm];
}
