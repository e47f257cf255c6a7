// Signing out in a real browser: the question, by keyboard, and both answers to it (OpenID Connect RP-Initiated Logout 1.0).

import t from 'tap';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { addClient, addUser, arrival, asking, exchange, PASSWORD, startProgram, typeIn, violationsOf } from './place.ts';

const gateway = await startGateway();
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
const program = await startProgram(t);
const bye = `${program.origin}/bye`;
const client = await addClient(gateway, 'Web Print', '--redirect-uri', program.redirectUri, '--post-logout-redirect-uri', bye);
const { page, context, close } = await startBrowser({ ca: gateway.ca });
t.teardown(close);
const violations = violationsOf(page);

const ask = (more: Readonly<Record<string, string>> = {}) => asking(gateway, program.redirectUri, { client_id: client, scope: 'openid', ...more });
const isSignedIn = async (): Promise<boolean> =>
  'code' in (await arrival(page, program, () => page.goto(ask({ prompt: 'none' }).url))).fields;
const openQuestion = (query: Readonly<Record<string, string>> = {}) =>
  page.goto(`${gateway.issuer}/en/auth/logout?${new URLSearchParams(query).toString()}`);

/** Signs in; gives the ID token. */
async function signIn(): Promise<string> {
  const { url, verifier } = ask({ prompt: 'login' });
  await page.goto(url);
  const { fields } = await arrival(page, program, () => typeIn(page, 'alice', PASSWORD));
  const { idToken } = await exchange(gateway, { redirectUri: program.redirectUri, verifier, code: fields['code'], client });
  return idToken;
}

/** Goes to this button with the Tab key and presses it. */
async function press(tabs: number, label: string): Promise<void> {
  for (let pressed = 0; pressed < tabs; pressed++) await page.keyboard.press('Tab');
  t.equal(await page.locator(':focus').innerText(), label);
  await page.keyboard.press('Enter');
}

t.test('who is asked may stay, and who signs out is out', async (t) => {
  await signIn();
  await openQuestion();
  t.equal(await page.getByRole('heading').innerText(), en.signOut.title);
  t.match(await page.locator('main').innerText(), en.signOut.signedInAs.join('alice'));
  await press(2, en.signOut.stay);
  await page.getByRole('heading', { name: en.messages.stillSignedIn.title }).waitFor();
  t.ok(await isSignedIn());
  await openQuestion();
  await press(1, en.signOut.confirm);
  await page.getByRole('heading', { name: en.messages.signedOut.title }).waitFor();
  t.notOk((await context.cookies()).some(({ name }) => name === '__Host-myq-session'));
  t.notOk(await isSignedIn());
});

t.test('an old session cookie that comes back is worth nothing', async (t) => {
  await signIn();
  const before = await context.cookies();
  await openQuestion();
  await press(1, en.signOut.confirm);
  await page.getByRole('heading', { name: en.messages.signedOut.title }).waitFor();
  await context.addCookies(before);
  t.notOk(await isSignedIn());
});

t.test('where nobody is signed in nobody is asked', async (t) => {
  await openQuestion();
  t.equal(await page.getByRole('heading').innerText(), en.messages.signedOut.title);
});

t.test('the client gets its page back after the question, with its state', async (t) => {
  await signIn();
  await openQuestion({ client_id: client, post_logout_redirect_uri: bye, state: 'a <state>' });
  const { url, fields } = await arrival(page, program, () => press(1, en.signOut.confirm));
  t.match(url, /^\/bye\?/);
  t.strictSame(fields, { state: 'a <state>' });
  t.notOk(await isSignedIn());
});

t.test('a client that shows an ID token of the person needs no question', async (t) => {
  const hint = await signIn();
  const { url } = await arrival(page, program, () => openQuestion({ id_token_hint: hint, post_logout_redirect_uri: bye }));
  t.equal(url, '/bye');
  t.notOk(await isSignedIn());
});

t.test('an address that is not registered is not gone to, and nobody is signed out', async (t) => {
  await signIn();
  const count = program.arrivals.length;
  t.equal((await openQuestion({ client_id: client, post_logout_redirect_uri: `${bye}?x` }))?.status(), 400);
  t.equal(await page.getByRole('heading').innerText(), en.messages.redirectNotRegistered.title);
  t.equal(program.arrivals.length, count);
  t.ok(await isSignedIn());
});

t.test('the pages kept to their policy', (t) => {
  t.strictSame(violations, []);
  t.end();
});
