// GET /{lang}/auth/windows: who is led there, who is challenged, and who never is (RFC 4559, Fetch Metadata).

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import t, { type Test } from 'tap';
import { entry, keytab, sized } from '../mechanisms/keytab-encoder.ts';
import type { Reply } from '../routes/app.ts';
import { cookiesOf, isErrorPage, isErrorReply, isLoginPage } from './answers.ts';
import { asking, clients, Cookies, type Fields, openProvider, type Provider } from './provider.ts';

const [uri] = clients.web.redirectUris;
const origin = 'https://app.example';
const web = asking('web');
const query = (more: Fields = {}): string => new URLSearchParams({ ...web, ...more }).toString();

const provider = await openProvider(t, { config: '[Security]\nWindowsSignInNetworks = 127.0.0.0/8' });
const { ask, authorize, target } = provider;
const windows = (more: Fields = {}, headers: Fields = {}): Promise<Reply> => ask({ url: `/en/auth/windows?${query(more)}`, headers });

/** Puts a keytab with a key of this service there; no KDC knows it. */
function putKey({ directory }: Provider, service: string): void {
  writeFileSync(join(directory, 'http.keytab'), keytab(sized(entry({ components: [service, 'print.myq.test'], realm: 'MYQ.TEST' }))));
}

/** A browser that was led there already. */
function tried(): Cookies {
  const cookies = new Cookies();
  cookies.set('__Host-myq-windows', 'tried');
  return cookies;
}

/** Nobody is asked for a ticket, and the browser does not remember that it was. */
function isQuiet(t: Test, reply: Reply): void {
  t.equal(reply.headers['www-authenticate'], undefined);
  t.notOk(cookiesOf(reply).has('__Host-myq-windows'));
}

