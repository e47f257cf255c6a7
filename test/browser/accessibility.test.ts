// The pages for people who hear them or use the keyboard (WCAG 2.2).

import t from 'tap';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { everyWay, showings } from './pages.ts';
import { addUser, asking, startProgram } from './place.ts';

const gateway = await startGateway({ config: `${everyWay}[Security]\nLockoutAttempts = 50` });
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
const program = await startProgram(t);
const { page, close } = await startBrowser({ ca: gateway.ca });
t.teardown(close);

const login = (lang = 'en', more: Readonly<Record<string, string>> = {}): string =>
  asking(gateway, program.redirectUri, { prompt: 'login', ...more }, lang).url;
/** What a screen reader gets, without the addresses of links. */
const heard = async (): Promise<string> => (await page.locator('body').ariaSnapshot()).replace(/:\n +- \/url: .*$/gm, '');

t.test('a screen reader hears the login page in order, every field and button by its name (1.3.1, 4.1.2)', async (t) => {
  await page.goto(login());
  t.equal(await heard(), `- banner:
  - paragraph: print.myq.test
- main:
  - heading "Sign in" [level=1]
  - paragraph:
    - text: to continue to
    - strong: MyQ Desktop Client
  - text: User name
  - textbox "User name"
  - text: Password
  - textbox "Password"
  - button "Sign in"
  - paragraph: or
  - text: PIN or card number
  - textbox "PIN or card number"
  - button "Sign in with PIN or card": Sign in
  - paragraph: Type your PIN, or hold your card to a reader that is connected to this computer.
  - paragraph: or
  - link "Sign in with Windows"
  - paragraph: with the account that you use on this computer
  - link "Sign in with Microsoft"
  - paragraph:
    - link "Use another Microsoft account"
  - link "Sign in with Microsoft (sales)"
  - paragraph:
    - link "Use another Microsoft account (sales)"
- contentinfo:
  - navigation "Language":
    - list:
      - listitem:
        - link "English"
      - listitem:
        - link "Čeština"
      - listitem:
        - link "Deutsch"`);
});

t.test('hints and the reason of a refusal belong to their fields (1.3.1, 3.3.1)', async (t) => {
  const descriptionOf = async (selector: string): Promise<string> => {
    const ids = (await page.locator(selector).getAttribute('aria-describedby') ?? '').split(' ');
    return (await Promise.all(ids.map((id) => page.locator(`#${id}`).innerText()))).join('|');
  };
  t.equal(await descriptionOf('#pin'), en.signIn.pinHint);
  t.equal(await descriptionOf('a.button >> nth=0'), en.signIn.windowsHint);
  await page.locator('#pin').fill('000000');
  await page.locator('#pin').press('Enter');
  const reason = en.notices.wrongCredentials;
  t.equal(await page.getByRole('alert').innerText(), reason);
  t.equal(await page.locator(':focus').getAttribute('id'), 'pin');
  t.match(await descriptionOf('#pin'), `|${reason}`);
  t.equal(await page.locator('#pin').getAttribute('aria-invalid'), 'true');
  t.equal(await page.locator('#user').getAttribute('aria-invalid'), null);
});

t.test('the Tab key goes the way that the eye goes, and misses nothing (2.4.3)', async (t) => {
  await page.goto(login());
  const way: string[] = [];
  for (let pressed = 0; pressed < 13; pressed++) {
    way.push(await page.evaluate<string>('document.activeElement.id || document.activeElement.textContent'));
    await page.keyboard.press('Tab');
  }
  const [link, other] = [en.signIn.microsoft, en.signIn.microsoftSwitch];
  const microsoft = [link, other, `${link} (sales)`, `${other} (sales)`];
  t.strictSame(way, ['user', 'password', 'Sign in', 'pin', 'Sign in', 'Sign in with Windows', ...microsoft, 'English', 'Čeština', 'Deutsch']);
});

t.test('the page and each language in it say which they are (3.1.1, 3.1.2)', async (t) => {
  for (const [path, more, lang] of [['en', {}, 'en'], ['cs', {}, 'cs'], ['de-AT', {}, 'de'], ['fr', {}, 'en'], ['en', { ui_locales: 'fr cs-CZ de' }, 'cs']] as const) {
    await page.goto(login(path, more));
    t.equal(await page.locator('html').getAttribute('lang'), lang, `${path} ${JSON.stringify(more)}`);
    const links = page.getByRole('navigation').getByRole('link');
    t.strictSame(await links.evaluateAll((all) => all.map((one) => one.getAttribute('lang'))), ['en', 'cs', 'de']);
    t.equal(await page.locator('[aria-current=true]').getAttribute('lang'), lang);
  }
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
  t.match(page.url(), `${gateway.issuer}/de/auth?`);
});

t.test('every page has one heading, a main part, its buttons by name, and a title that begins with an error if there is one (2.4.2)', async (t) => {
  const expected: Readonly<Record<string, readonly [title: string, ...buttons: string[]]>> = {
    login: [en.signIn.title, en.signIn.submit, en.signIn.pinSubmit],
    refused: [`Error: ${en.signIn.title}`, en.signIn.submit, en.signIn.pinSubmit],
    error: [`Error: ${en.messages.redirectNotRegistered.title}`],
    'signed out': [en.messages.signedOut.title],
    'form post': [en.formPost.title, en.formPost.submit],
    'sign out?': [en.signOut.title, en.signOut.confirm, en.signOut.stay],
  };
  await page.context().clearCookies();
  for (const { name, open } of showings(gateway, program)) {
    await open(page);
    const [title, ...buttons] = expected[name] ?? ['none'];
    t.equal(await page.title(), `${title} – ${gateway.hostname}`, name);
    t.ok(title.endsWith(await page.getByRole('heading').innerText()), name);
    t.equal(await page.getByRole('main').count(), 1, name);
    for (const button of buttons) t.equal(await page.getByRole('button', { name: button, exact: true }).count(), 1, `${name}: ${button}`);
    t.equal(await page.getByRole('button').count(), buttons.length, name);
    t.notMatch(await heard(), /(button|link|textbox|img)(?! ")/, `${name}: nothing is without a name`);
  }
});
