// Accounts of a real domain: who a name means, the groups, and what happens when the domain changes.

import t, { type Test } from 'tap';
import { openAccounts } from '../../src/directory/accounts.ts';
import type { DirectorySettings } from '../../src/directory/settings.ts';
import { isBuiltin } from '../../src/directory/sid.ts';
import { ConfigError } from '../../src/errors.ts';
import { startDomainController } from '../realm/ad.ts';
import { found, opened, seenSpn, settingsOf } from './domain.ts';

const password = 'Passw0rd.x';
const ad = await startDomainController({
  users: { alice: 'Passw0rd.alice', bob: 'Passw0rd.bob', carol: password, dora: password, jose: password },
  groups: { PrintUsers: ['alice'], Everyone2: ['PrintUsers'], Top: ['Everyone2'] },
});
t.teardown(() => ad.stop());
await ad.sambaTool('ou', 'add', 'OU=Elsewhere');
await ad.modify([
  `dn: CN=dora,CN=Users,${ad.baseDn}`, 'changetype: modify', 'replace: userPrincipalName', 'userPrincipalName: bob@myq',
  '-', 'replace: accountExpires', 'accountExpires: 130000000000000000', '',
  `dn: CN=jose,CN=Users,${ad.baseDn}`, 'changetype: modify', 'replace: userPrincipalName', 'userPrincipalName: o*(2a)@corp.example', '',
  // Her userPrincipalName is another one than her name.
  `dn: CN=carol,CN=Users,${ad.baseDn}`, 'changetype: modify', 'replace: userPrincipalName', 'userPrincipalName: Carol.Smith@corp.example', '',
  `dn: CN=ws1,CN=Computers,${ad.baseDn}`, 'changetype: add', 'objectClass: computer', 'sAMAccountName: WS1$', 'userAccountControl: 4096', '',
].join('\n'));
const addresses = { [ad.host]: ad.address };
const view = (t: Test, changes: Partial<DirectorySettings> = {}) => opened(t, [settingsOf(ad, changes)], addresses);

t.test('an account is found by principal, SID and typed name, in any letter case, with all that it is', async (t) => {
  const { accounts, warnings } = view(t);
  const sid = await ad.sidOf('alice');
  const alice = await found(accounts.byPrincipal({ user: 'alice', realm: 'MYQ.TEST' }));
  t.match(alice, { directory: '', sid, dn: `CN=alice,CN=Users,${ad.baseDn}`, name: 'alice', realm: 'MYQ.TEST', disabled: false });
  for (const name of ['alice', 'ALICE', 'Alice@MYQ.TEST', 'alice@myq', 'MYQ\\alice', 'myq.test\\Alice']) {
    t.strictSame(await found(accounts.byTypedName(name)), alice, name);
  }
  t.strictSame(await found(accounts.bySid('', sid)), alice);
  t.strictSame(warnings, []);
});

t.test('the groups are those that the domain computes: nested ones, and the primary one, and no built-in ones', async (t) => {
  const { accounts } = view(t);
  const { groups } = await found(accounts.byTypedName('alice'));
  t.strictSame([...groups].sort(), (await ad.groupSidsOf('alice')).filter((sid) => !isBuiltin(sid)).sort());
  for (const name of ['PrintUsers', 'Everyone2', 'Top', 'Domain Users']) t.ok(groups.includes(await ad.sidOf(name)), name);
  t.notOk((await found(accounts.byTypedName('bob'))).groups.includes(await ad.sidOf('PrintUsers')));
});

t.test('a userPrincipalName means its account, and one that is also the name of another account means nobody', async (t) => {
  const { accounts } = view(t);
  t.equal((await found(accounts.byTypedName('carol.smith@CORP.example'))).name, 'carol');
  t.equal((await found(accounts.byTypedName('carol'))).name, 'carol');
  t.strictSame(await accounts.byTypedName('carol@corp.example'), { kind: 'absent' });
  t.strictSame(await accounts.byTypedName('bob@myq'), { kind: 'absent' }, 'bob by his name, dora by her userPrincipalName');
  for (const name of ['MYQ\\bob', 'bob@myq.test']) t.equal((await found(accounts.byTypedName(name))).name, 'bob', `${name} tells them apart`);
});

