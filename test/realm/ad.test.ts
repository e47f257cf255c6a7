// The tests' own Active Directory: a real domain controller and a real member, several at once, and nothing of them stays.

import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { Client } from 'ldapts';
import t from 'tap';
import { startDomainController } from './ad.ts';
import { startMember, type Member } from './ad-member.ts';
import { tracesOf } from './traces.ts';

const service = 'HTTP/print.myq.test';
const groups = { PrintUsers: ['alice'], Printing: ['PrintUsers', 'bob'] };
const started = performance.now();
const domain = await startDomainController({ groups });
const booted = performance.now();
const member = await startMember(domain);
t.comment(`domain ${String(Math.round(booted - started))} ms, member ${String(Math.round(performance.now() - booted))} ms`);
const ca = readFileSync(domain.caFile, 'utf8');

t.teardown(async () => {
  await member.stop();
  await domain.stop();
});

/** Whether the domain controller takes this as alice's password, asked through winbindd. */
const knows = (of: Member, password: string): Promise<boolean> =>
  of.exec('ntlm_auth', [`--configfile=${of.smbConf}`, '--username=alice', `--password=${password}`]).then(() => true, () => false);

/** Resolves to the verified connection; rejects with the fault. */
const ldaps = (servername: string, trusted: string): Promise<TLSSocket> => new Promise((resolve, reject) => {
  const socket = connect({ host: domain.address, port: 636, servername, ca: trusted }, () => { resolve(socket.destroy()); }).once('error', reject);
});

