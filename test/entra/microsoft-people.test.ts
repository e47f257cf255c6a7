// Who comes back from Microsoft and is let in, or why not: in plain words, in every language, with the way to another account.

import t, { type Test } from 'tap';
import { isLoginPage } from '../oauth/answers.ts';
import { answerOf, type Fields } from '../oauth/provider.ts';
import type { Person } from '../realm/entra.ts';
import { elementsOf } from '../routes/pages/markup.ts';
import type { Reply } from '../routes/app.ts';
import { askedOf, BUTTON, FLOW, microsoftBrowser, nextAnswer, ORIGIN, refusalIn, SESSION, web, withIdToken } from './microsoft-browser.ts';
import { openEntraSite } from './site.ts';

const site = await openEntraSite(t, { keys: `${BUTTON}UserName = upnPrefix\nRequireAcrs = c1\n` });
const { tenant, app, provider, entra } = site;
const { store } = provider.gateway;
const CODE = /^https:\/\/app\.example\/cb\?code=/;

/** Somebody who fulfils what the section demands. */
const person = (name: string, claims: Readonly<Record<string, unknown>> = {}): Person =>
  tenant.person({ preferred_username: `${name}@example.com`, name: `${name} Example`, acrs: ['c1'], ...claims });

const alice = person('alice');
const noticeOf = ({ body }: Reply): string => elementsOf(body).find(({ attributes }) => attributes.get('role') === 'alert')?.text.trim() ?? '';

interface Words {
  readonly en: RegExp;
  readonly de: RegExp;
  readonly cs: RegExp;
}

const unknown: Words = { en: /^Microsoft knows you, but your account does not belong to anybody/, de: /^Microsoft kennt Sie, aber/, cs: /^Microsoft vás zná, ale/ };
const disabled: Words = { en: /^Your account at this print service is disabled/, de: /^Ihr Konto bei diesem Druckdienst ist deaktiviert/, cs: /účet/ };
const otherAccount: Words = { en: /^This account cannot be used here/, de: /^Dieses Konto kann hier nicht verwendet werden/, cs: /^Tento účet zde nelze použít/ };
const conditions: Words = { en: /^Your organisation does not allow this sign-in/, de: /^Ihre Organisation erlaubt diese Anmeldung nicht/, cs: /^Vaše organizace/ };

interface Refused {
  readonly reason: string;
  readonly words: Words;
  readonly cure?: RegExp;
  make(): Promise<Person> | Person;
}

const refusals: Readonly<Record<string, Refused>> = {
  'somebody whom nobody has added': { reason: 'unknown_user', words: unknown, cure: /myq-gateway users add carol/, make: () => person('carol') },
  'somebody who has another\'s former name': {
    reason: 'unknown_user', words: unknown, cure: /--entra-id/,
    make: async () => {
      t.equal((await microsoftBrowser(site).signIn(alice)).statusCode, 302);
      return person('alice', { name: 'Another Alice' });
    },
  },
  'a user who was disabled': {
    reason: 'user_disabled', words: disabled,
    make: async () => {
      const { id } = await store.addUser({ name: 'dan', aliases: ['dan'], scopes: [] });
      await store.setUserDisabled(id, true);
      return person('dan');
    },
  },
  'a guest by acct': { reason: 'guest_account', words: otherAccount, cure: /AllowGuests/, make: () => person('bob', { acct: 1 }) },
  'a guest by idp': { reason: 'guest_account', words: otherAccount, cure: /AllowGuests/, make: () => person('bob', { idp: 'https://sts.windows.net/x/' }) },
  'somebody whom Conditional Access was not asked about': {
    reason: 'acrs_missing', words: conditions, cure: /Conditional Access/, make: () => person('bob', { acrs: undefined }),
  },
  'somebody with another authentication context': {
    reason: 'acrs_missing', words: conditions, cure: /Conditional Access/, make: () => person('bob', { acrs: ['c2', 'c10'] }),
  },
};

for (const [what, { reason, words, cure, make }] of Object.entries(refusals)) {
  t.test(`${what} is told so in every language, and can choose another account`, async (t) => {
    const refused = await make();
    const users = (await store.users()).length;
    for (const lang of ['en', 'de', 'cs'] as const) {
      const browser = microsoftBrowser(site);
      const reply = await browser.signIn(refused, web, `/${lang}/auth/microsoft`);
      isLoginPage(t, reply, 403, ORIGIN);
      t.match(noticeOf(reply), words[lang]);
      t.notMatch(reply.body, new RegExp(`${refused.object}|users add|AllowGuests|acrs`), 'what is for the administrator stands in the log');
      t.match(refusalIn(site), { level: 30, reason, user: refused.claims['preferred_username'] });
      if (cure !== undefined) t.match(refusalIn(site).cure, cure);
      t.strictSame([browser.cookies.get(SESSION), browser.cookies.header['cookie']?.includes(FLOW)], [undefined, false]);
      await canSwitch(t, reply, browser, lang);
    }
    t.equal((await store.users()).length, users, 'nobody was made');
  });
}

