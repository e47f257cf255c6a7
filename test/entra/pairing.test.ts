// Who a person of Entra ID is here: by his name once, by his object ID ever after.

import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import type { GraphUser, Person } from '../realm/entra-types.ts';
import type { UserRecord } from '../../src/stores/user-store.ts';
import { asked, idOf, lastRefusal, outcome } from './outcome.ts';
import { type EntraSite, openEntraSite } from './site.ts';

const CREATE = '[Users]\nUnknownUsers = Create\n';

interface Way {
  readonly what: string;
  readonly user: { readonly name: string; readonly aliases: readonly string[] };
  readonly claims: Readonly<Record<string, string>>;
  readonly about?: GraphUser;
}

const carol = { name: 'carol', aliases: ['carol'] };
const rules: Readonly<Record<string, readonly Way[]>> = {
  userPrincipalName: [
    { what: 'an alias', user: { name: 'carol', aliases: ['carol@EXAMPLE.COM'] }, claims: { preferred_username: 'Carol@Example.com' } },
    { what: 'the name of a user', user: { name: 'dave@example.com', aliases: [] }, claims: { preferred_username: 'DAVE@example.com' } },
    {
      what: 'the claim upn, before preferred_username', user: { name: 'erin', aliases: ['erin@EXAMPLE.COM'] },
      claims: { upn: 'erin@example.com', preferred_username: 'alice@MYQ.TEST' },
    },
  ],
  displayName: [
    { what: 'the name of a user', user: { name: 'Carol Example', aliases: [] }, claims: { name: 'Carol Example', preferred_username: 'c@example.com' } },
    { what: 'an alias', user: { name: 'dave', aliases: ['dave example'] }, claims: { name: 'Dave Example', preferred_username: 'd@example.com' } },
    {
      what: 'the userPrincipalName that an admin has given', user: { name: 'erin', aliases: ['e@EXAMPLE.COM'] },
      claims: { name: 'Erin Newlywed', preferred_username: 'e@example.com' },
    },
  ],
  upnPrefix: [{ what: 'an alias', user: carol, claims: { preferred_username: 'Carol@example.com' } }],
  onPremisesSamAccountName: [
    { what: 'an alias', user: carol, claims: { preferred_username: 'c.example@example.com' }, about: { onPremisesSamAccountName: 'CAROL' } },
  ],
};

const entraIdsOf = async ({ provider }: EntraSite, { name }: UserRecord) => (await provider.gateway.store.userByName(name))?.entraIds;

for (const [rule, ways] of Object.entries(rules)) {
  t.test(`UserName = ${rule} pairs once, and remembers the person; whoever gets the name later is somebody else`, async (t) => {
    for (const config of ['', CREATE]) {
      const site = await openEntraSite(t, { keys: `UserName = ${rule}\n`, config });
      for (const way of ways) await pairsOnce(t, site, way);
      t.strictSame((await entraIdsOf(site, site.provider.alice)), [], 'nobody has become alice');
    }
  });
}

async function pairsOnce(t: Test, site: EntraSite, { what, user, claims, about }: Way): Promise<void> {
  const { store } = site.provider.gateway;
  const made = await store.addUser({ ...user, scopes: [] });
  const person = site.tenant.person(claims, about);
  const id = idOf(site, person);
  t.equal(await store.userByEntraId(id), undefined, `${what}: nobody yet`);
  t.equal(outcome(await site.signIn(person)), made.id, what);
  t.equal((await store.userByEntraId(id))?.id, made.id, `${what}: remembered`);
  t.strictSame(await entraIdsOf(site, made), [id], `${what}: that person, and no other`);

  const questions = asked(site).length;
  site.tenant.graph.users.set(person.object, { onPremisesSamAccountName: 'alice' });
  for (const changes of [
    { preferred_username: 'married@example.com', upn: 'married@example.com', name: 'Somebody Married', email: 'm@example.com', xms_edov: true },
    { preferred_username: 'alice@MYQ.TEST', upn: 'alice@MYQ.TEST', name: 'alice' }, { preferred_username: undefined, upn: undefined, name: undefined },
  ]) t.equal(outcome(await site.signIn(person, changes)), made.id, `${what}: by any other name the same`);
  t.match(await store.userById(made.id), { name: made.name, fullName: undefined, email: undefined }, `${what}: what an admin has said stays`);
  t.equal(asked(site).length, questions, `${what}: and Graph is not asked for him again`);
  await isNobodyElse(t, site, { what, user: made, former: person, next: site.tenant.person(claims, about) });
}

