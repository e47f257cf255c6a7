// All that is known of a person of Entra ID who comes for the first time: what his token says, and what Microsoft Graph is asked beside it.

import type { Accounts } from './account.ts';
import { type EntraPeople, type EntraPerson, type GraphPerson, shownPerson, type UserNameRule } from './entra-people.ts';
import { foldName, parsePrincipal, type Principal } from './principal.ts';
import { refused, type Refusal } from './refusal.ts';

export interface Newcomer {
  readonly kind: 'newcomer';
  readonly person: EntraPerson;
  /** Of his account in Active Directory, where its word counts. */
  readonly sid: string | undefined;
  /** The same account by its name in the domain; undefined where directories are set, which know it by the SID. */
  readonly principal: Principal | undefined;
  /** His user name by the rule; undefined if he has none that can be one. */
  readonly name: string | undefined;
  /** His userPrincipalName; the same. */
  readonly upn: string | undefined;
  readonly mayPairByName: boolean;
}

export interface NewcomerOptions {
  readonly accounts: Accounts;
  readonly entra: EntraPeople;
  /** Realms whose principals may sign in. */
  readonly realms: () => readonly string[];
}

/**
 * Asks Microsoft Graph where the token leaves open what counts here. `sid` is that of his account in Active Directory, where the token
 * tells it. A refusal is `unknown_user`, `user_disabled` or `graph_not_permitted`. An outage throws UnavailableError.
 */
export async function newcomerOf(
  { accounts, entra, realms }: NewcomerOptions, person: EntraPerson, sid: string | undefined,
): Promise<Newcomer | Refusal> {
  const { userName, pairByObjectId, trustsSids } = entra.rulesOf(person.section);
  const isNameAsked = userName === 'onPremisesSamAccountName';
  // The account of a guest is in a domain that is not this tenant's.
  const hasAccount = trustsSids && !person.isGuest;
  const isAccountAsked = hasAccount && (accounts.isEmpty ? realms().length > 0 : sid === undefined);
  const told = isNameAsked || isAccountAsked ? await entra.person(person.section, person.id.object) : undefined;
  const shown = shownPerson(person);
  if (told?.kind === 'absent') return refused('unknown_user', 'Entra ID has no such person any more', undefined, shown);
  if (told?.kind === 'not-permitted' && isNameAsked) return refused('graph_not_permitted', told.detail, told.cure, shown);
  const found = told?.kind === 'found' ? told : undefined;
  if (found?.enabled === false) return refused('user_disabled', 'the account is blocked in Entra ID', 'unblock it there', shown);
  return {
    kind: 'newcomer', person,
    sid: hasAccount ? sid ?? found?.sid : undefined,
    principal: hasAccount && accounts.isEmpty ? principalOf(found) : undefined,
    name: usable(nameBy(userName, person, found)),
    upn: usable(person.userPrincipalName),
    mayPairByName: !pairByObjectId && !person.isGuest,
  };
}

/** Undefined for what could be taken for another name, or shows nothing. */
const usable = (name: string | undefined): string | undefined =>
  (name === undefined || foldName(name.replace('@', '')) === undefined ? undefined : name);

function nameBy(rule: UserNameRule, person: EntraPerson, found: GraphPerson | undefined): string | undefined {
  switch (rule) {
    case 'userPrincipalName': return person.userPrincipalName;
    case 'displayName': return person.displayName;
    // No name has two of them; the part before the last one is then none, either.
    case 'upnPrefix': return person.userPrincipalName?.replace(/@[^@]*$/, '');
    case 'onPremisesSamAccountName': return found?.samAccountName;
  }
}

/** The realm of a domain of Active Directory is its name in capitals (MS-KILE §3.1.5.4). */
function principalOf(found: GraphPerson | undefined): Principal | undefined {
  if (found?.samAccountName === undefined || found.domainName === undefined) return undefined;
  const principal = parsePrincipal(Buffer.from(`${found.samAccountName}@${found.domainName.toUpperCase()}`));
  return 'why' in principal ? undefined : principal;
}