t.test('without a key that could open a ticket nobody is led there; whoever presses the button has his answer', async (t) => {
  for (const service of [undefined, 'host', 'http']) {
    if (service !== undefined) putKey(provider, service);
    const page = await authorize(web);
    isLoginPage(t, page, 200, origin);
    isQuiet(t, page);
    t.match(page.body, /href="\/en\/auth\/windows\?/, `the button: ${String(service)}`);
    isLoginPage(t, await windows(), 401, origin);
  }
  putKey(provider, 'HTTP');
});

t.test('a browser is led there once, with the request as it was', async (t) => {
  const cookies = new Cookies();
  for (const time of ['once', 'again, as long as it was not there']) {
    const led = await authorize(`${query()}&theme=dark&x=%C5%BE+y`, { cookies });
    t.strictSame([led.statusCode, led.headers.location], [302, `/en/auth/windows?${query()}&theme=dark&x=%C5%BE+y`], time);
    isQuiet(t, led);
  }
  const asked = await windows();
  cookies.take(asked);
  t.equal(asked.headers['www-authenticate'], 'Negotiate');
  isLoginPage(t, asked, 401, origin);
  t.equal(cookiesOf(asked).get('__Host-myq-windows'), '__Host-myq-windows=tried; Path=/; HttpOnly; Secure; SameSite=Lax');
  t.match(asked.body, /Windows did not sign you in/);
  const page = await authorize(web, { cookies });
  isLoginPage(t, page, 200, origin);
  t.match(page.body, /href="\/en\/auth\/windows\?/, 'but there is a button');
});

t.test('the language of the page is kept on the way', async (t) => {
  t.match((await authorize(web, { lang: 'cs' })).headers.location, /^\/cs\/auth\/windows\?/);
  t.match((await ask({ url: `/cs/auth/windows?${query({ prompt: 'none' })}` })).headers.location, /^\/cs\/auth\?/);
});

t.test('nobody is led there where a certain person is wanted, or somebody shall show that he is there', async (t) => {
  const { id_token: hint } = await provider.tokens('web', 'openid', { cookies: tried() });
  for (const more of [{ max_age: '3600' }, { max_age: '0' }, { id_token_hint: hint }, { prompt: 'login' }, { prompt: 'select_account' }] as readonly Fields[]) {
    const page = await authorize({ ...web, ...more });
    isLoginPage(t, page, 200, origin);
    isQuiet(t, page);
  }
  for (const more of [{ prompt: 'consent' }, { login_hint: 'alice' }] as readonly Fields[]) {
    t.match((await authorize({ ...web, ...more })).headers.location, /^\/en\/auth\/windows\?/, JSON.stringify(more));
  }
});

t.test('whoever is signed in is not led there', async (t) => {
  const cookies = tried();
  t.equal((await provider.signIn(web, { cookies })).statusCode, 303);
  const session = new Cookies();
  session.set('__Host-myq-session', cookies.get('__Host-myq-session') ?? '');
  t.match((await authorize(web, { cookies: session })).headers.location, /^https:\/\/app\.example\/cb\?code=/);
});

t.test('prompt=none: no ticket is asked for, and the client learns that nobody is signed in', async (t) => {
  isErrorReply(t, provider, await authorize({ ...web, prompt: 'none' }), uri, 'login_required');
  const reply = await windows({ prompt: 'none' });
  t.strictSame([reply.statusCode, reply.headers.location], [302, `/en/auth?${query({ prompt: 'none' })}`]);
  isQuiet(t, reply);
  isErrorReply(t, provider, await ask({ url: reply.headers.location ?? '' }), uri, 'login_required');
});

t.test('a script or a hidden frame of another page is refused before any challenge, with a ticket, too', async (t) => {
  for (const headers of [
    { 'sec-fetch-mode': 'cors' }, { 'sec-fetch-mode': 'no-cors' }, { 'sec-fetch-mode': 'same-origin' }, { 'sec-fetch-mode': '' },
    { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, { 'sec-fetch-dest': 'iframe' }, { 'sec-fetch-dest': 'frame' },
    { 'sec-fetch-dest': 'empty' }, { 'sec-fetch-dest': 'image' },
  ] as readonly Fields[]) {
    for (const more of [{}, { authorization: 'Negotiate YIIB' }] as readonly Fields[]) {
      const reply = await windows({}, { ...headers, ...more });
      isErrorPage(t, reply, 403, 'access_denied');
      isQuiet(t, reply);
    }
  }
  t.equal((await windows({}, { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })).statusCode, 401, 'a person');
});

t.test('over HTTP/1.0, which ends with each answer, nothing is begun', async (t) => {
  const [head = '', body = ''] = (await raw(`GET /en/auth/windows?${query()} HTTP/1.0\r\nHost: ${target.hostname}\r\n\r\n`)).split('\r\n\r\n');
  t.match(head, /^HTTP\/1\.1 505 /);
  t.notMatch(head, /www-authenticate|set-cookie/i);
  t.match(body, /<dd>invalid_request<\/dd>/);
});

t.test('a wrong request is told before any challenge', async (t) => {
  for (const [more, code] of [[{ client_id: 'nobody' }, 'unknown_client'], [{ redirect_uri: 'https://evil.example/' }, 'unknown_redirect_uri']] as const) {
    const reply = await windows(more);
    isErrorPage(t, reply, 400, code);
    isQuiet(t, reply);
  }
  const reply = await windows({ response_type: 'token' });
  isErrorReply(t, provider, reply, uri, 'unsupported_response_type');
  isQuiet(t, reply);
});

t.test('a ticket that is none is refused with the form, and is not asked for again', async (t) => {
  for (const [token, status] of [['YIIB', 403], ['!', 403], ['TlRMTVNTUAABAAAA', 403]] as const) {
    const reply = await windows({}, { authorization: `Negotiate ${token}` });
    isLoginPage(t, reply, status, origin);
    t.equal(reply.headers['www-authenticate'], undefined, token);
    t.match(reply.body, /Your Windows sign-in was not accepted here/);
  }
});

t.test('a browser outside of the networks is not led there, and finds the login page there', async (t) => {
  const elsewhere = await openProvider(t, { config: '[Security]\nWindowsSignInNetworks = 192.0.2.0/24' });
  putKey(elsewhere, 'HTTP');
  for (const headers of [{}, { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1' }] as readonly Fields[]) {
    const page = await elsewhere.authorize(web, { headers });
    isLoginPage(t, page, 200, origin);
    isQuiet(t, page);
    t.notMatch(page.body, /auth\/windows/);
    for (const more of [{}, { authorization: 'Negotiate YIIB' }] as readonly Fields[]) {
      const reply = await elsewhere.ask({ url: `/en/auth/windows?${query()}`, headers: { ...headers, ...more } });
      t.strictSame([reply.statusCode, reply.headers.location], [302, `/en/auth?${query()}`]);
      isQuiet(t, reply);
    }
  }
});

/** What comes back on a connection on which this is sent. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: target.port, servername: target.hostname, ca: target.ca });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject)
      .once('end', () => { resolve(Buffer.concat(chunks).toString()); }).write(text);
  });
}
