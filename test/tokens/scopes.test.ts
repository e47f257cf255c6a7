// Reading a scope parameter, and the scopes that there are.

import t from 'tap';
import { desktopClientScopes, everyUsersScopes, isUserScope, knownScopes, parseScope } from '../../src/tokens/scopes.ts';

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

t.test('scopes of who a user is, and of staying signed in for him, mean nothing without a user', async (t) => {
  t.strictSame(knownScopes.filter(isUserScope), ['openid', 'profile', 'email', 'offline.access']);
});

t.test('the scopes of both servers are known, each once', async (t) => {
  for (const scope of ['credit', 'users', 'reports', 'openid', 'profile', 'email', ...desktopClientScopes, ...everyUsersScopes]) {
    t.ok(knownScopes.includes(scope), scope);
  }
  t.equal(new Set(knownScopes).size, knownScopes.length);
  for (const scope of knownScopes) t.strictSame(parseScope(scope), [scope]);
});
