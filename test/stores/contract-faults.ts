// The store contract's cases about closing.

import type { Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import type { Store } from '../../src/stores/store.ts';
import type { OpenBackend } from './backend.ts';
import { sampleClient, sampleGrant, sampleKey, sampleMirrored, sampleNtlmUse, sampleSession } from './samples.ts';

/** One call of every method; typed so that a new method cannot be forgotten. */
export const everyCall: { readonly [Method in Exclude<keyof Store, 'close'>]: (store: Store) => Promise<unknown> } = {
  userByAlias: (store) => store.userByAlias(['alice']),
  userByAccount: (store) => store.userByAccount('', 'S-1-5-21-1-2-3-1001'),
  userBySid: (store) => store.userBySid('S-1-5-21-1-2-3-1001'),
  userByEntraId: (store) => store.userByEntraId({ tenant: 'tenant', object: 'object' }),
  userByAnyName: (store) => store.userByAnyName('alice', 'alice'),
  pairEntra: (store) => store.pairEntra('id', { tenant: 'tenant', object: 'object' }),
  userForEntra: (store) => store.userForEntra({ tenant: 'tenant', object: 'object' }, ['late'], { fullName: undefined, email: undefined }),
  changeEntraIds: (store) => store.changeEntraIds('id', { add: [], remove: 'all' }),
  userForAlias: (store) => store.userForAlias('alice', 'alice'),
  addUser: (store) => store.addUser({ name: 'late', aliases: [], scopes: [] }),
  userById: (store) => store.userById('id'),
  userByName: (store) => store.userByName('alice'),
  aliasesOf: (store) => store.aliasesOf('id'),
  users: (store) => store.users(),
  setUserDisabled: (store) => store.setUserDisabled('id', true),
  changeAliases: (store) => store.changeAliases('id', { add: ['alias'], remove: [] }),
  changeUser: (store) => store.changeUser('id', { addScopes: ['jobs'], removeScopes: [] }),
  removeUser: (store) => store.removeUser('id'),
  mirrorUser: (store) => store.mirrorUser(sampleMirrored(), false),
  mirroredUsers: (store) => store.mirroredUsers(''),
  setDisabledInDirectory: (store) => store.setDisabledInDirectory('id', true),
  forgetAccount: (store) => store.forgetAccount('id'),
  userSecrets: (store) => store.userSecrets('id'),
  userByPin: (store) => store.userByPin('digest'),
  userByCard: (store) => store.userByCard('digest'),
  setPassword: (store) => store.setPassword('id', 'hash'),
  setPin: (store) => store.setPin('id', 'digest'),
  changeCards: (store) => store.changeCards('id', { add: ['digest'], remove: [] }),
  clientById: (store) => store.clientById('id'),
  clients: (store) => store.clients(),
  addClient: (store) => store.addClient(sampleClient()),
  replaceClient: (store) => store.replaceClient(sampleClient(), sampleClient()),
  setClientSecret: (store) => store.setClientSecret('id', 'digest'),
  removeClient: (store) => store.removeClient('id'),
  isOriginRegistered: (store) => store.isOriginRegistered('https://app.example'),
  signingKeys: (store) => store.signingKeys(),
  ensureKey: (store) => store.ensureKey(sampleKey('k')),
  addKey: (store) => store.addKey(sampleKey('k')),
  removeKeys: (store) => store.removeKeys(['k']),
  ensureSecret: (store) => store.ensureSecret('name', 'sealed'),
  addGrant: (store) => store.addGrant(sampleGrant('user', 1)),
  grantById: (store) => store.grantById('id'),
  redeemCode: (store) => store.redeemCode('id', { generation: 1, idleUntil: 2, expiresAt: 3 }),
  rotateRefresh: (store) => store.rotateRefresh('id', 1, 2),
  revokeGrant: (store) => store.revokeGrant('id'),
  revokeAccessToken: (store) => store.revokeAccessToken('jti', 1),
  isAccessTokenRevoked: (store) => store.isAccessTokenRevoked('jti'),
  addSession: (store) => store.addSession(sampleSession('user', 1)),
  sessionById: (store) => store.sessionById('id'),
  endSession: (store) => store.endSession('id'),
  markOnce: (store) => store.markOnce(new Uint8Array(32), 1),
  markFor: (store) => store.markFor(new Uint8Array(32), 'owner', 1),
  countAttempt: (store) => store.countAttempt([{ key: 'key', limit: 1, endsAfter: 'last' }], 60),
  forgiveAttempt: (store) => store.forgiveAttempt({ clear: ['key'], giveBack: [] }),
  countNtlm: (store) => store.countNtlm(sampleNtlmUse()),
  watchNtlm: (store) => store.watchNtlm(),
  ntlmUses: (store) => store.ntlmUses(0),
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
      t.equal((error as UnavailableError).of, undefined, 'nobody can go on without it');
    }
  });
}
