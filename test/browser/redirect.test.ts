// The redirect after the form reaches every kind of address that a client may have: the page's policy stops none (RFC 8252 §7).

import t from 'tap';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { addClient, addUser, asking, PASSWORD, typeIn, violationsOf } from './place.ts';

const gateway = await startGateway();
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
const native = await addClient(gateway, 'Native', '--redirect-uri', 'com.example.print:/callback', '--redirect-uri', 'https://app.myq.test/callback');
const { page, close } = await startBrowser({ ca: gateway.ca });
t.teardown(close);
const violations = violationsOf(page);

t.test('under a policy without the address the browser goes nowhere', async (t) => {
  await page.goto(asking(gateway, 'http://localhost:1234/callback', { prompt: 'login' }).url);
  await page.evaluate(`
    const policy = document.createElement('meta');
    policy.httpEquiv = 'Content-Security-Policy';
    policy.content = "form-action 'self'";
    document.head.append(policy);
  `);
  await Promise.all([page.waitForEvent('console', (message) => message.text().includes('form-action')), typeIn(page, 'alice', PASSWORD)]);
  t.match(page.url(), `${gateway.issuer}/en/auth?`);
  t.equal(violations.length, 1);
});

const addresses: readonly (readonly [client: string, redirectUri: string, outcome: string])[] = [
  // Nobody is there: what Chromium says tells that it went there.
  [native, 'https://app.myq.test/callback', 'net::ERR_CONNECTION_REFUSED'],
  ['myq-desktop-client', 'http://127.0.0.1:1234/callback', 'net::ERR_CONNECTION_REFUSED'],
  ['myq-desktop-client', 'http://localhost:1234/callback', 'net::ERR_CONNECTION_REFUSED'],
  // The tests' browser may not reach it, which it finds out when it goes there.
  ['myq-desktop-client', 'http://[::1]:1234/callback', 'net::ERR_NAME_NOT_RESOLVED'],
  // The last one: Chromium hands it over to the program for the scheme, and its question whether to do so takes the keyboard.
  [native, 'com.example.print:/callback', 'net::ERR_ABORTED'],
];

for (const [client, redirectUri, outcome] of addresses) {
  t.test(redirectUri, async (t) => {
    const before = violations.length;
    await page.goto(asking(gateway, redirectUri, { client_id: client, scope: 'openid', prompt: 'login' }).url);
    const [request, failed] = await Promise.all([
      page.waitForRequest((one) => one.url().startsWith(redirectUri)),
      page.waitForEvent('requestfailed', (one) => one.url().startsWith(redirectUri)),
      typeIn(page, 'alice', PASSWORD),
    ]);
    t.match(new URL(request.url()).searchParams.get('code'), /.{60}/);
    t.equal(request.redirectedFrom()?.method(), 'POST');
    t.equal(failed.failure()?.errorText, outcome);
    if (redirectUri.startsWith('http')) await page.waitForURL('chrome-error://**');
    t.equal(violations.length, before);
  });
}
