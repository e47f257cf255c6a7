// What an application asks for, and what Microsoft is then asked (OIDC Core §3.1.2.1): prompt, max_age, hints, another account.

import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import t, { type Test } from 'tap';
import { cookiesOf, isErrorReply, isLoginPage } from '../oauth/answers.ts';
import { later } from '../oauth/clock.ts';
import { answerOf, type Fields, formTokenOf } from '../oauth/provider.ts';
import type { Reply } from '../routes/app.ts';
import {
  askedOf, type MicrosoftBrowser, microsoftBrowser, nextAnswer, offered, ORIGIN, queryOf, refusalIn, seconds, SESSION, web, withIdToken,
} from './microsoft-browser.ts';
import { openEntraSite } from './site.ts';

const site = await openEntraSite(t, offered);
const { provider, tenant, app, entra } = site;
const alice = tenant.person({});
const bob = tenant.person({ preferred_username: 'bob@example.com', name: 'Bob Example' });
const uri = 'https://app.example/cb';
const CODE = /^https:\/\/app\.example\/cb\?code=/;

/** Somebody's browser, in which alice is signed in here and at Microsoft. */
async function signedIn(): Promise<MicrosoftBrowser> {
  const browser = microsoftBrowser(site);
  t.match((await browser.signIn(alice)).headers.location, CODE);
  return browser;
}

async function claimsOf(t: Test, reply: Reply): Promise<Readonly<Record<string, unknown>>> {
  const tokens = await provider.token('web', { grant_type: 'authorization_code', code: answerOf(reply)['code'] ?? '', redirect_uri: uri });
  t.equal(tokens.statusCode, 200, tokens.body);
  return decodeJwt(tokens.json<{ readonly id_token: string }>().id_token);
}

t.test('without a wish Microsoft decides whether it has to ask: no prompt, no hints', async (t) => {
  const left = askedOf(await microsoftBrowser(site).leave());
  for (const name of ['prompt', 'max_age', 'login_hint', 'domain_hint', 'claims', 'acr_values']) t.notOk(name in left, name);
});

const fresh: readonly Fields[] = [{ prompt: 'login' }, { prompt: 'login consent' }, { max_age: '0' }];
for (const more of fresh) {
  t.test(`${queryOf(more)}: no session will do, neither here nor at Microsoft`, async (t) => {
    const browser = await signedIn();
    const asked = { ...web, ...more };
    isLoginPage(t, await browser.authorize(asked), 200, ORIGIN);
    const { pages } = browser.atMicrosoft;
    const began = seconds();
    const left = await browser.leave(asked);
    t.equal(askedOf(left)['prompt'], 'login');
    const back = await browser.open(await browser.choose(left, alice));
    t.equal(browser.atMicrosoft.pages, pages + 1, 'Microsoft has asked her');
    t.ok(Number((await claimsOf(t, back))['auth_time']) >= began);
  });
}

t.test('max_age: while the sign-in is young the session will do; then Microsoft has to ask', async (t) => {
  const browser = await signedIn();
  const asked = { ...web, max_age: '100' };
  t.match((await browser.authorize(asked)).headers.location, CODE);
  later(t, 200);
  isLoginPage(t, await browser.authorize(asked), 200, ORIGIN);
  t.match(answerOf(await browser.authorize({ ...asked, prompt: 'none' })), { error: 'login_required' });
  const left = await browser.leave(asked);
  t.equal(askedOf(left)['prompt'], 'login');
  const { auth_time: time } = await claimsOf(t, await browser.open(await browser.choose(left, alice)));
  t.ok(Math.abs(seconds() - Number(time)) <= 5);
  t.match((await browser.authorize(asked)).headers.location, CODE, 'and it will do again');
});

