// GET /auth: only the browser that left comes back, once, in time, with what it left with (RFC 6819 §4.4.1.8, RFC 9700 §4.7).

import { randomBytes } from 'node:crypto';
import t, { type Test } from 'tap';
import { cookiesOf, isErrorPage, isLoginPage } from '../oauth/answers.ts';
import { later } from '../oauth/clock.ts';
import { answerOf, Cookies, type Fields } from '../oauth/provider.ts';
import type { Reply } from '../routes/app.ts';
import { askedOf, FLOW, type MicrosoftBrowser, microsoftBrowser, offered, ORIGIN, refusalIn, SESSION, web } from './microsoft-browser.ts';
import { openEntraSite } from './site.ts';

const site = await openEntraSite(t, offered);
const { provider, tenant } = site;
const alice = tenant.person({});
const bob = tenant.person({ preferred_username: 'bob@example.com', name: 'Bob Example' });
const CODE = /^https:\/\/app\.example\/cb\?code=/;

/** A browser that was at Microsoft, and the address to which it was led back. */
interface Returning {
  readonly browser: MicrosoftBrowser;
  readonly path: string;
  readonly state: string;
  /** The value of its cookie. */
  readonly sealed: string;
}

async function returning(asked: Fields = web, person = alice, browser = microsoftBrowser(site)): Promise<Returning> {
  const left = await browser.leave(asked);
  const { state = '' } = askedOf(left);
  return { browser, state, sealed: browser.cookies.get(`${FLOW}${state}`) ?? '', path: await browser.choose(left, person) };
}

/** Asks with these cookies alone. */
const callback = (path: string, cookie = ''): Promise<Reply> => provider.ask({ url: path, headers: cookie === '' ? {} : { cookie } });

/** A page that tells it; no code was redeemed, and nobody was signed in. */
async function isStrayed(t: Test, ask: () => Promise<Reply>, what = 'it is told'): Promise<void> {
  const before = tenant.asked.length;
  const reply = await ask();
  isErrorPage(t, reply, 400, 'microsoft_flow');
  t.match(reply.body, /This sign-in cannot be continued/, what);
  t.equal(tenant.asked.length, before, 'Microsoft was not asked');
}

const jsonOf = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const noise = (bytes: number): string => randomBytes(bytes).toString('base64url');
const changed = (text: string, at: number): string => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

t.test('without the cookie nobody comes in, whatever the code: the victim of a login CSRF has none', async (t) => {
  const attacker = await returning();
  await isStrayed(t, () => callback(attacker.path));
  const victim = microsoftBrowser(site);
  await isStrayed(t, () => victim.open(attacker.path), 'a browser that never left');
  await victim.leave();
  await isStrayed(t, () => victim.open(attacker.path), 'a browser that has left on its own');
  t.equal(victim.cookies.get(SESSION), undefined);
  t.match((await attacker.browser.open(attacker.path)).headers.location, CODE, 'the address was good');
});

t.test('a session that is there stays as it is', async (t) => {
  const victim = microsoftBrowser(site);
  await victim.signIn(bob);
  const session = victim.cookies.get(SESSION);
  const attacker = await returning();
  await isStrayed(t, () => victim.open(attacker.path));
  t.equal(victim.cookies.get(SESSION), session);
  t.equal((await provider.gateway.browser.sessions.recall(session))?.identity.user.name, 'bob');
});

t.test('the code of somebody else cannot be put into an answer of one\'s own', async (t) => {
  const attacker = await returning();
  const victim = await returning(web, bob);
  const code = new URLSearchParams(attacker.path.split('?')[1]).get('code') ?? '';
  const reply = await victim.browser.open(`/auth?${new URLSearchParams({ code, state: victim.state }).toString()}`);
  isLoginPage(t, reply, 403, ORIGIN);
  t.match(refusalIn(site), { reason: 'microsoft_refused', detail: /invalid_grant/ });
  t.equal(victim.browser.cookies.get(SESSION), undefined);
});

t.test('a cookie of another sign-in, or one that was changed, is none', async (t) => {
  const { path, state, sealed } = await returning();
  const other = await returning();
  const name = `${FLOW}${state}`;
  const ofSession = new Cookies();
  await provider.signIn(web, { cookies: ofSession });
  const cookies = {
    'that of another sign-in under its own name': `${FLOW}${other.state}=${other.sealed}`,
    'that of another sign-in under this one\'s name': `${name}=${other.sealed}`,
    'an empty one': `${name}=`,
    'a word': `${name}=tried`,
    'without its prefix': `myq-microsoft-${state}=${sealed}`,
    'a changed header': `${name}=${changed(sealed, 3)}`,
    'a changed initialization vector': `${name}=${changed(sealed, sealed.indexOf('..') + 3)}`,
    'a changed content': `${name}=${changed(sealed, sealed.indexOf('..') + 40)}`,
    'a changed tag': `${name}=${changed(sealed, sealed.lastIndexOf('.') + 2)}`,
    'cut off': `${name}=${sealed.slice(0, -9)}`,
    'without encryption': `${name}=${jsonOf({ alg: 'none' })}.e30.`,
    'sealed with another key': `${name}=${jsonOf({ alg: 'dir', enc: 'A256GCM' })}..${noise(12)}.${noise(80)}.${noise(16)}`,
    'compressed by its header': `${name}=${jsonOf({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })}.${sealed.split('.').slice(1).join('.')}`,
    'a session': `${name}=${ofSession.get(SESSION) ?? ''}`,
  };
  for (const [what, cookie] of Object.entries(cookies)) await isStrayed(t, () => callback(path, cookie), what);
  t.match((await callback(path, `${name}=${sealed}`)).headers.location, CODE, 'the right one is taken after all of them');
});

