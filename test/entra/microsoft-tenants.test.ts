// Which tenants the login page offers to whom, in which order, and where it leads straight to one; and that what is off is closed.

import { decodeJwt } from 'jose';
import t, { type Test } from 'tap';
import { cookiesOf, isLoginPage } from '../oauth/answers.ts';
import { answerOf, Cookies, type Fields } from '../oauth/provider.ts';
import { startEntra } from '../realm/entra.ts';
import { elementsOf } from '../routes/pages/markup.ts';
import type { Reply } from '../routes/app.ts';
import { askedOf, BUTTON, FLOW, microsoftBrowser, ORIGIN, queryOf, refusalIn, SESSION, web } from './microsoft-browser.ts';
import { openEntraSite, REDIRECT, sectionOf } from './site.ts';

const SALES = '11111111-2222-4333-8444-555555555555';
const LAB = '22222222-3333-4444-8555-666666666666';
const CODE = /^https:\/\/app\.example\/cb\?code=/;

const entra = await startEntra(t);
const sales = entra.tenant(SALES);
const lab = entra.tenant(LAB);
const salesApp = sales.app({ redirectUris: [REDIRECT] });
const labApp = lab.app({ redirectUris: [REDIRECT] });
const site = await openEntraSite(t, {
  entra,
  keys: `${BUTTON}Domains = example.com\n`,
  config: `${sectionOf(entra, salesApp, `${BUTTON}Domains = sales.example, sales.example.com\n`, 'Entra:sales', SALES)}\n`
    + `${sectionOf(entra, labApp, 'Domains = lab.example\n', 'Entra:lab', LAB)}\n[Users]\nUnknownUsers = Create\n`,
});
const { provider, tenant } = site;

/** The buttons of a page: what they say, and to which section they lead. */
function buttonsOf({ body }: Reply): readonly (readonly [text: string, path: string])[] {
  return elementsOf(body).filter(({ name, attributes }) => name === 'a' && attributes.get('class') === 'button')
    .map(({ text, attributes }) => [text, attributes.get('href')?.split('?')[0] ?? '']);
}

const main = ['Sign in with Microsoft', '/en/auth/microsoft'];
const other = ['Sign in with Microsoft (sales)', '/en/auth/microsoft/sales'];

t.test('each tenant that offers it has a button with its name, in the order of the file', async (t) => {
  const page = await microsoftBrowser(site).authorize(web);
  isLoginPage(t, page, 200, ORIGIN);
  t.strictSame(buttonsOf(page), [main, other]);
  const switches = elementsOf(page.body).filter(({ attributes }) => attributes.get('href')?.includes('switch_account=1') === true);
  t.strictSame(switches.map(({ text }) => text), ['Use another Microsoft account', 'Use another Microsoft account (sales)']);
});

const hints: readonly (readonly [what: string, hint: Fields, first: readonly string[]])[] = [
  ['a login name of its domain', { login_hint: 'carol@sales.example.com' }, other],
  ['in other letters', { login_hint: 'Carol@SALES.Example' }, other],
  ['of the first one\'s', { login_hint: 'alice@example.com' }, main],
  ['of a domain below', { login_hint: 'x@deep.sales.example' }, main],
  ['of a domain that ends like it', { login_hint: 'x@notsales.example' }, main],
  ['a name without a domain', { login_hint: 'sales.example' }, main],
  ['two @', { login_hint: 'x@lab.example@sales.example' }, main],
  ['a domain of the tenant that does not offer it', { login_hint: 'x@lab.example' }, main],
  ['a domain_hint of nobody', { domain_hint: 'nowhere.example' }, main],
  ['a domain_hint of nobody, and a login name', { domain_hint: 'nowhere.example', login_hint: 'x@sales.example' }, other],
  ['a domain_hint of the tenant that does not offer it', { domain_hint: LAB }, main],
];
for (const [what, hint, first] of hints) {
  t.test(`${what}: the page offers all, and the likely one first`, async (t) => {
    const page = await microsoftBrowser(site).authorize({ ...web, ...hint });
    isLoginPage(t, page, 200, ORIGIN);
    t.strictSame(buttonsOf(page), first === main ? [main, other] : [other, main]);
  });
}

t.test('domain_hint leads straight to its tenant, without a page', async (t) => {
  const ways: readonly (readonly [hint: string, path: string, tenant: string])[] = [
    ['sales.example.com', '/en/auth/microsoft/sales', SALES], ['Sales.Example', '/en/auth/microsoft/sales', SALES], ['sales', '/en/auth/microsoft/sales', SALES],
    [SALES, '/en/auth/microsoft/sales', SALES], [SALES.toUpperCase(), '/en/auth/microsoft/sales', SALES],
    ['example.com', '/en/auth/microsoft', tenant.id], [tenant.id, '/en/auth/microsoft', tenant.id],
  ];
  for (const [hint, path, id] of ways) {
    const browser = microsoftBrowser(site);
    const asked = { ...web, domain_hint: hint };
    const led = await browser.authorize(asked);
    t.strictSame([led.statusCode, led.headers.location], [302, `${path}?${queryOf(asked)}`], hint);
    const left = await browser.open(led.headers.location ?? '');
    t.ok(left.headers.location?.startsWith(`${entra.authority}/${id}/oauth2/v2.0/authorize?`), hint);
    t.equal(askedOf(left)['domain_hint'], hint.includes('.') ? hint : undefined);
  }
});

