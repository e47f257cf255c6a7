// A store with signing keys that several processes have open, and a clock that the test moves.

import { createSecretKey, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { KeyStore } from '../../src/stores/key-store.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import type { Store } from '../../src/stores/store.ts';
import { rotateKeys } from '../../src/tokens/key-rotation.ts';
import { openKeyring, type Keyring, type SigningAlgorithm } from '../../src/tokens/keyring.ts';

export const sealKey = createSecretKey(randomBytes(32));
/** One store, which may be opened by several processes, with a clock that the test moves. */
export function site(t: Test) {
  const file = join(t.testdir(), 'gateway.db');
  const clock = { at: 1_700_000_000 };
  const now = (): number => clock.at;
  const store = (): Store => {
    const opened = openSqlite(file, { now });
    t.teardown(() => opened.close());
    return opened;
  };
  const one = store();
  return {
    clock, now, store, one,
    ring: (from: KeyStore = one, algorithm: SigningAlgorithm = 'ES256'): Promise<Keyring> =>
      openKeyring({ store: from, sealKey, algorithm, now }),
    rotate: (more: { readonly revokeFormer?: boolean; readonly algorithm?: SigningAlgorithm } = {}) =>
      rotateKeys({ store: one, sealKey, algorithm: 'ES256', now, ...more }),
  };
}

/** The ids of the keys that it publishes. */
export const published = async (ring: Keyring): Promise<readonly (string | undefined)[]> => (await ring.jwks()).keys.map(({ kid }) => kid);
/** The id of the key that it signs with. */
export const signer = async (ring: Keyring): Promise<string> => (await ring.current()).kid;