t.test('the state must be there once, and be the one that left', async (t) => {
  const { path, state, sealed } = await returning();
  const cookie = `${FLOW}${state}=${sealed}`;
  const code = new URLSearchParams(path.split('?')[1]).get('code') ?? '';
  const queries: Readonly<Record<string, string>> = {
    none: '', 'a code alone': `code=${code}`, 'an empty state': `code=${code}&state=`, 'another state': `code=${code}&state=${changed(state, 9)}`,
    'too short a state': `code=${code}&state=${state.slice(1)}`, 'a blank behind': `code=${code}&state=${state}%20`,
    doubled: `code=${code}&state=${state}&state=${state}`,
    'doubled with another one': `code=${code}&state=x&state=${state}`,
    'as a list': `code=${code}&state[]=${state}`, 'another cookie\'s': `code=${code}&state=../session`,
    'of every object': `code=${code}&state=__proto__`,
    'as a name': `code=${code}&${state}=state`, 'markup': `code=${code}&state=%22%3E%3Cscript%3Ealert(1)%3C/script%3E`, 'no UTF-8': `code=${code}&state=%ff%fe`,
  };
  for (const [what, query] of Object.entries(queries)) await isStrayed(t, () => callback(`/auth?${query}`, cookie), what);
  await isStrayed(t, () => callback('/auth', cookie), 'no query');
  t.match((await callback(path, cookie)).headers.location, CODE);
});

t.test('an answer counts once: the browser\'s cookie is gone, and for who kept it Microsoft is not even asked', async (t) => {
  const { browser, path, state, sealed } = await returning();
  t.match((await browser.open(path)).headers.location, CODE);
  const session = browser.cookies.get(SESSION);
  t.equal(browser.cookies.get(`${FLOW}${state}`), undefined);
  await isStrayed(t, () => browser.open(path));
  const asked = site.entra.requests.length;
  const kept = await callback(path, `${FLOW}${state}=${sealed}`);
  isLoginPage(t, kept, 403, ORIGIN);
  t.match(refusalIn(site), { reason: 'microsoft_flow', detail: 'its answer was here before' });
  t.equal(site.entra.requests.length, asked);
  t.equal((await provider.gateway.browser.sessions.recall(session))?.identity.user.name, 'alice', 'and she is still signed in');
});

t.test('the same answer twice at the same time gives one code of ours', async (t) => {
  const { path, state, sealed } = await returning();
  const replies = await Promise.all([1, 2, 3].map(() => callback(path, `${FLOW}${state}=${sealed}`)));
  const codes = replies.filter(({ headers: { location = '' } }) => CODE.test(location)).map((reply) => answerOf(reply)['code']);
  t.ok(codes.length <= 1, `${String(codes.length)} codes`);
  for (const { statusCode } of replies.filter(({ headers: { location } }) => location === undefined)) t.equal(statusCode, 403);
});

t.test('a quarter of an hour is enough for a second factor; after that it begins anew', async (t) => {
  await t.test('a little less', async (t) => {
    const { browser, path } = await returning();
    later(t, 890);
    // Its own code lives for ten minutes: so far it is asked for.
    const before = tenant.asked.length;
    isLoginPage(t, await browser.open(path), 403, ORIGIN);
    t.equal(tenant.asked.length, before + 1);
  });
  await t.test('a little more, though the browser still had the cookie', async (t) => {
    const { browser, path } = await returning();
    later(t, 901);
    await isStrayed(t, () => browser.open(path));
  });
  await t.test('seven minutes', async (t) => {
    const { browser, path } = await returning();
    later(t, 420);
    t.match((await browser.open(path)).headers.location, CODE);
  });
});

t.test('two tabs at once: each comes back to its own application, in whatever order', async (t) => {
  const browser = microsoftBrowser(site);
  const first = await browser.leave({ ...web, state: 'first' });
  const second = await browser.leave({ ...web, state: 'second', redirect_uri: 'https://app.example/cb?fixed=1' });
  t.not(askedOf(first)['state'], askedOf(second)['state']);
  const backs = [await browser.choose(first, alice), await browser.choose(second, alice)];
  const [one, two] = [await browser.open(backs[1] ?? ''), await browser.open(backs[0] ?? '')];
  t.match([one.headers.location, answerOf(one)], [/^https:\/\/app\.example\/cb\?fixed=1&/, { state: 'second', code: /.{60}/ }]);
  t.match([two.headers.location, answerOf(two)], [CODE, { state: 'first', code: /.{60}/ }]);
  t.strictSame(browser.cookies.header['cookie']?.includes(FLOW), false, 'nothing is left of them');
});

