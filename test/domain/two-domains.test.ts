// Two domains with the same names in them, at one gateway: nobody of one is ever taken for somebody of the other.

import { appendFileSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startDomainController } from '../realm/ad.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import { makeToken } from '../realm/tokens.ts';
import { directoryOf, programAt, reader, refusal, rightsIn, tokensIn, userIn } from './place.ts';

const people = { [reader.name]: reader.password };
const myqUsers = { alice: 'Passw0rd.alice', bob: 'Passw0rd.bob', ...people };
const salesUsers = { alice: 'Secret.alice', mallory: 'Secret.mallory', ...people };
const service = 'HTTP/print.myq.test';

const { domain: myq, member, start } = await openAdDomain(t, { domain: { users: myqUsers, groups: { PrintUsers: ['alice'] } } });
const sales = await startDomainController({
  realm: 'SALES.TEST', netbios: 'SALES', users: salesUsers, groups: { PrintUsers: ['alice'], Sellers: ['alice'] }, services: { 'svc-print': [service] },
});
t.teardown(() => sales.stop());
// As DNS would tell the gateway's machine.
appendFileSync(join(member.directory, 'hosts'), `${sales.address} ${sales.host}\n`);
const keytab = join(myq.directory, 'both.keytab');
copyFileSync(myq.keytabFile, keytab);
await sales.keytab(service, keytab);

const rules = ['[Rights]', 'MYQ\\PrintUsers = queues', 'SALES\\Sellers = reports', `${await sales.sidOf('PrintUsers')} = printers`, 'PrintUsers = impersonate'].join('\n');
const config = `${directoryOf(myq)}${directoryOf(sales, {}, 'sales')}${rules}\n[Users]\nAppendDomainName = True\n[Security]\nLockoutAttempts = 20\n`;
const gateway = await start({ ntlm: true, users: [], keytab, config });
const program = await programAt(gateway);
const synced = await gateway.cli('users', 'sync');

const ofMyq = async (user: string): Promise<string> => makeToken(myq, await myq.kinit(user));
const ofSales = async (user: string): Promise<string> => makeToken(sales, await sales.kinit(user));

t.test('both directories are mirrored, and the same name means two people', async (t) => {
  t.match(synced, /^\[Directory\] .*added \d/m);
  t.match(synced, /^\[Directory:sales\] .*added \d/m);
  const signIns = {
    'alice@MYQ': [program.ticket(await ofMyq('alice')), program.ntlm('alice', myqUsers.alice), program.password('alice@MYQ.TEST', myqUsers.alice)],
    'alice@SALES': [program.ticket(await ofSales('alice')), program.password('SALES\\alice', salesUsers.alice)],
    'bob@MYQ': [program.ticket(await ofMyq('bob')), program.password('bob', myqUsers.bob)],
    'mallory@SALES': [program.ticket(await ofSales('mallory')), program.password('mallory', salesUsers.mallory)],
  };
  const subs = new Set<string>();
  for (const [name, replies] of Object.entries(signIns)) {
    const users = (await Promise.all(replies)).map(userIn);
    t.strictSame(users.map((user) => user.name), users.map(() => name));
    t.equal(new Set(users.map(({ sub }) => sub)).size, 1, `${name}: one user, however he signs in`);
    for (const { sub } of users) subs.add(sub);
  }
  t.equal(subs.size, 4);
});

t.test('each has the rights of the groups of his own domain, by every way', async (t) => {
  const rights = { 'alice@MYQ': ['queues'], 'alice@SALES': ['printers', 'reports'] };
  t.strictSame(rightsIn(await program.ticket(await ofMyq('alice'))), rights['alice@MYQ']);
  t.strictSame(rightsIn(await program.ntlm('alice', myqUsers.alice)), rights['alice@MYQ']);
  t.strictSame(rightsIn(await program.password('alice@MYQ', myqUsers.alice)), rights['alice@MYQ']);
  t.strictSame(rightsIn(await program.ticket(await ofSales('alice'))), rights['alice@SALES']);
  t.strictSame(rightsIn(await program.password('alice@SALES', salesUsers.alice)), rights['alice@SALES']);
  t.ok(gateway.log.some(({ msg }) => /^\[Rights\] PrintUsers gives nobody anything: .*several/.test(msg)), 'a group name that both have is nobody\'s');
});