t.test('whatever is typed is compared as it is, and is no search', async (t) => {
  const { accounts } = view(t);
  for (const name of ['*', 'a*', 'alice*', ')(', 'alice)(objectClass=*', '*)(sAMAccountName=alice', '\\2a', 'alice\0', '\0', 'nobody', '']) {
    t.strictSame(await accounts.byTypedName(name), { kind: 'absent' }, JSON.stringify(name));
    t.strictSame(await accounts.byPrincipal({ user: name, realm: 'MYQ.TEST' }), { kind: 'absent' }, JSON.stringify(name));
    t.equal(await accounts.groupSid(name), undefined, JSON.stringify(name));
  }
  t.strictSame(await accounts.byTypedName('*@corp.example'), { kind: 'absent' });
  t.equal((await found(accounts.byTypedName('o*(2a)@corp.example'))).name, 'jose', 'a star in a name is a star');
  t.strictSame(await accounts.byTypedName('josé'), { kind: 'absent' }, 'another letter is another name');
  for (const sid of ['*', '', 'S-1-5', `${await ad.sidOf('alice')})(x=`]) t.strictSame(await accounts.bySid('', sid), { kind: 'absent' }, sid);
});

t.test('computers are nobody, and a directory or realm that is not set is elsewhere', async (t) => {
  const { accounts } = view(t);
  t.strictSame(await accounts.byTypedName('WS1$'), { kind: 'absent' });
  t.strictSame(await accounts.bySid('', await ad.sidOf('WS1$')), { kind: 'absent' });
  t.ok(accounts.serves('MYQ.TEST'));
  t.notOk(accounts.serves('OTHER.TEST'));
  t.strictSame(await accounts.byPrincipal({ user: 'alice', realm: 'OTHER.TEST' }), { kind: 'elsewhere' });
  t.strictSame(await accounts.bySid('sales', await ad.sidOf('alice')), { kind: 'elsewhere' });
  t.strictSame(await accounts.byTypedName('OTHER\\alice'), { kind: 'elsewhere' });
});

t.test('who is outside UserFilter or every BaseDn is nobody; where bases overlap each is one', async (t) => {
  const filtered = view(t, { userFilter: '(&(objectClass=user)(!(sAMAccountName=bob)))' }).accounts;
  t.strictSame(await filtered.byTypedName('bob'), { kind: 'absent' });
  t.equal((await found(filtered.byTypedName('alice'))).name, 'alice');
  const outside = view(t, { baseDn: [`OU=Elsewhere,${ad.baseDn}`] }).accounts;
  t.strictSame(await outside.byTypedName('alice'), { kind: 'absent' });
  t.equal(await outside.groupSid('PrintUsers'), await ad.sidOf('PrintUsers'), 'groups are searched in the whole domain');
  const twice = view(t, { baseDn: [`OU=Elsewhere,${ad.baseDn}`, ad.baseDn, `CN=Users,${ad.baseDn}`] }).accounts;
  t.equal((await found(twice.byTypedName('alice'))).name, 'alice');
});

t.test('a disabled account and an expired one are disabled, once CacheTime is over', async (t) => {
  const { accounts, later } = view(t, { cacheTime: 60 });
  t.ok((await found(accounts.byTypedName('dora'))).disabled, 'accountExpires is past');
  t.notOk((await found(accounts.byTypedName('carol'))).disabled);
  await ad.disable('carol');
  later(59);
  t.notOk((await found(accounts.byTypedName('carol'))).disabled, 'the answer counts so long');
  later(2);
  t.ok((await found(accounts.byTypedName('carol'))).disabled);
  await ad.enable('carol');
});

