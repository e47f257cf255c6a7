// Reading a scope parameter, and granting what client and user both have.

import t from 'tap';
import { RequestError } from '../../src/errors.ts';
import { desktopClientScopes, everyUsersScopes, grantScopes, knownScopes, parseScope } from '../../src/tokens/scopes.ts';
import { identityOf } from '../identity/people.ts';

const invalid = { name: 'RequestError', error: 'invalid_scope', statusCode: 400 };

t.test('scopes are words separated by one blank, doubled ones count once', async (t) => {
  t.strictSame(parseScope('openid'), ['openid']);
  t.strictSame(parseScope('jobs openid jobs'), ['jobs', 'openid']);
  t.strictSame(parseScope('urn:x:y !#[]~ Openid'), ['urn:x:y', '!#[]~', 'Openid'], 'scopes are case-sensitive (RFC 6749 §3.3)');
});

t.test('the standard\'s offline_access is MyQ\'s offline.access', async (t) => {
  t.strictSame(parseScope('offline_access offline.access openid'), ['offline.access', 'openid']);
});

t.test('what is no scope list is refused', async (t) => {
  for (const scope of ['', ' ', 'a  b', ' a', 'a ', 'a\tb', 'a\nb', 'a"b', 'a\\b', 'žluť', 'a\0', 'a\u00A0b']) {
    t.throws(() => parseScope(scope), invalid, JSON.stringify(scope));
  }
});

t.test('at most 64 words are read', async (t) => {
  const words = (n: number): string => Array.from({ length: n }, (_, i) => `s${String(i)}`).join(' ');
  t.equal(parseScope(words(64)).length, 64);
  t.throws(() => parseScope(words(65)), invalid);
  t.throws(() => parseScope('a '.repeat(500_000)), invalid);
});

t.test('without an asked scope the user\'s rights within the client\'s are granted, never offline.access', async (t) => {
  const alice = await identityOf({ name: 'alice', scopes: ['users', 'reports', 'scan'] });
  t.strictSame(grantScopes(undefined, desktopClientScopes, alice), ['openid', 'profile', 'jobs', 'print', 'user.session', 'users', 'scan']);
  t.strictSame(grantScopes(undefined, ['openid', 'offline.access'], alice), ['openid']);
});

t.test('what is asked is granted as far as the client and the user have it, in the order asked', async (t) => {
  const alice = await identityOf({ name: 'alice', scopes: ['users'] });
  t.strictSame(grantScopes(['users', 'reports', 'email', 'nonsense', 'openid'], desktopClientScopes, alice), ['users', 'email', 'openid']);
  t.strictSame(grantScopes(['offline.access'], desktopClientScopes, alice), ['offline.access'], 'when it is asked for');
  t.strictSame(grantScopes(['openid', 'jobs'], ['jobs'], alice), ['jobs'], 'the client\'s limit');
});

t.test('nobody is granted more by more scopes in the client or in the request than he has', async (t) => {
  const bob = await identityOf({ name: 'bob' });
  const granted = grantScopes(knownScopes, knownScopes, bob);
  t.strictSame([...granted].sort(), [...everyUsersScopes].sort());
  for (const right of ['impersonate', 'cert.manage', 'users', 'credit']) t.notOk(granted.includes(right), right);
});

t.test('if nothing is left, that is an error', async (t) => {
  const bob = await identityOf({ name: 'bob' });
  t.throws(() => grantScopes(['users'], desktopClientScopes, bob), invalid);
  t.throws(() => grantScopes(['openid'], ['jobs'], bob), invalid);
  t.throws(() => grantScopes(undefined, [], bob), RequestError);
  t.throws(() => grantScopes([], desktopClientScopes, bob), invalid);
});

t.test('the scopes of both servers are known, each once', async (t) => {
  for (const scope of ['credit', 'users', 'reports', 'openid', 'profile', 'email', ...desktopClientScopes, ...everyUsersScopes]) {
    t.ok(knownScopes.includes(scope), scope);
  }
  t.equal(new Set(knownScopes).size, knownScopes.length);
  for (const scope of knownScopes) t.strictSame(parseScope(scope), [scope]);
});
