// Pages of other sites: a browser sends their requests with the visitor's tickets, so they end before any challenge.

import t from 'tap';
import { signIn } from '../../realm/http.ts';
import { openSite } from '../../realm/site.ts';
import { makeToken, makeTokens } from '../../realm/tokens.ts';

const { realm, gateway, ccache } = await openSite(t);
const token = await makeToken(realm, ccache);

const foreign: readonly Readonly<Record<string, string>>[] = [
  { origin: 'https://evil.example' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'null' },
  { origin: '' },
  { origin: `http://${gateway.hostname}:${String(gateway.port)}` },
  { origin: `https://${gateway.hostname}` },
  { origin: `${gateway.issuer}.evil.example` },
  { origin: gateway.issuer, 'sec-fetch-site': 'cross-site' },
  { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
];
for (const headers of foreign) {
  await t.test(`a request with ${JSON.stringify(headers).replaceAll(String(gateway.port), 'port')} is refused without a challenge`, async (t) => {
    for (const credential of [undefined, token]) {
      const answer = await signIn(gateway, credential, { headers });
      const message = 'Pages of other sites cannot sign in here.';
      t.equal(answer.status, 403, answer.text);
      t.strictSame(answer.json, { error: 'access_denied', error_description: message, code: 403, message, data: [] });
      t.equal(answer.headers['www-authenticate'], undefined);
      t.equal(answer.headers['cache-control'], 'no-store');
      t.equal(answer.headers['access-control-allow-origin'], undefined);
    }
  });
}

await t.test('the ticket that came with all of them is not used up', async (t) => {
  t.equal((await signIn(gateway, token)).status, 200);
});

await t.test('the gateway\'s own pages and requests of no page may sign in', async (t) => {
  const { issuer: origin } = gateway;
  const own = [{ origin }, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }, { origin, 'sec-fetch-site': 'same-origin' }];
  const tokens = await makeTokens(realm, ccache, own.length);
  for (const [index, headers] of own.entries()) {
    t.equal((await signIn(gateway, tokens[index], { headers })).status, 200, Object.keys(headers).join(' and '));
  }
});

t.end();
