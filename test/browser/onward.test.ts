// A client leads on from its redirect URI to a page of another origin: the policy of our forms must not stop the browser (CSP form-action).

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { addUser, asking, PASSWORD, typeIn, violationsOf } from './place.ts';

const gateway = await startGateway();
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');

/** Listens on loopback until the test ends; gives the port. */
async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(0, '127.0.0.1', resolve); });
  t.teardown(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return String((server.address() as AddressInfo).port);
}

const home = `http://localhost:${await listen((_request, response) => {
  response.setHeader('content-type', 'text/html').end('<!doctype html><html lang="en"><title>Home</title><h1>Home</h1>');
})}/home`;
const callbacks: string[] = [];
const redirectUri = `http://127.0.0.1:${await listen(({ method = '', url = '' }, response) => {
  callbacks.push(`${method} ${url.split('?', 1).join('')}`);
  response.writeHead(302, { location: home }).end();
})}/callback`;

for (const [mode, method] of [['query', 'GET'], ['form_post', 'POST']] as const) {
  for (const javaScriptEnabled of mode === 'query' ? [true] : [true, false]) {
    t.test(`after the login form, with response_mode=${mode}${javaScriptEnabled ? '' : ' and without scripts'}`, async (t) => {
      const { page, close } = await startBrowser({ ca: gateway.ca, javaScriptEnabled });
      t.teardown(close);
      const violations = violationsOf(page);
      callbacks.length = 0;
      await page.goto(asking(gateway, redirectUri, { response_mode: mode }).url);
      await typeIn(page, 'alice', PASSWORD);
      if (!javaScriptEnabled) await page.getByRole('button').click();
      await page.waitForURL(home);
      t.equal(await page.getByRole('heading').innerText(), 'Home');
      t.strictSame(callbacks, [`${method} /callback`]);
      t.strictSame(violations, []);
    });
  }
}
