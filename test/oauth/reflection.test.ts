// Hostile text in every place from which a page or a header could give it back, and headers that lie about this host (RFC 9700 §4, OWASP).

import t, { type Test } from 'tap';
import type { Reply } from '../routes/app.ts';
import { elementsOf, faultsOf, hostileTexts, seen, shapeOf } from '../routes/pages/markup.ts';
import { isErrorPage, isLoginPage, isPage, policy } from './answers.ts';
import { answerOf, asking, clients, Cookies, type Fields, formTokenOf, openProvider, pkce } from './provider.ts';

const provider = await openProvider(t);
const { authorize, gateway } = provider;
const web = asking('web');
const origin = 'https://app.example';
/** Without the one that is longer than any parameter may be. */
const texts = hostileTexts.filter((text) => text.length < 2048);
const loginShape = shapeOf((await authorize(web)).body);
const errorShape = shapeOf((await authorize({})).body);

/** No header has the text in it, but for URLs, which have it encoded. */
function isInNoHeader(t: Test, { headers }: Reply): void {
  t.notMatch(JSON.stringify(headers), /<|alert\(|[^\x20-\x7e]|evil/);
}

/** What anybody's browser would run of it. */
const isInert = (t: Test, reply: Reply, shape: readonly string[]): void => {
  t.strictSame(faultsOf(reply.body), []);
  t.strictSame(shapeOf(reply.body), shape, 'no element or attribute more');
  isInNoHeader(t, reply);
};

for (const text of texts) {
  t.test(`in the login page: ${seen(text)}`, async (t) => {
    for (const name of ['state', 'nonce', 'login_hint', 'ui_locales', 'theme', 'unknown', text]) {
      const reply = await authorize({ ...web, [name]: text });
      isLoginPage(t, reply, 200, origin);
      isInert(t, reply, name === 'login_hint' ? withFocus(reply) : loginShape);
    }
  });
  t.test(`in an error page: ${seen(text)}`, async (t) => {
    for (const name of ['client_id', 'redirect_uri', 'state', 'scope', 'theme', 'ui_locales']) {
      const reply = await authorize({ ...web, redirect_uri: 'https://nowhere.example/cb', [name]: text });
      isErrorPage(t, reply, 400, name === 'client_id' ? 'unknown_client' : 'unknown_redirect_uri');
      isInert(t, reply, errorShape);
    }
  });
  t.test(`in an error for the client: ${seen(text)}`, async (t) => {
    for (const name of ['response_type', 'response_mode', 'scope', 'prompt', 'max_age', 'id_token_hint', 'code_challenge_method', 'request', 'request_uri']) {
      const reply = await authorize({ ...web, scope: name === 'scope' ? '"' : 'openid', prompt: 'none', state: text, [name]: text });
      t.equal(reply.statusCode, 302);
      t.match(reply.headers.location, /^https:\/\/app\.example\/cb\?error=[a-z_]+&error_description=[\w.+%*-]+&state=[\w.+%*-]+&iss=[\w.%-]+$/);
      t.equal(answerOf(reply)['state'], text.toWellFormed());
      t.equal(reply.body, '');
    }
  });
}

/** With a name in its field, the focus is on the password. */
function withFocus(reply: Reply): readonly string[] {
  const focused = elementsOf(reply.body).filter(({ attributes }) => attributes.has('autofocus')).map(({ attributes }) => attributes.get('name'));
  return focused[0] === 'password' ? loginWithName : loginShape;
}
const loginWithName = shapeOf((await authorize({ ...web, login_hint: 'alice' })).body);

t.test('raw in the address, without any escapes', async (t) => {
  for (const raw of ['"><script>alert(1)</script>', "'onfocus='alert(1)", '</form><form/action=//evil.example>', '&amp;#34;&gt;', '#"><b>', '?"><b>', ';"><b>']) {
    const reply = await authorize(`${new URLSearchParams(web).toString()}&theme=${raw}&${raw}=${raw}`);
    isPage(t, reply, 200, origin);
    isInert(t, reply, loginShape);
  }
});

t.test('in the form: what was typed comes back in its field only, the secret nowhere', async (t) => {
  const cookies = new Cookies();
  const page = await authorize(web, { cookies });
  cookies.take(page);
  const url = `/en/auth?${new URLSearchParams(web).toString()}`;
  let shape: readonly string[] | undefined;
  // Each of them is a failed try from this address, and there is a limit.
  for (const text of ['"><script>alert(1)</script>', "' autofocus onfocus='alert(1)", '</title><script>', '\u2028\u2029', 'javascript:alert(1)', '&lt;b&gt;']) {
    const reply = await provider.form(url, { form_token: formTokenOf(page), sign_in: 'password', user: text, password: 'hush hush' }, cookies.header);
    isLoginPage(t, reply, 403, origin);
    isInert(t, reply, shape ??= shapeOf(reply.body));
    t.equal(elementsOf(reply.body).find(({ attributes }) => attributes.get('name') === 'user')?.attributes.get('value'), text);
    t.notMatch(reply.body, /hush/);
  }
  for (const token of ['"><script>alert(1)</script>', '\u2028']) {
    const reply = await provider.form(url, { form_token: token, sign_in: 'password', user: token, password: token }, cookies.header);
    isLoginPage(t, reply, 403, origin);
    t.notMatch(reply.body, /alert|\u2028/);
    isInNoHeader(t, reply);
  }
});

t.test('in the name of a client: the page and the page that posts show it as text', async (t) => {
  const name = '"><script>alert(1)</script>\u202E';
  await gateway.store.addClient({ ...clients.web, id: 'odd', name });
  const page = await authorize({ ...web, client_id: 'odd' });
  isLoginPage(t, page, 200, origin);
  t.strictSame(shapeOf(page.body), loginShape);
  t.ok(elementsOf(page.body).some((element) => element.name === 'bdi' && element.text === name));
  const posted = await authorize({ ...web, client_id: 'odd', response_mode: 'form_post', prompt: 'none' });
  t.strictSame(faultsOf(posted.body), []);
  t.equal(elementsOf(posted.body).filter((element) => element.name === 'script').length, 1);
});

t.test('in the fields of the page that posts', async (t) => {
  for (const text of texts) {
    const { body } = await authorize({ ...web, response_mode: 'form_post', prompt: 'none', state: text });
    const [script, ...more] = elementsOf(body).filter(({ name }) => name === 'script');
    t.strictSame(more, []);
    t.notMatch(script?.text, /alert/);
    t.strictSame(faultsOf(body), []);
  }
});

t.test('in the language of the path: no page at all', async (t) => {
  for (const lang of ['"><script>alert(1)</script>', '%22%3E%3Cscript%3E', 'en%0d%0aSet-Cookie:a=b', '%e2%80%a8', '<b>']) {
    const reply = await authorize(web, { lang });
    t.equal(reply.statusCode, 404);
    t.match(reply.headers, { 'content-type': /^application\/json/, 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" });
    t.notMatch(reply.body, /<|alert|Set-Cookie/);
    isInNoHeader(t, reply);
  }
});

const lies: readonly Fields[] = [
  { host: 'evil.example' },
  { host: 'evil.example:443' },
  { host: '"><script>alert(1)</script>' },
  { host: '' },
  { 'x-forwarded-host': 'evil.example' },
  { 'x-forwarded-host': '"><script>alert(1)</script>', 'x-forwarded-proto': 'javascript' },
  { 'x-forwarded-proto': 'http', 'x-forwarded-port': '80', 'x-forwarded-prefix': '/evil', 'x-forwarded-for': '203.0.113.9' },
  { forwarded: 'for=203.0.113.9;host=evil.example;proto=http' },
  { 'x-original-url': '/evil', 'x-rewrite-url': '/evil', 'x-host': 'evil.example', 'x-http-method-override': 'POST' },
  { referer: 'https://evil.example/"><script>alert(1)</script>', 'user-agent': '"><script>alert(1)</script>', 'accept-language': '"><script>' },
];
for (const headers of lies) {
  t.test(`whatever ${Object.keys(headers).join(', ')} says (${seen(Object.values(headers)[0] ?? '')}), we are who we are`, async (t) => {
    const page = await authorize(web, { headers });
    isLoginPage(t, page, 200, origin);
    isInert(t, page, loginShape);
    t.notMatch(page.body, /evil|alert|203\.0/);
    const urls = elementsOf(page.body).flatMap(({ attributes }) => ['href', 'action', 'src'].flatMap((name) => attributes.get(name) ?? []));
    t.ok(urls.length > 3);
    t.strictSame(urls.filter((url) => !/^\/(?:en|cs|de|assets)\/?/.test(url)), [], 'all addresses are of this host, whatever it is called');
    t.equal(answerOf(await authorize({ ...web, prompt: 'none' }, { headers }))['iss'], gateway.issuer);
    const described = await provider.ask({ url: '/.well-known/openid-configuration', headers });
    t.equal(described.statusCode, 200);
    t.equal(described.json()['issuer'], gateway.issuer);
    for (const [name, url] of Object.entries(described.json()).filter(([name]) => /_(?:endpoint|uri)$/.test(name))) t.ok(String(url).startsWith(`${gateway.issuer}/`), name);
    t.notMatch(described.body, /evil|script/);
  });
}

t.test('tokens name the issuer, whatever the Host of the requests', async (t) => {
  const code = await provider.code(web);
  const reply = await provider.form('/api/auth/token', { grant_type: 'authorization_code', code, redirect_uri: 'https://app.example/cb' }, { ...provider.basic('web'), host: 'evil.example', 'x-forwarded-host': 'evil.example' });
  t.equal(reply.statusCode, 200, 'the token request');
  const { access_token: token } = reply.json<{ readonly access_token: string }>();
  t.equal((JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Fields)['iss'], gateway.issuer);
});

t.test('two Host headers are refused on a page', async (t) => {
  const reply = await provider.ask({ url: `/en/auth?${new URLSearchParams(web).toString()}`, headers: { host: ['print.myq.test', 'evil.example'] } });
  t.equal(reply.statusCode, 400);
  t.notMatch(reply.body, /evil/);
  isInNoHeader(t, reply);
});

t.test('an unknown theme is the default one, and a known one is worn', async (t) => {
  const themeOf = async (theme: string): Promise<string | undefined> => elementsOf((await authorize({ ...web, theme })).body)[0]?.attributes.get('data-theme');
  for (const theme of ['', 'blue', 'DARK', 'dark ', '__proto__', 'constructor', '"><script>', 'dark" onload="alert(1)']) t.equal(await themeOf(theme), 'auto', seen(theme));
  for (const theme of ['dark', 'red', 'light', 'accessibility']) t.equal(await themeOf(theme), theme);
});

t.test('every page of every kind has its whole policy, and nothing inline', async (t) => {
  isPage(t, await authorize(web), 200, origin);
  isPage(t, await authorize({}), 400);
  isPage(t, await provider.form('/en/auth', 'x'.repeat(70_000)), 413);
  isPage(t, await provider.ask({ url: '/en/auth/logout' }), 200);
  isPage(t, await provider.ask({ url: '/en/auth/logout?client_id=nobody' }), 400);
  t.equal((await authorize({ ...web, prompt: 'none' })).headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
  t.match((await authorize({ ...web, prompt: 'none', response_mode: 'form_post' })).headers['content-security-policy'], /; script-src 'sha256-[\w+/]{43}='; form-action 'self' https:\/\/app\.example https:; /);
});

t.test('the policy names the place to which the form leads, and no other', async (t) => {
  const uris: readonly (readonly [uri: string, source: string])[] = [
    ['http://127.0.0.1:5000/callback', 'http://127.0.0.1:5000'], ['http://localhost:65535/callback', 'http://localhost:65535'],
    ['http://[::1]:5000/callback', 'http:'], ['com.example.print:/cb', 'com.example.print:'],
  ];
  for (const [uri, source] of uris) {
    t.equal((await authorize({ ...asking('native'), ...pkce().challenge, redirect_uri: uri })).headers['content-security-policy'], policy(source));
  }
});

t.test('nothing of all this was a failure of the gateway, and the log is one line for each event', async (t) => {
  t.strictSame(provider.log.filter((line) => line.includes('"level":50')), []);
  for (const line of provider.log) {
    JSON.parse(line);
    t.notMatch(line.slice(0, -1), /[\n\r\u2028\x1b]/);
  }
});
