// The exchange of ID tokens (RFC 8693): what a good one is worth, for how long, and the forms of the request.

import t from 'tap';
import { accessOf, refresh, refused } from '../oauth/worth.ts';
import { later } from '../oauth/clock.ts';
import { ACCESS_TOKEN, claimsOf, EXCHANGE, ID_TOKEN, openEntraSite } from './site.ts';

const seconds = (): number => Math.floor(Date.now() / 1000);
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

t.test('an ID token becomes an access token of the user, with his tenant and how he signed in', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const { provider, tenant } = site;
  const signedInAt = seconds() - 600;
  const alice = tenant.person({ amr: ['pwd', 'mfa'], auth_time: signedInAt });
  const reply = await site.signIn(alice, {}, { scope: 'openid profile jobs' });
  t.match(reply.headers, { 'cache-control': 'no-store', pragma: 'no-cache' });
  const body = reply.json();
  t.strictSame(Object.keys(body).sort(), ['access_token', 'expires_in', 'issued_token_type', 'scope', 'token_type']);
  t.match(body, { issued_token_type: ACCESS_TOKEN, token_type: 'Bearer', expires_in: 1800, scope: 'openid profile jobs' });
  t.match(claimsOf(reply), { sub: provider.alice.id, client_id: 'myq-desktop-client', tid: tenant.id, amr: ['pwd', 'mfa'], auth_time: signedInAt });
  t.equal(await accessOf(provider, String(body['access_token'])), 'alive');
  const line = provider.log.find((one) => one.includes('"alice"')) ?? '{}';
  t.match(JSON.parse(line), { msg: 'tokens issued', clientId: 'myq-desktop-client', user: 'alice' }, 'the log tells who got it');
});

t.test('a token without amr and auth_time is as good', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const reply = await site.signIn(site.tenant.person({}), { iat: seconds() - 30, nbf: seconds() - 30 });
  const claims = claimsOf(reply);
  t.equal('amr' in claims, false);
  t.ok(Math.abs(Number(claims['auth_time']) - (seconds() - 30)) <= 1, 'it counts from when it was issued');
});

t.test('the answer ends with the ID token, and an ID token that has just expired with the clock\'s leeway', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const alice = site.tenant.person({});
  for (const [left, atLeast, atMost] of [[4500, 1800, 1800], [100, 95, 100], [-30, 25, 30], [-50, 5, 10]] as const) {
    const reply = await site.signIn(alice, { exp: seconds() + left });
    t.equal(reply.statusCode, 200, reply.body);
    const { expires_in: lifetime } = reply.json<{ expires_in: number }>();
    t.ok(lifetime >= atLeast && lifetime <= atMost, `${String(left)} s left: ${String(lifetime)} s`);
    const { exp, iat } = claimsOf(reply) as { exp: number; iat: number };
    t.equal(exp - iat, lifetime);
  }
});

