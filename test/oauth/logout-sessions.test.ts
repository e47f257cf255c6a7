// Logout and the sessions of a browser: over, replaced by another one, or of somebody else (RP-Initiated Logout 1.0 §2, §6).

import t from 'tap';
import type { Reply } from '../routes/app.ts';
import { cookiesOf, isErrorPage, isPage } from './answers.ts';
import { later } from './clock.ts';
import { answerOf, asking, clients, Cookies, formTokenOf, openProvider, type Fields, type Tokens } from './provider.ts';
import { alive, claimsOf, dead, granted, refresh } from './worth.ts';

const provider = await openProvider(t, { config: '[OAuth]\nSessionLifetime = 10m\nAccessTokenLifetime = 20m' });
const { ask, form, authorize, gateway: { store } } = provider;
const SCOPE = 'openid jobs offline.access';
const [bye] = clients.web.postLogoutRedirectUris;

const logout = (query: Fields): string => `/en/auth/logout?${new URLSearchParams(query).toString()}`;
const leave = async (query: Fields, cookies: Cookies): Promise<Reply> => {
  const reply = await ask({ url: logout(query), headers: cookies.header });
  cookies.take(reply);
  return reply;
};
const answer = (query: Fields, page: Reply, cookies: Cookies, word = 'sign_out'): Promise<Reply> =>
  form(logout(query), { form_token: formTokenOf(page), answer: word }, cookies.header);
const silently = async (cookies: Cookies): Promise<Fields> => answerOf(await authorize({ ...asking('web'), prompt: 'none' }, { cookies }));
const withSession = (value: string | undefined): Cookies => {
  const cookies = new Cookies();
  cookies.set('__Host-myq-session', value ?? '');
  return cookies;
};

/** Signs in with these parameters more, though somebody is signed in; gives the client's tokens. */
async function signInAgain(client: 'web' | 'other', cookies: Cookies, more: Fields = {}): Promise<Tokens> {
  const code = await provider.code({ ...asking(client, SCOPE), prompt: 'login', ...more }, { cookies });
  return granted(t, await provider.token(client, { grant_type: 'authorization_code', code, redirect_uri: clients[client].redirectUris[0] }));
}

t.test('a session that is over: nobody is asked, and what it gave to clients lives on', async (t) => {
  const cookies = new Cookies();
  const tokens = await provider.tokens('web', SCOPE, { cookies });
  later(t, 601);
  const session = cookies.get('__Host-myq-session');
  for (const query of [{}, { client_id: 'web' }] as readonly Fields[]) {
    const reply = await leave(query, withSession(session));
    isPage(t, reply, 200);
    t.match(reply.body, /You are signed out/);
    t.notMatch(reply.body, /<form/);
    t.match(cookiesOf(reply).get('__Host-myq-session'), /Expires=Thu, 01 Jan 1970/);
  }
  t.equal((await leave({ client_id: 'web', post_logout_redirect_uri: bye }, withSession(session))).headers.location, bye);
  await alive(t, provider, 'web', tokens, 'its refresh token');
});

t.test('who signed in again signs out with the older ID token: nobody is asked, and everything ends', async (t) => {
  const cookies = new Cookies();
  const older = await provider.tokens('web', SCOPE, { cookies });
  const newer = await signInAgain('other', cookies);
  t.not(claimsOf(newer.id_token)['sid'], claimsOf(older.id_token)['sid'], 'it is another session');
  const session = cookies.get('__Host-myq-session');
  const elsewhere = await provider.tokens('web', SCOPE);
  const reply = await leave({ id_token_hint: older.id_token, post_logout_redirect_uri: bye }, cookies);
  t.strictSame([reply.statusCode, reply.headers.location], [302, bye]);
  t.match(await silently(withSession(session)), { error: 'login_required' });
  await dead(t, provider, 'web', older, 'the first client');
  await dead(t, provider, 'other', newer, 'the second client');
  await alive(t, provider, 'web', elsewhere, 'another browser');
});

t.test('an ID token of somebody else than who is signed in: he is asked, and it is his own session that ends', async (t) => {
  const cookies = new Cookies();
  const alices = await provider.tokens('web', SCOPE, { cookies });
  const bobs = await provider.tokens('web', SCOPE, { user: 'bob' });
  const query = { id_token_hint: bobs.id_token };
  const page = await leave(query, cookies);
  isPage(t, page, 200);
  t.match(page.body, /You are signed in as .*alice/);
  t.equal(cookies.get('__Host-myq-session') === undefined, false, 'still signed in');
  const stays = await answer(query, page, cookies, 'stay');
  t.match(stays.body, /You are still signed in/);
  t.match(await silently(cookies), { code: /./ });
  const session = cookies.get('__Host-myq-session');
  const out = await answer(query, page, cookies);
  isPage(t, out, 200);
  t.match(await silently(withSession(session)), { error: 'login_required' });
  await dead(t, provider, 'web', alices, 'alice');
  await alive(t, provider, 'web', bobs, 'bob');
});

