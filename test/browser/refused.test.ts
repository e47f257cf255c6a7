// Forms that a real browser sends in vain, and that are right the next time.

import t from 'tap';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { addUser, arrival, asking, PASSWORD, startProgram, typeIn } from './place.ts';

const gateway = await startGateway();
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
const program = await startProgram(t);
const { page, close } = await startBrowser({ ca: gateway.ca });
t.teardown(close);

t.test('an unknown name reads as a wrong password does, and is shown as it was typed', async (t) => {
  const name = '"><b>Nobody</b> & \'co\'';
  await page.goto(asking(gateway, program.redirectUri, { prompt: 'login' }).url);
  const [answer] = await Promise.all([page.waitForResponse((one) => one.request().method() === 'POST'), typeIn(page, name, PASSWORD)]);
  t.equal(answer.status(), 403);
  t.equal(await page.getByRole('alert').innerText(), en.notices.wrongPassword);
  t.equal(await page.getByLabel('User name').inputValue(), name);
  t.equal(await page.locator('main b').count(), 0);
});

t.test('a form that is not of this browser says that it is stale, and the next one works', async (t) => {
  await page.goto(asking(gateway, program.redirectUri, { prompt: 'login' }).url);
  await page.context().clearCookies();
  const [answer] = await Promise.all([page.waitForResponse((one) => one.request().method() === 'POST'), typeIn(page, 'alice', PASSWORD)]);
  t.equal(answer.status(), 403);
  t.equal(await page.getByRole('status').innerText(), en.notices.staleForm);
  t.match(await arrival(page, program, () => typeIn(page, 'alice', PASSWORD)), { fields: { code: /.{60}/ } });
});
