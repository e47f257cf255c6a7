// People of Active Directory who are in Entra ID, too: one user by both ways, whichever came first, as far as anything tells it.

import t from 'tap';
import { EXCHANGE, ID_TOKEN, sectionOf } from '../entra/site.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import { startEntra, type Person } from '../realm/entra.ts';
import { send } from '../realm/http.ts';
import { makeToken } from '../realm/tokens.ts';
import type { Reply } from '../routes/app.ts';
import { directoryOf, programAt, reader, refusal, rightsIn, tokensIn, userIn } from './place.ts';

const names = ['alice', 'bob', 'dora', 'erin', 'finn', 'gone'] as const;
const users = Object.fromEntries([...names, reader.name].map((name) => [name, `Passw0rd.${name}`]));
const { domain, start } = await openAdDomain(t, { domain: { users, groups: { PrintUsers: ['alice', 'finn'] } } });
const entra = await startEntra(t);
const tenant = entra.tenant();
const app = tenant.app();
const TENANT_GROUP = '0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11';
const gateway = await start({
  config: `${directoryOf(domain, { CacheTime: 1, OutageTime: 60, Timeout: 2 })}${sectionOf(entra, app)}
[Users]\nUnknownUsers = Create\n[Rights]\n${await domain.sidOf('PrintUsers')} = queues\n${TENANT_GROUP} = reports\n`,
  users: [],
});
const program = await programAt(gateway);

/** In Entra ID everybody has a name of another form than in the domain. */
const personOf = (name: string, claims: Readonly<Record<string, unknown>> = {}, about: Parameters<typeof tenant.person>[1] = {}): Person =>
  tenant.person({ preferred_username: `${name}@contoso.example`, name, ...claims }, about);
const exchange = async (person: Person, changes: Readonly<Record<string, unknown>> = {}): Promise<Reply> => {
  const { status, headers, text } = await send(gateway, '/api/auth/token', {
    method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: EXCHANGE, client_id: 'myq-desktop-client', subject_token: await tenant.idToken(person, app, changes), subject_token_type: ID_TOKEN,
      scope: 'openid queues reports jobs',
    }).toString(),
  });
  return { statusCode: status, headers, body: text, json: <Body>() => JSON.parse(text) as Body };
};
const ticket = async (name: string): Promise<Reply> => program.ticket(await makeToken(domain, await domain.kinit(name)), 'openid queues reports');

// The Desktop Client asks for the rights, too.
await gateway.cli('clients', 'set', 'myq-desktop-client', '--add-scope', 'queues', '--add-scope', 'reports');

t.test('by Kerberos first, then by Entra ID with the optional claim onprem_sid', async (t) => {
  const byKerberos = await ticket('alice');
  const alice = personOf('alice', { onprem_sid: await domain.sidOf('alice'), groups: [TENANT_GROUP] });
  const byEntra = await exchange(alice);
  t.equal(userIn(byEntra).sub, userIn(byKerberos).sub);
  t.strictSame(rightsIn(byKerberos), ['queues']);
  t.strictSame(rightsIn(byEntra), ['queues', 'reports'], 'with the groups of both');
  t.equal(userIn(await exchange(alice, { onprem_sid: undefined, preferred_username: 'other@contoso.example' })).sub, userIn(byEntra).sub, 'now the object ID tells it');
});

t.test('by Entra ID first, with the SID that Microsoft Graph tells, then by Kerberos', async (t) => {
  const bob = personOf('bob', {}, { onPremisesSecurityIdentifier: await domain.sidOf('bob') });
  const byEntra = await exchange(bob);
  t.equal(userIn(byEntra).name, 'bob', 'he is called as the domain calls him');
  t.equal(userIn(await ticket('bob')).sub, userIn(byEntra).sub);
});

t.test('mirrored by users sync, whatever he was called meanwhile', async (t) => {
  await gateway.cli('users', 'sync');
  const dora = personOf('dora', { onprem_sid: (await domain.sidOf('dora')).toLowerCase() });
  const byEntra = await exchange(dora);
  t.equal(userIn(byEntra).sub, userIn(await ticket('dora')).sub);
});

t.test('where nothing tells the SID they are two until an admin joins them', async (t) => {
  const erin = personOf('erin');
  const two = await exchange(erin);
  const byKerberos = await ticket('erin');
  t.not(userIn(two).sub, userIn(byKerberos).sub);
  await gateway.cli('users', 'remove', 'erin@contoso.example');
  await gateway.cli('users', 'alias', 'erin', '--add', 'erin@contoso.example');
  t.equal(userIn(await exchange(erin)).sub, userIn(byKerberos).sub);
  t.equal(userIn(await ticket('erin')).sub, userIn(byKerberos).sub);
});

t.test('whoever is disabled in the domain does not come in through Entra ID, nor does the SID of somebody else', async (t) => {
  const gone = personOf('gone', { onprem_sid: await domain.sidOf('gone') });
  t.equal((await exchange(gone)).statusCode, 200);
  await domain.disable('gone');
  await new Promise((resolve) => { setTimeout(resolve, 1100); });
  t.match(await refusal(gateway, () => exchange(gone)), { status: 400, reason: 'user_disabled' });
  const alice = [...tenant.people.values()].find(({ claims }) => claims['name'] === 'alice') as Person;
  t.match(await refusal(gateway, async () => exchange(alice, { onprem_sid: await domain.sidOf('bob') })), { status: 400, reason: 'unknown_user' });
});

t.test('while the domain is out, its last answer counts, and whoever is not known of waits: nobody loses rights in silence', async (t) => {
  const finn = personOf('finn', { onprem_sid: await domain.sidOf('finn') });
  const alice = [...tenant.people.values()].find(({ claims }) => claims['name'] === 'alice') as Person;
  const cloud = personOf('cloud');
  t.strictSame(rightsIn(await exchange(alice, { groups: [TENANT_GROUP] })), ['queues', 'reports']);
  await domain.suspend();
  t.teardown(() => domain.resume());
  t.strictSame(rightsIn(await exchange(alice, { groups: [TENANT_GROUP] })), ['queues', 'reports']);
  t.match(tokensIn(await exchange(cloud)), { token_type: 'Bearer' }, 'whoever is in no domain does not need one');
  const reply = await exchange(finn);
  t.match([reply.statusCode, reply.json()], [503, { error: 'temporarily_unavailable' }]);
});
