// Name and password in a real browser, by keyboard, with scripts and without (OIDC Core §3.1.2.3).

import t from 'tap';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { addUser, arrival, asking, exchange, PASSWORD, startProgram, typeIn, violationsOf } from './place.ts';

const gateway = await startGateway();
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
const program = await startProgram(t);

const sentence = en.notices.wrongPassword;

for (const javaScriptEnabled of [true, false]) {
  t.test(javaScriptEnabled ? 'with scripts' : 'without scripts', async (t) => {
    const { page, close } = await startBrowser({ ca: gateway.ca, javaScriptEnabled });
    t.teardown(close);
    const violations = violationsOf(page);

    t.test('who types name and password arrives at the program with a code for him', async (t) => {
      const { url, verifier } = asking(gateway, program.redirectUri);
      t.equal((await page.goto(url))?.status(), 200);
      t.equal(await page.locator(':focus').getAttribute('id'), 'user', 'typing can begin at once');
      const { method, fields } = await arrival(page, program, () => typeIn(page, 'alice', PASSWORD));
      t.equal(method, 'GET');
      t.match(fields, { code: /.{60}/, state: 'a state', iss: gateway.issuer });
      const { claims } = await exchange(gateway, { redirectUri: program.redirectUri, verifier, code: fields['code'] });
      t.match(claims, { iss: gateway.issuer, aud: 'myq-desktop-client', preferred_username: 'alice', amr: ['pwd'] });
    });

    t.test('after a wrong password one sentence says so, the password has the focus, and the right one will do', async (t) => {
      const { url } = asking(gateway, program.redirectUri, { prompt: 'login' });
      await page.goto(url);
      const count = program.arrivals.length;
      const [answer] = await Promise.all([page.waitForResponse((one) => one.request().method() === 'POST'), typeIn(page, 'alice', `${PASSWORD}!`)]);
      t.equal(answer.status(), 403);
      t.equal(await page.getByRole('alert').innerText(), sentence);
      t.match(await page.title(), /^Error: Sign in/);
      const [user, password] = [page.getByLabel('User name'), page.getByLabel('Password')];
      t.equal(await page.locator(':focus').getAttribute('id'), 'password');
      t.strictSame([await user.inputValue(), await password.inputValue()], ['alice', '']);
      for (const field of [user, password]) {
        t.equal(await field.getAttribute('aria-invalid'), 'true');
        t.equal(await page.locator(`#${await field.getAttribute('aria-describedby') ?? 'none'}`).innerText(), sentence);
      }
      t.equal(program.arrivals.length, count);
      const { fields } = await arrival(page, program, async () => {
        await page.keyboard.type(PASSWORD);
        await page.keyboard.press('Enter');
      });
      t.match(fields, { code: /.{60}/, state: 'a state', iss: gateway.issuer });
    });

    t.strictSame(violations, []);
  });
}