t.test('both types of subject token are the same, in a form and in JSON; everything else about the request is checked', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const { provider, tenant, app } = site;
  const alice = tenant.person({});
  const token = await tenant.idToken(alice, app);
  const fields = { grant_type: EXCHANGE, client_id: 'myq-desktop-client', subject_token: token, subject_token_type: ID_TOKEN };
  const asJson = (body: object): ReturnType<typeof provider.ask> => provider.ask({
    method: 'POST', url: '/api/auth/token', headers: { 'content-type': 'application/json' }, payload: JSON.stringify(body),
  });
  const gateway = 'https://print.myq.test:8090';
  const optional = [{ subject_token_type: JWT }, { requested_token_type: ACCESS_TOKEN }, { audience: gateway }, { resource: gateway }];
  for (const more of [{}, ...optional]) {
    t.equal((await site.exchange(token, more)).statusCode, 200, JSON.stringify(more));
    t.equal((await asJson({ ...fields, ...more })).statusCode, 200, `JSON ${JSON.stringify(more)}`);
  }
  for (const [change, error, words] of [
    [{ subject_token: undefined }, 'invalid_request', /subject_token is missing/],
    [{ subject_token: '' }, 'invalid_request', /subject_token/],
    [{ subject_token_type: undefined }, 'invalid_request', /subject_token_type is missing/],
    [{ subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' }, 'invalid_request', /subject_token_type must be/],
    [{ subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 'invalid_request', /subject_token_type must be/],
    [{ requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }, 'invalid_request', /requested_token_type must be/],
    [{ actor_token: token, actor_token_type: JWT }, 'invalid_request', /actor_token/],
    [{ actor_token_type: JWT }, 'invalid_request', /actor_token/],
    [{ audience: 'https://other.example' }, 'invalid_target', /only for/],
    [{ resource: 'https://other.example' }, 'invalid_target', /only for/],
    [{ scope: 'nothing-of-the-kind' }, 'invalid_scope', /scope/],
    [{ scope: 'a"b' }, 'invalid_scope', /scope/],
    [{ nonce: 'n' }, 'invalid_request', /nonce/],
  ] as const) {
    const given = Object.entries<string | undefined>({ ...fields, ...change });
    const all = Object.fromEntries(given.filter((one): one is [string, string] => one[1] !== undefined));
    for (const reply of [await provider.form('/api/auth/token', all), await asJson(all)]) {
      t.match([reply.statusCode, reply.json()], [400, { error, error_description: words }], JSON.stringify(Object.keys(change)));
    }
  }
  const doubled = `${new URLSearchParams(fields).toString()}&subject_token=${token}`;
  t.match((await provider.form('/api/auth/token', doubled)).json(), { error: 'invalid_request' }, 'a doubled parameter');
  for (const odd of [[token], { token }, 1, null, true]) {
    t.match([(await asJson({ ...fields, subject_token: odd })).statusCode], [400], `subject_token ${JSON.stringify(odd).slice(0, 10)}`);
  }
  t.equal((await site.exchange('x'.repeat(70_000))).statusCode, 413, 'a huge one');
  t.equal((await site.exchange(token)).statusCode, 200, 'none of it has spoilt the token');
});

t.test('only a client that may exchange can, and it authenticates as everywhere', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const { provider, tenant, app } = site;
  const token = await tenant.idToken(tenant.person({}), app);
  const fields = { grant_type: EXCHANGE, subject_token: token, subject_token_type: ID_TOKEN };
  refused(t, await provider.token('other', fields), 'unauthorized_client', 'a client without that grant type');
  refused(t, await provider.form('/api/auth/token', fields), 'invalid_client', 'no client', 401);
  refused(t, await provider.form('/api/auth/token', { ...fields, client_id: 'nobody' }), 'invalid_client', 'an unknown client', 401);
  await provider.gateway.store.removeClient('web');
  await provider.gateway.store.addClient({
    id: 'web', name: 'Web', isPublic: false, scopes: ['openid', 'jobs'], grants: [EXCHANGE], redirectUris: [], postLogoutRedirectUris: [], origins: [],
  });
  t.match((await provider.form('/api/auth/token', { ...fields, client_id: 'web' })).json(), { error: 'invalid_client' }, 'a confidential client without its secret');
});

t.test('the nonce of the request must be that of the token', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const alice = site.tenant.person({});
  t.equal((await site.signIn(alice, { nonce: 'n-1' }, { nonce: 'n-1' })).statusCode, 200);
  t.equal((await site.signIn(alice, { nonce: 'n-1' })).statusCode, 200, 'where none is sent the token\'s own does not matter');
  for (const nonce of ['n-2', undefined, 'N-1', 'n-1 ']) {
    t.match((await site.signIn(alice, { nonce }, { nonce: 'n-1' })).json(), { error: 'invalid_request', reason: 'id_token_nonce' }, String(nonce));
  }
});

t.test('MaxTokenAge, from when the token was issued', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\nMaxTokenAge = 10m\n' });
  const alice = site.tenant.person({});
  const issued = (ago: number) => ({ iat: seconds() - ago, nbf: seconds() - ago });
  t.equal((await site.signIn(alice, issued(600))).statusCode, 200);
  t.equal((await site.signIn(alice, issued(655))).statusCode, 200, 'and the clock\'s leeway');
  t.match((await site.signIn(alice, issued(661))).json(), { reason: 'id_token_too_old' });
  t.match((await site.signIn(alice, { ...issued(661), auth_time: seconds() })).json(), { reason: 'id_token_too_old' }, 'whenever he signed in');
});

