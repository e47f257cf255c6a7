// "Sign in with Microsoft", the whole way: what Microsoft is asked, what comes back, and who is then signed in.

import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import t, { type Test } from 'tap';
import { elementsOf } from '../routes/pages/markup.ts';
import { cookiesOf, formPostOf, isLoginPage } from '../oauth/answers.ts';
import { later } from '../oauth/clock.ts';
import { answerOf, asking, type Fields, formTokenOf, PASSWORD, pkce } from '../oauth/provider.ts';
import type { Reply } from '../routes/app.ts';
import { askedOf, FLOW, microsoftBrowser, nextAnswer, offered, ORIGIN, queryOf, seconds, SESSION, web, withIdToken } from './microsoft-browser.ts';
import { openEntraSite, REDIRECT } from './site.ts';

const site = await openEntraSite(t, offered);
const { provider, tenant, app, entra } = site;
const alice = tenant.person({ amr: ['pwd', 'mfa'] });
const uri = 'https://app.example/cb';

/** The claims of the ID token for the code of this answer. */
async function idClaims(t: Test, reply: Reply, more: Fields = {}): Promise<Readonly<Record<string, unknown>>> {
  const { code = '' } = answerOf(reply);
  const tokens = await provider.token('web', { grant_type: 'authorization_code', code, redirect_uri: uri, ...more });
  t.equal(tokens.statusCode, 200, tokens.body);
  const { id_token: idToken, access_token: access } = tokens.json<{ readonly id_token: string; readonly access_token: string }>();
  const [ofAccess, ofUser] = [decodeJwt(access), decodeJwt(idToken)];
  return { ...ofAccess, ...ofUser };
}

t.test('the login page has the button, and a way to choose another account', async (t) => {
  const browser = microsoftBrowser(site);
  const page = await browser.authorize(web);
  isLoginPage(t, page, 200, ORIGIN);
  const links = elementsOf(page.body).filter(({ name, attributes }) => name === 'a' && attributes.get('href')?.includes('/auth/microsoft') === true);
  t.strictSame(links.map(({ text, attributes }) => [text, attributes.get('href')]), [
    ['Sign in with Microsoft', `/en/auth/microsoft?${queryOf(web)}`],
    ['Use another Microsoft account', `/en/auth/microsoft?${queryOf(web)}&switch_account=1`],
  ]);
});

