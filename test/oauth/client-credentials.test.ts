// A client for itself: no user, no refresh, no more than its scopes (RFC 6749 §4.4, RFC 9068 §2.2).

import t from 'tap';
import { openProvider, type Fields } from './provider.ts';
import { accessOf, changeStore, claimsOf, granted, refused, register } from './worth.ts';

const provider = await openProvider(t);
const { token } = provider;
const ask = (client: 'web' | 'service', more: Fields = {}) => token(client, { grant_type: 'client_credentials', ...more });

t.test('the token speaks of the client alone', async (t) => {
  const answer = granted(t, await ask('service'));
  t.strictSame(Object.keys(answer).sort(), ['access_token', 'expires_in', 'scope', 'token_type']);
  const { iat, exp, jti, ...claims } = claimsOf(answer.access_token);
  t.strictSame(claims, {
    iss: provider.gateway.issuer, sub: 'service', aud: provider.gateway.audience, client_id: 'service', scope: 'reports users',
  });
  t.equal(Number(exp) - Number(iat), 1800);
  t.match(jti, /^[\w-]{22}$/);
});

t.test('what speaks of a user is never granted', async (t) => {
  const all = granted(t, await ask('web')).scope.split(' ').sort();
  t.strictSame(all, ['jobs', 'print', 'users'], 'all that the client has, and nothing of a user');
  for (const scope of ['openid', 'profile', 'email', 'offline.access', 'offline_access', 'openid profile email offline_access']) {
    refused(t, await ask('web', { scope }), 'invalid_scope', scope);
    const mixed = granted(t, await ask('web', { scope: `${scope} jobs` }), `${scope} jobs`);
    t.equal(mixed.scope, 'jobs', `${scope} jobs`);
    t.notOk('refresh_token' in mixed || 'id_token' in mixed, `${scope} jobs`);
  }
});

t.test('a scope that the client has not is not granted', async (t) => {
  for (const scope of ['jobs', 'impersonate', 'no-such-scope', 'Reports', 'reports\nusers', ' reports', 'reports ', 'reports  users', 'ré']) {
    refused(t, await ask('service', { scope }), 'invalid_scope', JSON.stringify(scope));
  }
  t.equal(granted(t, await ask('service', { scope: 'reports jobs impersonate' })).scope, 'reports');
  t.equal(granted(t, await ask('service', { scope: '' })).scope, 'reports users', 'empty means absent');
});

t.test('userinfo has nobody to speak of', async (t) => {
  const { access_token: bearer } = granted(t, await ask('service'));
  const reply = await provider.ask({ url: '/api/auth/userinfo', headers: { authorization: `Bearer ${bearer}` } });
  refused(t, reply, 'insufficient_scope', 'no openid', 403);
  t.match(reply.headers['www-authenticate'], /^Bearer error="insufficient_scope"/);
  const introspection = await provider.form('/api/auth/introspect', { token: bearer }, provider.basic('web'));
  t.match(introspection.json(), { active: true, sub: 'service', client_id: 'service', scope: 'reports users', token_type: 'Bearer' });
  t.notOk('username' in introspection.json());
});

t.test('a public client cannot have it, even if the store says so', async (t) => {
  for (const client of ['spa', 'native'] as const) refused(t, await token(client, { grant_type: 'client_credentials' }), 'unauthorized_client', client);
  await register(provider, { id: 'odd', name: 'Odd', isPublic: true, grants: ['client_credentials'], scopes: ['reports'], redirectUris: [], postLogoutRedirectUris: [], origins: [] });
  refused(t, await provider.form('/api/auth/token', { grant_type: 'client_credentials', client_id: 'odd' }), 'unauthorized_client', 'registered for it');
});

t.test('the token ends with the client', async (t) => {
  const client = { id: 'gone', name: 'Gone', isPublic: false, grants: ['client_credentials'], scopes: ['reports'], redirectUris: [], postLogoutRedirectUris: [], origins: [] };
  const header = await register(provider, client);
  const { access_token: bearer } = granted(t, await provider.form('/api/auth/token', { grant_type: 'client_credentials' }, header));
  const introspect = async (): Promise<unknown> => (await provider.form('/api/auth/introspect', { token: bearer }, provider.basic('web'))).json()['active'];
  t.equal(await introspect(), true);
  changeStore(provider, 'UPDATE clients SET grants = ? WHERE id = ?', 'login_info', 'gone');
  refused(t, await provider.form('/api/auth/token', { grant_type: 'client_credentials' }, header), 'unauthorized_client', 'the grant is taken');
  await provider.gateway.store.removeClient('gone');
  t.equal(await introspect(), false);
  t.match(await accessOf(provider, bearer), /^403 /, 'the scope is looked at first');
});
