// Silent Windows sign-in by a real browser: a page asks for a token, and Chromium answers the challenge from the person's tickets.

import t from 'tap';
import { startBrowser, type BrowserOptions } from '../realm/browser.ts';
import { openSite } from '../realm/site.ts';

const site = await openSite(t);
const { gateway } = site;

interface Seen {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a script gets that a reverse proxy serves under the gateway's own origin: the gateway's pages themselves may fetch nothing. */
async function signInFromPage(options: Partial<BrowserOptions>): Promise<Seen> {
  const { page, close } = await startBrowser({ ca: gateway.ca, ...options });
  try {
    const portal = `${gateway.issuer}/portal/`;
    await page.route(portal, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Portal</title>' }));
    await page.goto(portal);
    await page.unroute(portal);
    return await page.evaluate(async () => {
      const answer = await fetch('/api/auth/negotiate', { method: 'POST' });
      return { status: answer.status, body: await answer.json() as Seen['body'] };
    });
  } finally {
    await close();
  }
}

t.test('a browser with a ticket gets an access token without a question', async (t) => {
  const { status, body } = await signInFromPage({ ticket: site });
  t.equal(status, 200);
  t.match(body, { token_type: 'Bearer', access_token: /^[\w-]+\.[\w-]+\.[\w-]+$/ });
});

t.test('a browser without a ticket, or one whose administrator did not allow it, shows the 401', async (t) => {
  for (const options of [{}, { ticket: site, allowlist: false }]) {
    t.match(await signInFromPage(options), { status: 401, body: { error: 'login_required' } });
  }
});
