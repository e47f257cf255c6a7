// What Microsoft answers instead of a sign-in (RFC 6749 §4.1.2.1): plain words for the person, the cause and its cure in the log.

import t, { type Test } from 'tap';
import { isLoginPage } from '../oauth/answers.ts';
import type { Fields } from '../oauth/provider.ts';
import { elementsOf, hostileTexts, seen, shapeOf } from '../routes/pages/markup.ts';
import type { Reply } from '../routes/app.ts';
import { askedOf, FLOW, microsoftBrowser, offered, ORIGIN, queryOf, refusalIn, SESSION, web } from './microsoft-browser.ts';
import { openEntraSite } from './site.ts';

const site = await openEntraSite(t, offered);
const { tenant, provider } = site;
const alice = tenant.person({});
const CODE = /^https:\/\/app\.example\/cb\?code=/;

/** What the page says above its forms. */
const noticeOf = ({ body }: Reply): string => elementsOf(body).find(({ attributes }) => attributes.get('role') === 'alert')?.text.trim() ?? '';

/** Leaves, and comes back with this answer. */
async function answeredWith(fields: Fields, asked: Fields = web): Promise<Reply> {
  const browser = microsoftBrowser(site);
  const { state = '' } = askedOf(await browser.leave(asked));
  return browser.open(`/auth?${queryOf({ ...fields, state })}`);
}

const words = {
  cancelled: /^The sign-in with Microsoft was cancelled\. You can try again/,
  notAssigned: /^Your organisation has not given your account access/,
  conditions: /^Your organisation does not allow this sign-in/,
  misconfigured: /^Sign-in with Microsoft is not set up rightly here\. Please tell your print administrator/,
  refused: /^Microsoft did not sign you in\. Please try again/,
  out: /^Microsoft cannot be reached at the moment/,
} as const;

interface Answered {
  readonly status: number;
  readonly reason: string;
  readonly words: RegExp;
  readonly cure?: RegExp;
}

const cancelled: Answered = { status: 403, reason: 'microsoft_cancelled', words: words.cancelled };
const notAssigned = (cure: RegExp): Answered => ({ status: 403, reason: 'microsoft_not_assigned', words: words.notAssigned, cure });
const conditions: Answered = { status: 403, reason: 'microsoft_conditions', words: words.conditions, cure: /sign-in log of Entra ID/ };
const misconfigured = (cure: RegExp): Answered => ({ status: 503, reason: 'microsoft_misconfigured', words: words.misconfigured, cure });
const refused: Answered = { status: 403, reason: 'microsoft_refused', words: words.refused };
const out: Answered = { status: 503, reason: 'backend_unavailable', words: words.out };

/** The login page with these words and nothing of Microsoft's; whatever else is told stands in the log. */
function isAnswered(t: Test, reply: Reply, expected: Answered, what = 'it is told'): void {
  isLoginPage(t, reply, expected.status, ORIGIN);
  t.match(noticeOf(reply), expected.words, what);
  t.notMatch(reply.body, /AADSTS|Trace ID|Correlation/, what);
  const { level, reason, cure } = refusalIn(site);
  t.strictSame([level, reason], [expected.status === 503 ? 50 : 30, expected.reason], what);
  if (expected.cure === undefined) t.equal(cure, undefined, what);
  else t.match(cure, expected.cure, what);
  t.match(reply.body, /href="\/en\/auth\/microsoft\?[^"]*switch_account=1"/, 'another account can be chosen');
}

t.test('who goes back at Microsoft has cancelled, and can try again from the page', async (t) => {
  const browser = microsoftBrowser(site);
  const reply = await browser.signIn(null);
  isAnswered(t, reply, cancelled);
  t.equal(browser.cookies.get(SESSION), undefined);
  t.notOk(browser.cookies.header['cookie']?.includes(FLOW));
  const link = elementsOf(reply.body).find(({ attributes }) => attributes.get('class') === 'button')?.attributes.get('href') ?? '';
  t.equal(link, `/en/auth/microsoft?${queryOf(web)}`, 'the request is as it was');
  t.match((await browser.open(await browser.choose(await browser.open(link), alice))).headers.location, CODE);
});

t.test('the forms of that page work, too', async (t) => {
  const browser = microsoftBrowser(site);
  const reply = await browser.signIn(null);
  const form = elementsOf(reply.body).find(({ name }) => name === 'form')?.attributes.get('action') ?? '';
  const token = elementsOf(reply.body).find(({ attributes }) => attributes.get('name') === 'form_token')?.attributes.get('value') ?? '';
  const done = await provider.form(form, { form_token: token, sign_in: 'password', user: 'alice', password: 'correct horse battery' }, browser.cookies.header);
  t.match([done.statusCode, done.headers.location], [303, CODE]);
});

