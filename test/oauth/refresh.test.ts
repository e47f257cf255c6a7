// Refresh tokens are good once, for their client, and as long as what they came of (RFC 6749 §6, §10.4; RFC 9700 §4.14).

import t from 'tap';
import { newId } from '../../src/tokens/handle.ts';
import { later } from './clock.ts';
import { asking, clients, Cookies, openProvider, type SignIn, type Tokens } from './provider.ts';
import { accessOf, alive, changeStore, claimsOf, dead, granted, refresh, refused, register, somebody } from './worth.ts';

const provider = await openProvider(t, { config: '[OAuth]\nRefreshTokenLifetime = 10d\nRefreshIdleLifetime = 2d' });
const { store } = provider.gateway;
const DAY = 86_400;
const SCOPE = 'openid jobs print offline.access';

const signIn = (how?: SignIn, scope = SCOPE): Promise<Tokens> => provider.tokens('web', scope, how);
const use = async (token: string, more = {}) => refresh(provider, 'web', token, more);
const scopes = (token: string): string[] => String(claimsOf(token)['scope']).split(' ').sort();

t.test('each use gives the next one, and the access tokens before it live on', async (t) => {
  const first = await signIn();
  const second = await alive(t, provider, 'web', first, 'the first');
  const third = await alive(t, provider, 'web', second, 'the second');
  t.equal(new Set([first, second, third].map((one) => one.refresh_token)).size, 3);
  for (const one of [first, second, third]) t.equal(await accessOf(provider, one.access_token), 'alive');
  const [before, after] = [claimsOf(first.id_token), claimsOf(third.id_token)];
  t.strictSame([after['sub'], after['auth_time'], after['sid'], after['iss'], after['aud']],
    [before['sub'], before['auth_time'], before['sid'], before['iss'], before['aud']], 'OIDC Core §12.2');
  t.notOk('nonce' in after, 'the nonce belongs to the sign-in alone');
});

t.test('who brings a used one ends the family: the thief\'s and the victim\'s', async (t) => {
  const stolen = await signIn();
  const thief = granted(t, await use(stolen.refresh_token));
  const newest = granted(t, await use(thief.refresh_token));
  refused(t, await use(stolen.refresh_token), 'invalid_grant', 'the victim comes');
  for (const [what, tokens] of Object.entries({ stolen, thief, newest })) await dead(t, provider, 'web', tokens, what);
  const another = await signIn();
  await alive(t, provider, 'web', another, 'another sign-in of the same user');
});

t.test('of eight uses at once one is answered, and the family ends', async (t) => {
  const first = await signIn();
  const replies = await Promise.all(Array.from({ length: 8 }, () => use(first.refresh_token)));
  const won = replies.filter(({ statusCode }) => statusCode === 200);
  t.equal(won.length, 1);
  for (const reply of replies) if (!won.includes(reply)) refused(t, reply, 'invalid_grant', 'a loser');
  for (const reply of won) await dead(t, provider, 'web', granted(t, reply), 'the winner');
  await dead(t, provider, 'web', first, 'the first');
});