t.test('tabs that never come back do not fill the browser: four are kept', async (t) => {
  const browser = microsoftBrowser(site);
  const lefts: Reply[] = [];
  for (let tab = 0; tab < 6; tab++) lefts.push(await browser.leave());
  const kept = lefts.map((left) => browser.cookies.get(`${FLOW}${askedOf(left)['state'] ?? ''}`) !== undefined);
  t.strictSame(kept, [false, false, true, true, true, true]);
  const last = lefts.at(-1);
  t.match(last && (await browser.open(await browser.choose(last, alice))).headers.location, CODE);
});

t.test('cookies of other names are left alone, and a stranger\'s state takes none away', async (t) => {
  const { browser, path, state } = await returning();
  const reply = await browser.open(`/auth?state=${'A'.repeat(43)}`);
  t.strictSame([...cookiesOf(reply)], []);
  const forged = await browser.open(`/auth?state=${encodeURIComponent('x; Path=/; __Host-myq-session=')}`);
  t.strictSame([...cookiesOf(forged)], []);
  t.ok(browser.cookies.get(`${FLOW}${state}`));
  t.strictSame([...cookiesOf(await browser.open(path)).keys()].sort(), [`${FLOW}${state}`, SESSION].sort());
});

const codes: Readonly<Record<string, (code: string, state: string) => string>> = {
  'no code': (_, state) => `state=${state}`,
  'an empty code': (_, state) => `code=&state=${state}`,
  'two codes': (code, state) => `code=${code}&code=${code}&state=${state}`,
  'a code that is none': (_, state) => `code=nothing&state=${state}`,
  'a code of 12,000 characters': (_, state) => `code=${'x'.repeat(12_000)}&state=${state}`,
  'a code with line ends and markup': (_, state) => `code=%0d%0aSet-Cookie:%20a=b%3Cscript%3E&state=${state}`,
  'a code and an error': (code, state) => `code=${code}&state=${state}&error=access_denied`,
  'an answer of the implicit flow': (code, state) => `code=${code}&state=${state}&id_token=a.b.c&response=x`,
  'the issuer of another tenant': (code, state) => `code=${code}&state=${state}&iss=${encodeURIComponent('https://login.microsoftonline.com/common/v2.0')}`,
};
for (const [what, make] of Object.entries(codes)) {
  t.test(`${what}: the login page says that Microsoft did not sign her in`, async (t) => {
    const { browser, path, state } = await returning();
    const reply = await browser.open(`/auth?${make(new URLSearchParams(path.split('?')[1]).get('code') ?? '', state)}`);
    isLoginPage(t, reply, 403, ORIGIN);
    t.match(reply.body, /Microsoft did not sign you in/);
    t.match(refusalIn(site), { level: 30, reason: 'microsoft_refused', detail: /.{10}/ });
    t.notMatch(refusalIn(site).detail, /[\r\n<>]/);
    t.equal(browser.cookies.get(SESSION), undefined);
  });
}

t.test('the issuer of this tenant may be told (RFC 9207)', async (t) => {
  const { browser, path } = await returning();
  t.match((await browser.open(`${path}&iss=${encodeURIComponent(tenant.issuer)}`)).headers.location, CODE);
});

t.test('by POST or HEAD nothing happens, and the answer still counts afterwards', async (t) => {
  const { browser, path, state } = await returning();
  const before = tenant.asked.length;
  const posted = await provider.form('/auth', path.split('?')[1] ?? '', browser.cookies.header);
  const asForm = await provider.form(path, {}, browser.cookies.header);
  const head = await provider.ask({ method: 'HEAD', url: path, headers: browser.cookies.header });
  const onTheWay = await provider.form('/en/auth/microsoft', web);
  for (const reply of [posted, asForm, head, onTheWay]) {
    t.strictSame([reply.statusCode, reply.headers.allow, [...cookiesOf(reply)]], [405, 'GET', []]);
  }
  t.equal(tenant.asked.length, before);
  t.ok(browser.cookies.get(`${FLOW}${state}`));
  t.match((await browser.open(path)).headers.location, CODE);
});

t.test('neither codes nor states nor cookies nor tokens of this way are in the log', async (t) => {
  const { browser, path, state, sealed } = await returning();
  const code = new URLSearchParams(path.split('?')[1]).get('code') ?? '';
  await browser.open(path);
  await browser.open(path);
  const log = provider.log.join('');
  for (const secret of [code, state, sealed, browser.cookies.get(SESSION) ?? '', 'eyJ']) t.notOk(secret === '' || log.includes(secret), secret.slice(0, 4));
});
