// A PIN on the login page, where it is on (`[Users] PinSignIn`).

import t from 'tap';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { addUser, arrival, asking, exchange, fed, startProgram } from './place.ts';

const gateway = await startGateway({ config: '[Users]\nPinSignIn = True' });
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
await fed(gateway, '730418', 'users', 'pin', 'alice', '--pin-stdin');
const program = await startProgram(t);
const { page, close } = await startBrowser({ ca: gateway.ca });
t.teardown(close);

t.test('a wrong PIN is told of and not shown again; the right one signs in', async (t) => {
  const { url, verifier } = asking(gateway, program.redirectUri);
  await page.goto(url);
  const field = page.getByLabel(en.signIn.pin, { exact: true });
  await field.fill('730419');
  await field.press('Enter');
  t.equal(await page.getByRole('alert').innerText(), en.notices.wrongCredentials);
  t.equal(await field.inputValue(), '');
  t.equal(await page.locator(':focus').getAttribute('id'), 'pin');
  await page.keyboard.type('730418');
  await page.keyboard.press('Tab');
  const { fields } = await arrival(page, program, () => page.keyboard.press('Enter'));
  const { claims } = await exchange(gateway, { redirectUri: program.redirectUri, verifier, code: fields['code'] });
  t.match(claims, { preferred_username: 'alice', amr: ['pin'] });
});
