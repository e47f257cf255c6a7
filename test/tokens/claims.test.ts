// The claims of tokens: which there are, and which there are not.

import t from 'tap';
import { accessTokenClaims, idTokenClaims } from '../../src/tokens/claims.ts';
import { grantToClient, grantToUser } from '../../src/tokens/granted.ts';
import { knownScopes } from '../../src/tokens/scopes.ts';
import { userInfo } from '../../src/tokens/userinfo.ts';
import { identityOf, passwordIdentityOf } from '../identity/people.ts';

const client = { id: 'client', scopes: knownScopes };
const about = { issuer: 'https://gw.test', now: 1_700_000_000, lifetime: 1800 };
const forAccess = { ...about, audience: 'https://api.test', tokenId: 'id-1' };
const alice = await identityOf({ name: 'alice', scopes: ['users'], fullName: 'Alice Example', email: 'alice@example.com' }, { sids: ['S-1-5-21-1-2-3-500'] });

t.test('an access token of a user names him, his client, what it is good for, and how he signed in', async (t) => {
  t.strictSame(accessTokenClaims({ ...forAccess, granted: grantToUser(['openid', 'email', 'users'], client, alice) }), {
    iss: 'https://gw.test', sub: alice.user.id, aud: 'https://api.test', client_id: 'client', scope: 'openid email users',
    iat: 1_700_000_000, exp: 1_700_001_800, jti: 'id-1', auth_time: 1_700_000_000, amr: ['wia'], preferred_username: 'alice', cbt: 'none',
  });
});

t.test('it names the kept grant that it comes of, if there is one', async (t) => {
  const granted = grantToUser(['jobs'], client, alice);
  t.equal(accessTokenClaims({ ...forAccess, granted, grantId: 'grant-1' }).grant_id, 'grant-1');
  for (const claims of [accessTokenClaims({ ...forAccess, granted }), accessTokenClaims({ ...forAccess, granted, grantId: undefined })]) {
    t.notOk('grant_id' in claims);
  }
});

t.test('the time of the sign-in is that of the proof, not that of the token', async (t) => {
  const later = { ...forAccess, now: 1_700_086_400, granted: grantToUser(['jobs'], client, alice) };
  t.match(accessTokenClaims(later), { iat: 1_700_086_400, auth_time: 1_700_000_000 });
});

t.test('cbt is there for a Windows sign-in only', async (t) => {
  const bound = await identityOf({ name: 'bob' }, { channelBinding: 'bound' });
  t.equal(accessTokenClaims({ ...forAccess, granted: grantToUser(['jobs'], client, bound) }).cbt, 'bound');
  const claims = accessTokenClaims({ ...forAccess, granted: grantToUser(['jobs'], client, await passwordIdentityOf({ name: 'carol' })) });
  t.notOk('cbt' in claims);
  t.strictSame(claims.amr, ['pwd']);
});

t.test('an access token of a client for itself speaks of the client alone', async (t) => {
  t.strictSame(accessTokenClaims({ ...forAccess, granted: grantToClient(['reports', 'users'], client) }), {
    iss: 'https://gw.test', sub: 'client', aud: 'https://api.test', client_id: 'client', scope: 'reports users',
    iat: 1_700_000_000, exp: 1_700_001_800, jti: 'id-1',
  });
});

t.test('an ID token is for the client, and says of the user what userinfo says for the same scopes', async (t) => {
  for (const scopes of [['openid'], ['openid', 'profile'], ['openid', 'email'], ['openid', 'profile', 'email', 'jobs']]) {
    const granted = grantToUser(scopes, client, alice);
    t.strictSame(idTokenClaims({ ...about, granted, accessTokenHash: 'hash' }), {
      ...userInfo(alice.user, scopes),
      iss: 'https://gw.test', aud: 'client', iat: 1_700_000_000, exp: 1_700_001_800, auth_time: 1_700_000_000, amr: ['wia'], at_hash: 'hash',
    }, scopes.join(' '));
  }
});

t.test('nonce and sid are as given, even empty ones, and absent when not given', async (t) => {
  const base = { ...about, granted: grantToUser(['openid'], client, alice), accessTokenHash: 'hash' };
  t.match(idTokenClaims({ ...base, nonce: 'n', sessionId: 's' }), { nonce: 'n', sid: 's' });
  t.match(idTokenClaims({ ...base, nonce: '' }), { nonce: '' });
  const bare = idTokenClaims({ ...base, nonce: undefined, sessionId: undefined });
  t.notOk('nonce' in bare || 'sid' in bare);
});

t.test('a user whose name or address looks like a claim changes no claim', async (t) => {
  const odd = await identityOf({ name: 'root', aliases: ['root@MYQ.TEST'], fullName: '","sub":"admin', email: 'iss@example.com' });
  const claims = idTokenClaims({ ...about, granted: grantToUser(['openid', 'profile', 'email'], client, odd), accessTokenHash: 'hash' });
  t.match(JSON.parse(JSON.stringify(claims)), { sub: odd.user.id, iss: 'https://gw.test', name: '","sub":"admin', email: 'iss@example.com' });
});

t.test('no groups of the ticket, and nothing that a scope does not give', async (t) => {
  const granted = grantToUser(['openid'], client, alice);
  const text = JSON.stringify([accessTokenClaims({ ...forAccess, granted }), idTokenClaims({ ...about, granted, accessTokenHash: 'hash' })]);
  for (const hidden of ['S-1-5', 'example.com', 'Example', 'epoch', 'disabled']) t.notMatch(text, hidden);
});
