// Every token that must not let anybody in: refused for the right reason, which the answer and the log tell, and without any harm.

import t from 'tap';
import { refusalReasons } from '../../src/identity/refusal.ts';
import { audiences, type BadToken, contents, headers, shapes, signatures } from './bad-tokens.ts';
import { claimsOf, openEntraSite } from './site.ts';

const kinds: Readonly<Record<string, readonly BadToken[]>> = {
  'what is no token in the one right form is refused before any key is looked for': shapes,
  'another algorithm, or a header that would bring or choose a key, is refused': headers,
  'what the tenant has not signed is refused': signatures,
  'a token for another application, of another tenant or of another kind is refused': audiences,
  'a token at the wrong time, of the wrong person or with claims of the wrong form is refused': contents,
};

for (const [title, tokens] of Object.entries(kinds)) {
  t.test(title, async (t) => {
    const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
    const alice = site.tenant.person({});
    const { provider, entra } = site;
    t.equal((await site.signIn(alice)).statusCode, 200, 'a good one lets her in');
    const users = await provider.gateway.store.users();
    for (const { what, reason, make } of tokens) {
      const token = await make(site, alice);
      const before = provider.log.length;
      const reply = await site.exchange(token);
      const { sentence } = refusalReasons[reason];
      t.equal(reply.statusCode, 400, `${what}: ${reply.body}`);
      t.match(reply.json(), { error: 'invalid_request', error_description: sentence, reason }, what);
      t.match(reply.headers, { 'cache-control': 'no-store' }, what);
      const lines = provider.log.slice(before).join('');
      t.match(lines, new RegExp(`"reason":"${reason}"`), `${what}: the log tells why`);
      if (token.length > 9) t.notOk(lines.includes(token.slice(-20)) || reply.body.includes(token.slice(-20)), `${what}: and does not show the token`);
    }
    const after = await site.signIn(alice);
    t.equal(after.statusCode, 200, 'and a good one lets her in still');
    t.equal(claimsOf(after)['preferred_username'], 'alice');
    t.strictSame(await provider.gateway.store.users(), users, 'nobody was made or changed');
    t.strictSame(entra.requests.filter(({ path }) => !/openid-configuration|discovery\/v2.0\/keys/.test(path)), [], 'Microsoft was asked for its keys only');
  });
}

t.test('there are more than a hundred of them, and every one is another', async (t) => {
  const all = Object.values(kinds).flat();
  t.ok(all.length > 100, String(all.length));
  t.equal(new Set(all.map(({ what }) => what)).size, all.length);
});

t.test('where no tenant is set nobody gets in, whoever has signed the token', async (t) => {
  const site = await openEntraSite(t, { isOff: true });
  const alice = site.tenant.person({});
  const tokens = await Promise.all([
    site.tenant.idToken(alice, site.app),
    site.tenant.idToken(alice, site.app, { tid: '11111111-2222-4333-8444-555555555555' }),
    site.tenant.idToken(alice, site.app, { aud: undefined }),
    site.entra.tenant('11111111-2222-4333-8444-555555555555').idToken(alice, site.app),
  ]);
  for (const token of tokens) {
    const reply = await site.exchange(token);
    t.match([reply.statusCode, reply.json()], [400, { error: 'invalid_request', reason: 'tenant_not_allowed' }]);
    t.notOk('access_token' in reply.json());
  }
  t.strictSame(site.entra.requests, [], 'nobody was asked for any key');
});