t.test('an ID token that cannot be read: he is asked, and sent on only where the client is named', async (t) => {
  for (const [more, status, location] of [
    [{}, 200, undefined],
    [{ post_logout_redirect_uri: bye }, 200, undefined],
    [{ post_logout_redirect_uri: 'https://evil.example/', state: 's' }, 200, undefined],
    [{ client_id: 'web' }, 200, undefined],
    [{ client_id: 'web', post_logout_redirect_uri: bye, state: 's' }, 303, `${bye}?state=s`],
  ] as readonly (readonly [Fields, number, string | undefined])[]) {
    const cookies = new Cookies();
    const tokens = await provider.tokens('web', SCOPE, { cookies });
    const session = cookies.get('__Host-myq-session');
    const query = { id_token_hint: `${tokens.id_token}x`, ...more };
    const what = JSON.stringify(more);
    const page = await leave(query, cookies);
    isPage(t, page, 200, location === undefined ? undefined : 'https://app.example');
    t.match(formTokenOf(page), /^[\w-]{70}$/, what);
    t.match(await silently(cookies), { code: /./ }, `${what}: not yet`);
    const out = await answer(query, page, cookies);
    t.strictSame([out.statusCode, out.headers.location], [status, location], what);
    t.match(await silently(withSession(session)), { error: 'login_required' }, what);
    await dead(t, provider, 'web', tokens, what);
  }
});

t.test('with such a one a named client still has only its own addresses', async (t) => {
  const cookies = new Cookies();
  const tokens = await provider.tokens('web', SCOPE, { cookies });
  for (const [client, uri] of [['web', 'https://evil.example/'], ['web', `${bye}/`], ['other', bye]] as const) {
    isErrorPage(t, await leave({ id_token_hint: 'x', client_id: client, post_logout_redirect_uri: uri }, cookies), 400, 'unknown_redirect_uri');
  }
  isErrorPage(t, await leave({ id_token_hint: 'x', client_id: 'nobody', post_logout_redirect_uri: bye }, cookies), 400, 'unknown_client');
  t.match(await silently(cookies), { code: /./ });
  await alive(t, provider, 'web', tokens, 'nobody was signed out');
});

t.test('HEAD does nothing', async (t) => {
  const cookies = new Cookies();
  const tokens = await provider.tokens('web', SCOPE, { cookies });
  for (const url of [
    `/en/auth?${new URLSearchParams(asking('web')).toString()}`, logout({ id_token_hint: tokens.id_token, post_logout_redirect_uri: bye }), logout({}),
  ]) {
    for (const headers of [{}, cookies.header]) {
      const reply = await ask({ method: 'HEAD', url, headers });
      t.strictSame([reply.statusCode, reply.headers['allow'], reply.headers['set-cookie'], reply.headers.location], [405, 'GET, POST', undefined, undefined], url);
    }
  }
  t.match(await silently(cookies), { code: /./ });
  await alive(t, provider, 'web', tokens, 'nobody was signed out');
});

t.test('what is posted without being asked for gets into no address', async (t) => {
  const stray = { password: 'hush hush', user: 'alice', form_token: 'hush', pin_or_card: '482913', code: 'hush', x: 'hush', __proto__x: 'hush' };
  for (const [url, fields] of [
    ['/en/auth', asking('web')], ['/en/auth/logout', { id_token_hint: 'a.b.c', post_logout_redirect_uri: bye, state: 's&t' }],
    ['/en/auth', {}], ['/en/auth/logout', {}],
  ] as readonly (readonly [string, Fields])[]) {
    const reply = await form(url, { ...stray, ...fields });
    t.equal(reply.statusCode, 303);
    t.equal(reply.headers.location, `${url}?${new URLSearchParams(Object.entries(fields).sort(byPlace(url))).toString()}`);
    t.notMatch(JSON.stringify(reply.headers) + reply.body, /hush|482913|alice/);
    t.equal(reply.headers['set-cookie'], undefined);
  }
});

/** As the gateway puts them into an address. */
function byPlace(url: string): (one: readonly [string, string], other: readonly [string, string]) => number {
  const places = url === '/en/auth' ? ['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'nonce'] : ['id_token_hint', 'post_logout_redirect_uri', 'state'];
  return ([one], [other]) => places.indexOf(one) - places.indexOf(other);
}

t.test('a session that another user\'s sign-in replaced takes its refresh tokens along', async (t) => {
  const cookies = new Cookies();
  const alices = await provider.tokens('web', SCOPE, { cookies });
  const code = await provider.code({ ...asking('other', SCOPE), prompt: 'login' }, { cookies, user: 'bob' });
  const bobs = granted(t, await provider.token('other', { grant_type: 'authorization_code', code, redirect_uri: clients.other.redirectUris[0] }));
  await dead(t, provider, 'web', alices, 'alice');
  granted(t, await refresh(provider, 'other', bobs.refresh_token));
  t.ok(await store.endSession(String(claimsOf(bobs.id_token)['sid'])));
});