t.test('a group that somebody was taken out of is gone once CacheTime is over, and a new account is seen after 30 s', async (t) => {
  const { accounts, later } = view(t, { cacheTime: 60 });
  const group = await ad.sidOf('PrintUsers');
  t.ok((await found(accounts.byTypedName('alice'))).groups.includes(group));
  t.strictSame(await accounts.byTypedName('newcomer'), { kind: 'absent' });
  await ad.removeMembers('PrintUsers', ['alice']);
  await ad.addUser('newcomer', password);
  later(29);
  t.strictSame(await accounts.byTypedName('newcomer'), { kind: 'absent' });
  later(2);
  t.equal((await found(accounts.byTypedName('newcomer'))).name, 'newcomer');
  t.ok((await found(accounts.byTypedName('alice'))).groups.includes(group));
  later(30);
  t.notOk((await found(accounts.byTypedName('alice'))).groups.includes(group));
  await ad.addMembers('PrintUsers', ['alice']);
});

t.test('a group is found by its name, with its domain or without', async (t) => {
  const { accounts } = view(t);
  const sid = await ad.sidOf('PrintUsers');
  for (const name of ['PrintUsers', 'printusers', 'MYQ\\PrintUsers', 'myq.test\\printusers']) t.equal(await accounts.groupSid(name), sid, name);
  for (const name of ['Administrators', 'alice', 'OTHER\\PrintUsers', 'MYQ\\', '\\PrintUsers', 'none']) t.equal(await accounts.groupSid(name), undefined, name);
});

t.test('an SPN is told from what was last seen: registered or missing', async (t) => {
  const { accounts, later } = view(t);
  t.strictSame(accounts.spnState('HTTP/print.myq.test'), { kind: 'unknown' });
  t.strictSame(await seenSpn(accounts, 'HTTP/print.myq.test'), { kind: 'registered', account: 'svc-print' });
  t.strictSame(await seenSpn(accounts, `HTTP/${ad.host}`), { kind: 'registered', account: 'DC1$' }, 'a computer has HOST, which stands for HTTP');
  t.strictSame(await seenSpn(accounts, 'HTTP/*.myq.test'), { kind: 'missing' });
  t.strictSame(await seenSpn(accounts, 'HTTP/new.myq.test'), { kind: 'missing' });
  await ad.sambaTool('spn', 'add', 'HTTP/new.myq.test', 'bob');
  t.strictSame(accounts.spnState('HTTP/new.myq.test'), { kind: 'missing' });
  later(301);
  t.strictSame(await seenSpn(accounts, 'HTTP/new.myq.test'), { kind: 'registered', account: 'bob' });
});

t.test('without a directory everything is elsewhere', async (t) => {
  const accounts = openAccounts({ directories: [], now: () => 0, warn: (message) => { t.fail(message); } });
  t.ok(accounts.isEmpty);
  t.strictSame(await accounts.byTypedName('alice'), { kind: 'elsewhere' });
  t.strictSame(await accounts.health(), {});
  t.throws(() => accounts.people(''), RangeError);
  accounts.close();
});

t.test('a CaFile without a certificate and a UserFilter that is none are told at once, with their section', async (t) => {
  const around = { now: () => 0, warn: () => {} };
  const sales = (changes: Partial<DirectorySettings>) => () => {
    openAccounts({ directories: [settingsOf(ad, { name: 'sales', ...changes })], ...around });
  };
  t.throws(sales({ caFile: '/nonexistent' }), { constructor: ConfigError, message: /^\[Directory:sales\] CaFile \/nonexistent does not exist/ });
  const noFilter = { constructor: ConfigError, message: /^\[Directory:sales\] UserFilter is not a search filter/ };
  t.throws(sales({ userFilter: '(objectClass=user' }), noFilter);
});