t.test('a sign-in that Microsoft has not asked for anew does not do where it had to', async (t) => {
  const browser = microsoftBrowser(site);
  const came = async (asked: Fields, age: number): Promise<Reply> => {
    const left = await browser.leave(asked);
    const back = await browser.choose(left, alice);
    nextAnswer(site, withIdToken(await tenant.idToken(alice, app, { nonce: askedOf(left)['nonce'], auth_time: seconds() - age })));
    return browser.open(back);
  };
  for (const asked of [{ ...web, prompt: 'login' }, { ...web, max_age: '3600' }]) {
    const stale = await came(asked, 120);
    isLoginPage(t, stale, 403, ORIGIN);
    t.match(refusalIn(site), { reason: 'microsoft_refused', detail: /auth_time/ });
    t.equal((await came(asked, 30)).statusCode, 302, 'clocks may differ by a minute');
  }
  t.equal((await came(web, 7200)).statusCode, 302, 'where nobody demands it an old one will do');
});

t.test('without auth_time nothing tells that he was asked: the administrator has to add the claim', async (t) => {
  for (const [asked, status] of [[{ ...web, prompt: 'login' }, 503], [{ ...web, max_age: '0' }, 503], [web, 302]] as const) {
    const browser = microsoftBrowser(site);
    const left = await browser.leave(asked);
    const back = await browser.choose(left, alice);
    nextAnswer(site, withIdToken(await tenant.idToken(alice, app, { nonce: askedOf(left)['nonce'], auth_time: undefined })));
    t.equal((await browser.open(back)).statusCode, status);
    if (status === 503) t.match(refusalIn(site), { level: 50, reason: 'microsoft_misconfigured', cure: /optional claim auth_time/ });
  }
});

t.test('RequireAcrs: Microsoft is asked for the contexts, so that it can make somebody fulfil them', async (t) => {
  for (const [keys, acrs] of [['c1', { essential: true, value: 'c1' }], ['c1, c25', { essential: true, values: ['c1', 'c25'] }]] as const) {
    const strict = await openEntraSite(t, { keys: `${offered.keys ?? ''}RequireAcrs = ${keys}\n` });
    const left = askedOf(await microsoftBrowser(strict).leave());
    t.strictSame(JSON.parse(left['claims'] ?? 'null'), { id_token: { acrs } });
  }
});

t.test('prompt=none never leaves: a code for who is signed in here, else an error for the application', async (t) => {
  const asked = { ...web, prompt: 'none', domain_hint: tenant.id, login_hint: 'alice@example.com' };
  const before = entra.requests.length;
  const stranger = microsoftBrowser(site);
  isErrorReply(t, provider, await stranger.authorize(asked), uri, 'login_required');
  const left = await stranger.leave(asked);
  t.strictSame([left.statusCode, left.headers.location, [...cookiesOf(left)]], [302, `/en/auth?${queryOf(asked)}`, []], 'nor by the way to Microsoft itself');
  isErrorReply(t, provider, await stranger.open(left.headers.location ?? ''), uri, 'login_required');
  t.equal(entra.requests.length, before);
  t.match((await (await signedIn()).authorize(asked)).headers.location, CODE);
});

t.test('switch_account=1 makes Microsoft offer all accounts, and hints do not lead her back to the one', async (t) => {
  const browser = await signedIn();
  const asked = { ...web, login_hint: 'alice@example.com', domain_hint: 'example.com', switch_account: '1' };
  const left = await browser.leave(asked);
  t.match(askedOf(left), { prompt: 'select_account', login_hint: undefined, domain_hint: undefined });
  const { pages } = browser.atMicrosoft;
  const back = await browser.open(await browser.choose(left, bob));
  t.equal(browser.atMicrosoft.pages, pages + 1, 'there is a page though somebody is signed in there');
  t.equal((await claimsOf(t, back))['sub'], provider.bob.id);
  t.equal((await provider.gateway.browser.sessions.recall(browser.cookies.get(SESSION)))?.identity.user.name, 'bob');
});

t.test('an application\'s prompt=select_account gets no session: somebody is asked who he is, and not to show it', async (t) => {
  const browser = await signedIn();
  const asked = { ...web, prompt: 'select_account' };
  isLoginPage(t, await browser.authorize(asked), 200, ORIGIN);
  const { pages } = browser.atMicrosoft;
  const left = await browser.leave(asked);
  t.equal(askedOf(left)['prompt'], 'select_account');
  t.equal(askedOf(await microsoftBrowser(site).leave({ ...web, prompt: 'select_account login' }))['prompt'], 'login');
  t.equal((await claimsOf(t, await browser.open(await browser.choose(left, bob))))['sub'], provider.bob.id);
  t.equal(browser.atMicrosoft.pages, pages + 1);
});

