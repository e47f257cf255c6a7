// Sample clients, grants, sessions, keys, mirrored people, persons of Entra ID and uses of NTLM for every test that puts some into a store.

import { createHash, randomUUID } from 'node:crypto';
import type { Authentication } from '../../src/identity/authentication.ts';
import type { EntraId } from '../../src/identity/user.ts';
import type { Client } from '../../src/stores/client-store.ts';
import type { NewGrant, SessionRecord } from '../../src/stores/grant-store.ts';
import type { StoredKey } from '../../src/stores/key-store.ts';
import type { Mirrored } from '../../src/stores/mirror-store.ts';
import type { NtlmUse } from '../../src/stores/ntlm-store.ts';
import type { Store } from '../../src/stores/store.ts';
import type { UserRecord } from '../../src/stores/user-store.ts';

/** A public client of a browser application, named `sample-client` unless `change` says otherwise. */
export const sampleClient = (change: Partial<Client> = {}): Client => ({
  id: 'sample-client',
  name: 'Sample',
  isPublic: true,
  grants: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'profile', 'email', 'offline.access', 'jobs'],
  redirectUris: ['https://app.example/callback', 'http://127.0.0.1/callback'],
  postLogoutRedirectUris: ['https://app.example/'],
  origins: ['https://app.example'],
  ...change,
});

/** A sign-in with a password at `at`, in seconds since the epoch. */
export const sampleAuthentication = (at: number): Authentication => ({ at, methods: ['pwd'] });

/** A grant to `sample-client` made at `now`, with a code for a minute and no session; ids are fresh. */
export const sampleGrant = (userId: string, now: number, change: Partial<NewGrant> = {}): NewGrant => ({
  id: randomUUID(),
  clientId: 'sample-client',
  userId,
  epoch: 0,
  scopes: ['openid', 'offline.access'],
  authentication: sampleAuthentication(now),
  code: { redirectUri: 'https://app.example/callback', challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', nonce: 'n-0S6_WzA2Mj' },
  generation: 0,
  idleUntil: now + 60,
  expiresAt: now + 60,
  ...change,
});

/** A grant without a code whose first refresh token is good for an hour after each use and for a day in all. */
export const sampleRefreshGrant = (userId: string, now: number, change: Partial<NewGrant> = {}): NewGrant =>
  sampleGrant(userId, now, { code: undefined, generation: 1, idleUntil: now + 3600, expiresAt: now + 86_400, ...change });

/** A browser session that began at `now`, for a day; its id is fresh. */
export const sampleSession = (userId: string, now: number, change: Partial<SessionRecord> = {}): SessionRecord =>
  ({ id: randomUUID(), userId, epoch: 0, authentication: sampleAuthentication(now), expiresAt: now + 86_400, ...change });

/** A key as the store sees it, with nothing real in it. */
export const sampleKey = (kid: string, algorithm = 'ES256', createdAt = 1): StoredKey =>
  ({ kid, algorithm, publicJwk: `{"kid":"${kid}"}`, sealedPrivateKey: `sealed-${kid}`, createdAt });

/** Alice as the directory of `[Directory]` has her, with nothing said of what `change` does not say. */
export const sampleMirrored = (change: Partial<Mirrored> = {}): Mirrored => ({
  account: { directory: '', sid: 'S-1-5-21-1-2-3-1001' },
  name: 'alice',
  aliases: undefined, fullName: undefined, email: undefined, personalNumber: undefined, disabled: undefined,
  cards: undefined, pin: undefined, entraId: undefined, scopes: undefined,
  ...change,
});

/** A person of Entra ID, the same for the same words. */
export function samplePerson(who: string, tenant = 'tenant'): EntraId {
  const guid = (text: string): string =>
    createHash('sha256').update(text).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  return { tenant: guid(tenant), object: guid(who) };
}

/** A sign-in of alice by the gateway's address. */
export const sampleNtlmUse = (change: Partial<NtlmUse> = {}): NtlmUse => ({
  outcome: 'granted', user: 'alice@MYQ.TEST', address: '192.0.2.1', workstation: 'WS1', isWorkstationVerified: true,
  target: 'HTTP/192.0.2.10', reason: 'address', ...change,
});

/** Puts the users alice and bob and the client `sample-client` into the store: grants need them. */
export async function sampleParties(store: Store): Promise<{ readonly alice: UserRecord; readonly bob: UserRecord }> {
  await store.addClient(sampleClient());
  return {
    alice: await store.addUser({ name: 'alice', aliases: [], scopes: [] }), bob: await store.addUser({ name: 'bob', aliases: [], scopes: [] }),
  };
}
