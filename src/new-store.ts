// What a new store begins with: the Desktop Client and the first signing key.

import type { Config } from './config/load.ts';
import { DESKTOP_CLIENT_ID } from './grants/windows-sign-in.ts';
import type { Store } from './stores/store.ts';
import { openKeyring, type Keyring } from './tokens/keyring.ts';
import { desktopClientScopes } from './tokens/scopes.ts';

/** A store that is ready for use; `isNew` tells that it was empty until now. */
export interface FoundStore {
  readonly keyring: Keyring;
  readonly isNew: boolean;
}

/**
 * Opens the keyring of a store and, if the store is new (it has no key yet), first registers the client that every Windows
 * sign-in falls back on. A client that an admin removed later stays removed. Throws ConfigError for a wrong seal key.
 */
export async function foundStore(store: Store, config: Config, now: () => number): Promise<FoundStore> {
  const isNew = (await store.signingKeys()).length === 0;
  if (isNew) {
    await store.addClient({
      id: DESKTOP_CLIENT_ID,
      name: 'MyQ Desktop Client',
      isPublic: true,
      grants: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      redirectUris: ['http://127.0.0.1/callback', 'http://[::1]/callback', 'http://localhost/callback'],
      postLogoutRedirectUris: [],
      origins: [],
      scopes: desktopClientScopes,
    });
  }
  const keyring = await openKeyring({ store, sealKey: config.store.sealKey, algorithm: config.oauth.signingAlgorithm, now });
  return { keyring, isNew };
}