t.test('RequireAcrs: all of the authentication contexts', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\nRequireAcrs = c1, c25\n' });
  const alice = site.tenant.person({});
  for (const acrs of [['c1', 'c25'], ['c25', 'c9', 'c1']]) t.equal((await site.signIn(alice, { acrs })).statusCode, 200, acrs.join());
  for (const acrs of [undefined, [], ['c1'], ['C1', 'C25'], ['c1 c25'], 'c1', 'c1 c25', ['c1', 'c2', '5']]) {
    const reply = await site.signIn(alice, { acrs });
    t.match([reply.statusCode, reply.json()], [400, { error: 'invalid_request', reason: 'acrs_missing' }], JSON.stringify(acrs));
  }
  const one = await openEntraSite(t, { keys: 'UserName = upnPrefix\nRequireAcrs = c1\n' });
  t.equal((await one.signIn(one.tenant.person({}), { acrs: 'c1' })).statusCode, 200, 'one of them may be a text');
});

t.test('AllowGuests lets guests in, who are known by nothing but their object ID', async (t) => {
  const site = await openEntraSite(t, { keys: 'AllowGuests = True\nUserName = upnPrefix\n', config: '[Users]\nUnknownUsers = Create' });
  const guest = site.tenant.person({ acct: 1, preferred_username: 'alice@example.com', idp: 'https://sts.windows.net/f8cdef31-a31e-4b4a-93e4-5f571e91255a/' });
  const reply = await site.signIn(guest);
  t.equal(reply.statusCode, 200, reply.body);
  t.not(claimsOf(reply)['sub'], site.provider.alice.id, 'he is not the user of that name');
  t.equal(claimsOf(await site.signIn(guest))['sub'], claimsOf(reply)['sub'], 'and the same again');
});

t.test('without AllowRefresh nobody gets a refresh token, and with it only the first exchange of a token yields one', async (t) => {
  const without = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const none = await without.signIn(without.tenant.person({}), {}, { scope: 'openid offline.access' });
  t.match(none.json(), { scope: 'openid' }, 'what was asked for is not refused, but left out');
  t.notOk('refresh_token' in none.json());

  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\nAllowRefresh = True\n' });
  const { provider, tenant, app } = site;
  const alice = tenant.person({ amr: ['mfa'] });
  const token = await tenant.idToken(alice, app, { exp: seconds() + 120 });
  const scope = 'openid offline.access jobs';
  const replies = await Promise.all(Array.from({ length: 8 }, () => site.exchange(token, { scope })));
  t.strictSame(replies.map(({ statusCode }) => statusCode), replies.map(() => 200));
  const first = replies.filter((reply) => 'refresh_token' in reply.json());
  t.equal(first.length, 1, 'of many at once one');
  const tokens = first[0]?.json<{ refresh_token: string; expires_in: number; scope: string }>();
  t.match(tokens, { scope });
  t.ok((tokens?.expires_in ?? Infinity) <= 120, 'the access token ends with the ID token');
  const next = await provider.form('/api/auth/token', { grant_type: 'refresh_token', client_id: 'myq-desktop-client', refresh_token: tokens?.refresh_token ?? '' });
  t.equal(next.statusCode, 200, next.body);
  t.match(claimsOf(next), { sub: provider.alice.id, tid: tenant.id, amr: ['mfa'] }, 'it carries on what was proved');
  t.match(next.json(), { expires_in: 1800, scope });
  refused(t, await refresh(provider, 'native', tokens?.refresh_token ?? ''), 'invalid_grant', 'another client');
});

t.test('whoever is disabled here does not get in, and his tokens end', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\nAllowRefresh = True\n' });
  const { provider, tenant } = site;
  const alice = tenant.person({});
  const tokens = (await site.signIn(alice, {}, { scope: 'openid offline.access' })).json<{ access_token: string; refresh_token: string }>();
  await provider.gateway.store.setUserDisabled(provider.alice.id, true);
  const again = await site.signIn(alice);
  t.match([again.statusCode, again.json()], [400, { error: 'invalid_request', reason: 'user_disabled' }]);
  t.equal(await accessOf(provider, tokens.access_token), 'dead');
  t.match((await provider.form('/api/auth/token', { grant_type: 'refresh_token', client_id: 'myq-desktop-client', refresh_token: tokens.refresh_token })).json(), { error: 'invalid_grant' });
});

t.test('a clock that runs an hour ahead takes no token that has ended for it', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const alice = site.tenant.person({});
  const token = await site.tenant.idToken(alice, site.app, { exp: seconds() + 3600 });
  t.equal((await site.exchange(token)).statusCode, 200);
  later(t, 3700);
  t.match((await site.exchange(token)).json(), { reason: 'id_token_expired' });
});
