// RP-initiated logout: what ends, who is asked first, and where nobody is sent (OpenID Connect RP-Initiated Logout 1.0).

import t, { type Test } from 'tap';
import type { Reply } from '../routes/app.ts';
import { cookiesOf, isErrorPage, isPage } from './answers.ts';
import { decoded, ownJwt } from './own-jwt.ts';
import { answerOf, asking, clients, Cookies, formTokenOf, openProvider, type Fields, type Tokens } from './provider.ts';
import { alive, changeStore, dead } from './worth.ts';

const provider = await openProvider(t);
const { ask, form, gateway } = provider;
const SCOPE = 'openid jobs offline.access';
const [bye] = clients.web.postLogoutRedirectUris;

interface Visit { readonly cookies: Cookies; readonly tokens: Tokens }

async function visit(user = 'alice'): Promise<Visit> {
  const cookies = new Cookies();
  return { cookies, tokens: await provider.tokens('web', SCOPE, { cookies, user }) };
}
const leave = (query: Fields | string, cookies = new Cookies()): Promise<Reply> =>
  ask({ url: `/en/auth/logout?${typeof query === 'string' ? query : new URLSearchParams(query).toString()}`, headers: cookies.header });
const silently = async (cookies: Cookies): Promise<Fields> => answerOf(await provider.authorize({ ...asking('web'), prompt: 'none' }, { cookies }));

/** The browser is told to forget the session, and Windows sign-in does not start by itself. */
function forgotten(t: Test, reply: Reply): void {
  const cookies = cookiesOf(reply);
  t.match(cookies.get('__Host-myq-session'), /^__Host-myq-session=; .*Expires=Thu, 01 Jan 1970/);
  t.match(cookies.get('__Host-myq-session'), /Path=\/;.*HttpOnly; Secure; SameSite=Lax/);
  t.match(cookies.get('__Host-myq-windows'), /^__Host-myq-windows=tried;/);
}

async function isOut(t: Test, { cookies, tokens }: Visit): Promise<void> {
  t.match(await silently(cookies), { error: 'login_required', state: 'a state' }, 'even with the old cookie');
  await dead(t, provider, 'web', tokens, 'signed out');
}

async function isStillIn(t: Test, { cookies, tokens }: Visit, what = 'still signed in'): Promise<void> {
  t.match(await silently(cookies), { code: /^[\w-]{70}$/ }, what);
  await alive(t, provider, 'web', tokens, what);
}

t.test('a client that shows the ID token of the session ends it, and gets the browser back', async (t) => {
  for (const [what, more, location] of [
    ['with state', { post_logout_redirect_uri: bye, state: 'a&b=<c> ü' }, `${bye}?state=a%26b%3D%3Cc%3E+%C3%BC`],
    ['without state', { post_logout_redirect_uri: bye }, bye],
    ['with its id', { post_logout_redirect_uri: bye, client_id: 'web' }, bye],
    ['unknown parameters are ignored', { post_logout_redirect_uri: bye, redirect_uri: 'https://evil.example/', x: 'y' }, bye],
  ] as const) {
    const here = await visit();
    const reply = await leave({ id_token_hint: here.tokens.id_token, ...more }, here.cookies);
    t.strictSame([reply.statusCode, reply.headers.location], [302, location], what);
    forgotten(t, reply);
    await isOut(t, here);
  }
});

t.test('without an address there is a page', async (t) => {
  const here = await visit();
  const reply = await leave({ id_token_hint: here.tokens.id_token, state: 'unused' }, here.cookies);
  isPage(t, reply, 200);
  forgotten(t, reply);
  await isOut(t, here);
});

t.test('an ID token that has expired will do, and one of a key that no longer signs', async (t) => {
  const here = await visit();
  const { header, claims } = decoded(here.tokens.id_token);
  const old = await ownJwt(gateway, header, { ...claims, iat: 1_600_000_000, exp: 1_600_001_800, auth_time: 1_600_000_000 });
  t.equal((await leave({ id_token_hint: old, post_logout_redirect_uri: bye }, here.cookies)).headers.location, bye);
  await isOut(t, here);
});