/** `next` has the name by which `former` became this user. */
async function isNobodyElse(
  t: Test, site: EntraSite,
  { what, user, former, next }: { readonly what: string; readonly user: UserRecord; readonly former: Person; readonly next: Person },
): Promise<void> {
  const { store } = site.provider.gateway;
  const before = await store.users();
  t.equal(outcome(await site.signIn(next)), '400 unknown_user', `${what}: somebody else of that name`);
  const word = /^[\w@.]+$/.test(user.name) ? user.name : '<NAME>';
  t.match(lastRefusal(site), {
    reason: 'unknown_user', detail: new RegExp(`^user ${user.name} is another person of that tenant`), user: next.claims['upn'] ?? next.claims['preferred_username'],
    cure: `if they are one person: myq-gateway users set ${word} --entra-id ${site.tenant.id}/${next.object}; if not: myq-gateway users remove ${word}`,
  });
  t.strictSame(await store.users(), before, `${what}: nobody was made or changed`);
  t.equal(outcome(await site.signIn(former)), user.id, `${what}: and the former one is who he was`);
  await store.changeEntraIds(user.id, { add: [idOf(site, next)], remove: 'none' });
  t.equal(outcome(await site.signIn(next)), user.id, `${what}: the cure cures`);
  t.equal(outcome(await site.signIn(former)), '400 unknown_user', `${what}: at most one person of a tenant`);
}

t.test('with PairByObjectId nobody is paired by his name, but by the object ID that an admin has given', async (t) => {
  for (const rule of ['displayName', 'onPremisesSamAccountName']) {
    const site = await openEntraSite(t, { keys: `UserName = ${rule}\nPairByObjectId = True\n` });
    const { store } = site.provider.gateway;
    for (const { what, user, claims, about } of rules[rule] ?? []) {
      const made = await store.addUser({ ...user, scopes: [] });
      const person = site.tenant.person(claims, about);
      t.equal(outcome(await site.signIn(person)), '400 unknown_user', `${rule}, ${what}`);
      t.match(lastRefusal(site).cure, new RegExp(`^if they are one person: myq-gateway users set .* --entra-id ${site.tenant.id}/${person.object};`));
      t.strictSame(await entraIdsOf(site, made), []);
      await store.changeEntraIds(made.id, { add: [idOf(site, person)], remove: 'none' });
      t.equal(outcome(await site.signIn(person)), made.id);
    }
  }
  const site = await openEntraSite(t, { keys: 'PairByObjectId = True\nUserName = upnPrefix\n', config: CREATE });
  const stranger = outcome(await site.signIn(site.tenant.person({ preferred_username: 'alice@example.com' })));
  t.match((await site.provider.gateway.store.userById(stranger)), { name: 'alice@example.com' }, 'where unknown people are welcome he is a new user');
  t.not(stranger, site.provider.alice.id);
});

t.test('guests are never paired by name, in whichever way the token says that somebody is one', async (t) => {
  const site = await openEntraSite(t, { keys: 'AllowGuests = True\nUserName = upnPrefix\n' });
  const { store } = site.provider.gateway;
  const elsewhere = `https://sts.windows.net/${randomUUID()}/`;
  for (const signs of [{ acct: 1 }, { acct: '1' }, { acct: 0, idp: elsewhere }, { idp: 'live.com' }, { idp: 'mail' }]) {
    const guest = site.tenant.person({ preferred_username: 'alice@example.com', ...signs });
    t.equal(outcome(await site.signIn(guest)), '400 unknown_user', JSON.stringify(signs));
    t.strictSame(await entraIdsOf(site, site.provider.alice), []);
    await store.changeEntraIds(site.provider.bob.id, { add: [idOf(site, guest)], remove: 'all' });
    t.equal(outcome(await site.signIn(guest)), site.provider.bob.id, 'by the word of an admin he is');
  }
  const member = site.tenant.person({ preferred_username: 'alice@example.com', acct: 0, idp: site.tenant.issuer });
  t.equal(outcome(await site.signIn(member)), site.provider.alice.id, 'a member is');
});

