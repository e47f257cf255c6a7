// What the parts of the stand-in for Entra ID know of each other.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { JWK } from 'jose';
import type { SigningKey } from './entra-keys.ts';

export interface App {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
}

export interface Person {
  readonly object: string;
  /** Of his tokens, beside those that every token has. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** What Microsoft answers instead of signing him in: a code of its own, as in AADSTS50105. */
  readonly refusedBy: string | undefined;
}

/** Claims; one that is undefined is left out. */
export type Claims = Readonly<Record<string, unknown>>;

export interface StandInTenant {
  readonly id: string;
  readonly issuer: string;
  /** Registers an application. */
  app(options?: Partial<App>): App;
  /** Adds somebody, whom Graph knows, too. */
  person(claims: Claims & { readonly oid?: string }, about?: GraphUser & { readonly refusedBy?: string }): Person;
  /** An ID token of version 2.0, as the broker of Windows hands it out. */
  idToken(person: Person, app: App, changes?: Claims): Promise<string>;
  /** The claims of such a token. */
  claimsFor(person: Person, app: App, changes?: Claims): Claims;
  /** Signs what it is given, with the current key if no other is given. */
  sign(header: Claims, payload: Claims, key?: SigningKey): Promise<string>;
  readonly current: SigningKey;
  /** A new key signs; the former one stays published unless `keep` is false. */
  rotate(options?: { readonly keep?: boolean; readonly key?: SigningKey }): SigningKey;
  /** What is published besides, or instead. */
  readonly keySet: { extra: JWK[]; replaced: unknown };
  readonly graph: TenantGraph;
  /** What its token endpoint was sent so far, with the headers. */
  readonly asked: { readonly headers: IncomingHttpHeaders; readonly form: URLSearchParams }[];
}

export interface TenantGraph {
  readonly users: Map<string, GraphUser>;
  /** Tokens of the application that are good. */
  readonly tokens: Set<string>;
  isDenied: boolean;
  /** The application may read people and not groups: of those it is told the ids. */
  isLimited: boolean;
  pageSize: number;
  /** Where every further page is said to be. */
  nextLink: string | undefined;
}

/** With what only the stand-in itself needs. */
export interface TenantInside extends StandInTenant {
  readonly people: ReadonlyMap<string, Person>;
  readonly apps: ReadonlyMap<string, App>;
  /** Where its endpoints begin: its id, or `organizations`. */
  readonly path: string;
  readonly authority: string;
  /** Rises when something changes that the provider was made with. */
  readonly revision: number;
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface GraphGroup {
  readonly id: string;
  readonly onPremisesSecurityIdentifier?: string | null;
  /** Default `#microsoft.graph.group`. */
  readonly type?: string;
}

/** What Graph knows of a person beside his token. */
export interface GraphUser {
  readonly accountEnabled?: boolean;
  readonly mail?: string | null;
  readonly onPremisesSamAccountName?: string | null;
  readonly onPremisesSecurityIdentifier?: string | null;
  readonly onPremisesDomainName?: string | null;
  readonly memberOf?: readonly GraphGroup[];
}