t.test('a name is one person\'s or nobody\'s, and a password of the other domain is wrong', async (t) => {
  for (const [user, password] of [
    ['alice', myqUsers.alice], ['alice', salesUsers.alice],
    ['alice@MYQ.TEST', salesUsers.alice], ['MYQ\\alice', salesUsers.alice], ['alice@MYQ', salesUsers.alice],
    ['alice@sales.test', myqUsers.alice], ['SALES\\alice', myqUsers.alice], ['alice@SALES', myqUsers.alice],
    ['SALES\\bob', myqUsers.bob], ['MYQ\\mallory', salesUsers.mallory],
  ] as const) t.match(await refusal(gateway, () => program.password(user, password)), { status: 400, reason: 'wrong_secret' }, user);
  t.match(await refusal(gateway, () => program.ntlm('alice', salesUsers.alice, 'SALES')), { status: 401 }, 'NTLM is for the domain of the machine');
});

t.test('an administrator of one domain cannot make anybody of his into somebody of the other', async (t) => {
  const dn = `CN=mallory,CN=Users,${sales.baseDn}`;
  await sales.modify(`dn: ${dn}\nchangetype: modify\nreplace: userPrincipalName\nuserPrincipalName: alice@MYQ.TEST\n`);
  t.match(await gateway.cli('users', 'sync'), /mallory: "alice@MYQ\.TEST" in userPrincipalName is not used: it means somebody of another domain/);
  for (const user of ['alice@MYQ.TEST', 'alice@myq.test', 'MYQ\\alice']) {
    t.match(await refusal(gateway, () => program.password(user, salesUsers.mallory)), { status: 400, reason: 'wrong_secret' }, user);
    t.equal(userIn(await program.password(user, myqUsers.alice)).name, 'alice@MYQ', user);
  }
  const { sub, name } = userIn(await program.ticket(await ofSales('mallory')));
  t.equal(name, 'mallory@SALES');
  t.not(sub, userIn(await program.ticket(await ofMyq('alice'))).sub);
});

t.test('users explain tells them apart', async (t) => {
  const explained = async (asked: string): Promise<unknown> => JSON.parse(await gateway.cli('users', 'explain', asked, '--json'));
  t.match(await explained('MYQ\\alice'), { user: { name: 'alice@MYQ' }, account: { kind: 'found', account: { directory: '' } }, canSignIn: true });
  t.match(await explained('SALES\\alice'), { user: { name: 'alice@SALES' }, account: { kind: 'found', account: { directory: 'sales' } }, canSignIn: true });
  await t.rejects(explained('alice'), 'the bare name is nobody\'s');
});

t.test('while one domain is out, the people of the other notice nothing', async (t) => {
  const kept = tokensIn(await program.password('bob', myqUsers.bob, 'openid offline.access'))['refresh_token'];
  const ticket = await ofSales('alice');
  await sales.kill();
  const start = performance.now();
  t.equal(userIn(await program.password('MYQ\\bob', myqUsers.bob)).name, 'bob@MYQ');
  t.equal((await program.refresh(kept)).statusCode, 200);
  t.strictSame(rightsIn(await program.ticket(await ofMyq('alice'))), ['queues']);
  t.equal(userIn(await program.ticket(ticket)).name, 'alice@SALES', 'a ticket needs no controller');
  t.match(await refusal(gateway, () => program.password('SALES\\mallory', salesUsers.mallory)), { status: 503, reason: 'backend_unavailable', detail: /\[Directory:sales\]/ });
  t.ok(performance.now() - start < 10_000, `${(performance.now() - start).toFixed(0)} ms for all of it`);
});
