// What the gateway needs of Microsoft Entra ID beside tokens: the rules of its tenants, and what Microsoft Graph tells of a person.

import type { EntraId } from './user.ts';

/** Which name of a person is his user name here. */
export type UserNameRule = 'userPrincipalName' | 'displayName' | 'upnPrefix' | 'onPremisesSamAccountName';

export interface EntraRules {
  readonly userName: UserNameRule;
  /** A name alone makes nobody a user who is there already. */
  readonly pairByObjectId: boolean;
  /** What it says of SIDs counts: it is synchronised from the domain whose they are. */
  readonly trustsSids: boolean;
}

/** What a token says of a person whom a tenant vouches for. Names may change and be given to others; the id is his for ever. */
export interface EntraPerson {
  readonly id: EntraId;
  /** The name of the section in config.ini: empty for `[Entra]`, `sales` for `[Entra:sales]`. */
  readonly section: string;
  readonly userPrincipalName: string | undefined;
  readonly displayName: string | undefined;
  readonly email: string | undefined;
  /** Of another tenant, or of none: the name that he has is not given by this one. */
  readonly isGuest: boolean;
}

/** As the log calls him. */
export const shownPerson = ({ id, userPrincipalName }: Pick<EntraPerson, 'id' | 'userPrincipalName'>): string =>
  userPrincipalName ?? `${id.tenant}/${id.object}`;

/** What Microsoft Graph tells; each undefined where the person has none. */
export interface GraphPerson {
  readonly kind: 'found';
  /** sAMAccountName, domain name and SID of the account of Active Directory that he is synchronised from. */
  readonly samAccountName: string | undefined;
  readonly domainName: string | undefined;
  readonly sid: string | undefined;
  readonly enabled: boolean | undefined;
}

/** `absent`: the tenant has no such person. `not-permitted`: Graph says nothing to this application; why, for the log. */
export type GraphAbsence = { readonly kind: 'absent' } | { readonly kind: 'not-permitted'; readonly detail: string; readonly cure: string };

export interface EntraPeople {
  /** Whether one of the tenants of config.ini has this id. */
  isAllowed(tenant: string): boolean;
  /** Whether people of this tenant may stay signed in without it, by refresh tokens. */
  mayRefresh(tenant: string): boolean;
  /** Of the section of that name, which there is. */
  rulesOf(section: string): EntraRules;
  /** Asks Microsoft Graph by the object id. An outage throws UnavailableError. */
  person(section: string, object: string): Promise<GraphPerson | GraphAbsence>;
}
