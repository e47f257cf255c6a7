// Windows sign-in from the login page with a real ticket: silent on a first visit, never a loop, never against somebody's wish.

import t from 'tap';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import { startBrowser } from '../realm/browser.ts';
import { openSite } from '../realm/site.ts';
import { answersOf, recording } from './answers.ts';
import { addUser, arrival, asking, exchange, PASSWORD, startProgram, typeIn } from './place.ts';

const site = await openSite(t, { config: '[Security]\nWindowsSignInNetworks = 127.0.0.0/8', environment: recording, users: [] });
const { gateway, realm, ccache } = site;
await addUser(gateway, 'alice');
const program = await startProgram(t);
const { page, context, close } = await startBrowser({ ca: gateway.ca, ticket: site });
t.teardown(close);
const answers = answersOf(gateway);

const ask = (more: Readonly<Record<string, string>> = {}) => asking(gateway, program.redirectUri, more);
const link = page.getByRole('link', { name: en.signIn.windows });
/** As a browser that was never here: all that we remember is in its cookies. */
const forget = async (): Promise<void> => {
  await context.clearCookies();
  await answers();
};
const ticketFor = (user: string): Promise<string> => realm.kinit(user, { ccache });
const noTicket = (): Promise<string> => realm.exec('kdestroy', ['-c', ccache]);

t.test('a first visit with a ticket shows no page and asks nothing', async (t) => {
  const { url, verifier } = ask();
  const { fields } = await arrival(page, program, () => page.goto(url));
  t.match(fields, { code: /.{60}/, state: 'a state', iss: gateway.issuer });
  t.strictSame(await answers(), ['GET 302 /en/auth', 'GET 401 /en/auth/windows', 'GET 302 /en/auth/windows Negotiate']);
  const { claims } = await exchange(gateway, { redirectUri: program.redirectUri, verifier, code: fields['code'] });
  t.match(claims, { preferred_username: 'alice', amr: ['wia'] });
});

t.test('the next visit is answered from the session', async (t) => {
  await arrival(page, program, () => page.goto(ask().url));
  t.strictSame(await answers(), ['GET 302 /en/auth']);
});

t.test('prompt=login shows the page though there is a ticket, and a click on the link is a fresh sign-in', async (t) => {
  await forget();
  await page.goto(ask({ prompt: 'login' }).url);
  t.equal(await page.getByRole('heading').innerText(), en.signIn.title);
  t.strictSame(await answers(), ['GET 200 /en/auth']);
  t.match(await arrival(page, program, () => link.click()), { fields: { code: /.{60}/ } });
  t.strictSame(await answers(), ['GET 401 /en/auth/windows', 'GET 302 /en/auth/windows Negotiate']);
});

t.test('prompt=none neither shows a page nor asks for a ticket', async (t) => {
  await forget();
  t.match(await arrival(page, program, () => page.goto(ask({ prompt: 'none' }).url)), { fields: { error: 'login_required' } });
  t.strictSame(await answers(), ['GET 302 /en/auth']);
});

t.test('without a ticket the answer to the 401 is the page, which works, and the ticket is not asked for again', async (t) => {
  await noTicket();
  await forget();
  await page.goto(ask().url);
  t.strictSame([...new Set(await answers())], ['GET 302 /en/auth', 'GET 401 /en/auth/windows']);
  t.equal(await page.getByRole('status').innerText(), en.notices.windowsNoTicket);
  t.equal(await page.locator(':focus').getAttribute('id'), 'user');
  await page.goto(ask().url);
  t.strictSame(await answers(), ['GET 200 /en/auth']);
  t.equal(await page.getByRole('status').count(), 0);
  t.ok(await link.isVisible());
  t.match(await arrival(page, program, () => typeIn(page, 'alice', PASSWORD)), { fields: { code: /.{60}/ } });
  t.strictSame(await answers(), ['POST 303 /en/auth']);
});

t.test('the form of the 401 signs in, too', async (t) => {
  await forget();
  await page.goto(ask().url);
  t.match(page.url(), /\/en\/auth\/windows\?/);
  t.match(await arrival(page, program, () => typeIn(page, 'alice', PASSWORD)), { fields: { code: /.{60}/ } });
});

t.test('a ticket that came meanwhile is used after a click on the link', async (t) => {
  await forget();
  await page.goto(ask().url);
  await ticketFor('alice');
  await answers();
  t.match(await arrival(page, program, () => link.click()), { fields: { code: /.{60}/ } });
  t.strictSame(await answers(), ['GET 401 /en/auth/windows', 'GET 302 /en/auth/windows Negotiate']);
});

t.test('somebody without an account here reads so once, and can sign in otherwise', async (t) => {
  await ticketFor('bob');
  await forget();
  t.equal((await page.goto(ask().url))?.status(), 403);
  t.equal(await page.getByRole('alert').innerText(), en.messages.windowsAccountUnknown.text);
  t.strictSame(await answers(), ['GET 302 /en/auth', 'GET 401 /en/auth/windows', 'GET 403 /en/auth/windows Negotiate']);
  await page.reload();
  t.strictSame(await answers(), ['GET 401 /en/auth/windows', 'GET 403 /en/auth/windows Negotiate']);
  t.match(await arrival(page, program, () => typeIn(page, 'alice', PASSWORD)), { fields: { code: /.{60}/ } });
  await ticketFor('alice');
});

t.test('a disabled user reads so', async (t) => {
  await gateway.cli('users', 'disable', 'alice');
  await forget();
  t.equal((await page.goto(ask().url))?.status(), 403);
  t.equal(await page.getByRole('alert').innerText(), en.messages.userDisabled.text);
  await gateway.cli('users', 'enable', 'alice');
});

t.test('who has signed out is not signed in again by his ticket, even if it was not tried before', async (t) => {
  await forget();
  await page.goto(ask({ prompt: 'login' }).url);
  await arrival(page, program, () => typeIn(page, 'alice', PASSWORD));
  await page.goto(`${gateway.issuer}/en/auth/logout`);
  await page.getByRole('button', { name: en.signOut.confirm }).click();
  await page.getByRole('heading', { name: en.messages.signedOut.title }).waitFor();
  await answers();
  await page.goto(ask().url);
  t.equal(await page.getByRole('heading').innerText(), en.signIn.title);
  t.strictSame(await answers(), ['GET 200 /en/auth']);
  t.match(await arrival(page, program, () => link.click()), { fields: { code: /.{60}/ } });
});
