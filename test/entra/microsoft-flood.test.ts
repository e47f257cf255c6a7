// Whoever brings answers back again and again, or many at once, costs nobody else his sign-in.

import t from 'tap';
import { send } from '../realm/http.ts';
import { askedOf, microsoftBrowser, offered, refusalIn, tokenEndpoint, web } from './microsoft-browser.ts';
import { openEntraSite } from './site.ts';

const site = await openEntraSite(t, offered);
const alice = site.tenant.person({});
const codes = /^https:\/\/app\.example\/cb\?code=/;

t.test('each flow asks Microsoft once, however often its answer comes', async (t) => {
  const browser = microsoftBrowser(site);
  const { state = '' } = askedOf(await browser.leave(web));
  const { header } = browser.cookies;
  const before = site.entra.requests.length;
  const replies = await Promise.all(Array.from({ length: 12 }, (_, n) =>
    site.provider.ask({ url: `/auth?code=guess-${String(n)}&state=${state}`, headers: header })));
  t.ok(replies.every(({ statusCode }) => statusCode === 403));
  t.equal(site.entra.requests.length, before + 1);
  t.match(refusalIn(site), { reason: 'microsoft_flow' });
});

t.test('of one address sixteen are looked at at a time, and all others are told to come again', async (t) => {
  const flows = await Promise.all(Array.from({ length: 24 }, async () => {
    const browser = microsoftBrowser(site);
    const { state = '' } = askedOf(await browser.leave(web));
    return { state, headers: browser.cookies.header };
  }));
  tokenEndpoint(site, { delay: 1500 });
  // The connections of the tests are few: these have one each.
  const replies = await Promise.all(flows.map(({ state, headers }) =>
    send(site.provider.target, `/auth?code=guess&state=${state}`, { method: 'GET', headers, agent: false })));
  const busy = replies.filter(({ status }) => status === 503);
  t.equal(busy.length, 8);
  t.equal(replies.filter(({ status }) => status === 403).length, 16);
  tokenEndpoint(site, undefined);
  t.match((await microsoftBrowser(site).signIn(alice)).headers.location, codes, 'and then everybody comes in again');
});