t.test('after a sign-out the first sign-in lets her choose; the next one does not ask', async (t) => {
  const browser = await signedIn();
  const out = await browser.open('/en/auth/logout');
  browser.cookies.take(await provider.form('/en/auth/logout', { form_token: formTokenOf(out), answer: 'sign_out' }, browser.cookies.header));
  t.equal(browser.cookies.get(SESSION), undefined);
  const left = await browser.leave();
  t.equal(askedOf(left)['prompt'], 'select_account');
  const again = await browser.leave();
  t.equal(askedOf(again)['prompt'], 'select_account', 'as long as nobody has signed in');
  t.match((await browser.open(await browser.choose(left, bob))).headers.location, CODE);
  t.notOk('prompt' in askedOf(await browser.leave()));
});

t.test('login_hint is passed on, letter by letter', async (t) => {
  for (const hint of ['alice@example.com', 'ALICE@Example.COM', 'Zoë Ünal+1&prompt=none#x', '"><script>alert(1)</script>']) {
    const left = await microsoftBrowser(site).leave({ ...web, login_hint: hint });
    t.match(askedOf(left), { login_hint: hint, redirect_uri: 'https://print.myq.test:8090/auth' });
    t.notOk('prompt' in askedOf(left), hint);
    t.match(left.headers.location, /^[\x21-\x7e]+$/);
  }
});

t.test('domain_hint is passed on if it is a domain; what names a tenant here means nothing there', async (t) => {
  for (const [hint, passed] of [['example.com', 'example.com'], ['organizations', undefined], [tenant.id, undefined]] as const) {
    t.equal(askedOf(await microsoftBrowser(site).leave({ ...web, domain_hint: hint }))['domain_hint'], passed, hint);
  }
});

t.test('nothing else of the application\'s request reaches Microsoft', async (t) => {
  const left = await microsoftBrowser(site).leave({ ...web, ui_locales: 'de', theme: 'dark', claims: '{}', resource: 'x', redirect_url: 'x', response_mode: 'form_post' });
  t.strictSame(Object.keys(askedOf(left)).sort(), [
    'client_id', 'code_challenge', 'code_challenge_method', 'nonce', 'redirect_uri', 'response_mode', 'response_type', 'scope', 'state',
  ]);
  t.equal(askedOf(left)['response_mode'], 'query');
  t.notOk(left.headers.location?.includes('a+state') === true || left.headers.location?.includes('a+nonce') === true);
});

t.test('id_token_hint: somebody else than was expected is not taken for her', async (t) => {
  const { id_token: hint } = await provider.tokens('web', 'openid');
  const asked = { ...web, id_token_hint: hint };
  t.match((await microsoftBrowser(site).signIn(alice, asked)).headers.location, CODE);
  const reply = await microsoftBrowser(site).signIn(bob, asked);
  t.match([reply.statusCode, answerOf(reply)], [302, { error: 'login_required', state: 'a state' }]);
  t.notOk('code' in answerOf(reply), 'he is signed in here, but the application does not get him');
});

t.test('a request that a browser could not keep is refused before it leaves', async (t) => {
  const noise = (): string => randomBytes(1500).toString('base64url');
  const most = { ...web, state: noise() };
  t.match((await microsoftBrowser(site).signIn(alice, most)).headers.location, CODE, 'a state of 2,000 characters is none');
  const before = entra.requests.length;
  const long = await microsoftBrowser(site).leave({ ...most, nonce: noise() });
  t.strictSame([long.statusCode, [...cookiesOf(long)], long.headers.location], [414, [], undefined]);
  t.match(long.headers['content-type'], /^text\/html/);
  const longer = await microsoftBrowser(site).leave({ ...web, x: 'x'.repeat(16_300) });
  t.strictSame([longer.statusCode, longer.headers.location], [414, undefined], 'however well it could be packed');
  t.equal(entra.requests.length, before);
});
