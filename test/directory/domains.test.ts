// Two real domains side by side: whom a name means that both have, and what one domain's outage does to the other's people.

import t from 'tap';
import { startDomainController } from '../realm/ad.ts';
import { found, opened, outage, seenSpn, settingsOf } from './domain.ts';

const users = { alice: 'Passw0rd.myq', bob: 'Passw0rd.bob' };
const myq = await startDomainController({ users, groups: { Printers: ['alice'] }, services: { 'svc-print': ['HTTP/print.example'] } });
t.teardown(() => myq.stop());
const sales = await startDomainController({
  realm: 'SALES.TEST', users: { alice: 'Passw0rd.sales', carol: 'Passw0rd.carol' }, groups: { Printers: [], Sellers: [] },
  services: { 'svc-gateway': ['HTTP/print.example'] },
});
t.teardown(() => sales.stop());
const addresses = { [myq.host]: myq.address, [sales.host]: sales.address };
const both = [settingsOf(myq), settingsOf(sales, { name: 'sales' })];

t.test('a name that two domains have is nobody\'s, until the domain is told', async (t) => {
  const { accounts } = opened(t, both, addresses);
  t.strictSame(await accounts.byTypedName('alice'), { kind: 'absent' });
  for (const [name, domain, directory] of [['MYQ\\alice', myq, ''], ['alice@sales.test', sales, 'sales'], ['SALES\\Alice', sales, 'sales']] as const) {
    t.match(await found(accounts.byTypedName(name)), { directory, sid: await domain.sidOf('alice'), realm: domain.realm }, name);
  }
  t.match(await found(accounts.byTypedName('carol')), { directory: 'sales', realm: 'SALES.TEST' });
  t.equal((await found(accounts.byPrincipal({ user: 'alice', realm: 'SALES.TEST' }))).sid, await sales.sidOf('alice'));
  t.strictSame(await accounts.byPrincipal({ user: 'carol', realm: 'MYQ.TEST' }), { kind: 'absent' });
  t.strictSame(await accounts.bySid('', await sales.sidOf('alice')), { kind: 'absent' }, 'a SID counts in its directory alone');
});

t.test('each password is checked by the account\'s own domain', async (t) => {
  const { accounts } = opened(t, both, addresses);
  const [ours, theirs] = [await found(accounts.byTypedName('MYQ\\alice')), await found(accounts.byTypedName('SALES\\alice'))];
  t.strictSame(await accounts.bind(ours, 'Passw0rd.myq'), { kind: 'right' });
  t.strictSame(await accounts.bind(theirs, 'Passw0rd.sales'), { kind: 'right' });
  t.equal((await accounts.bind(ours, 'Passw0rd.sales')).kind, 'wrong');
  t.equal((await accounts.bind(theirs, 'Passw0rd.myq')).kind, 'wrong');
});

t.test('where SignIn is off a domain\'s names do not count, so that those of the other are its own', async (t) => {
  const { accounts } = opened(t, [settingsOf(myq), settingsOf(sales, { name: 'sales', signIn: false })], addresses);
  t.equal((await found(accounts.byTypedName('alice'))).directory, '');
  t.strictSame(await accounts.byTypedName('carol'), { kind: 'absent' });
  t.equal((await found(accounts.byPrincipal({ user: 'carol', realm: 'SALES.TEST' }))).name, 'carol');
});

t.test('a group that two domains have is none, until the domain is told; an SPN that two have is told with both', async (t) => {
  const { accounts } = opened(t, both, addresses);
  t.equal(await accounts.groupSid('Printers'), undefined);
  t.equal(await accounts.groupSid('SALES\\Printers'), await sales.sidOf('Printers'));
  t.equal(await accounts.groupSid('Sellers'), await sales.sidOf('Sellers'));
  t.strictSame(await seenSpn(accounts, 'HTTP/print.example'), { kind: 'registered', account: 'svc-print and svc-gateway, which is one too many' });
});

t.test('the same domain in two sections is no second one', async (t) => {
  const { accounts } = opened(t, [settingsOf(myq), settingsOf(myq, { name: 'again' })], addresses);
  t.equal((await found(accounts.byTypedName('alice'))).directory, '');
  t.equal((await found(accounts.byPrincipal({ user: 'alice', realm: 'MYQ.TEST' }))).directory, '');
  t.equal(await accounts.groupSid('Printers'), await myq.sidOf('Printers'));
});

t.test('while one is out the people of the other are found by the full name, and a bare name is not guessed', async (t) => {
  const { accounts, warnings } = opened(t, both, addresses);
  await sales.kill();
  t.equal((await found(accounts.byTypedName('MYQ\\bob'))).name, 'bob');
  t.match((await outage(() => accounts.byTypedName('bob'))).detail, /^\[Directory:sales\] /);
  t.strictSame(accounts.spnState('HTTP/print.example'), { kind: 'unknown' });
  t.strictSame(await accounts.health(), { directory: 'ok', 'directory:sales': `ldaps://${sales.host}:636: nothing listens there` });
  await new Promise((resolve) => { setTimeout(resolve, 200); });
  t.match(warnings, [/^\[Directory:sales\] ldaps:/, /^cannot ask the directory for HTTP\/print\.example: \[Directory:sales\]/]);
});