/** The page's own link leads to Microsoft, which asks for the account though somebody is signed in there; alice then comes in. */
async function canSwitch(t: Test, reply: Reply, browser: ReturnType<typeof microsoftBrowser>, lang: string): Promise<void> {
  const link = elementsOf(reply.body).map(({ attributes }) => attributes.get('href') ?? '').find((href) => href.endsWith('&switch_account=1')) ?? '';
  t.ok(link.startsWith(`/${lang}/auth/microsoft?`), link);
  const left = await browser.open(link);
  t.equal(askedOf(left)['prompt'], 'select_account');
  t.match((await browser.open(await browser.choose(left, alice))).headers.location, CODE);
}

t.test('whom an administrator has named by his object id comes in, whatever he is called', async (t) => {
  const eve = person('completely-different');
  const { id } = await store.addUser({ name: 'eve', aliases: ['eve'], scopes: [] });
  t.equal(await store.pairEntra(id, { tenant: tenant.id, object: eve.object }), 'paired');
  t.equal(await subjectOf(await microsoftBrowser(site).signIn(eve)), id);
});

t.test('who has paired is the same by this way and by the exchange, whatever becomes of his name', async (t) => {
  const { id } = await store.addUser({ name: 'frank', aliases: ['frank'], scopes: [] });
  const frank = person('frank');
  t.equal(await subjectOf(await microsoftBrowser(site).signIn(frank)), id);
  const renamed: Person = { ...frank, claims: { ...frank.claims, preferred_username: 'f.new@example.com' } };
  const exchanged = await site.signIn(renamed);
  t.equal(exchanged.statusCode, 200, exchanged.body);
  t.equal(subjectIn(exchanged), id);
  const browser = microsoftBrowser(site);
  const left = await browser.leave();
  const back = await browser.choose(left, frank);
  nextAnswer(site, withIdToken(await tenant.idToken(renamed, app, { nonce: askedOf(left)['nonce'] })));
  t.equal(await subjectOf(await browser.open(back)), id);
});

t.test('who is disabled while he is at Microsoft does not come in, nor by the session that he had', async (t) => {
  const { id } = await store.addUser({ name: 'gina', aliases: ['gina'], scopes: [] });
  const gina = person('gina');
  const browser = microsoftBrowser(site);
  t.equal(await subjectOf(await browser.signIn(gina)), id);
  const back = await browser.choose(await browser.leave({ ...web, prompt: 'login' }), gina);
  await store.setUserDisabled(id, true);
  isLoginPage(t, await browser.open(back), 403, ORIGIN);
  t.equal(refusalIn(site).reason, 'user_disabled');
  t.match(answerOf(await browser.authorize({ ...web, prompt: 'none' })), { error: 'login_required' });
});

t.test('who is refused where the application has named the tenant sees the page, and is not led round and round', async (t) => {
  const browser = microsoftBrowser(site);
  const asked = { ...web, domain_hint: tenant.id };
  const reply = await browser.signIn(person('henry'), asked);
  isLoginPage(t, reply, 403, ORIGIN);
  t.match(noticeOf(reply), unknown.en);
  t.match(reply.body, /name="password"/);
});

t.test('an application that is removed while its person is at Microsoft gets nothing', async (t) => {
  const gone = { id: 'gone', name: 'Gone', isPublic: false, scopes: ['openid'], grants: ['authorization_code'], redirectUris: ['https://gone.example/cb'], postLogoutRedirectUris: [], origins: [] };
  await store.addClient(gone, undefined);
  const browser = microsoftBrowser(site);
  const asked: Fields = { response_type: 'code', client_id: 'gone', redirect_uri: 'https://gone.example/cb', scope: 'openid' };
  const back = await browser.choose(await browser.leave(asked), alice);
  await store.removeClient('gone');
  const before = entra.requests.length;
  const reply = await browser.open(back);
  t.strictSame([reply.statusCode, reply.headers.location, browser.cookies.get(SESSION)], [400, undefined, undefined]);
  t.match(reply.body, /This application is not known here/);
  t.equal(entra.requests.length, before, 'no code is redeemed for it');
});

function subjectIn(reply: Reply): unknown {
  const { access_token: token } = reply.json<{ readonly access_token: string }>();
  return (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { readonly sub: unknown }).sub;
}

/** Whom the code of this answer is for. */
async function subjectOf(reply: Reply): Promise<unknown> {
  const code = answerOf(reply)['code'] ?? reply.body;
  return subjectIn(await provider.token('web', { grant_type: 'authorization_code', code, redirect_uri: 'https://app.example/cb' }));
}
