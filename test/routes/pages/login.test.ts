// The login page, as a browser and a screen reader find it.

import t from 'tap';
import { catalogueFor, languages } from '../../../src/routes/pages/catalogue.ts';
import { type LoginModel, loginPage } from '../../../src/routes/pages/login.ts';
import { themes } from '../../../src/routes/pages/theme.ts';
import { carried, type Element, elementsOf, faultsOf, hostileTexts, seen, shapeOf } from './markup.ts';
import { login, withEachText } from './models.ts';

/** Without what is optional. */
function plain(lang = 'en'): LoginModel {
  const { windowsUrl: _w, microsoft: _m, notice: _n, refused: _r, ...rest } = login(lang);
  return { ...rest, pinSignIn: false };
}

const named = (page: string, name: string): readonly Element[] => elementsOf(page).filter(({ attributes }) => attributes.get('name') === name);
const focus = (page: string): string | undefined => elementsOf(page).find(({ attributes }) => attributes.has('autofocus'))?.attributes.get('id');

t.test('it is well-formed and complete in every language, theme and state', async (t) => {
  for (const lang of languages) {
    for (const theme of themes) {
      for (const model of [login(lang), plain(lang), { ...plain(lang), pinSignIn: true }, { ...login(lang), pinSignIn: false }]) {
        const page = loginPage({ ...model, theme });
        t.strictSame(faultsOf(page), [], `${lang} ${theme}`);
        const [root] = elementsOf(page);
        t.equal(root?.attributes.get('lang'), lang);
        t.equal(root?.attributes.get('data-theme'), theme);
      }
    }
  }
});

t.test('no text of the model changes what elements and attributes there are', async (t) => {
  const keep = ['catalogue', 'theme', 'kind', 'refused'];
  const harmless = shapeOf(loginPage({ ...login(), userName: 'alice' }));
  for (const text of hostileTexts) {
    const models = withEachText({ ...login(), userName: 'alice' }, text, keep);
    t.equal(models.size, 19, 'every text of the model');
    for (const [path, model] of models) {
      const page = loginPage(model);
      const about = `${path} = ${seen(text)}`;
      t.strictSame(shapeOf(page), harmless, about);
      t.ok(shows(page, carried(text)), `${about} is there as it was`);
    }
  }
});

function shows(page: string, text: string): boolean {
  return elementsOf(page).some((element) => element.text.includes(text) || [...element.attributes.values()].includes(text));
}

t.test('the form sends name and password, with the token, as UTF-8', async (t) => {
  const page = loginPage(plain());
  const forms = elementsOf(page).filter(({ name }) => name === 'form');
  t.equal(forms.length, 1);
  t.equal(forms[0]?.attributes.get('action'), '/en/auth?client_id=payroll&state=1');
  const sent = elementsOf(page).filter(({ name }) => name === 'input').map(({ attributes }) => [attributes.get('name'), attributes.get('value')]);
  t.strictSame(sent, [['form_token', 'token-1'], ['sign_in', 'password'], ['user', ''], ['password', undefined]]);
  const [user] = named(page, 'user');
  t.strictSame(['autocomplete', 'autocapitalize', 'spellcheck', 'required'].map((name) => user?.attributes.get(name)), ['username', 'none', 'false', '']);
  const [password] = named(page, 'password');
  t.strictSame(['type', 'autocomplete'].map((name) => password?.attributes.get(name)), ['password', 'current-password']);
  t.notMatch(page, /<script/, 'it works without scripts');
});

t.test('PIN or card has its own form, if it is switched on', async (t) => {
  t.equal(named(loginPage(plain()), 'pin_or_card').length, 0);
  const page = loginPage({ ...plain(), pinSignIn: true });
  t.strictSame(named(page, 'sign_in').map(({ attributes }) => attributes.get('value')), ['password', 'pin']);
  t.strictSame(named(page, 'form_token').map(({ attributes }) => attributes.get('value')), ['token-1', 'token-1']);
  const [pin, ...more] = named(page, 'pin_or_card');
  t.equal(more.length, 0);
  t.strictSame(['type', 'autocomplete', 'inputmode'].map((name) => pin?.attributes.get(name)), ['password', 'off', 'text']);
});

t.test('other ways to sign in are offered only if there are any', async (t) => {
  const links = (model: LoginModel): readonly (readonly [string | undefined, string])[] =>
    elementsOf(loginPage(model)).filter(({ attributes }) => attributes.get('class') === 'button').map(({ attributes, text }) => [attributes.get('href'), text]);
  t.strictSame(links(plain()), []);
  t.strictSame(links({ ...plain(), windowsUrl: '/w?a=1&b=2' }), [['/w?a=1&b=2', 'Sign in with Windows']]);
  t.strictSame(links({ ...plain(), microsoft: [{ url: '/m', switchUrl: '/m?s', name: undefined }] }), [['/m', 'Sign in with Microsoft']]);
  const tenants = ['sales', 'lab'].map((name) => ({ url: `/m/${name}`, switchUrl: `/m/${name}?s`, name }));
  t.strictSame(links({ ...plain(), microsoft: tenants }), [['/m/sales', 'Sign in with Microsoft (sales)'], ['/m/lab', 'Sign in with Microsoft (lab)']]);
  t.equal(links(login()).length, 2);
  const dividers = (model: LoginModel): number => elementsOf(loginPage(model)).filter(({ attributes }) => attributes.get('class') === 'or').length;
  t.strictSame([plain(), { ...plain(), pinSignIn: true }, { ...plain(), windowsUrl: '/w' }, login()].map(dividers), [0, 1, 1, 2]);
});

