// How a client is shown: in the words of RFC 7591 §2, and never with a digest of its secret.

import type { JSONWebKeySet } from 'jose';
import type { ClientRecord } from '../stores/client-store.ts';
import { table } from './verb.ts';

/** What a verb answers: one client, perhaps with its new secret and with what to know about it, or all of them. */
export type Result = Shown | readonly ClientRecord[] | undefined;

export interface Shown {
  readonly client: ClientRecord;
  readonly secret?: string | undefined;
  /** For people: they are no part of the JSON. */
  readonly notes?: readonly string[];
}

/** Client metadata. `origins` and `secrets` are our own. */
export interface Described {
  readonly client_id: string;
  /** Only in the answer that makes it. */
  readonly client_secret?: string;
  readonly client_name: string;
  readonly client_id_issued_at: number;
  readonly token_endpoint_auth_method: 'none' | 'client_secret_basic' | 'private_key_jwt';
  readonly grant_types: readonly string[];
  readonly scope: string;
  readonly redirect_uris: readonly string[];
  readonly post_logout_redirect_uris: readonly string[];
  readonly origins: readonly string[];
  readonly jwks?: JSONWebKeySet;
  /** How many secrets are good now: two or more while former ones are kept. */
  readonly secrets?: number;
}

/** Describes a client; `secret` only when it was just made. */
function describedClient(client: ClientRecord, secret?: string): Described {
  const method = client.isPublic ? 'none' : client.jwks === undefined ? 'client_secret_basic' : 'private_key_jwt';
  return {
    client_id: client.id,
    ...(secret === undefined ? {} : { client_secret: secret }),
    client_name: client.name,
    client_id_issued_at: client.createdAt,
    token_endpoint_auth_method: method,
    grant_types: client.grants,
    scope: client.scopes.join(' '),
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    origins: client.origins,
    ...(client.jwks === undefined ? {} : { jwks: JSON.parse(client.jwks) as JSONWebKeySet }),
    ...(method === 'client_secret_basic' ? { secrets: client.secretDigests.length } : {}),
  };
}

/** Its properties as rows of name and value; a further value has a row without a name. What is empty is left out. */
function propertiesOf({ jwks, client_id_issued_at: issuedAt, ...described }: Described): readonly (readonly string[])[] {
  const rows = Object.entries(described).flatMap(([name, value]: [string, string | number | readonly string[]]) =>
    (Array.isArray(value) ? value as readonly string[] : [String(value)]).map((one, index) => [index === 0 ? name : '', one]));
  const keys = (jwks?.keys ?? []).map(({ kty, crv, kid }, index) => [index === 0 ? 'keys' : '', [kty, crv, kid].filter(Boolean).join(' ')]);
  return [...rows, ...keys, ['registered', new Date(issuedAt * 1000).toISOString().replace('.000', '')]];
}

/** What is printed of it. */
export function printed(result: Result, json: boolean): string | undefined {
  if (result === undefined) return json ? '{}' : undefined;
  if ('client' in result) {
    const described = describedClient(result.client, result.secret);
    if (json) return JSON.stringify(described, undefined, 2);
    const keep = result.secret === undefined ? [] : ['Keep the secret now: it is not shown again.'];
    return [table(propertiesOf(described)), ...keep, ...(result.notes ?? []).map((note) => `note: ${note}`)].join('\n');
  }
  const all = result.map((client) => describedClient(client));
  if (json) return JSON.stringify(all, undefined, 2);
  const rows = all.map((one) => [
    one.client_id, one.client_name, one.token_endpoint_auth_method, one.grant_types.join(' '), one.scope, one.redirect_uris.join(' '),
  ]);
  return table([['CLIENT ID', 'NAME', 'AUTHENTICATION', 'GRANTS', 'SCOPES', 'REDIRECT URIS'], ...rows]);
}
