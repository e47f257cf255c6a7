// What is granted: never more than was asked, than the client may ask for, and than the user has.

import t from 'tap';
import { grantAgain, grantToClient, grantToUser } from '../../src/tokens/granted.ts';
import { desktopClientScopes, everyUsersScopes, knownScopes } from '../../src/tokens/scopes.ts';
import { identityOf } from '../identity/people.ts';

const invalid = { name: 'RequestError', error: 'invalid_scope', statusCode: 400 };
const client = (scopes: readonly string[]) => ({ id: 'client', scopes });
const desktop = client(desktopClientScopes);
const all = client(knownScopes);

t.test('without an asked scope the user\'s rights within the client\'s are granted, never offline.access', async (t) => {
  const alice = await identityOf({ name: 'alice', scopes: ['users', 'reports', 'scan'] });
  t.strictSame(grantToUser(undefined, desktop, alice).scopes, ['openid', 'profile', 'jobs', 'print', 'user.session', 'users', 'scan']);
  t.strictSame(grantToUser(undefined, client(['openid', 'offline.access', 'email']), alice).scopes, ['openid']);
});

t.test('what is asked is granted as far as the client and the user have it, in the order asked', async (t) => {
  const alice = await identityOf({ name: 'alice', scopes: ['users'] });
  t.strictSame(grantToUser(['users', 'reports', 'email', 'nonsense', 'openid'], desktop, alice).scopes, ['users', 'email', 'openid']);
  t.strictSame(grantToUser(['offline.access'], desktop, alice).scopes, ['offline.access'], 'when it is asked for');
  t.strictSame(grantToUser(['openid', 'jobs'], client(['jobs']), alice).scopes, ['jobs'], 'the client\'s limit');
});

t.test('what was granted says to which client and for whom, and cannot be changed', async (t) => {
  const alice = await identityOf({ name: 'alice' });
  const granted = grantToUser(['openid'], desktop, alice);
  t.equal(granted.clientId, 'client');
  t.equal(granted.identity, alice);
  t.ok(Object.isFrozen(granted));
  const own = grantToClient(undefined, client(['reports']));
  t.strictSame({ ...own }, { clientId: 'client', identity: undefined, scopes: ['reports'] });
  t.ok(Object.isFrozen(own));
});

t.test('nobody is granted more by more scopes in the client or in the request than he has', async (t) => {
  const bob = await identityOf({ name: 'bob' });
  const { scopes } = grantToUser(knownScopes, all, bob);
  t.strictSame([...scopes].sort(), [...everyUsersScopes].sort());
  for (const right of ['impersonate', 'cert.manage', 'users', 'credit']) t.notOk(scopes.includes(right), right);
});

t.test('if nothing is left, that is an error, and only the log says whose', async (t) => {
  const bob = await identityOf({ name: 'bob' });
  t.throws(() => grantToUser(['users'], desktop, bob), { ...invalid, detail: `bob (${bob.user.id}) asked for users through client` });
  t.throws(() => grantToUser(['openid'], client(['jobs']), bob), invalid);
  t.throws(() => grantToUser(undefined, client([]), bob), { ...invalid, detail: /asked for none/ });
  const error = t.throws(() => grantToUser([], desktop, bob), invalid) as Error;
  t.notMatch(error.message, /bob/);
});

t.test('what was granted is granted again, whole or narrower, in the order asked', async (t) => {
  const alice = await identityOf({ name: 'alice', scopes: ['users'] });
  const before = ['openid', 'offline.access', 'jobs', 'users'];
  t.strictSame(grantAgain(undefined, before, desktop, alice).scopes, before);
  t.strictSame(grantAgain(['users', 'openid'], before, desktop, alice).scopes, ['users', 'openid']);
});

t.test('more than was granted is never granted again, though client and user have it', async (t) => {
  const alice = await identityOf({ name: 'alice', scopes: ['users'] });
  for (const asked of [['print'], ['jobs', 'print'], ['jobs', 'nonsense'], ['Jobs'], [...everyUsersScopes, 'users']]) {
    t.throws(() => grantAgain(asked, ['openid', 'jobs'], desktop, alice), { ...invalid, message: /wider/ }, asked.join(' '));
  }
});

t.test('what client or user have lost since is left out, and if that is all, it is an error', async (t) => {
  const alice = await identityOf({ name: 'alice' });
  t.strictSame(grantAgain(undefined, ['openid', 'users', 'jobs'], desktop, alice).scopes, ['openid', 'jobs'], 'the user');
  t.strictSame(grantAgain(undefined, ['openid', 'jobs'], client(['jobs']), alice).scopes, ['jobs'], 'the client');
  t.throws(() => grantAgain(undefined, ['users'], desktop, alice), invalid);
  t.throws(() => grantAgain(['users'], ['openid', 'users'], desktop, alice), invalid);
  t.throws(() => grantAgain([], ['openid'], desktop, alice), invalid);
});

t.test('a client for itself has what it asks for of its own scopes, or all of them', async (t) => {
  const service = client(['reports', 'users', 'credit']);
  t.strictSame(grantToClient(undefined, service).scopes, ['reports', 'users', 'credit']);
  t.strictSame(grantToClient(['credit', 'jobs', 'reports'], service).scopes, ['credit', 'reports']);
});

t.test('no scope that speaks of a user is granted to a client for itself', async (t) => {
  t.strictSame(grantToClient(undefined, client(['openid', 'profile', 'email', 'offline.access', 'reports'])).scopes, ['reports']);
  t.strictSame(grantToClient(['openid', 'offline.access', 'jobs'], all).scopes, ['jobs']);
  for (const [asked, scopes] of [
    [undefined, ['openid', 'offline.access']], [['openid'], knownScopes], [['email', 'profile'], knownScopes], [['jobs'], ['reports']],
    [[], knownScopes], [undefined, []],
  ] as const) t.throws(() => grantToClient(asked, client(scopes)), invalid, asked?.join(' ') ?? 'none');
});
