// What Microsoft Graph says of a person who comes for the first time, and what becomes of him if it says nothing.

import t from 'tap';
import { hybridDomain } from './domain.ts';
import { asked, graphTokens, lastRefusal, outcome } from './outcome.ts';
import { openEntraSite } from './site.ts';

const SAM = 'UserName = onPremisesSamAccountName\n';
const CREATE = '[Users]\nUnknownUsers = Create\n';
const alice = { preferred_username: 'a.example@example.com' };
const about = { onPremisesSamAccountName: 'Alice' };

t.test('a person whom the tenant does not have any more is refused, and one whom it has blocked', async (t) => {
  const { config } = await hybridDomain(t);
  for (const options of [{ keys: SAM, config: CREATE }, { keys: 'UserName = upnPrefix\n', config: config + CREATE }]) {
    const site = await openEntraSite(t, options);
    const { store } = site.provider.gateway;
    const before = await store.users();
    const gone = site.tenant.person({ preferred_username: 'alice@example.com' }, about);
    site.tenant.graph.users.delete(gone.object);
    t.equal(outcome(await site.signIn(gone)), '400 unknown_user');
    t.match(lastRefusal(site), { detail: 'Entra ID has no such person any more', user: 'alice@example.com' });
    const blocked = site.tenant.person({ preferred_username: 'alice@example.com' }, { ...about, accountEnabled: false });
    t.equal(outcome(await site.signIn(blocked)), '400 user_disabled');
    t.match(lastRefusal(site), { detail: 'the account is blocked in Entra ID', user: 'alice@example.com' });
    t.strictSame(await store.users(), before, 'nobody was made or paired');
  }
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const blocked = site.tenant.person({ preferred_username: 'alice@example.com' }, { accountEnabled: false });
  t.equal(outcome(await site.signIn(blocked)), site.provider.alice.id, 'where Graph has nothing to tell, the token is enough');
  t.strictSame(asked(site), []);
});

t.test('without an account in Active Directory there is no name by onPremisesSamAccountName', async (t) => {
  const site = await openEntraSite(t, { keys: SAM, config: CREATE });
  const sub = outcome(await site.signIn(site.tenant.person({ preferred_username: 'alice@example.com', name: 'alice' })));
  t.match(await site.provider.gateway.store.userById(sub), { name: 'alice@example.com' });
  t.not(sub, site.provider.alice.id);
});

t.test('a Graph that refuses is in the way only where the name must come from it', async (t) => {
  const { config } = await hybridDomain(t);
  const site = await openEntraSite(t, { keys: SAM, config: CREATE });
  const { tenant, provider: { gateway: { store } } } = site;
  const before = await store.users();
  tenant.graph.isDenied = true;
  const denied = await site.signIn(tenant.person(alice, about));
  t.equal(outcome(denied), '503 graph_not_permitted');
  t.notMatch(denied.body, /User\.Read|403/, 'which is the administrator\'s business');
  t.match(lastRefusal(site), { detail: 'Microsoft Graph refuses the question (403)', cure: /application permission User\.Read\.All/, user: alice.preferred_username });
  tenant.graph.isDenied = false;
  t.equal(outcome(await site.signIn(tenant.person(alice, about))), site.provider.alice.id);
  t.equal((await store.users()).length, before.length);

  const other = await openEntraSite(t, { keys: 'UserName = upnPrefix\n', config });
  other.tenant.graph.isDenied = true;
  t.equal(outcome(await other.signIn(other.tenant.person({ preferred_username: 'alice@example.com' }))), other.provider.alice.id);
  t.equal(asked(other).length, 1, 'it was asked');
});

t.test('a ClientSecret that Microsoft does not take is named, and never shown', async (t) => {
  const site = await openEntraSite(t, { keys: SAM });
  const token = /oauth2\/v2.0\/token/;
  const refusal = (code: string) => ({ status: 401, body: JSON.stringify({ error: 'invalid_client', error_description: `${code}: for ${site.app.clientSecret}` }) });
  site.tenant.app({ clientId: site.app.clientId, clientSecret: 'another one' });
  for (const [how, words] of [
    [undefined, /AADSTS7000215\).*Secret ID was copied/s], [refusal('AADSTS7000222'), /AADSTS7000222\).*has expired/s],
    [refusal('AADSTS700016'), /AADSTS700016\).*or ClientId is not taken/s], [{ status: 400, body: '<html>' }, /without a code/],
  ] as const) {
    site.entra.fault(token, how);
    t.equal(outcome(await site.signIn(site.tenant.person(alice, about))), '503 graph_not_permitted');
    const { detail = '', cure = '' } = lastRefusal(site);
    t.match(`${detail}\n${cure}`, words);
    t.match(cure, /^ClientSecret of \[Entra\]/);
  }
  t.notOk(site.provider.log.join('').includes(site.app.clientSecret));
});

t.test('an outage of Graph is one, and no refusal; whoever is known already does not notice', async (t) => {
  const site = await openEntraSite(t, { keys: SAM, config: CREATE });
  const { entra, tenant, provider: { gateway: { store } } } = site;
  const known = tenant.person(alice, about);
  t.equal(outcome(await site.signIn(known)), site.provider.alice.id);
  const before = await store.users();
  for (const [path, how] of [
    [/v1.0/, { status: 500 }], [/v1.0/, 'reset'], [/v1.0/, { status: 200, body: '[]' }], [/v1.0/, { status: 200, body: '{"id":' }],
    [/v1.0/, { status: 302, headers: { location: 'https://evil.example/' } }], [/v1.0/, { status: 400, body: '{}' }],
  ] as const) {
    entra.fault(path, how);
    const reply = await site.signIn(tenant.person({ preferred_username: 'new@example.com' }, about));
    t.equal(reply.statusCode, 503, JSON.stringify(how));
    t.equal(outcome(await site.signIn(known)), site.provider.alice.id, 'who is known');
    entra.fault(path, undefined);
  }
  t.strictSame(await store.users(), before, 'nobody was made');
  t.equal(graphTokens(site), 1, 'one token was enough for all');
});
