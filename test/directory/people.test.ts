// Everybody of a real domain, page by page: all of them once, what each one has, and who is left out.

import t, { type Test } from 'tap';
import type { DirectoryPerson } from '../../src/directory/people.ts';
import type { DirectorySettings } from '../../src/directory/settings.ts';
import { startDomainController } from '../realm/ad.ts';
import { opened, outage, settingsOf } from './domain.ts';

const ad = await startDomainController({ users: { alice: 'Passw0rd.alice' }, groups: {}, services: {} });
t.teardown(() => ad.stop());
const staff = `OU=Staff,${ad.baseDn}`;
const COUNT = 1_200;
await ad.sambaTool('ou', 'add', 'OU=Staff');
await ad.modify([
  ...Array.from({ length: COUNT }, (_, index) => [
    `dn: CN=p${index},${staff}`, 'changetype: add', 'objectClass: user', `sAMAccountName: p${index}`, 'userAccountControl: 512',
    `userPrincipalName: p${index}@corp.example`, `employeeNumber: ${index}`, '',
  ]).flat(),
  `dn: CN=full,${staff}`, 'changetype: add', 'objectClass: user', 'sAMAccountName: Full.Name', 'userAccountControl: 514',
  'mail: full@corp.example', `displayName:: ${Buffer.from('Éva ☃').toString('base64')}`, 'employeeID: 0A1B',
  'otherTelephone: 1', 'otherTelephone: 2', 'userPrincipalName: full@corp.example',
  'thumbnailPhoto:: /9j/4A==', '',
  `dn: CN=ws1,${staff}`, 'changetype: add', 'objectClass: computer', 'sAMAccountName: WS1$', 'userAccountControl: 4096', '',
  `dn: CN=contact,${staff}`, 'changetype: add', 'objectClass: contact', '',
].join('\n'));
const addresses = { [ad.host]: ad.address };

/** Everybody, and the reasons of those left out by DN. */
async function everybody(t: Test, changes: Partial<DirectorySettings>, pageSize?: number) {
  const { accounts } = opened(t, [settingsOf(ad, changes)], addresses, pageSize === undefined ? {} : { pageSize });
  const left: string[] = [];
  const all: DirectoryPerson[] = [];
  for await (const person of accounts.people('', (dn, why) => { left.push(`${dn}: ${why}`); })) all.push(person);
  return { all, left };
}

t.test('everybody is there once, however many pages there are and though the bases overlap', async (t) => {
  const { all, left } = await everybody(t, { baseDn: [staff, ad.baseDn] });
  const names = all.map(({ name }) => name).filter((name) => /^p\d+$/.test(name));
  t.strictSame(names.sort(), Array.from({ length: COUNT }, (_, index) => `p${index}`).sort());
  t.equal(new Set(all.map(({ sid }) => sid)).size, all.length);
  t.ok(all.some(({ name }) => name === 'alice'));
  t.strictSame(left, []);
  const small = await everybody(t, { baseDn: [staff] }, 7);
  t.equal(small.all.length, COUNT + 1);
});

t.test('a person has what config.ini names, as the domain has it', async (t) => {
  const { all, left } = await everybody(t, {
    baseDn: [staff], userFilter: '(&(objectClass=user)(|(sAMAccountName=full.name)(sAMAccountName=p7)))', fullNameAttribute: 'displayname',
    aliasAttributes: ['userPrincipalName', 'otherTelephone', 'thumbnailPhoto'], cardAttribute: 'employeeID', personalNumberAttribute: 'employeeNumber',
  });
  const full = all.find(({ name }) => name === 'Full.Name');
  const { otherTelephone = [] } = full?.attributes ?? {};
  t.strictSame([...otherTelephone].sort(), ['1', '2'], 'in any order');
  t.strictSame(full, {
    sid: await ad.sidOf('Full.Name'),
    dn: `CN=full,${staff}`,
    name: 'Full.Name',
    userPrincipalName: 'full@corp.example',
    disabled: true,
    attributes: {
      userPrincipalName: ['full@corp.example'], otherTelephone, thumbnailPhoto: [], mail: ['full@corp.example'], displayname: ['Éva ☃'], employeeID: ['0A1B'], employeeNumber: [],
    },
  });
  t.match(all.find(({ name }) => name === 'p7'), { disabled: false, attributes: { employeeNumber: ['7'], mail: [] } });
  t.strictSame(left, [`CN=full,${staff}: thumbnailPhoto is not text`]);
});

t.test('what is no person is left out, and said', async (t) => {
  const { all, left } = await everybody(t, { baseDn: [staff], userFilter: '(|(objectClass=computer)(objectClass=contact)(sAMAccountName=p1))' });
  t.strictSame(all.map(({ name }) => name), ['p1']);
  t.strictSame(left.sort(), [
    `CN=contact,${staff}: it has no objectSid or no sAMAccountName`, `CN=ws1,${staff}: "WS1$" is no person's name`,
  ]);
});

t.test('letters in UserFilter may be written as they are, or as the octets of UTF-8', async (t) => {
  for (const filter of ['(displayName=Éva ☃)', '(displayName=\\c3\\89va \\e2\\98\\83)', '(displayName=\\c3\\89*\\e2\\98\\83)']) {
    t.strictSame((await everybody(t, { baseDn: [staff], userFilter: filter })).all.map(({ name }) => name), ['Full.Name'], filter);
  }
});

t.test('a domain that goes out meanwhile is an error, so that nobody takes a part for all', async (t) => {
  const { accounts } = opened(t, [settingsOf(ad, { baseDn: [staff] })], addresses, { pageSize: 100 });
  let count = 0;
  const { detail } = await outage(async () => {
    for await (const person of accounts.people('')) if (++count === 100 && person.sid !== '') await ad.kill();
  });
  t.match(detail, /^\[Directory\]: the connection ended/);
  t.equal(count, 100);
  await ad.restart();
});

t.test('whoever stops in the middle leaves nothing open, and a base that is not there is an error', async (t) => {
  const { accounts } = opened(t, [settingsOf(ad, { baseDn: [staff] })], addresses);
  for await (const person of accounts.people('')) {
    t.ok(person.sid);
    break;
  }
  const none = opened(t, [settingsOf(ad, { baseDn: [`OU=None,${ad.baseDn}`] })], addresses).accounts;
  t.match((await outage(async () => { for await (const person of none.people('')) t.fail(person.name); })).detail, /there is no "OU=None/);
});
