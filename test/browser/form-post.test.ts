// The answer as a form that posts itself, or whose button does (OAuth 2.0 Form Post Response Mode).

import t from 'tap';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { addUser, arrival, asking, exchange, PASSWORD, startProgram, typeIn, violationsOf } from './place.ts';

const gateway = await startGateway();
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
const program = await startProgram(t);
const state = '"></form><script>document.title="hacked"</script> ů & = +';

for (const javaScriptEnabled of [true, false]) {
  t.test(javaScriptEnabled ? 'with scripts nobody has to do anything' : 'without scripts there is a button', async (t) => {
    const { page, close } = await startBrowser({ ca: gateway.ca, javaScriptEnabled });
    t.teardown(close);
    const violations = violationsOf(page);
    /** Without scripts the page stays until its button is pressed; the keyboard reaches it first of all. */
    const pressed = async (): Promise<void> => {
      if (javaScriptEnabled) return;
      await page.getByRole('heading', { name: en.formPost.title }).waitFor();
      t.match(await page.locator('main').innerText(), en.formPost.text.join('MyQ Desktop Client'));
      await page.keyboard.press('Tab');
      t.equal(await page.locator(':focus').innerText(), en.formPost.submit);
      await page.keyboard.press('Enter');
    };

    const nobody = asking(gateway, program.redirectUri, { response_mode: 'form_post', prompt: 'none', state });
    const refused = await arrival(page, program, async () => {
      await page.goto(nobody.url, { waitUntil: 'commit' });
      await pressed();
    });
    t.match(refused, { method: 'POST', url: '/callback', fields: { error: 'login_required', state, iss: gateway.issuer } });
    t.notOk('code' in refused.fields);

    const { url, verifier } = asking(gateway, program.redirectUri, { response_mode: 'form_post', state });
    await page.goto(url);
    const { method, url: path, fields } = await arrival(page, program, async () => {
      await typeIn(page, 'alice', PASSWORD);
      await pressed();
    });
    t.strictSame([method, path, Object.keys(fields)], ['POST', '/callback', ['code', 'state', 'iss']], 'nothing in the address');
    t.match(fields, { state, iss: gateway.issuer });
    const { claims } = await exchange(gateway, { redirectUri: program.redirectUri, verifier, code: fields['code'] });
    t.equal(claims['preferred_username'], 'alice');
    t.strictSame(violations, []);
  });
}
