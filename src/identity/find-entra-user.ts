// Person of Entra ID → user: by his object id; at first by his account in the domain, else by his name, which then never counts again.

import { newcomerOf, type Newcomer, type NewcomerOptions } from './entra-newcomer.ts';
import { type EntraPerson, shownPerson } from './entra-people.ts';
import { type FindOptions, userOfPrincipal } from './find-user.ts';
import { another, isAnother } from './membership.ts';
import { canonicalAlias, parsePrincipal, type Principal } from './principal.ts';
import { refused, type Refusal } from './refusal.ts';
import { plainWord } from './shell-word.ts';
import type { KnownUser, Named, UserDirectory } from './user.ts';

export interface FindEntraOptions extends FindOptions, NewcomerOptions {
  readonly directory: UserDirectory;
}

/**
 * Finds or makes the user. `sid` is that of his account in Active Directory, where the token tells it.
 * A refusal is `unknown_user`, `user_disabled` or `graph_not_permitted`. An outage throws UnavailableError.
 */
export async function userOfEntra(options: FindEntraOptions, person: EntraPerson, sid: string | undefined): Promise<KnownUser | Refusal> {
  const known = await options.directory.userByEntraId(person.id);
  if (known !== undefined) return known;
  const newcomer = await newcomerOf(options, person, sid);
  return newcomer.kind === 'refused' ? newcomer : pairedUser(options, newcomer);
}

async function pairedUser(options: FindEntraOptions, newcomer: Newcomer): Promise<KnownUser | Refusal> {
  const ofAccount = await userOfAccount(options, newcomer);
  if (ofAccount !== undefined) return pair(options, newcomer, ofAccount);
  const { person, mayPairByName } = newcomer;
  const { namesake, isHis } = person.isGuest ? { namesake: undefined, isHis: false } : await namesakeOf(options, newcomer);
  if (namesake !== undefined && isHis && mayPairByName) return pair(options, newcomer, namesake);
  if (options.unknownUsers === 'Reject') return unknown(newcomer, namesake);
  return options.directory.userForEntra(person.id, newNames(newcomer), { fullName: person.displayName, email: person.email });
}

/** The user of the account of Active Directory that he is synchronised from, be it mirrored or known by its principal. */
async function userOfAccount(options: FindEntraOptions, { sid, principal }: Newcomer): Promise<KnownUser | undefined> {
  const mirrored = sid === undefined ? undefined : await options.directory.userBySid(sid);
  if (mirrored !== undefined) return mirrored;
  const his = sid === undefined || options.accounts.isEmpty ? principal : await principalOfSid(options, sid);
  const user = his && await userOfPrincipal(options, his);
  // Whom the domain's own ticket would not let in may still be known here by another name.
  return user === undefined || 'kind' in user ? undefined : user;
}

async function principalOfSid({ accounts }: FindEntraOptions, sid: string): Promise<Principal | undefined> {
  const found = await accounts.byAnySid(sid);
  if (found.kind !== 'found') return undefined;
  const principal = parsePrincipal(Buffer.from(`${found.account.name}@${found.account.realm}`));
  return 'why' in principal ? undefined : principal;
}

/**
 * Who goes by his name here. `isHis`: an admin or a file has said so. Where only a domain did, or another tenant, as for who was mirrored
 * or made at a sign-in, two people may have one name: then he is not taken for that user. Within one tenant a name is one person's at a
 * time: whoever has it now is to be told apart from whoever had it.
 */
async function namesakeOf(
  { directory }: FindEntraOptions, { person, name, upn }: Newcomer,
): Promise<{ readonly namesake: KnownUser | undefined; readonly isHis: boolean }> {
  const ofUpn = upn === undefined ? undefined : await directory.userByAnyName(upn, canonicalAlias(upn));
  if (ofUpn !== undefined && isGivenHere(ofUpn)) return { namesake: ofUpn.user, isHis: true };
  const named = name === undefined || name === upn ? undefined : await directory.userByAnyName(name, canonicalAlias(name));
  const byRule = name === upn ? ofUpn : named;
  const isHis = byRule !== undefined && (isGivenHere(byRule) || isOfNoDomain(byRule) || byRule.tenants.includes(person.id.tenant));
  return { namesake: (byRule ?? ofUpn)?.user, isHis };
}

/** Whether a name could tie somebody of Entra ID to this user, if he has no person of that tenant yet. */
export const mayBePaired = (named: Named): boolean =>
  named.sources.some((source) => source === 'admin' || source === 'file') || isOfNoDomain(named);

const isGivenHere = ({ given }: Named): boolean => given === 'admin' || given === 'file';
/** Neither a domain has made him, nor a sign-in through Entra ID. */
const isOfNoDomain = ({ user, sources, tenants }: Named): boolean =>
  user.account === undefined && !sources.includes('sign-in') && tenants.length === 0;

/** How a new user would be called, the best first. A guest is marked as Entra ID itself does: his name is given by somebody else. */
function newNames({ person, name, upn }: Newcomer): readonly [string, ...string[]] {
  const names = [name, upn].filter((one) => one !== undefined).map((one) => (person.isGuest ? `${one}#EXT#` : one));
  const [first = `entra ${person.id.object}`, ...others] = names;
  return [first, ...others];
}

/** From now on his object id alone counts. */
async function pair({ directory }: FindEntraOptions, { person, sid }: Newcomer, user: KnownUser): Promise<KnownUser | Refusal> {
  if (sid !== undefined && isAnother(user, sid)) return another(user, sid);
  if (user.disabled || await directory.pairEntra(user.id, person.id) === 'paired') return user;
  // It may be he himself, in another request at the same time.
  const now = await directory.userByEntraId(person.id);
  if (now !== undefined) return now;
  const word = plainWord(user.name, '<NAME>');
  return refused('unknown_user', `user ${user.name} is another person of that tenant: the name was given to somebody else`,
    `if they are one person: myq-gateway users set ${word} --entra-id ${idOf(person)}; if not: myq-gateway users remove ${word}`, shownPerson(person));
}

/** The cure never gives him a name that is somebody's. */
function unknown(newcomer: Newcomer, namesake: KnownUser | undefined): Refusal {
  const { person, mayPairByName } = newcomer;
  const set = (word: string): string => `myq-gateway users set ${word} --entra-id ${idOf(person)}`;
  const no = (detail: string, cure: string): Refusal => refused('unknown_user', detail, cure, shownPerson(person));
  if (namesake !== undefined) {
    const why = mayPairByName ? 'no admin has given it to him, and nothing tells that they are one person' : 'with PairByObjectId a name alone pairs nobody';
    return no(`user ${namesake.name} has that name, but ${why}`,
      `if they are one person: ${set(plainWord(namesake.name, '<NAME>'))}; of people of a domain the optional claim onprem_sid, or Microsoft Graph, tells it`);
  }
  const word = plainWord(newNames(newcomer)[0], '<NAME>');
  const add = `myq-gateway users add ${word}${mayPairByName ? '' : `, then ${set(word)}`}`;
  const whom = person.isGuest ? 'the guest' : 'the person';
  return no(`no user is ${whom} ${idOf(person)}${newcomer.name === undefined || person.isGuest ? '' : ', and nobody is called as he is'}`,
    `if he is a user here already: ${set('<NAME>')}; if not: ${add}, or [Users] UnknownUsers=Create`);
}

const idOf = ({ id }: EntraPerson): string => `${id.tenant}/${id.object}`;