t.test('another client cannot use it, and does not use it up', async (t) => {
  const tokens = await signIn();
  for (const client of ['other', 'spa', 'native'] as const) {
    refused(t, await refresh(provider, client, tokens.refresh_token), 'invalid_grant', client);
  }
  refused(t, await refresh(provider, 'service', tokens.refresh_token), 'unauthorized_client', 'a client without the grant');
  refused(t, await provider.form('/api/auth/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: 'web' }),
    'invalid_client', 'its id without its secret', 401);
  await alive(t, provider, 'web', tokens, 'the right client');
});

t.test('fewer scopes are for this access token only', async (t) => {
  const first = await signIn();
  const narrow = granted(t, await use(first.refresh_token, { scope: 'jobs' }));
  t.equal(narrow.scope, 'jobs');
  t.strictSame(scopes(narrow.access_token), ['jobs']);
  t.notOk('id_token' in narrow, 'no openid, no ID token');
  t.ok(narrow.refresh_token);
  const full = granted(t, await use(narrow.refresh_token));
  t.strictSame(scopes(full.access_token), SCOPE.split(' ').sort());
});

t.test('more scopes are refused, and the token is not used up', async (t) => {
  const { refresh_token: token } = await signIn();
  for (const scope of [`${SCOPE} email`, 'email', 'users', 'no-such-scope', 'jobs  print', ' jobs', 'jobs\tprint', '"jobs"', 'Jobs', 'x'.repeat(2000)]) {
    refused(t, await use(token, { scope }), 'invalid_scope', JSON.stringify(scope.slice(0, 40)));
  }
  granted(t, await use(token, { scope: 'offline_access jobs jobs' }), 'the standard\'s word, and one twice');
});

t.test('a scope that user or client have lost is not granted again', async (t) => {
  const user = await somebody(provider, ['users']);
  const header = await register(provider, { ...clients.web, id: 'losing' });
  const code = await provider.code({ ...asking('web', 'openid users jobs offline.access'), client_id: 'losing' }, { user: user.name });
  const ask = async (fields: Readonly<Record<string, string>>): Promise<Tokens> => granted(t, await provider.form('/api/auth/token', fields, header));
  const first = await ask({ grant_type: 'authorization_code', code, redirect_uri: asking('web')['redirect_uri'] ?? '' });
  t.strictSame(scopes(first.access_token), ['jobs', 'offline.access', 'openid', 'users']);
  changeStore(provider, 'UPDATE users SET scopes = ? WHERE id = ?', '', user.id);
  const second = await ask({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
  t.strictSame(scopes(second.access_token), ['jobs', 'offline.access', 'openid']);
  changeStore(provider, 'UPDATE clients SET scopes = ? WHERE id = ?', 'openid users', 'losing');
  const third = await ask({ grant_type: 'refresh_token', refresh_token: second.refresh_token });
  t.strictSame(scopes(third.access_token), ['openid']);
});

t.test('what ends a sign-in ends its tokens, whatever is mended afterwards', async (t) => {
  for (const [what, happens] of [
    ['disabled', (id: string) => store.setUserDisabled(id, true)],
    ['disabled and enabled again', async (id: string) => { await store.setUserDisabled(id, true); await store.setUserDisabled(id, false); }],
    ['removed', (id: string) => store.removeUser(id)],
    ['password changed', (id: string) => store.setPassword(id, 'another hash')],
    ['PIN set', (id: string) => store.setPin(id, newId())],
    ['card taken', async (id: string) => { await store.changeCards(id, { add: [`c${id}`], remove: [] }); await store.changeCards(id, { add: [], remove: 'all' }); }],
  ] as const) {
    const { id, name } = await somebody(provider);
    const tokens = await signIn({ user: name });
    t.equal(await accessOf(provider, tokens.access_token), 'alive', what);
    await happens(id);
    await dead(t, provider, 'web', tokens, what);
  }
});

t.test('a card more ends nothing', async (t) => {
  const { id, name } = await somebody(provider);
  const tokens = await signIn({ user: name });
  await store.changeCards(id, { add: ['a card'], remove: [] });
  await alive(t, provider, 'web', tokens, 'a card more');
});

t.test('signing out ends the tokens of the session, of every client, and no others', async (t) => {
  const cookies = new Cookies();
  const here = await signIn({ cookies });
  const code = (await provider.authorize(asking('other', SCOPE), { cookies })).headers.location ?? '';
  const fields = { grant_type: 'authorization_code', code: new URL(code).searchParams.get('code') ?? '', redirect_uri: asking('other')['redirect_uri'] ?? '' };
  const otherClient = granted(t, await provider.token('other', fields));
  const elsewhere = await signIn();
  t.ok(await store.endSession(String(claimsOf(here.id_token)['sid'])));
  await dead(t, provider, 'web', here, 'this client');
  await dead(t, provider, 'other', otherClient, 'another client');
  await alive(t, provider, 'web', elsewhere, 'another browser');
});

t.test('it ends with its client, and with the client\'s right to refresh', async (t) => {
  const tokens = await provider.tokens('native', SCOPE);
  changeStore(provider, 'UPDATE clients SET grants = ? WHERE id = ?', 'authorization_code', 'native');
  refused(t, await refresh(provider, 'native', tokens.refresh_token), 'unauthorized_client', 'the grant is taken');
  const without = await provider.tokens('native', SCOPE);
  t.notOk('refresh_token' in without, 'and no new one is given');
  await store.removeClient('native');
  t.equal(await accessOf(provider, tokens.access_token), 'dead', 'the client is removed');
  await register(provider, clients.native);
  refused(t, await refresh(provider, 'native', tokens.refresh_token), 'invalid_grant', 'registered again');
});

t.test('it must be used in time, and ends some time after the sign-in however often it is used', async (t) => {
  const idle = await signIn();
  let used = await signIn();
  await t.test('just in time', async (t) => {
    later(t, 2 * DAY - 5);
    used = granted(t, await use(used.refresh_token));
  });
  await t.test('too late', async (t) => {
    later(t, 2 * DAY + 1);
    refused(t, await use(idle.refresh_token), 'invalid_grant', 'idle');
    t.equal((await provider.form('/api/auth/introspect', { token: idle.refresh_token }, provider.basic('web'))).body, '{"active":false}');
  });
  for (const day of [3, 4.5, 6, 7.5, 9, 10]) {
    await t.test(`day ${String(day)}`, async (t) => {
      later(t, day * DAY + (day === 10 ? 1 : 0));
      const reply = await use(used.refresh_token);
      if (day < 10) used = granted(t, reply);
      else refused(t, reply, 'invalid_grant', 'ten days after the sign-in');
    });
  }
});

t.test('there is one only for who asks for it and may have it', async (t) => {
  for (const scope of ['openid jobs', 'jobs']) t.notOk('refresh_token' in await signIn({}, scope), scope);
  t.ok((await signIn({}, 'openid offline_access')).refresh_token, 'the standard\'s word');
  t.notOk('id_token' in await signIn({}, 'jobs offline.access'), 'no ID token without openid');
});

t.test('a public client uses it without a secret', async (t) => {
  const next = await alive(t, provider, 'spa', await provider.tokens('spa', SCOPE), 'spa');
  t.not(next.refresh_token, undefined);
  const basic = { authorization: `Basic ${Buffer.from('spa:').toString('base64')}` };
  refused(t, await provider.form('/api/auth/token', { grant_type: 'refresh_token', refresh_token: next.refresh_token }, basic), 'invalid_client', 'with an empty secret', 401);
  await alive(t, provider, 'spa', next, 'not used up');
});

t.test('nothing else passes for a refresh token, and nothing of that spoils it', async (t) => {
  const { refresh_token: token, access_token: accessToken, id_token: idToken } = await signIn();
  const bytes = Buffer.from(token, 'base64url');
  const generation = (number: number): string => { const copy = Buffer.from(bytes); copy.writeUInt32BE(number, 16); return copy.toString('base64url'); };
  const code = await provider.code(asking('web', SCOPE));
  for (const [what, text] of [
    ...[0, 15, 16, 19, 20, 35, 51].map((at): [string, string] => { const copy = Buffer.from(bytes); copy[at] = (copy[at] ?? 0) ^ 1; return [`byte ${String(at)}`, copy.toString('base64url')]; }),
    ['generation 0', generation(0)], ['generation 2', generation(2)], ['the last generation', generation(0xffff_ffff)], ['a code', code],
    ['an access token', accessToken.slice(0, 512)], ['an ID token', idToken.slice(0, 512)], ['padded', `${token}==`], ['a blank more', `${token} `], ['cut', token.slice(0, -1)],
    ['in base64', bytes.toString('base64').replace(/^./, '+')], ['a NUL', `\0${token}`],
  ] as const) refused(t, await use(text), 'invalid_grant', what);
  for (const [what, text] of [['empty', ''], ['huge', 'A'.repeat(513)]] as const) refused(t, await use(text), 'invalid_request', what);
  refused(t, await provider.token('web', { grant_type: 'refresh_token' }), 'invalid_request', 'missing');
  granted(t, await use(token));
});