t.test('a POST leads to the same by GET, with which the browser sends its cookie', async (t) => {
  const here = await visit();
  const fields = { id_token_hint: here.tokens.id_token, post_logout_redirect_uri: bye, state: 's' };
  const moved = await form('/en/auth/logout', fields);
  t.strictSame([moved.statusCode, moved.headers['set-cookie']], [303, undefined], 'another site cannot take the cookie away');
  t.strictSame(Object.fromEntries(new URL(moved.headers.location ?? '', gateway.issuer).searchParams), fields);
  const reply = await provider.ask({ url: moved.headers.location ?? '', headers: here.cookies.header });
  t.strictSame([reply.statusCode, reply.headers.location], [302, `${bye}?state=s`]);
  forgotten(t, reply);
  await isOut(t, here);
});

t.test('without an ID token somebody must say yes', async (t) => {
  for (const query of [{}, { client_id: 'web', post_logout_redirect_uri: bye, state: 's' }] as readonly Fields[]) {
    const here = await visit();
    const page = await leave(query, here.cookies);
    isPage(t, page, 200, query['client_id'] === undefined ? undefined : 'https://app.example');
    t.notOk(cookiesOf(page).has('__Host-myq-session'));
    here.cookies.take(page);
    const url = `/en/auth/logout?${new URLSearchParams(query).toString()}`;
    const token = formTokenOf(page);
    for (const [_what, fields, cookies] of [
      ['no form token', { answer: 'sign_out' }, here.cookies.header], ['an empty one', { answer: 'sign_out', form_token: '' }, here.cookies.header],
      ['a changed one', { answer: 'sign_out', form_token: `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}` }, here.cookies.header],
      ['that of another browser', { answer: 'sign_out', form_token: formTokenOf(await leave(query, (await visit()).cookies)) }, here.cookies.header],
      ['no cookie', { answer: 'sign_out', form_token: token }, {}],
      ['no form token, to stay', { answer: 'stay' }, here.cookies.header],
    ] as const) isErrorPage(t, await form(url, fields, cookies), 403, 'stale_form');
    const stay = await form(url, { answer: 'stay', form_token: token }, here.cookies.header);
    isPage(t, stay, 200);
    await isStillIn(t, { ...here, tokens: await provider.tokens('web', SCOPE) });
    const reply = await form(url, { answer: 'sign_out', form_token: token }, here.cookies.header);
    t.strictSame([reply.statusCode, reply.headers.location], query['client_id'] === undefined ? [200, undefined] : [303, `${bye}?state=s`]);
    forgotten(t, reply);
    await isOut(t, here);
  }
});

t.test('an ID token of somebody else ends nothing unasked', async (t) => {
  const [here, elsewhere] = [await visit(), await visit('bob')];
  const page = await leave({ id_token_hint: elsewhere.tokens.id_token, post_logout_redirect_uri: bye }, here.cookies);
  isPage(t, page, 200, 'https://app.example');
  t.match(formTokenOf(page), /^[\w-]{70}$/);
  await isStillIn(t, elsewhere, 'that session');
  await isStillIn(t, here, 'this one');
});

t.test('a browser without a cookie: the ID token says which session ends', async (t) => {
  const [here, elsewhere] = [await visit(), await visit()];
  t.equal((await leave({ id_token_hint: here.tokens.id_token, post_logout_redirect_uri: bye })).headers.location, bye);
  await isOut(t, here);
  await isStillIn(t, elsewhere);
  isPage(t, await leave({}), 200);
  await isStillIn(t, { ...elsewhere, tokens: await provider.tokens('web', SCOPE) });
});

t.test('whoever is out already is out', async (t) => {
  const here = await visit();
  for (const time of ['once', 'twice', 'three times']) {
    const reply = await leave({ id_token_hint: here.tokens.id_token, post_logout_redirect_uri: bye }, here.cookies);
    t.strictSame([reply.statusCode, reply.headers.location], [302, bye], time);
  }
});

