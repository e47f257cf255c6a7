// What a client may be registered with (RFC 7591 §2 has the same metadata).

import leven from 'leven';
import type { Client } from '../stores/client-store.ts';
import { canonicalScopes, isUserScope, knownScopes } from '../tokens/scopes.ts';
import { jwksFault } from './jwks.ts';
import { originFault, postLogoutUriFault, redirectUriFault } from './redirect-uri.ts';

/** Values of `grant_type` that a client may be given. */
export const grantTypes = [
  'authorization_code', 'refresh_token', 'client_credentials', 'login_info', 'urn:ietf:params:oauth:grant-type:token-exchange',
] as const;

export type GrantTypeName = (typeof grantTypes)[number];

/** Whether tokens of the grant type are for a user; the others are for the client itself. */
export const isUserGrant = (grant: string): boolean => grant !== 'client_credentials';

/** What is wrong with names of scopes, a sentence without a full stop each. */
export const scopeNameFaults = (scopes: readonly string[]): readonly string[] => [...unknownFaults('scope', canonicalScopes(scopes), knownScopes)];

/** Everything that is wrong with a client to be registered, a sentence without a full stop each; empty if nothing is. */
export function clientFaults(client: Client): readonly string[] {
  const faults = [...plainFaults(client), ...grantFaults(client), ...scopeFaults(client), ...addressFaults(client)];
  // What is missing is asked for when the rest is right: which scopes there are for it depends on the grants.
  return faults.length > 0 || client.scopes.length > 0 ? faults : [`a client needs a scope; known: ${scopesFor(client).join(' ')}`];
}

const scopesFor = ({ grants }: Client): readonly string[] =>
  (grants.some(isUserGrant) ? knownScopes : knownScopes.filter((scope) => !isUserScope(scope)));

function* plainFaults({ id, name, isPublic, jwks }: Client): Generator<string> {
  // Characters that mean themselves in a form, a URL and a Basic header alike.
  if (!/^[A-Za-z0-9._~-]{1,100}$/.test(id)) yield 'a client id has 1 to 100 letters, digits and . _ ~ -';
  if (!isPrintable(name)) yield 'a client name has 1 to 100 printable characters and no blank at its ends';
  if (jwks === undefined) return;
  if (isPublic) yield 'a public client has no keys';
  const fault = jwksFault(jwks);
  if (fault !== undefined) yield `the JWK set ${fault}`;
}

/** Otherwise nobody knows what the client needs, or has too much. */
const hasKnownGrants = (grants: readonly string[]): boolean =>
  grants.length > 0 && grants.every((grant) => grantTypes.some((known) => known === grant));

function* grantFaults({ isPublic, grants, redirectUris }: Client): Generator<string> {
  yield* unknownFaults('grant', grants, grantTypes);
  yield* doubled('grant', grants);
  if (grants.length === 0) yield 'a client needs a grant, or a redirect URI to use authorization_code with';
  if (!hasKnownGrants(grants)) return;
  if (isPublic && grants.includes('client_credentials')) yield 'a public client cannot have the grant client_credentials: it proves nothing';
  const isCodeClient = grants.includes('authorization_code');
  if (isCodeClient && redirectUris.length === 0) yield 'the grant authorization_code needs a redirect URI';
  if (!isCodeClient && redirectUris.length > 0) yield 'a redirect URI needs the grant authorization_code';
}

function* scopeFaults(client: Client): Generator<string> {
  const scopes = client.scopes.flatMap((scope) => canonicalScopes([scope]));
  yield* unknownFaults('scope', scopes, knownScopes);
  yield* doubled('scope', scopes);
  if (!hasKnownGrants(client.grants)) return;
  const empty = scopes.filter((scope) => knownScopes.includes(scope) && !scopesFor(client).includes(scope));
  if (empty.length > 0) yield `without a user there is nothing behind the scope ${[...new Set(empty)].join(', ')}`;
  else if (scopes.includes('offline.access') && !client.grants.includes('refresh_token')) yield 'the scope offline.access needs the grant refresh_token';
}

function* addressFaults({ redirectUris, postLogoutRedirectUris, origins }: Client): Generator<string> {
  for (const [what, values, faultOf] of [
    ['redirect URI', redirectUris, redirectUriFault],
    ['post-logout redirect URI', postLogoutRedirectUris, postLogoutUriFault],
    ['origin', origins, originFault],
  ] as const) {
    for (const value of new Set(values)) {
      const fault = faultOf(value);
      if (fault !== undefined) yield `the ${what} "${value.slice(0, 200)}" ${fault}`;
    }
    yield* doubled(what, values);
  }
}

/** Names that there are not, with those that may be meant. */
function* unknownFaults(what: string, names: readonly string[], known: readonly string[]): Generator<string> {
  const unknown = [...new Set(names)].filter((name) => !known.includes(name));
  const strange = unknown.filter((name) => near(name, known).length === 0);
  for (const name of unknown) {
    if (!strange.includes(name)) yield `there is no ${what} ${name}: did you mean ${near(name, known).join(' or ')}?`;
  }
  if (strange.length > 0) yield `there is no ${what} ${strange.map((name) => name.slice(0, 200)).join(', ')}; known: ${known.join(' ')}`;
}

/** The known names that are a letter or two away; otherwise those of which it is a part, as `code` is of `authorization_code`. */
function near(name: string, known: readonly string[]): readonly string[] {
  const plain = (text: string): string => text.toLowerCase().replace(/[.:-]/g, '_');
  if (name.length < 3 || name.length > 60) return [];
  const tolerance = Math.min(2, Math.floor(name.length / 3));
  const close = known.filter((one) => leven(plain(name), plain(one)) <= tolerance);
  return close.length > 0 ? close : known.filter((one) => `_${plain(one)}_`.includes(`_${plain(name)}_`));
}

function* doubled(what: string, values: readonly string[]): Generator<string> {
  const twice = new Set(values.filter((value, index) => values.indexOf(value) < index));
  for (const value of twice) yield `the ${what} "${value.slice(0, 200)}" is there twice`;
}

function isPrintable(name: string): boolean {
  return name.trim() === name && /^[^\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]{1,100}$/u.test(name);
}
