// The authorization request by POST (RFC 6749 §3.1, OIDC Core §3.1.2.1), and what else may be posted there.

import t from 'tap';
import { cookiesOf, isErrorPage, isErrorReply, isLoginPage } from './answers.ts';
import { answerOf, asking, Cookies, type Fields, formTokenOf, openProvider, PASSWORD } from './provider.ts';

const provider = await openProvider(t);
const web = asking('web');
const post = (payload: string | undefined, contentType?: string, headers: Fields = {}, url = '/en/auth') => provider.ask({
  method: 'POST', url, headers: { ...(contentType === undefined ? {} : { 'content-type': contentType }), ...headers },
  ...(payload === undefined ? {} : { payload }),
});
const form = 'application/x-www-form-urlencoded';

t.test('a request by POST is sent on by 303 as the same by GET', async (t) => {
  const reply = await provider.form('/en/auth', web);
  t.equal(reply.statusCode, 303);
  t.equal(reply.headers.location, `/en/auth?${new URLSearchParams(web).toString()}`);
  t.equal(cookiesOf(reply).size, 0);
  isLoginPage(t, await provider.ask({ url: reply.headers.location ?? '' }), 200, 'https://app.example');
});

t.test('it stays in its language, and on this host', async (t) => {
  for (const url of ['/cs/auth', '/de-AT/auth', '/fr/auth']) {
    const { headers: { location = '' } } = await provider.form(url, web, { host: 'evil.example', 'x-forwarded-host': 'evil.example' });
    t.ok(location.startsWith(`${url}?response_type=code&`), location);
  }
});

t.test('who is signed in gets his code by it, too', async (t) => {
  const cookies = new Cookies();
  await provider.signIn(web, { cookies });
  const { headers: { location = '' } } = await provider.form('/en/auth', web, cookies.header);
  t.match(answerOf(await provider.ask({ url: location, headers: cookies.header })), { code: /.{60}/, state: 'a state' });
});

t.test('every character of a value survives', async (t) => {
  const state = 'a+b c%20&=?#"<>\'\\/\u2028é\u{1F5A8}\r\n\0';
  const { headers: { location = '' } } = await provider.form('/en/auth', { ...web, state, scope: '' });
  t.match(location, /^[\x21-\x7e]+$/);
  const reply = await provider.ask({ url: location });
  t.equal(reply.statusCode, 302);
  t.equal(answerOf(reply)['error'], 'invalid_scope');
  t.equal(answerOf(reply)['state'], state);
});

t.test('what came twice stays twice', async (t) => {
  const twice = new URLSearchParams(web);
  twice.append('nonce', 'another');
  const { headers: { location = '' } } = await provider.form('/en/auth', twice.toString());
  isErrorReply(t, provider, await provider.ask({ url: location }), 'https://app.example/cb', 'invalid_request');
  const uris = new URLSearchParams(web);
  uris.append('redirect_uri', 'https://evil.example/cb');
  const second = await provider.form('/en/auth', uris.toString());
  isErrorPage(t, await provider.ask({ url: second.headers.location ?? '' }), 400, 'doubled');
});

t.test('the body counts, and nothing of the address', async (t) => {
  const reply = await provider.form(`/en/auth?${new URLSearchParams(web).toString()}`, { client_id: 'other' });
  t.equal(reply.headers.location, '/en/auth?client_id=other');
});

for (const [title, payload] of [['an empty form', ''], ['no body at all', undefined]] as const) {
  t.test(`${title} asks for nothing: a page tells so`, async (t) => {
    const reply = await post(payload, payload === undefined ? undefined : form);
    t.equal(reply.statusCode, 303);
    t.equal(reply.headers.location, '/en/auth?');
    isErrorPage(t, await provider.ask({ url: reply.headers.location ?? '' }), 400, 'missing');
  });
}

