// A person at a real browser: from the address that the system's opener is given to the page that the sign-in ends on.

import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import t, { type Test } from 'tap';
import { browserMethod, type BrowserOptions } from '../../../src/client/browser/browser.ts';
import type { Attempt } from '../../../src/client/method.ts';
import { addClient, addUser, PASSWORD, typeIn, violationsOf } from '../../browser/place.ts';
import { startBrowser } from '../../realm/browser.ts';
import { becomes } from '../../realm/exec.ts';
import { startGateway } from '../../realm/gateway.ts';
import { failureOf } from '../keep/failure.ts';
import { attemptAt } from './person.ts';

const gateway = await startGateway();
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
const { page, close } = await startBrowser({ ca: gateway.ca });
t.teardown(close);
const violations = violationsOf(page);

// The opener of this computer writes down what it is given; the browser of the test is led there.
const place = t.testdir();
const opened = join(place, 'opened');
const opener = join(place, process.platform === 'darwin' ? 'open' : 'xdg-open');
writeFileSync(opener, `#!/bin/sh\nprintf %s "$1" > '${opened}.new' && mv '${opened}.new' '${opened}'\n`);
chmodSync(opener, 0o755);
process.env['PATH'] = `${place}:${process.env['PATH'] ?? ''}`;

/** Begins a sign-in, and leads the browser to the address that was opened. */
async function begun(t: Test, options: BrowserOptions = {}, more: Partial<Attempt> = {}) {
  rmSync(opened, { force: true });
  const { attempt, lines } = attemptAt(t, gateway, more);
  const tokens = browserMethod(options).signIn(attempt);
  tokens.catch(() => undefined); // the test looks at it later
  t.ok(await becomes(() => existsSync(opened)), 'the opener was called');
  await page.goto(readFileSync(opened, 'utf8'));
  return { tokens, lines };
}

const heard = (): Promise<string> => page.locator('body').ariaSnapshot();

await t.test('what the gateway refuses without a page of its own, the last page says', async (t) => {
  const { tokens } = await begun(t, { prompt: 'none' });
  t.equal((await failureOf(tokens)).reason, 'browser_refused');
  t.match(await heard(), /^- main:\n {2}- heading "Not signed in" \[level=1\]\n {2}- paragraph: "Sign-in did not succeed: the gateway refused: .*You can close this window and try again\."$/);
});

await t.test('who types name and password is signed in, and reads so', async (t) => {
  const { tokens } = await begun(t);
  await typeIn(page, 'alice', PASSWORD);
  t.match(decodeJwt((await tokens).accessToken), { preferred_username: 'alice', amr: ['pwd'] });
  await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/callback/);
  t.equal(await page.title(), 'Signed in');
  t.equal(await page.locator('html').getAttribute('lang'), 'en');
  t.equal(await heard(), `- main:
  - heading "Signed in" [level=1]
  - paragraph: You are signed in to print.myq.test. You can close this window.`);
  const background = () => page.evaluate('[getComputedStyle(document.body).color, getComputedStyle(document.querySelector("main")).borderLeftColor].join()');
  t.equal(await background(), 'rgb(0, 0, 0),rgb(42, 125, 63)', 'the style is the one that the policy allows');
  await page.emulateMedia({ colorScheme: 'dark' });
  t.equal(await background(), 'rgb(255, 255, 255),rgb(108, 194, 131)', 'light on dark for whom wants it');
  await page.emulateMedia({ colorScheme: 'light' });
});

await t.test('who is signed in there already types nothing', async (t) => {
  const { tokens } = await begun(t);
  t.match(decodeJwt((await tokens).accessToken), { preferred_username: 'alice' });
  t.equal(await page.title(), 'Signed in');
});

await t.test('a client that may not be led to this computer ends in time, with the reason on the gateway\'s page', async (t) => {
  const clientId = await addClient(gateway, 'Elsewhere', '--redirect-uri', 'https://elsewhere.example/cb', '--grant', 'authorization_code', '--scope', 'openid');
  const { tokens, lines } = await begun(t, { timeout: 1_500 }, { clientId });
  t.match(await page.locator('main').innerText(), /redirect/i);
  t.equal((await failureOf(tokens)).reason, 'timed_out');
  t.match(lines.join('\n'), /if the browser shows an error instead of the login page/);
});

t.strictSame(violations, []);
