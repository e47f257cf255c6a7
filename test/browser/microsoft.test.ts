// Sign in with Microsoft in a real browser: there and back between two sites, with cookies as browsers keep them.

import t from 'tap';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import { sectionOf } from '../entra/site.ts';
import { startBrowser } from '../realm/browser.ts';
import { startEntra } from '../realm/entra.ts';
import { startGateway } from '../realm/gateway.ts';
import { answersOf, recording } from './answers.ts';
import { addUser, arrival, asking, exchange, PASSWORD, startProgram, typeIn, violationsOf } from './place.ts';

const SALES = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a';
const entra = await startEntra(t);
const [tenant, sales] = [entra.tenant(), entra.tenant(SALES)];
const [app, salesApp] = [tenant.app(), sales.app()];
const keys = 'EnableSignInWithMicrosoft = True\n';
const gateway = await startGateway({
  config: `${sectionOf(entra, app, keys)}\n${sectionOf(entra, salesApp, `${keys}Domains = sales.example\n`, 'Entra:sales', SALES)}`,
  users: [['alice@example.com'], ['adam@example.com'], ['carol@sales.example']], environment: recording,
});
t.teardown(() => gateway.stop());
await addUser(gateway, 'bob');
tenant.app({ ...app, redirectUris: [`${gateway.issuer}/auth`] });
sales.app({ ...salesApp, redirectUris: [`${gateway.issuer}/auth`] });
const alice = tenant.person({ amr: ['pwd', 'mfa'] });
tenant.person({ preferred_username: 'adam@example.com', name: 'Adam' });
tenant.person({ preferred_username: 'nobody@example.com', name: 'Nobody' });
sales.person({ preferred_username: 'carol@sales.example', name: 'Carol' });
const program = await startProgram(t);
const { page, context, close } = await startBrowser({ ca: [gateway.ca, entra.ca] });
t.teardown(close);
const answers = answersOf(gateway);
const violations = violationsOf(page);

const ask = (more: Readonly<Record<string, string>> = {}) => asking(gateway, program.redirectUri, more);
const link = page.getByRole('link', { name: en.signIn.microsoft, exact: true });
const at = (name: string) => page.getByRole('button', { name });
const nameOf = async (fields: Readonly<Record<string, string>>, verifier: string): Promise<unknown> =>
  (await exchange(gateway, { redirectUri: program.redirectUri, verifier, code: fields['code'] })).claims['preferred_username'];

t.test('a click, an account at Microsoft, and back in the application with a code', async (t) => {
  const { url, verifier } = ask();
  await page.goto(url);
  await answers();
  await link.click();
  await page.waitForURL(`${entra.authority}/**`);
  const { fields } = await arrival(page, program, () => at('alice@example.com').click());
  t.match(fields, { code: /.{60}/, state: 'a state', iss: gateway.issuer });
  t.strictSame(await answers(), ['GET 302 /en/auth/microsoft', 'GET 302 /auth']);
  const { claims } = await exchange(gateway, { redirectUri: program.redirectUri, verifier, code: fields['code'] });
  t.match(claims, { preferred_username: 'alice@example.com', amr: ['pwd', 'mfa'] });
  const users = JSON.parse(await gateway.cli('users', 'list', '--json')) as { name: string; entraIds: unknown }[];
  t.match(users.find(({ name }) => name === 'alice@example.com')?.entraIds, [{ tenant: tenant.id, object: alice.object }]);
  t.strictSame((await context.cookies()).filter(({ name, domain }) => domain === gateway.hostname && name.includes('microsoft')), [], 'nothing of the way is kept');
});

t.test('the next visit is answered from the session, without Microsoft', async (t) => {
  const before = entra.requests.length;
  await arrival(page, program, () => page.goto(ask().url));
  t.equal(entra.requests.length, before);
});

t.test('whoever is signed in at Microsoft and not here needs one click; to be another person, Microsoft asks for the account', async (t) => {
  await context.clearCookies({ domain: gateway.hostname });
  await page.goto(ask().url);
  await page.getByRole('link', { name: en.signIn.microsoftSwitch }).first().click();
  await page.waitForURL(`${entra.authority}/**`);
  t.equal(await page.getByRole('heading').innerText(), 'Pick an account');
  const { url, verifier } = ask();
  await at('adam@example.com').click();
  await page.waitForURL(`${program.origin}/**`);
  await context.clearCookies({ domain: gateway.hostname });
  await page.goto(url);
  const { fields } = await arrival(page, program, () => link.click());
  t.equal(await nameOf(fields, verifier), 'adam@example.com', 'silently, as whom Microsoft has');
});

t.test('after a sign-out Microsoft asks for the account, and does not bring back whoever is signed in there', async (t) => {
  await page.goto(`${gateway.issuer}/en/auth/logout`);
  await page.getByRole('button', { name: en.signOut.confirm }).click();
  await page.goto(ask().url);
  await link.click();
  await page.waitForURL(`${entra.authority}/**`);
  t.equal(await page.getByRole('heading').innerText(), 'Pick an account');
  const { fields } = await arrival(page, program, () => at('alice@example.com').click());
  t.match(fields, { code: /.{60}/ });
  await context.clearCookies({ domain: gateway.hostname });
  await page.goto(ask().url);
  t.match(await arrival(page, program, () => link.click()), { fields: { code: /.{60}/ } }, 'once');
});

t.test('each tenant has its button, and the login name\'s domain puts its own first', async (t) => {
  await context.clearCookies();
  const { url, verifier } = ask({ login_hint: 'carol@sales.example' });
  await page.goto(url);
  const offered = await page.locator('.others a.button').allInnerTexts();
  t.strictSame(offered.map((text) => text.trim()), [`${en.signIn.microsoft} (sales)`, en.signIn.microsoft]);
  await page.getByRole('link', { name: `${en.signIn.microsoft} (sales)` }).click();
  await page.waitForURL(`${entra.authority}/**`);
  const { fields } = await arrival(page, program, () => at('carol@sales.example').click());
  t.equal(await nameOf(fields, verifier), 'carol@sales.example');
});

t.test('domain_hint leads straight to the tenant', async (t) => {
  await context.clearCookies();
  await page.goto(ask({ domain_hint: 'sales.example' }).url);
  t.match(page.url(), `${entra.authority}/${SALES}/`);
});

t.test('who goes back at Microsoft, or is unknown here, is on the login page again with the reason, and can sign in otherwise', async (t) => {
  await context.clearCookies();
  const { url, verifier } = ask();
  await page.goto(url);
  for (const [button, text] of [['Cancel', en.notices.microsoftCancelled], ['nobody@example.com', en.notices.microsoftUnknown]] as const) {
    await link.click();
    await page.waitForURL(`${entra.authority}/**`);
    await at(button).click();
    await page.waitForURL(`${gateway.issuer}/**`);
    t.equal(await page.getByRole('alert').innerText(), text);
    await context.clearCookies({ domain: '127.0.0.1' });
  }
  const { fields } = await arrival(page, program, () => typeIn(page, 'bob', PASSWORD));
  t.equal(await nameOf(fields, verifier), 'bob');
});

t.test('no page had anything that its policy forbids', async (t) => {
  t.strictSame(violations, []);
});