t.test('its users get tickets with their passwords, and service tickets made with AES', async (t) => {
  const ccache = await domain.kinit('alice');
  t.equal(await domain.kvno(service, ccache), 2);
  const listed = await domain.exec('klist', ['-e', '-c', ccache]);
  t.match(listed, new RegExp(`${service}@MYQ.TEST\n.*aes256-cts-hmac-sha1-96 *\n`));
  const keys = await domain.exec('klist', ['-k', '-e', domain.keytabFile]);
  t.match(keys, /^ +2 HTTP\/print\.myq\.test@MYQ\.TEST \(aes256-/m);
  t.notMatch(keys, /arcfour|des/, 'there is no weak key');
  const other = `${domain.directory}/other.keytab`;
  await domain.keytab(service, other);
  t.equal((await domain.exec('klist', ['-k', '-e', other])).replaceAll(other, domain.keytabFile), keys, 'the same keys can be had later');
  await t.rejects(domain.kinit('alice', 'wrong'), { message: /Password incorrect|Preauthentication failed/ });
});

t.test('its LDAP shows a certificate of its own authority, with LDAPS and with StartTLS', async (t) => {
  t.ok((await ldaps(domain.host, ca)).authorized);
  await t.rejects(ldaps('dc2.myq.test', ca), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  await t.rejects(ldaps(domain.host, readFileSync('/etc/ssl/certs/ca-certificates.crt', 'utf8')), { code: /VERIFY|ISSUER|SIGNATURE/ });
  const client = new Client({ url: `ldap://${domain.address}` });
  await client.startTLS({ ca, servername: domain.host });
  await client.bind('alice@myq.test', 'Passw0rd.alice');
  const { searchEntries } = await client.search(domain.baseDn, { filter: '(sAMAccountName=bob)', attributes: ['userPrincipalName'] });
  t.match(searchEntries, [{ userPrincipalName: 'bob@myq.test' }]);
  await client.unbind();
});

t.test('its member has the trust of the domain, its name server and its passwords', async (t) => {
  t.match(await member.exec('wbinfo', ['--check-secret']), /succeeded/);
  t.ok(await knows(member, 'Passw0rd.alice'));
  t.notOk(await knows(member, 'wrong'));
  t.match(await member.exec('getent', ['hosts', service.slice('HTTP/'.length)]), /^127\.0\.0\.1 /);
  t.match(await member.exec('cat', ['/etc/resolv.conf']), new RegExp(`^nameserver ${domain.address}\n`));
});

t.test('it tells the SIDs of users and groups, nested ones too, as its member sees them', async (t) => {
  const seen = async (name: string): Promise<string> => (await member.exec('wbinfo', ['--name-to-sid', name])).split(' ')[0] as string;
  t.equal(await domain.sidOf('alice'), await seen('MYQ\\alice'));
  const [printUsers, printing] = [await domain.sidOf('PrintUsers'), await domain.sidOf('Printing')];
  t.equal(printing, await seen('MYQ\\Printing'));
  const users = await domain.sidOf('Domain Users');
  t.same(new Set(await domain.groupSidsOf('alice')), new Set([printUsers, printing, users, 'S-1-5-32-545']));
  t.same(new Set(await domain.groupSidsOf('bob')), new Set([printing, users, 'S-1-5-32-545']));
  await t.rejects(domain.sidOf('nobody'), { message: /no account nobody/ });
});

t.test('accounts can be changed while it runs', async (t) => {
  await domain.addUser('carol', 'Passw0rd.carol');
  await domain.addGroup('Guests2', ['carol', 'Printing']);
  t.match(await domain.sambaTool('group', 'listmembers', 'Guests2'), /carol/);
  t.ok((await domain.groupSidsOf('alice')).includes(await domain.sidOf('Guests2')), 'through Printing');
  await domain.removeMembers('Printing', ['PrintUsers']);
  t.notOk((await domain.groupSidsOf('alice')).includes(await domain.sidOf('Printing')));
  await domain.addMembers('Printing', ['PrintUsers']);
  t.ok((await domain.groupSidsOf('alice')).includes(await domain.sidOf('Printing')));

  await domain.disable('carol');
  await t.rejects(domain.kinit('carol'), { message: /revoked/ });
  await domain.enable('carol');
  await domain.kinit('carol');
  await domain.setPassword('carol', 'another one');
  await domain.kinit('carol');
  await t.rejects(domain.kinit('carol', 'Passw0rd.carol'), { message: /Password incorrect|Preauthentication failed/ });

  await domain.modify(`dn: CN=carol,CN=Users,${domain.baseDn}\nchangetype: modify\nreplace: mail\nmail: carol@example.com\n`);
  t.match(await domain.sambaTool('user', 'show', 'carol'), /^mail: carol@example\.com$/m);
});

t.test('suspended it takes connections and answers nothing; resumed it goes on', async (t) => {
  await domain.suspend();
  const socket = connectTcp({ host: domain.address, port: 636 });
  await new Promise((resolve, reject) => { socket.once('connect', resolve).once('error', reject); });
  socket.destroy();
  const answer = ldaps(domain.host, ca);
  t.equal(await Promise.race([answer, sleep(500, 'silence')]), 'silence');
  await domain.resume();
  t.ok((await answer).authorized, 'the one who waited gets his answer');
  await domain.kinit('alice');
});

t.test('killed it refuses connections; it comes back on its address with its accounts, and its member finds it', async (t) => {
  await domain.kill();
  await t.rejects(ldaps(domain.host, ca), { code: 'ECONNREFUSED' });
  await t.rejects(domain.suspend(), { message: 'the domain controller of MYQ.TEST is down' });
  await t.rejects(domain.sidOf('alice'), { message: 'the domain controller of MYQ.TEST is down' });
  const before = performance.now();
  await domain.restart();
  t.comment(`restart ${String(Math.round(performance.now() - before))} ms`);
  t.ok((await ldaps(domain.host, ca)).authorized);
  t.equal(await domain.kvno(service, await domain.kinit('carol')), 2);
  await domain.restart();
  t.ok((await ldaps(domain.host, ca)).authorized, 'also when it ran');
  await member.stopWinbindd();
  await member.startWinbindd();
  t.ok(await knows(member, 'Passw0rd.alice'));
});

t.test('a member without winbindd gets no answer until it is back', async (t) => {
  await member.stopWinbindd();
  t.notOk(await knows(member, 'Passw0rd.alice'));
  await member.stopWinbindd();
  await member.startWinbindd();
  t.ok(await knows(member, 'Passw0rd.alice'));
});

t.test('whether the group winbindd_priv may use the privileged pipe is the member\'s to say', async (t) => {
  const closed = await startMember(domain, { name: 'CLOSED', privilegedGroup: false });
  t.teardown(() => closed.stop());
  const challenged = (of: Member, ...rights: readonly string[]): Promise<string> =>
    of.exec('setpriv', [...rights, 'wbinfo', '--authenticate=MYQ\\alice%Passw0rd.alice']);
  const nobody = ['--reuid', '65534', '--regid', '65534'];
  const inGroup = [...nobody, '--groups', 'winbindd_priv'];
  t.match(await challenged(member, ...inGroup), /challenge\/response password authentication succeeded/);
  await t.rejects(challenged(member, ...nobody, '--clear-groups'), { message: /challenge\/response password authentication failed/ });
  await t.rejects(challenged(closed, ...inGroup), { message: /challenge\/response password authentication failed/ });
  t.match(await challenged(closed, '--clear-groups'), /challenge\/response password authentication succeeded/, 'root may');
});

t.test('two domains run at once, and one that was stopped leaves no process, no mount and no file', async (t) => {
  const other = await startDomainController({ realm: 'OTHER.TEST', netbios: 'OTHERS', users: { alice: 'Passw0rd.other' }, services: {} });
  t.teardown(() => other.stop());
  const itsMember = await startMember(other);
  t.teardown(() => itsMember.stop());
  t.not(other.address, domain.address);
  await other.kinit('alice');
  t.ok(await knows(itsMember, 'Passw0rd.other'));
  t.notOk(await knows(itsMember, 'Passw0rd.alice'));
  t.ok(await knows(member, 'Passw0rd.alice'));
  t.not(await other.sidOf('alice'), await domain.sidOf('alice'));

  for (const { directory } of [other, itsMember]) {
    const traces = tracesOf(directory).join('\n');
    t.match(traces, `--configfile=${directory}/smb.conf`);
    t.match(traces, `${directory}/hosts /etc/hosts`, 'the mounts can be seen while they are there');
  }
  await other.suspend();
  await itsMember.stop();
  await other.stop();
  for (const { directory } of [other, itsMember]) t.same(tracesOf(directory), []);
  await other.stop();
  t.ok(await knows(member, 'Passw0rd.alice'), 'the first one has not noticed');
});

t.test('only root can start one, and is told so', async (t) => {
  process.seteuid?.(65534);
  try {
    await t.rejects(startDomainController(), { message: /only root can start it/ });
  } finally {
    process.seteuid?.(0);
  }
});
