// The language of the pages: the path's, that of ui_locales first (OIDC Core §3.1.2.1, RFC 4647), and English for all others.

import t from 'tap';
import { elementsOf } from '../routes/pages/markup.ts';
import { asking, Cookies, formTokenOf, openProvider } from './provider.ts';

const provider = await openProvider(t);
const web = asking('web');
const titles = { en: 'Sign in', de: 'Anmelden', cs: 'Přihlášení' } as const;
const errors = { en: 'This application is not known here', de: 'Diese Anwendung ist hier nicht bekannt', cs: 'Tuto aplikaci zde neznáme' } as const;

const heading = (body: string): string | undefined => elementsOf(body).find(({ name }) => name === 'h1')?.text;
const langOf = (body: string): string | undefined => elementsOf(body)[0]?.attributes.get('lang');

const paths: readonly (readonly [path: string, lang: keyof typeof titles])[] = [
  ['en', 'en'], ['de', 'de'], ['cs', 'cs'], ['de-AT', 'de'], ['cs-CZ', 'cs'], ['en-GB', 'en'], ['fr', 'en'], ['fr-CA', 'en'], ['xx', 'en'], ['zh-TW', 'en'],
];
for (const [path, lang] of paths) {
  t.test(`/${path}/auth speaks ${lang}, on its error page as well`, async (t) => {
    const page = await provider.authorize(web, { lang: path });
    t.equal(page.statusCode, 200);
    t.equal(langOf(page.body), lang);
    t.equal(heading(page.body), titles[lang]);
    const error = await provider.authorize({ ...web, client_id: 'nobody' }, { lang: path });
    t.equal(error.statusCode, 400);
    t.equal(langOf(error.body), lang);
    t.equal(heading(error.body), errors[lang]);
  });
}

const locales: readonly (readonly [uiLocales: string, lang: keyof typeof titles])[] = [
  ['cs', 'cs'], ['fr cs de', 'cs'], ['de-CH-1996 cs', 'de'], ['DE', 'de'], ['fr es', 'en'], ['', 'en'], ['german', 'en'], ['d', 'en'], ['-de', 'en'],
  ['cs,de', 'en'], [' de', 'de'], ['__proto__ constructor cs', 'cs'], ['../cs', 'en'], ['x'.repeat(2048), 'en'],
];
for (const [uiLocales, lang] of locales) {
  t.test(`ui_locales ${JSON.stringify(uiLocales.slice(0, 30))} speaks ${lang} at /en/auth`, async (t) => {
    const page = await provider.authorize({ ...web, ui_locales: uiLocales });
    t.equal(page.statusCode, 200);
    t.equal(heading(page.body), titles[lang]);
  });
}

t.test('ui_locales goes before the path, and the path before English', async (t) => {
  t.equal(heading((await provider.authorize({ ...web, ui_locales: 'cs' }, { lang: 'de' })).body), titles.cs);
  t.equal(heading((await provider.authorize({ ...web, ui_locales: 'fr' }, { lang: 'de' })).body), titles.de);
});

t.test('the refusal speaks the language of the page', async (t) => {
  const cookies = new Cookies();
  const page = await provider.authorize(web, { lang: 'de', cookies });
  cookies.take(page);
  const action = elementsOf(page.body).find(({ name }) => name === 'form')?.attributes.get('action') ?? '';
  t.match(action, /^\/de\/auth\?/);
  const reply = await provider.form(action, { form_token: formTokenOf(page), sign_in: 'password', user: 'alice', password: 'falsch' }, cookies.header);
  t.equal(reply.statusCode, 403);
  t.match(reply.body, /Benutzername oder Passwort stimmt nicht/);
});

t.test('the links to other languages keep the request and drop ui_locales', async (t) => {
  const { body } = await provider.authorize({ ...web, ui_locales: 'cs', login_hint: 'a&b=c' }, { lang: 'fr' });
  const links = elementsOf(body).filter(({ name, attributes }) => name === 'a' && attributes.has('hreflang')).map(({ attributes }) => attributes.get('href') ?? '');
  t.strictSame(links.map((link) => link.split('?', 1)[0]), ['/en/auth', '/cs/auth', '/de/auth']);
  for (const link of links) t.strictSame(Object.fromEntries(new URL(link, 'https://x').searchParams), { ...web, login_hint: 'a&b=c' });
});

for (const path of ['EN', 'e', 'eng', 'en_GB', 'en-gb', 'en-G', 'en-GBR', 'api', 'en%2e', '..', 'en/..', 'en%00', 'ěn']) {
  t.test(`/${path}/auth is no page: 404`, async (t) => {
    const reply = await provider.authorize(web, { lang: encodeURI(path).replace('%25', '%') });
    t.equal(reply.statusCode, 404);
    t.match(reply.json(), { error: 'not_found', code: 404 });
    t.equal(reply.headers.location, undefined);
  });
}