const json = JSON.stringify(web);
const bodies: readonly (readonly [title: string, status: number, payload: string, contentType: string | undefined])[] = [
  ['JSON', 415, json, 'application/json'],
  ['JSON with objects for values', 415, '{"client_id":{"toString":1}}', 'application/json'],
  ['JSON that is a list', 415, '[["client_id","web"]]', 'application/json; charset=utf-8'],
  ['JSON that is broken', 415, '{"client_id":', 'application/json'],
  ['plain text, which other sites may post unasked', 415, new URLSearchParams(web).toString(), 'text/plain'],
  ['a multipart form', 415, '--x\r\nContent-Disposition: form-data; name="client_id"\r\n\r\nweb\r\n--x--\r\n', 'multipart/form-data; boundary=x'],
  ['XML', 415, '<client_id>web</client_id>', 'application/xml'],
  ['a body without a type', 415, new URLSearchParams(web).toString(), undefined],
  ['a type that is none', 415, new URLSearchParams(web).toString(), '<script>alert(1)</script>'],
  ['more than 64 KiB', 413, `${new URLSearchParams(web).toString()}&x=${'y'.repeat(66_000)}`, form],
];
for (const [title, status, payload, contentType] of bodies) {
  t.test(`${title}: ${String(status)} on a page`, async (t) => {
    isErrorPage(t, await post(payload, contentType), status, 'invalid_request');
    isErrorPage(t, await post(payload, contentType, {}, `/en/auth?${new URLSearchParams(web).toString()}`), status, 'invalid_request');
  });
}

t.test('a form with very many fields is taken as it is', async (t) => {
  const many = new URLSearchParams(web);
  for (let index = 0; index < 1000; index += 1) many.append(`p${String(index)}`, 'x');
  const { statusCode, headers: { location = '' } } = await provider.form('/en/auth', many.toString());
  t.equal(statusCode, 303);
  isLoginPage(t, await provider.ask({ url: location }), 200, 'https://app.example');
});

t.test('a form in broken UTF-8 and broken escapes is no failure', async (t) => {
  const { statusCode, headers: { location = '' } } = await provider.form('/en/auth', `${new URLSearchParams(web).toString()}&login_hint=%ff%zz&%=%&=x&&`);
  t.equal(statusCode, 303);
  isLoginPage(t, await provider.ask({ url: location }), 200, 'https://app.example');
});

t.test('a field of our own form that came twice, or is unknown, signs nobody in', async (t) => {
  const cookies = new Cookies();
  const page = await provider.authorize(web, { cookies });
  cookies.take(page);
  const url = `/en/auth?${new URLSearchParams(web).toString()}`;
  const good = { form_token: formTokenOf(page), sign_in: 'password', user: 'alice', password: PASSWORD };
  const twice = (name: string, value: string): string => `${new URLSearchParams(good).toString()}&${name}=${value}`;
  for (const [status, body] of [
    [400, { ...good, sign_in: 'windows' }], [400, { ...good, sign_in: '' }], [400, { ...good, sign_in: '__proto__' }], [400, twice('sign_in', 'password')],
    [403, twice('user', 'bob')], [403, twice('password', 'x')], [403, { ...good, password: '' }], [403, { ...good, user: '' }],
  ] as const) {
    const reply = await provider.form(url, body, cookies.header);
    t.equal(reply.statusCode, status);
    if (status === 400) isErrorPage(t, reply, 400, 'invalid_request');
    else isLoginPage(t, reply, 403, 'https://app.example');
  }
  t.equal((await provider.form(url, good, cookies.header)).statusCode, 303);
});

t.test('other methods are refused: 405', async (t) => {
  for (const method of ['PUT', 'DELETE', 'PATCH']) {
    const reply = await provider.ask({ method, url: '/en/auth' });
    t.equal(reply.statusCode, 405);
    t.equal(reply.headers['allow'], 'GET, POST');
  }
});

t.test('nothing of all this was a failure of the gateway', async (t) => {
  t.strictSame(provider.log.filter((line) => line.includes('"level":50')), []);
});