t.test('people of each tenant come in by their own button, as people of their tenant', async (t) => {
  const alice = tenant.person({ preferred_username: 'alice@example.com' });
  const carol = sales.person({ preferred_username: 'carol@sales.example.com' });
  for (const [person, path, id] of [[alice, '/en/auth/microsoft', tenant.id], [carol, '/en/auth/microsoft/sales', SALES]] as const) {
    const back = await microsoftBrowser(site).signIn(person, web, path);
    t.match(back.headers.location, CODE);
    const tokens = await provider.token('web', { grant_type: 'authorization_code', code: answerOf(back)['code'] ?? '', redirect_uri: 'https://app.example/cb' });
    const claims = decodeJwt(tokens.json<{ readonly access_token: string }>().access_token);
    t.match(claims, { tid: id, preferred_username: person.claims['preferred_username'] });
  }
});

t.test('a code of one tenant is redeemed at that tenant, and its secret goes nowhere else', async (t) => {
  const [before, beforeSales] = [tenant.asked.length, sales.asked.length];
  const carol = sales.person({ preferred_username: 'carol2@sales.example.com' });
  t.match((await microsoftBrowser(site).signIn(carol, web, '/en/auth/microsoft/sales')).headers.location, CODE);
  t.strictSame([tenant.asked.length - before, sales.asked.length - beforeSales], [0, 1]);
  t.equal(sales.asked.at(-1)?.form.get('client_secret'), salesApp.clientSecret);
});

t.test('the code of one tenant is nothing where the browser left for another (mix-up)', async (t) => {
  const mallory = sales.person({ preferred_username: 'mallory@sales.example.com' });
  const attacker = microsoftBrowser(site);
  const code = new URLSearchParams((await attacker.choose(await attacker.leave(web, '/en/auth/microsoft/sales'), mallory)).split('?')[1]).get('code') ?? '';
  const browser = microsoftBrowser(site);
  const { state = '' } = askedOf(await browser.leave(web));
  const reply = await browser.open(`/auth?${new URLSearchParams({ code, state, iss: sales.issuer }).toString()}`);
  isLoginPage(t, reply, 403, ORIGIN);
  isRefusedAs(t, 'microsoft_refused');
  t.equal(browser.cookies.get(SESSION), undefined);
});

const isRefusedAs = (t: Test, reason: string): void => { t.equal(refusalIn(site).reason, reason); };

t.test('a section that there is not, or that does not offer it, has no way', async (t) => {
  for (const path of ['/lab', '/nobody', '/Sales', '/sales/x', '/%73ales%00', '/__proto__', '/..%2fsales', '/constructor']) {
    const reply = await provider.ask({ url: `/en/auth/microsoft${path}?${queryOf(web)}`, headers: { accept: 'text/html' } });
    t.strictSame([reply.statusCode, reply.headers.location, [...cookiesOf(reply)]], [404, undefined, []], path);
    t.match(reply.headers['content-type'], /^text\/html/);
  }
});

t.test('where only a named section offers it, its button has no name, and the way without one is closed', async (t) => {
  const one = await openEntraSite(t, { entra, config: `${sectionOf(entra, salesApp, BUTTON, 'Entra:sales', SALES)}\n[Users]\nUnknownUsers = Create\n` });
  const browser = microsoftBrowser(one);
  t.strictSame(buttonsOf(await browser.authorize(web)), [['Sign in with Microsoft', '/en/auth/microsoft/sales']]);
  t.equal((await browser.leave()).statusCode, 404);
  const path = await browser.choose(await browser.leave(web, '/en/auth/microsoft/sales'), sales.person({ preferred_username: 'dora@sales.example' }));
  const reply = await provider.ask({ url: path, headers: browser.cookies.header });
  t.equal(reply.statusCode, 400, 'a cookie that another gateway has sealed is none');
  t.match(reply.body, /This sign-in cannot be continued/);
  t.match((await browser.open(path)).headers.location, CODE);
});

t.test('where it is off there is no button, no way and no way back; the exchange is still there', async (t) => {
  const off = await openEntraSite(t, { entra, keys: 'UserName = upnPrefix\n' });
  const alice = tenant.person({});
  const page = await microsoftBrowser(off).authorize({ ...web, domain_hint: tenant.id });
  isLoginPage(t, page, 200, ORIGIN);
  t.notMatch(page.body, /microsoft/i);
  for (const path of ['/en/auth/microsoft', '/en/auth/microsoft/sales', '/auth']) {
    const reply = await off.provider.ask({ url: `${path}?${queryOf(web)}`, headers: { accept: 'text/html' } });
    t.strictSame([reply.statusCode, reply.headers.location, [...cookiesOf(reply)]], [404, undefined, []], path);
  }
  const kept = await microsoftBrowser(site).leave();
  const cookies = new Cookies();
  cookies.take(kept);
  const state = askedOf(kept)['state'] ?? '';
  t.ok(cookies.get(`${FLOW}${state}`));
  t.equal((await off.provider.ask({ url: `/auth?code=x&state=${state}`, headers: cookies.header })).statusCode, 404);
  t.equal((await off.signIn(alice)).statusCode, 200);
});