t.test('Microsoft is asked for a code by PKCE, with state and nonce, and answers in the query to the one redirect URI', async (t) => {
  const left = await microsoftBrowser(site).leave();
  t.equal(left.statusCode, 302);
  t.match(left.headers, { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  const { location = '' } = left.headers;
  t.equal(location.split('?')[0], `${entra.authority}/${tenant.id}/oauth2/v2.0/authorize`);
  const { state, nonce, code_challenge: challenge, ...rest } = askedOf(left);
  t.strictSame(rest, {
    client_id: app.clientId, response_type: 'code', response_mode: 'query', redirect_uri: REDIRECT, scope: 'openid profile email', code_challenge_method: 'S256',
  });
  for (const value of [state, nonce, challenge]) t.match(value, /^[\w-]{43}$/);
  t.equal(new Set([state, nonce, challenge]).size, 3);
  const again = askedOf(await microsoftBrowser(site).leave());
  t.strictSame([again['state'] === state, again['nonce'] === nonce, again['code_challenge'] === challenge], [false, false, false], 'all of them are new each time');
});

t.test('the cookie of the way is for this host alone, over TLS, out of reach of scripts, and lasts a quarter of an hour', async (t) => {
  const left = await microsoftBrowser(site).leave();
  const lines = [...cookiesOf(left)];
  t.strictSame(lines.map(([name]) => name), [`${FLOW}${askedOf(left)['state'] ?? ''}`]);
  t.match(lines[0]?.[1], /^__Host-myq-microsoft-[\w-]{43}=[\w.-]+; Max-Age=900; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  const { state = '', nonce = '' } = askedOf(left);
  const value = lines[0]?.[1].split(/[=;]/)[1] ?? '';
  t.notOk([nonce, state].some((secret) => Buffer.from(value.split('.')[3] ?? '', 'base64url').includes(secret)), 'it is sealed');
});

t.test('the browser comes back to the application with a code for whom Microsoft has named', async (t) => {
  const browser = microsoftBrowser(site);
  const { verifier, challenge } = pkce();
  const left = await browser.leave({ ...web, ...challenge });
  const path = await browser.choose(left, alice);
  t.match(path, /^\/auth\?code=[^&]+&state=[\w-]{43}&session_state=/);
  const back = await browser.open(path);
  t.equal(back.statusCode, 302, back.body);
  t.match(back.headers.location, /^https:\/\/app\.example\/cb\?code=/);
  t.match(back.headers, { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  const { code, ...answer } = answerOf(back);
  t.strictSame(answer, { state: 'a state', iss: provider.gateway.issuer });
  t.match(code, /^[\w-]{60,}$/);
  t.match(cookiesOf(back).get(SESSION), /^__Host-myq-session=[\w-]{70}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  t.match(cookiesOf(back).get(`${FLOW}${askedOf(left)['state'] ?? ''}`), /Expires=Thu, 01 Jan 1970/, 'its cookie is taken away');

  const claims = await idClaims(t, back, { code_verifier: verifier });
  t.match(claims, { sub: provider.alice.id, nonce: 'a nonce', aud: 'web', tid: tenant.id, amr: ['pwd', 'mfa'], preferred_username: 'alice' });
  const twice = await provider.token('web', { grant_type: 'authorization_code', code: code ?? '', redirect_uri: uri, code_verifier: verifier });
  t.match([twice.statusCode, twice.json()], [400, { error: 'invalid_grant' }], 'the code is good for one redemption');
});

t.test('the client secret goes to the tenant\'s token endpoint in the form, with the verifier, and nowhere else', async (t) => {
  tenant.asked.length = 0;
  const left = await microsoftBrowser(site).leave();
  const challenge = askedOf(left)['code_challenge'];
  t.equal(tenant.asked.length, 0, 'nothing is sent before there is a code');
  const browser = microsoftBrowser(site);
  const leaving = await browser.leave();
  const path = await browser.choose(leaving, alice);
  t.equal((await browser.open(path)).statusCode, 302);
  t.equal(tenant.asked.length, 1);
  const [{ form, headers } = { form: new URLSearchParams(), headers: {} }] = tenant.asked;
  const { code_verifier: verifier = '', ...fields } = Object.fromEntries(form);
  t.strictSame(fields, {
    grant_type: 'authorization_code', redirect_uri: REDIRECT, code: new URLSearchParams(path.split('?')[1]).get('code'),
    client_id: app.clientId, client_secret: app.clientSecret,
  });
  t.equal(createHash('sha256').update(verifier).digest('base64url'), askedOf(leaving)['code_challenge']);
  t.not(askedOf(leaving)['code_challenge'], challenge);
  t.match([headers.authorization, headers.cookie], [undefined, undefined]);
  const elsewhere = [...entra.requests.map(({ path: asked }) => asked), ...provider.log, JSON.stringify(leaving.headers), leaving.body].join('\n');
  t.notOk(elsewhere.includes(app.clientSecret) || elsewhere.includes(encodeURIComponent(app.clientSecret)));
  t.notOk(provider.log.join('\n').includes(verifier));
});

t.test('who is signed in by Microsoft stays signed in here, without Microsoft, for every application', async (t) => {
  const browser = microsoftBrowser(site);
  await browser.signIn(alice);
  const before = entra.requests.length;
  for (const asked of [web, { ...web, prompt: 'none' }, { ...web, max_age: '300' }, { ...web, domain_hint: tenant.id }]) {
    const again = await browser.authorize(asked);
    t.match(again.headers.location, /^https:\/\/app\.example\/cb\?code=/);
    t.match(await idClaims(t, again), { sub: provider.alice.id, tid: tenant.id, amr: ['pwd', 'mfa'] });
  }
  t.match((await browser.authorize(asking('other'))).headers.location, /^https:\/\/other\.example\/cb\?code=/);
  t.equal(entra.requests.length, before);
});

t.test('auth_time is when he signed in at Microsoft, though he comes here later and sees no page there', async (t) => {
  const browser = microsoftBrowser(site);
  const first = await idClaims(t, await browser.signIn(alice));
  t.ok(Math.abs(seconds() - Number(first['auth_time'])) <= 5);
  browser.cookies.set(SESSION, '');
  later(t, 600);
  const { pages } = browser.atMicrosoft;
  const second = await idClaims(t, await browser.signIn(alice));
  t.equal(browser.atMicrosoft.pages, pages);
  t.equal(second['auth_time'], first['auth_time']);
});

t.test('amr is not invented where Microsoft tells none, and auth_time is then that of the ID token', async (t) => {
  const browser = microsoftBrowser(site);
  const left = await browser.leave();
  const bob = tenant.person({ preferred_username: 'bob@example.com' });
  const back = await browser.choose(left, bob);
  const issued = seconds() - 40;
  nextAnswer(site, withIdToken(await tenant.idToken(bob, app, { nonce: askedOf(left)['nonce'], iat: issued, nbf: issued })));
  const claims = await idClaims(t, await browser.open(back));
  t.match(claims, { sub: provider.bob.id, auth_time: issued });
  t.notOk('amr' in claims);
});

t.test('the session of who was signed in before is over, and nobody can plant one', async (t) => {
  const browser = microsoftBrowser(site);
  const page = await browser.authorize(web);
  const typed = { form_token: formTokenOf(page), sign_in: 'password', user: 'bob', password: PASSWORD };
  browser.cookies.take(await provider.form(`/en/auth?${queryOf(web)}`, typed, browser.cookies.header));
  const former = browser.cookies.get(SESSION);
  t.match(former, /^[\w-]{70}$/);
  t.equal((await browser.signIn(alice, { ...web, prompt: 'login' })).statusCode, 302);
  t.not(browser.cookies.get(SESSION), former);
  t.equal(await provider.gateway.browser.sessions.recall(former), undefined);
  t.equal((await provider.gateway.browser.sessions.recall(browser.cookies.get(SESSION)))?.identity.user.name, 'alice');
});

t.test('the answer reaches the application in the way that it asked for', async (t) => {
  const posted = await microsoftBrowser(site).signIn(alice, { ...web, response_mode: 'form_post' });
  t.match(formPostOf(t, posted, uri), { code: /^[\w-]{60,}$/, state: 'a state', iss: provider.gateway.issuer });
  const native = await microsoftBrowser(site).signIn(alice, { ...asking('native'), redirect_uri: 'http://127.0.0.1:49152/callback', ...pkce().challenge });
  t.match(native.headers.location, /^http:\/\/127\.0\.0\.1:49152\/callback\?code=/);
  const own = await microsoftBrowser(site).signIn(alice, { ...web, redirect_uri: 'https://app.example/cb?fixed=1' });
  t.match(own.headers.location, /^https:\/\/app\.example\/cb\?fixed=1&code=/);
  const { state: _, ...stateless } = web;
  t.notMatch((await microsoftBrowser(site).signIn(alice, stateless)).headers.location, /state=/);
});

t.test('an authorization request that is wrong is answered before anybody goes to Microsoft', async (t) => {
  const before = entra.requests.length;
  const wrong: readonly (readonly [Fields, string])[] = [
    [{ ...web, response_type: 'token' }, 'unsupported_response_type'], [{ ...web, response_type: 'code id_token' }, 'unsupported_response_type'],
    [{ ...web, response_mode: 'fragment' }, 'invalid_request'], [{ ...web, scope: 'nothing' }, 'invalid_scope'],
    [{ ...web, max_age: 'x' }, 'invalid_request'], [{ ...web, prompt: 'none login' }, 'invalid_request'],
  ];
  for (const [asked, error] of wrong) {
    const left = await microsoftBrowser(site).leave(asked);
    t.match([left.statusCode, left.headers.location?.split('?')[0], answerOf(left)], [302, uri, { error, state: 'a state' }], error);
    t.strictSame([...cookiesOf(left)], []);
  }
  for (const asked of [{ ...web, client_id: 'nobody' }, { ...web, redirect_uri: 'https://evil.example/cb' }]) {
    const left = await microsoftBrowser(site).leave(asked);
    t.strictSame([left.statusCode, left.headers.location, [...cookiesOf(left)]], [400, undefined, []]);
  }
  t.equal(entra.requests.length, before);
});
