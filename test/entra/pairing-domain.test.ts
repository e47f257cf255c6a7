// Who a hybrid person is: the user of his account in Active Directory, by the SID that the token or Microsoft Graph tells.

import t from 'tap';
import type { Store } from '../../src/stores/store.ts';
import type { UserRecord } from '../../src/stores/user-store.ts';
import { sampleMirrored } from '../stores/samples.ts';
import { hybridDomain, sidOf } from './domain.ts';
import { asked, idOf, lastRefusal, outcome } from './outcome.ts';
import { openEntraSite } from './site.ts';

const CREATE = '[Users]\nUnknownUsers = Create\n';
const KEYS = 'UserName = upnPrefix\n';

/** As `users sync` does. */
async function mirror(store: Store, name: string, rid: number): Promise<UserRecord> {
  const outcome = await store.mirrorUser(sampleMirrored({
    account: { directory: '', sid: sidOf(rid) }, name, aliases: [`${name}@MYQ.TEST`, `${name}@EXAMPLE.COM`],
  }), false);
  if (outcome.kind !== 'added') throw new Error(outcome.kind);
  return outcome.user;
}

const called = (name: string) => ({ preferred_username: `${name}@example.com` });

t.test('whom a directory alone knows by that name is not taken for him', async (t) => {
  const domain = await hybridDomain(t);
  domain.accounts.set('carol', { rid: 1001 });
  for (const config of ['', CREATE]) {
    const site = await openEntraSite(t, { keys: KEYS, config: domain.config + config });
    const { store } = site.provider.gateway;
    const carol = await mirror(store, 'carol', 1001);
    const byTicket = await store.userForAlias('dave@MYQ.TEST', 'dave');
    for (const [name, user] of [['carol', carol], ['dave', byTicket]] as const) {
      const person = site.tenant.person(called(name));
      const who = outcome(await site.signIn(person));
      t.strictSame((await store.userByName(name))?.entraIds, []);
      t.not(who, user.id);
      if (config === CREATE) {
        t.strictSame((await store.userById(who))?.id, who, 'where unknown people are welcome he is somebody new');
        continue;
      }
      t.equal(who, '400 unknown_user');
      t.match(lastRefusal(site), {
        detail: `user ${name} has that name, but no admin has given it to him`, user: `${name}@example.com`,
        cure: new RegExp(`^if they are one person: myq-gateway users set ${name} --entra-id ${site.tenant.id}/${person.object}; .* onprem_sid`),
      });
      await store.changeAliases(user.id, { add: [name], remove: [] });
      t.equal(outcome(await site.signIn(person)), user.id, 'an alias by an admin is his word');
    }
  }
});

t.test('by the SID in his token he is the user of that account, and stays it', async (t) => {
  const domain = await hybridDomain(t);
  for (const [index, name] of ['carol', 'dave', 'erin', 'frank'].entries()) domain.accounts.set(name, { rid: 1001 + index });
  const site = await openEntraSite(t, { keys: `${KEYS}PairByObjectId = True\n`, config: domain.config + CREATE });
  const { store } = site.provider.gateway;
  const carol = await mirror(store, 'carol', 1001);
  const dave = await store.addUser({ name: 'david', aliases: ['dave@MYQ.TEST'], scopes: [] });
  const erin = await store.userForAlias('erin@MYQ.TEST', 'erin');
  for (const [what, rid, user] of [['mirrored', 1001, carol], ['by an alias of an admin', 1002, dave], ['by his first ticket', 1003, erin]] as const) {
    const person = site.tenant.person({ preferred_username: 'alice@example.com' });
    t.equal(outcome(await site.signIn(person, { onprem_sid: sidOf(rid).toLowerCase() })), user.id, what);
    t.equal((await store.userByEntraId(idOf(site, person)))?.id, user.id);
    t.equal(outcome(await site.signIn(person)), user.id, `${what}: and without it the same`);
    const second = site.tenant.person({ preferred_username: 'bob@example.com', onprem_sid: sidOf(rid) });
    t.equal(outcome(await site.signIn(second)), '400 unknown_user', `${what}: nobody else with that SID`);
  }
  const frank = site.tenant.person({ ...called('f.rank'), onprem_sid: sidOf(1004) });
  const sub = outcome(await site.signIn(frank));
  t.match(await store.userById(sub), { name: 'frank' }, 'who was nobody yet is called as his account');
  t.equal((await store.userByAlias(['frank@MYQ.TEST']))?.id, sub, 'and will be the same by a ticket');
  t.strictSame(asked(site), [], 'Graph has nothing to add');
});

t.test('without the claim Microsoft Graph tells the SID, if a directory is set, and once', async (t) => {
  const domain = await hybridDomain(t);
  domain.accounts.set('carol', { rid: 1001 });
  const site = await openEntraSite(t, { keys: KEYS, config: domain.config });
  const { store } = site.provider.gateway;
  const carol = await mirror(store, 'carol', 1001);
  for (const claim of [undefined, 'none', 'S-1', `${sidOf(1001)}-`, sidOf(1001).repeat(9)]) {
    const person = site.tenant.person({ preferred_username: 'c@example.com', onprem_sid: claim }, { onPremisesSecurityIdentifier: sidOf(1001).toLowerCase() });
    t.equal(outcome(await site.signIn(person)), carol.id, `claim: ${String(claim)}`);
    t.equal(outcome(await site.signIn(person)), carol.id);
    t.equal(asked(site).filter((path) => path.includes(person.object)).length, 1);
    await store.changeEntraIds(carol.id, { add: [], remove: 'all' });
  }
  const without = await openEntraSite(t, { keys: KEYS });
  const other = await mirror(without.provider.gateway.store, 'carol', 1001);
  const person = without.tenant.person({ preferred_username: 'c@example.com' }, { onPremisesSecurityIdentifier: sidOf(1001) });
  t.equal(outcome(await without.signIn(person)), '400 unknown_user');
  t.strictSame(asked(without), [], 'where no directory is set it is not asked');
  t.equal(outcome(await without.signIn(person, { onprem_sid: sidOf(1001) })), other.id, 'but a token that tells it is believed');
});

