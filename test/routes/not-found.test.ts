// What is not there: an error object for programs, a page for people.

import t from 'tap';
import { openApp } from './app.ts';

const { ask } = await openApp(t);

t.test('a person gets a page in the browser\'s language, a program the error object', async (t) => {
  for (const url of ['/', '/en/nothing', '/en/auth/nothing', '/%00', '/favicon.ico']) {
    const page = await ask({ url, headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-language': 'fr-FR,de;q=0.9,en;q=0.8' } });
    t.equal(page.statusCode, 404, url);
    t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': /form-action 'self'; base-uri 'none'/ }, url);
    t.match(page.body, /<html lang="de"[\s\S]*not_found/, url);
    const program = await ask({ url });
    t.strictSame([program.statusCode, program.json()['error']], [404, 'not_found'], url);
  }
  t.match(await ask({ method: 'POST', url: '/nothing', headers: { accept: 'text/html' } }), { statusCode: 404, headers: { 'content-type': /json/ } });
});

t.test('the icon of the pages is there', async (t) => {
  const page = await ask({ url: '/en/auth' });
  const [, path = ''] = /<link rel="icon" type="image\/svg\+xml" href="([^"]+)">/.exec(page.body) ?? [];
  t.match(await ask({ url: path }), { statusCode: 200, headers: { 'content-type': 'image/svg+xml', 'cache-control': /immutable/ }, body: /^<svg / });
});
