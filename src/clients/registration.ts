// What a client may be registered with (RFC 7591 §2 has the same metadata).

import type { Client } from '../stores/client-store.ts';
import { isUserScope, knownScopes } from '../tokens/scopes.ts';
import { jwksFault } from './jwks.ts';
import { originFault, postLogoutUriFault, redirectUriFault } from './redirect-uri.ts';

/** Values of `grant_type` that a client may be given. */
export const grantTypes = [
  'authorization_code', 'refresh_token', 'client_credentials', 'login_info', 'urn:ietf:params:oauth:grant-type:token-exchange',
] as const;

export type GrantTypeName = (typeof grantTypes)[number];

/** Whether tokens of the grant type are for a user; the others are for the client itself. */
export const isUserGrant = (grant: string): boolean => grant !== 'client_credentials';

/** The scopes as they are kept: MyQ's `offline.access` for the standard's `offline_access`, and each once. */
export function canonicalScopes(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes.map((scope) => (scope === 'offline_access' ? 'offline.access' : scope)))];
}

/** Everything that is wrong with a client to be registered, a sentence without a full stop each; empty if nothing is. */
export function clientFaults(client: Client): readonly string[] {
  return [...plainFaults(client), ...grantFaults(client), ...scopeFaults(client), ...addressFaults(client)];
}

function* plainFaults({ id, name, isPublic, jwks }: Client): Generator<string> {
  // Characters that mean themselves in a form, a URL and a Basic header alike.
  if (!/^[A-Za-z0-9._~-]{1,100}$/.test(id)) yield 'a client id has 1 to 100 letters, digits and . _ ~ -';
  if (!isPrintable(name)) yield 'a client name has 1 to 100 printable characters and no blank at its ends';
  if (jwks === undefined) return;
  if (isPublic) yield 'a public client has no keys';
  const fault = jwksFault(jwks);
  if (fault !== undefined) yield `the JWK set ${fault}`;
}

function* grantFaults({ isPublic, grants, redirectUris }: Client): Generator<string> {
  const unknown = grants.filter((grant) => !grantTypes.some((known) => known === grant));
  if (unknown.length > 0) yield `there is no grant ${[...new Set(unknown)].join(', ')}; known: ${grantTypes.join(' ')}`;
  if (grants.length === 0) yield 'a client needs a grant, or a redirect URI to use authorization_code with';
  yield* doubled('grant', grants);
  if (isPublic && grants.includes('client_credentials')) yield 'a public client cannot have the grant client_credentials: it proves nothing';
  const isCodeClient = grants.includes('authorization_code');
  if (isCodeClient && redirectUris.length === 0) yield 'the grant authorization_code needs a redirect URI';
  if (!isCodeClient && redirectUris.length > 0) yield 'a redirect URI needs the grant authorization_code';
}

function* scopeFaults({ grants, scopes }: Client): Generator<string> {
  const canonical = scopes.flatMap((scope) => canonicalScopes([scope]));
  const unknown = canonical.filter((scope) => !knownScopes.includes(scope));
  if (unknown.length > 0) yield `there is no scope ${[...new Set(unknown)].join(', ')}; known: ${knownScopes.join(' ')}`;
  if (scopes.length === 0) yield `a client needs a scope; known: ${knownScopes.join(' ')}`;
  const empty = grants.some(isUserGrant) ? [] : canonical.filter(isUserScope);
  if (empty.length > 0) yield `without a user there is nothing behind the scope ${[...new Set(empty)].join(', ')}`;
  yield* doubled('scope', canonical);
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

function* doubled(what: string, values: readonly string[]): Generator<string> {
  const twice = new Set(values.filter((value, index) => values.indexOf(value) < index));
  for (const value of twice) yield `the ${what} "${value.slice(0, 200)}" is there twice`;
}

function isPrintable(name: string): boolean {
  return name.trim() === name && /^[^\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]{1,100}$/u.test(name);
}