t.test('nobody is sent to an address that is not registered, and nobody is signed out by that', async (t) => {
  const here = await visit();
  const hint = { id_token_hint: here.tokens.id_token };
  for (const uri of [
    `${bye}/`, `${bye}?x=y`, `${bye}#x`, `${bye}%20`, ` ${bye}`, bye.toUpperCase(), 'https://app.example', 'https://app.example/cb', 'https://app.example.evil.example/bye', 'https://app.example@evil.example/bye', 'http://app.example/bye',
    '//evil.example/bye', '/bye', 'javascript:alert(1)', 'data:text/html,x', `${bye}\r\nx: y`, `${bye}\0`, 'https://app.example/../bye', 'https://app.example/x/../bye', 'https:/app.example/bye', 'https:\\\\app.example\\bye', `${bye} ${bye}`,
  ]) {
    for (const more of [hint, { client_id: 'web' }] as readonly Fields[]) isErrorPage(t, await leave({ ...more, post_logout_redirect_uri: uri }, here.cookies), 400, 'unknown_redirect_uri');
  }
  isErrorPage(t, await leave({ post_logout_redirect_uri: bye }, here.cookies), 400, 'unknown_redirect_uri');
  isErrorPage(t, await leave({ client_id: 'other', post_logout_redirect_uri: bye }, here.cookies), 400, 'unknown_redirect_uri');
  await isStillIn(t, here);
});

t.test('what does not fit together is told on a page', async (t) => {
  const here = await visit();
  const hint = here.tokens.id_token;
  const encodedHint = encodeURIComponent(hint);
  for (const [query, code] of [
    [{ id_token_hint: hint, client_id: 'other' }, 'bad_hint'], [{ id_token_hint: hint, client_id: 'WEB' }, 'bad_hint'],
    [{ client_id: 'nobody' }, 'unknown_client'], [{ client_id: '\0' }, 'unknown_client'],
    [`id_token_hint=${encodedHint}&id_token_hint=${encodedHint}`, 'doubled'], [`id_token_hint=${encodedHint}&state=a&state=b`, 'doubled'],
    ['client_id=web&client_id=web', 'doubled'], [`client_id=web&post_logout_redirect_uri=${bye}&post_logout_redirect_uri=https://evil.example`, 'doubled'],
  ] as const) isErrorPage(t, await leave(query, here.cookies), 400, code);
  const moved = await form('/en/auth/logout', `id_token_hint=${encodedHint}&state=a&state=b`, here.cookies.header);
  isErrorPage(t, await provider.ask({ url: moved.headers.location ?? '', headers: here.cookies.header }), 400, 'doubled');
  await isStillIn(t, here);
});

t.test('an ID token that cannot be read proves nothing: somebody must say yes', async (t) => {
  const here = await visit();
  for (const hint of ['x', here.tokens.access_token, here.tokens.refresh_token, `${here.tokens.id_token} `]) {
    const page = await leave({ id_token_hint: hint, post_logout_redirect_uri: bye }, here.cookies);
    isPage(t, page, 200);
    t.match(formTokenOf(page), /^[\w-]{70}$/);
  }
  await isStillIn(t, here);
});

t.test('an ID token of a client that is gone signs nobody out', async (t) => {
  const cookies = new Cookies();
  const tokens = await provider.tokens('native', SCOPE, { cookies });
  changeStore(provider, 'DELETE FROM clients WHERE id = ?', 'native');
  isErrorPage(t, await leave({ id_token_hint: tokens.id_token }, cookies), 400, 'unknown_client');
  t.match(await silently(cookies), { code: /./ });
});

t.test('what comes back from the client is no HTML', async (t) => {
  const here = await visit();
  const page = await leave({ client_id: 'web', post_logout_redirect_uri: bye, state: '"><script>alert(1)</script>' }, here.cookies);
  isPage(t, page, 200, 'https://app.example');
  t.notMatch(page.body, '<script>');
  const out = await leave({ id_token_hint: here.tokens.id_token, post_logout_redirect_uri: bye, state: 'x\r\nset-cookie: a=b' }, here.cookies);
  t.equal(out.headers.location, `${bye}?state=x%0D%0Aset-cookie%3A+a%3Db`);
  t.strictSame([...cookiesOf(out).keys()].sort(), ['__Host-myq-form', '__Host-myq-session', '__Host-myq-windows']);
});
