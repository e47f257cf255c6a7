// What `clients add` makes of its options: a client whose every fault is told at once.

import { readFileSync } from 'node:fs';
import { clientFaults, isUserGrant } from '../clients/registration.ts';
import { canonicalScopes } from '../tokens/scopes.ts';
import { newClientId } from '../clients/secret.ts';
import type { Client } from '../stores/client-store.ts';
import { readWords, UsageError } from './verb.ts';

/** The options of `add`. */
export const registrationOptions = {
  id: { type: 'string' }, public: { type: 'boolean' }, jwks: { type: 'string' },
  'redirect-uri': { type: 'string', multiple: true }, 'post-logout-redirect-uri': { type: 'string', multiple: true },
  origin: { type: 'string', multiple: true }, grant: { type: 'string', multiple: true }, scope: { type: 'string', multiple: true },
} as const;

/** Their values, as readArguments answers them. */
export interface RegistrationValues {
  readonly id?: string | undefined;
  readonly public?: boolean | undefined;
  readonly jwks?: string | undefined;
  readonly 'redirect-uri'?: readonly string[] | undefined;
  readonly 'post-logout-redirect-uri'?: readonly string[] | undefined;
  readonly origin?: readonly string[] | undefined;
  readonly grant?: readonly string[] | undefined;
  readonly scope?: readonly string[] | undefined;
}

/** What a client may ask for unless it is told: who the user is, and staying signed in where it may refresh. */
function usualScopes(grants: readonly string[]): readonly string[] {
  if (!grants.some(isUserGrant)) return [];
  return ['openid', 'profile', 'email', ...(grants.includes('refresh_token') ? ['offline.access'] : [])];
}

/** The client to register. Throws UsageError that names all its faults in one line. */
export function newClient(name: string, values: RegistrationValues): Client {
  const isPublic = values.public ?? false;
  const redirectUris = values['redirect-uri'] ?? [];
  const grants = values.grant === undefined ? usualGrants(isPublic, redirectUris) : readWords('grant', values.grant);
  const file = values.jwks === undefined ? {} : readKeys(values.jwks);
  const client: Client = {
    id: values.id ?? newClientId(),
    name, isPublic, grants, redirectUris,
    scopes: values.scope === undefined ? usualScopes(grants) : canonicalScopes(readWords('scope', values.scope)),
    postLogoutRedirectUris: values['post-logout-redirect-uri'] ?? [],
    origins: values.origin ?? [],
    ...(file.text === undefined ? {} : { jwks: file.text }),
  };
  const faults = [...clientFaults(client), ...(file.fault === undefined ? [] : [file.fault])];
  if (faults.length > 0) throw new UsageError(faults.join('; '));
  return client.jwks === undefined ? client : { ...client, jwks: JSON.stringify(JSON.parse(client.jwks)) };
}

function usualGrants(isPublic: boolean, redirectUris: readonly string[]): readonly string[] {
  if (redirectUris.length > 0) return ['authorization_code', 'refresh_token'];
  return isPublic ? [] : ['client_credentials'];
}

function readKeys(file: string): { readonly text?: string; readonly fault?: string } {
  try {
    // An editor's byte order mark is dropped.
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { fault: code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? `--jwks ${file} is no UTF-8 text` : `--jwks cannot be read: ${message}` };
  }
}