const people: readonly (readonly [code: string, expected: Answered])[] = [
  ['50105: Your administrator has configured the application to block users', notAssigned(/assign the user or his group/)],
  ['50020: User account from identity provider does not exist in tenant', notAssigned(/\[Entra:NAME\]/)],
  ['65001: The user or administrator has not consented to use the application', misconfigured(/admin consent/)],
  ['90094: Admin consent is required', misconfigured(/admin consent/)],
  ['50076: Due to a configuration change you must use multi-factor authentication', conditions],
  ['50079: The user is required to use multi-factor authentication', conditions],
  ['53003: Access has been blocked by Conditional Access policies', conditions],
  ['530032: Tenant security policy', conditions],
  ['50158: External security challenge was not satisfied', conditions],
  ['50057: The user account is disabled', refused],
  ['99999999: something that nobody has heard of', refused],
];
for (const [code, expected] of people) {
  t.test(`AADSTS${code.split(':')[0] ?? ''} at Microsoft's page: ${expected.reason}`, async (t) => {
    const blocked = tenant.person({ preferred_username: 'blocked@example.com' }, { refusedBy: `AADSTS${code}. Trace ID: 1 Correlation ID: 2` });
    const browser = microsoftBrowser(site);
    isAnswered(t, await browser.signIn(blocked), expected);
    t.match(refusalIn(site).detail, `AADSTS${code}`, 'the log has it in full');
    t.equal(browser.cookies.get(SESSION), undefined);
  });
}

const answers: readonly (readonly [what: string, fields: Fields, expected: Answered])[] = [
  ['a person who declined', { error: 'consent_required', error_description: 'AADSTS65004: User declined to consent.' }, cancelled],
  ['cancelled by its subcode alone', { error: 'access_denied', error_subcode: 'cancel' }, cancelled],
  ['denied without a word', { error: 'access_denied' }, refused],
  ['another subcode', { error: 'access_denied', error_subcode: 'cancelled?' }, refused],
  ['the client is not allowed', { error: 'unauthorized_client', error_description: 'AADSTS700016: Application was not found.' }, misconfigured(/ClientId/)],
  ['no code that is known', { error: 'invalid_scope', error_description: 'no number' }, misconfigured(/compare TenantId/)],
  ['the redirect URI', { error: 'invalid_request', error_description: 'AADSTS50011: The redirect URI does not match.' }, misconfigured(/redirect URI/)],
  ['out for the moment', { error: 'temporarily_unavailable', error_description: 'try later' }, out],
  ['broken', { error: 'server_error', error_description: 'AADSTS90006' }, out],
  ['of no standard', { error: 'interaction_required', error_description: 'AADSTS50076: MFA' }, conditions],
  ['a property of every object', { error: '__proto__', error_description: 'AADSTSconstructor' }, refused],
  ['a number that is too long', { error: 'access_denied', error_description: 'AADSTS5010500000000' }, refused],
  ['no description', { error: 'login_required', error_description: '' }, refused],
];
for (const [what, fields, expected] of answers) {
  t.test(`an answer with an error, ${what}: ${expected.reason}`, async (t) => {
    isAnswered(t, await answeredWith(fields), expected);
  });
}

t.test('doubled errors, and none at all, are no answer', async (t) => {
  for (const query of ['error=access_denied&error=access_denied', 'error=', 'error_description=AADSTS50105']) {
    const browser = microsoftBrowser(site);
    const { state = '' } = askedOf(await browser.leave());
    isAnswered(t, await browser.open(`/auth?${query}&state=${state}`), refused, query);
  }
});

const shape = shapeOf((await answeredWith({ error: 'access_denied' })).body);
for (const text of hostileTexts.filter((one) => one.length < 1000)) {
  t.test(`nothing that stands in the answer gets into the page or breaks the log: ${seen(text)}`, async (t) => {
    for (const fields of [{ error: 'access_denied', error_description: text }, { error: text === '' ? 'x' : text }, { error: 'access_denied', error_subcode: text, error_uri: text }]) {
      const reply = await answeredWith(fields as Fields);
      isAnswered(t, reply, refused);
      t.strictSame(shapeOf(reply.body), shape);
      if (text.length > 9) t.notOk(reply.body.includes(text));
      t.notMatch(refusalIn(site).detail, /[\p{Cc}\u2028\u2029\u202E]/u, 'the log is plain text');
    }
  });
}

t.test('a huge description is cut in the log', async (t) => {
  isAnswered(t, await answeredWith({ error: 'access_denied', error_description: `AADSTS50105: ${'x'.repeat(10_000)}` }), notAssigned(/assign/));
  t.ok((refusalIn(site).detail?.length ?? 0) < 500);
});

t.test('an error of a stranger counts for nothing: it needs the browser\'s own cookie', async (t) => {
  const reply = await provider.ask({ url: `/auth?error=access_denied&error_description=AADSTS50105&state=${'A'.repeat(43)}` });
  t.equal(reply.statusCode, 400);
  t.match(reply.body, /This sign-in cannot be continued/);
});

const cancelWords = { en: /was cancelled/, de: /wurde abgebrochen/, cs: /bylo zrušeno/ } as const;
for (const [lang, expected] of Object.entries(cancelWords)) {
  t.test(`the page comes in the language that was left: ${lang}`, async (t) => {
    const reply = await microsoftBrowser(site).signIn(null, { ...web, theme: 'dark' }, `/${lang}/auth/microsoft`);
    isLoginPage(t, reply, 403, ORIGIN);
    t.match(noticeOf(reply), expected);
    t.match(reply.body, new RegExp(`<html lang="${lang}" data-theme="dark"`));
    t.match(reply.body, new RegExp(`action="/${lang}/auth\\?`));
  });
}

t.test('without a flow the browser\'s own language is spoken', async (t) => {
  for (const [lang, expected] of [['de-AT,de;q=0.9,en;q=0.8', /lässt sich nicht fortsetzen/], ['cs', /lang="cs"/], ['fr', /lang="en"/]] as const) {
    t.match((await provider.ask({ url: '/auth?code=x', headers: { 'accept-language': lang } })).body, expected, lang);
  }
});