t.test('a guest who is made a user is marked in his name, so that it is never that of one of your people', async (t) => {
  const site = await openEntraSite(t, { keys: 'AllowGuests = True\n', config: CREATE });
  const { store } = site.provider.gateway;
  const name = { preferred_username: 'newhire@example.com' };
  const [guest, second] = [site.tenant.person({ ...name, acct: 1 }), site.tenant.person({ ...name, idp: 'live.com' })];
  const sub = outcome(await site.signIn(guest));
  t.match(await store.userById(sub), { name: 'newhire@example.com#EXT#' });
  t.not(outcome(await site.signIn(second)), sub, 'another guest of that name is another one');
  const member = outcome(await site.signIn(site.tenant.person(name)));
  t.match(await store.userById(member), { name: 'newhire@example.com' }, 'and the member comes in under it');
});

t.test('the cure for a guest never gives him a user who is there', async (t) => {
  const site = await openEntraSite(t, { keys: 'AllowGuests = True\nUserName = upnPrefix\n' });
  const guest = site.tenant.person({ preferred_username: 'alice@example.com', acct: 1 });
  t.equal(outcome(await site.signIn(guest)), '400 unknown_user');
  const { detail, cure } = lastRefusal(site);
  t.match(detail, /^no user is the guest /);
  t.match(cure, /^if he is a user here already: myq-gateway users set <NAME> --entra-id \S+; if not: myq-gateway users add <NAME>, then myq-gateway users set <NAME>/);
  t.notMatch(cure, /alice/);
});

t.test('whoever is disabled here is refused before he is paired, and after', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n', config: CREATE });
  const { store } = site.provider.gateway;
  const { alice } = site.provider;
  const person = site.tenant.person({ preferred_username: 'alice@example.com' });
  await store.setUserDisabled(alice.id, true);
  t.equal(outcome(await site.signIn(person)), '400 user_disabled');
  t.strictSame(await entraIdsOf(site, alice), [], 'it ties nobody');
  await store.setUserDisabled(alice.id, false);
  t.equal(outcome(await site.signIn(person)), alice.id);
  await store.setUserDisabled(alice.id, true);
  t.equal(outcome(await site.signIn(person)), '400 user_disabled');
  t.match(lastRefusal(site), { detail: 'user alice is disabled', cure: 'myq-gateway users enable alice' });
  await store.removeUser(alice.id);
  const again = outcome(await site.signIn(person));
  t.match(await store.userById(again), { name: 'alice' }, 'whose user was removed is somebody new');
  t.not(again, alice.id, 'and never the former one');
});

t.test('where unknown people are welcome each becomes a user of his own, with his name and an address only if it was verified', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n', config: CREATE });
  const { store } = site.provider.gateway;
  const about = { name: 'Frank Žluť', email: 'frank@elsewhere.example' };
  for (const [index, edov] of [true, 'true', 1, '1', undefined, false, 'false', 0, '0', null, 'yes', 2, [true]].entries()) {
    const person = site.tenant.person({ preferred_username: `frank${String(index)}@example.com`, ...about, xms_edov: edov });
    const sub = outcome(await site.signIn(person));
    t.match(await store.userByName(`frank${String(index)}`), {
      id: sub, fullName: 'Frank Žluť', email: index < 4 ? 'frank@elsewhere.example' : undefined, aliases: [], entraIds: [idOf(site, person)], scopes: [], disabled: false,
    }, `xms_edov ${JSON.stringify(edov)}`);
  }
  const nameless = site.tenant.person({ preferred_username: undefined, name: undefined });
  const sub = outcome(await site.signIn(nameless));
  t.match(await store.userById(sub), { name: `entra ${nameless.object}`, fullName: undefined, email: undefined }, 'who has no name at all is called by his id');
  t.equal(outcome(await site.signIn(nameless)), sub);
});

t.test('an unknown person is refused with the command that would make him known', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const person = site.tenant.person({ preferred_username: 'frank@example.com' });
  const id = `${site.tenant.id}/${person.object}`;
  const reply = await site.signIn(person);
  t.equal(outcome(reply), '400 unknown_user');
  t.notMatch(reply.body, new RegExp(person.object), 'which the client is not told');
  t.match(lastRefusal(site), {
    detail: `no user is the person ${id}`, user: 'frank@example.com',
    cure: `if he is a user here already: myq-gateway users set <NAME> --entra-id ${id}; if not: myq-gateway users add frank, or [Users] UnknownUsers=Create`,
  });
  t.equal((await site.provider.gateway.store.users()).length, 2, 'nobody was made');
});