t.test('each tenant of Microsoft has its link and one to switch the account, named where there are several; without one nothing speaks of it', async (t) => {
  const tenant = (path: string, name?: string) => ({ url: `/m${path}?a=1&b=2`, switchUrl: `/m${path}?a=1&switch_account=1`, name });
  const links = (lang: string, ...microsoft: readonly ReturnType<typeof tenant>[]): readonly (readonly [string | undefined, string])[] =>
    elementsOf(loginPage({ ...plain(lang), microsoft })).filter(({ name, attributes }) => name === 'a' && attributes.get('href')?.startsWith('/m'))
      .map(({ attributes, text }) => [attributes.get('href'), text]);
  for (const lang of languages) {
    const { microsoft, microsoftSwitch } = catalogueFor(lang).signIn;
    t.strictSame(links(lang, tenant('')), [['/m?a=1&b=2', microsoft], ['/m?a=1&switch_account=1', microsoftSwitch]], lang);
    t.strictSame(links(lang, tenant('/1', 'sales'), tenant('/2', 'Škola')), [
      ['/m/1?a=1&b=2', `${microsoft} (sales)`], ['/m/1?a=1&switch_account=1', `${microsoftSwitch} (sales)`],
      ['/m/2?a=1&b=2', `${microsoft} (Škola)`], ['/m/2?a=1&switch_account=1', `${microsoftSwitch} (Škola)`],
    ], lang);
    t.strictSame(faultsOf(loginPage({ ...plain(lang), microsoft: [tenant('/1', 'sales'), tenant('/2', 'Škola')] })), [], lang);
    for (const model of [plain(lang), { ...plain(lang), microsoft: [] }, { ...plain(lang), pinSignIn: true, windowsUrl: '/w' }]) {
      t.notMatch(loginPage(model), /microsoft/i, lang);
    }
  }
});

t.test('the cursor waits where something is to be typed', async (t) => {
  t.equal(focus(loginPage(plain())), 'user');
  t.equal(focus(loginPage({ ...plain(), userName: 'alice' })), 'password');
  t.equal(focus(loginPage({ ...login(), userName: 'alice', refused: 'password' })), 'password');
  t.equal(focus(loginPage({ ...login(), userName: 'alice', refused: 'pin' })), 'pin');
  t.equal(focus(loginPage({ ...login(), pinSignIn: false, refused: 'pin' })), 'user', 'a form that is not there has no focus');
});

t.test('an error is said first, and the fields that may be wrong point to it', async (t) => {
  const page = loginPage(login());
  const [alert, ...more] = elementsOf(page).filter(({ attributes }) => attributes.get('role') === 'alert');
  t.equal(more.length, 0);
  t.equal(alert?.text, catalogueFor('en').notices.wrongCredentials);
  t.equal(alert?.attributes.get('tabindex'), '-1');
  const title = (text: string): string | undefined => elementsOf(text).find(({ name }) => name === 'title')?.text;
  t.equal(title(page), 'Error: Sign in – print.example.com');
  const invalid = (text: string): readonly (string | undefined)[] =>
    elementsOf(text).filter(({ attributes }) => attributes.get('aria-invalid') === 'true').map(({ attributes }) => attributes.get('aria-describedby'));
  t.strictSame(invalid(page), ['notice', 'notice'], 'name and password: the answer does not say which');
  t.strictSame(invalid(loginPage({ ...login(), refused: 'pin' })), ['pin-hint notice']);
  const stale = loginPage({ ...plain(), notice: { kind: 'info', text: catalogueFor('en').notices.staleForm } });
  t.strictSame(invalid(stale), []);
  t.equal(elementsOf(stale).find(({ attributes }) => attributes.get('id') === 'notice')?.attributes.get('role'), 'status');
  t.equal(title(stale), 'Sign in – print.example.com');
  t.strictSame(faultsOf(loginPage({ ...plain(), refused: 'password' })), [], 'without a notice nothing points to one');
});

t.test('a password is never written into the page', async (t) => {
  const secrets = elementsOf(loginPage(login())).filter(({ attributes }) => attributes.get('type') === 'password');
  t.equal(secrets.length, 2);
  for (const { attributes } of secrets) t.notOk(attributes.has('value'));
});

t.test('each language is offered in its own words, and the current one is marked', async (t) => {
  const links = elementsOf(loginPage(login('cs'))).filter(({ path }) => path.at(-1) === 'li');
  t.strictSame(links.map(({ text, attributes }) => [text, attributes.get('lang'), attributes.get('href'), attributes.get('aria-current')]), [
    ['English', 'en', '/en/auth?a=1&b=2', undefined], ['Čeština', 'cs', '/cs/auth?a=1&b=2', 'true'], ['Deutsch', 'de', '/de/auth?a=1&b=2', undefined],
  ]);
  t.equal(elementsOf(loginPage({ ...login(), languageUrls: [] })).filter(({ name }) => name === 'nav').length, 0);
});
