// One sign-in for all clients of a browser, its cookies as the browser sees them, other tabs, and the Back button (OIDC Core §3.1.2.3).

import t from 'tap';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { addClient, addUser, arrival, asking, exchange, PASSWORD, startProgram, typeIn } from './place.ts';

const gateway = await startGateway();
t.teardown(() => gateway.stop());
for (const name of ['alice', 'bob']) await addUser(gateway, name);
const program = await startProgram(t);
const client = await addClient(gateway, 'Web Print', '--redirect-uri', program.redirectUri);
const { page, context, close } = await startBrowser({ ca: gateway.ca });
t.teardown(close);

const ask = (more: Readonly<Record<string, string>> = {}) => asking(gateway, program.redirectUri, more);
const cookie = async (name: string) => (await context.cookies()).find((one) => one.name === `__Host-myq-${name}`);

t.test('a second client asks nothing, and gets tokens for the same person and session', async (t) => {
  const first = ask();
  await page.goto(first.url);
  const one = await arrival(page, program, () => typeIn(page, 'alice', PASSWORD));
  const second = ask({ client_id: client, scope: 'openid' });
  const two = await arrival(page, program, () => page.goto(second.url));
  const [{ claims: a }, { claims: b }] = await Promise.all([
    exchange(gateway, { redirectUri: program.redirectUri, verifier: first.verifier, code: one.fields['code'] }),
    exchange(gateway, { redirectUri: program.redirectUri, verifier: second.verifier, code: two.fields['code'], client }),
  ]);
  t.match(a, { sub: /^.{20}/, sid: /^.{20}/ });
  t.strictSame([b['sub'], b['sid'], b['auth_time'], b['aud']], [a['sub'], a['sid'], a['auth_time'], client]);
});

t.test('its cookies are for this host alone, over TLS, out of reach for scripts, and end with the browser', async (t) => {
  for (const name of ['session', 'form']) {
    t.match(await cookie(name), { domain: gateway.hostname, path: '/', secure: true, httpOnly: true, sameSite: 'Lax', expires: -1 }, name);
  }
  await page.goto(ask({ prompt: 'login' }).url);
  t.equal(await page.evaluate('document.cookie'), '');
});

t.test('the session has another id after each sign-in, and the former one is over', async (t) => {
  const before = await cookie('session');
  await page.goto(ask({ prompt: 'login' }).url);
  await arrival(page, program, () => typeIn(page, 'bob', PASSWORD));
  const after = await cookie('session');
  t.not(after?.value, before?.value);
  if (before === undefined || after === undefined) throw new Error('there is no session');
  await context.addCookies([before]);
  t.match(await arrival(page, program, () => page.goto(ask({ prompt: 'none' }).url)), { fields: { error: 'login_required' } });
  await context.addCookies([after]);
  t.match(await arrival(page, program, () => page.goto(ask({ prompt: 'none' }).url)), { fields: { code: /.{60}/ } });
});

t.test('a form that another tab had open before still works', async (t) => {
  await context.clearCookies();
  const other = await context.newPage();
  t.teardown(() => other.close());
  for (const tab of [page, other]) await tab.goto(ask().url);
  const one = await arrival(page, program, () => typeIn(page, 'alice', PASSWORD));
  await other.bringToFront();
  const two = await arrival(other, program, () => typeIn(other, 'alice', PASSWORD));
  t.match(one.fields, { code: /.{60}/ });
  t.match(two.fields, { code: /.{60}/ });
  t.not(one.fields['code'], two.fields['code']);
});

t.test('the Back button leads to the program again, since he is signed in, and not to a form with his password', async (t) => {
  await context.clearCookies();
  await page.goto(ask().url);
  const first = await arrival(page, program, () => typeIn(page, 'alice', PASSWORD));
  const [second] = await Promise.all([program.next(), page.goBack()]);
  t.match(second.fields, { code: /.{60}/ });
  t.not(second.fields['code'], first.fields['code']);
  t.match(page.url(), `${program.redirectUri}?`);
});