t.test('the SID of another account is that of another person, whatever he is called and whoever he was', async (t) => {
  const domain = await hybridDomain(t);
  domain.accounts.set('carol', { rid: 1001 });
  const site = await openEntraSite(t, { keys: KEYS, config: domain.config + CREATE });
  const { store } = site.provider.gateway;
  const carol = await mirror(store, 'carol', 1001);
  await store.changeAliases(carol.id, { add: ['carol'], remove: [] });
  const users = await store.users();
  for (const [claims, about] of [[{ onprem_sid: sidOf(1999) }, {}], [{}, { onPremisesSecurityIdentifier: sidOf(1999) }]] as const) {
    t.equal(outcome(await site.signIn(site.tenant.person({ ...called('carol'), ...claims }, about))), '400 unknown_user', JSON.stringify(claims));
    t.match(lastRefusal(site), { detail: `the account has the SID ${sidOf(1999)}, and user carol is ${sidOf(1001)}`, cure: /users set carol --no-account/ });
    t.strictSame(await store.users(), users, 'nobody was made or paired');
  }
  const person = site.tenant.person(called('carol'));
  t.equal(outcome(await site.signIn(person)), carol.id);
  t.equal(outcome(await site.signIn(person, { onprem_sid: sidOf(1999) })), '400 unknown_user', 'not even if he was carol before');
  t.equal(outcome(await site.signIn(person, { onprem_sid: 'S-1-5-21-9-9-9-1001' })), carol.id, 'of another domain he may have one besides');
});

t.test('a directory that has disabled his account, or lost it, keeps him out', async (t) => {
  const domain = await hybridDomain(t);
  domain.accounts.set('carol', { rid: 1001 });
  const site = await openEntraSite(t, { keys: KEYS, config: domain.config });
  const carol = await mirror(site.provider.gateway.store, 'carol', 1001);
  const person = site.tenant.person({ ...called('c'), onprem_sid: sidOf(1001) });
  t.equal(outcome(await site.signIn(person)), carol.id);
  domain.accounts.set('carol', { rid: 1001, isDisabled: true });
  t.equal(outcome(await site.signIn(person)), '400 user_disabled');
  domain.accounts.delete('carol');
  t.equal(outcome(await site.signIn(person)), '400 user_disabled');
  domain.accounts.set('carol', { rid: 1001 });
  t.equal(outcome(await site.signIn(person)), carol.id);
});

t.test('while the directory is out, nobody is paired by a name instead of the account that his SID names', async (t) => {
  const domain = await hybridDomain(t);
  domain.accounts.set('alice', { rid: 1007 });
  const site = await openEntraSite(t, { keys: KEYS, config: domain.config + CREATE });
  const { store } = site.provider.gateway;
  const dave = await store.addUser({ name: 'dave', aliases: ['dave'], scopes: [] });
  const person = site.tenant.person({ ...called('dave'), onprem_sid: sidOf(1007) });
  const before = await store.users();
  domain.isOut = true;
  t.equal((await site.signIn(person)).statusCode, 503);
  t.strictSame(await store.users(), before);
  const cloudOnly = site.tenant.person(called('dave'));
  t.equal(outcome(await site.signIn(cloudOnly)), dave.id, 'who has no account there does not need it');
});

t.test('where no directory is set, the name that Microsoft Graph has of his account in the domain tells who he is by Kerberos', async (t) => {
  const named = { onPremisesSamAccountName: 'Alice', onPremisesDomainName: 'myq.test' };
  const kerberos = '[Kerberos]\nRealms = MYQ.TEST\n';
  const come = async (keys: string, config: string, about = named, claims = {}): Promise<readonly [who: string, alice: string]> => {
    const site = await openEntraSite(t, { keys, config });
    return [outcome(await site.signIn(site.tenant.person({ preferred_username: 'a.example@contoso.example', ...claims }, about))), site.provider.alice.id];
  };
  const [who, alice] = await come('', kerberos);
  t.equal(who, alice);
  const [other] = await come('', kerberos, named, { onprem_sid: sidOf(1001) });
  t.match(other, /^[\da-f-]{36}$/, 'also where the token tells the SID, which nobody knows here');
  t.equal((await come('', '[Kerberos]\nRealms = OTHER.TEST\n'))[0], '400 unknown_user', 'a realm that may not sign in');
  t.equal((await come('', kerberos, { ...named, onPremisesDomainName: 'evil.test' }))[0], '400 unknown_user', 'another domain');
  t.equal((await come('TrustOnPremisesSids = False\n', kerberos))[0], '400 unknown_user', 'a tenant whose word on the domain does not count');
  t.equal((await come('AllowGuests = True\n', kerberos, named, { acct: 1 }))[0], '400 unknown_user', 'a guest');

  const site = await openEntraSite(t, { config: `${kerberos}${CREATE}` });
  const person = site.tenant.person({ preferred_username: 'f.rank@contoso.example' }, { ...named, onPremisesSamAccountName: 'frank' });
  const frank = outcome(await site.signIn(person));
  t.equal((await site.provider.gateway.store.userByAlias(['frank@MYQ.TEST']))?.id, frank, 'who is made by it will be the same by a ticket');
});
