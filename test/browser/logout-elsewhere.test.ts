// A page of another site posts a form to our logout: the browser comes to the question, and nobody is signed out (SameSite, CSRF).

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { answersOf, recording } from './answers.ts';
import { addUser, arrival, asking, PASSWORD, startProgram, typeIn } from './place.ts';

const gateway = await startGateway({ environment: recording });
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
const program = await startProgram(t);
const { page, context, close } = await startBrowser({ ca: gateway.ca });
t.teardown(close);
const answers = answersOf(gateway);

/** What the strange page posts, by its path. */
const forms: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/plain': {},
  '/answered': { answer: 'sign_out' },
  '/hinted': { id_token_hint: 'a.b.c', state: 's' },
};
const stranger = createServer(({ url = '' }, response) => {
  const fields = Object.entries(forms[url] ?? {}).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join('');
  response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Elsewhere</title>
    <form method="post" action="${gateway.issuer}/en/auth/logout">${fields}</form><script>document.forms[0].submit()</script>`);
});
await new Promise<void>((resolve) => { stranger.listen(0, '127.0.0.1', resolve); });
t.teardown(() => new Promise((resolve) => {
  stranger.close(resolve);
  stranger.closeAllConnections();
}));
const elsewhere = `http://127.0.0.1:${String((stranger.address() as AddressInfo).port)}`;

const session = async (): Promise<string | undefined> => (await context.cookies()).find(({ name }) => name === '__Host-myq-session')?.value;
const silently = async (): Promise<Readonly<Record<string, string>>> =>
  (await arrival(page, program, () => page.goto(asking(gateway, program.redirectUri, { prompt: 'none' }).url))).fields;

await page.goto(asking(gateway, program.redirectUri).url);
await arrival(page, program, () => typeIn(page, 'alice', PASSWORD));

for (const path of ['/plain', '/hinted']) {
  t.test(`the browser shows the question, and is signed in as before when nobody answers it: ${path}`, async (t) => {
    const before = await session();
    await answers();
    await page.goto(`${elsewhere}${path}`);
    await page.getByRole('heading', { name: en.signOut.title }).waitFor();
    t.match(await page.locator('main').innerText(), en.signOut.signedInAs.join('alice'));
    t.ok(page.url().startsWith(`${gateway.issuer}/en/auth/logout?`), page.url());
    t.strictSame(await answers(), ['POST 303 /en/auth/logout', 'GET 200 /en/auth/logout']);
    t.equal(await session(), before);
    t.ok(before);
    t.match(await silently(), { code: /.{60}/ });
  });
}

t.test('a form that brings the answer along is not of our page', async (t) => {
  const before = await session();
  await page.goto(`${elsewhere}/answered`);
  await page.getByRole('heading', { name: en.messages.staleForm.title }).waitFor();
  t.equal(await session(), before);
  t.match(await silently(), { code: /.{60}/ });
});

t.test('who answers the question there is out', async (t) => {
  await page.goto(`${elsewhere}/plain`);
  await page.getByRole('button', { name: en.signOut.confirm }).click();
  await page.getByRole('heading', { name: en.messages.signedOut.title }).waitFor();
  t.match(await silently(), { error: 'login_required' });
});
