// The store contract's cases about closing.

import type { Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import type { Store } from '../../src/stores/store.ts';
import type { OpenBackend } from './backend.ts';

/** One call of every method; typed so that a new method cannot be forgotten. */
export const everyCall: { readonly [Method in Exclude<keyof Store, 'close'>]: (store: Store) => Promise<unknown> } = {
  userByAlias: (store) => store.userByAlias(['alice']),
  userForAlias: (store) => store.userForAlias('alice', 'alice'),
  addUser: (store) => store.addUser({ name: 'late', aliases: [], scopes: [] }),
  userById: (store) => store.userById('id'),
  userByName: (store) => store.userByName('alice'),
  users: (store) => store.users(),
  setUserDisabled: (store) => store.setUserDisabled('id', true),
  changeAliases: (store) => store.changeAliases('id', { add: ['alias'], remove: [] }),
  removeUser: (store) => store.removeUser('id'),
  clientById: (store) => store.clientById('id'),
  addClient: (store) => store.addClient({ id: 'c', name: 'c', isPublic: true, redirectUris: [], scopes: [] }),
  signingKeys: (store) => store.signingKeys(),
  addFirstKey: (store) => store.addFirstKey({ kid: 'k', algorithm: 'ES256', publicJwk: '{}', sealedPrivateKey: 's', createdAt: 1 }),
  markOnce: (store) => store.markOnce(new Uint8Array(32), 1),
  ping: (store) => store.ping(),
};

export function faultCases(t: Test, open: OpenBackend): void {
  t.test('closing twice is harmless, and leaves the other handle open', async (t) => {
    const { one, two } = await open(t);
    await one.addUser({ name: 'alice', aliases: [], scopes: [] });
    await one.close();
    await one.close();
    await two.ping();
    t.equal((await two.userByName('alice'))?.name, 'alice');
  });

  t.test('every method of a closed store says that it is unavailable, for the log in words', async (t) => {
    const { one } = await open(t);
    await one.close();
    for (const [method, call] of Object.entries(everyCall)) {
      const error = await call(one).catch((cause: unknown) => cause);
      t.ok(error instanceof UnavailableError, method);
      t.match((error as UnavailableError).detail, new RegExp(method));
      t.equal((error as UnavailableError).message, 'The store is not available.');
    }
  });
}
