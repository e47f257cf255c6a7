// `users explain`: how a name resolves, as the program prints it, without a domain and with a real one.

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { entry, keytab, sized } from '../mechanisms/keytab-encoder.ts';
import { startDomainController } from '../realm/ad.ts';
import { fed } from './fed.ts';
import { failsWith, initialized, type Run, spawned } from './program.ts';

/** A gateway with the key of its service, unless `config` is to be all that lets somebody in. */
async function place(t: Test, config = '', hasKeytab = true) {
  const { directory, gateway } = await initialized(t);
  const file = join(directory, 'config.ini');
  appendFileSync(file, `\n${config}`);
  if (hasKeytab) writeFileSync(join(directory, 'http.keytab'), keytab(sized(entry({ components: ['HTTP', 'print.myq.test'], realm: 'MYQ.TEST' }))), { mode: 0o600 });
  const explain = (...args: readonly string[]): Promise<Run> => gateway('users', 'explain', ...args);
  const users = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await gateway('users', ...args);
    if (code !== 0) throw new Error(stderr);
  };
  return { directory, file, explain, users };
}

/** The rows by their label; of rows with one label, or without one, each is a line. */
function rowsOf({ stdout }: Run): Readonly<Record<string, string>> {
  const rows: Record<string, string> = {};
  let last = '';
  for (const [, label = '', text = ''] of stdout.matchAll(/^( {0,2}\S(?:\S| (?! ))*| )\s{2,}(.*)$/gm)) {
    last = label.trim() === '' ? last : label.trim();
    rows[last] = rows[last] === undefined ? text : `${rows[last]}\n${text}`;
  }
  return rows;
}

t.test('each step is told, to a user who can sign in with a ticket', async (t) => {
  const { directory, users, explain } = await place(t);
  await users('add', 'alice', '--scope', 'reports');
  const run = await explain('ALICE');
  t.match(run, { code: 0, stderr: '' });
  t.match(rowsOf(run), {
    asked: 'ALICE', 'read as': 'the name of a user here', principal: 'alice@MYQ.TEST',
    realm: `MYQ.TEST may sign in, by the keytab ${directory}/http.keytab`,
    aliases: "alice@MYQ.TEST: nobody's; alice: of user alice\nalice",
    user: /^alice, enabled, sub [0-9a-f-]{36}$/, account: 'none: no [Directory] is set',
    rights: "everybody's: openid profile email offline.access jobs print user.session\nhis own: reports\nof groups: none\n"
      + 'in sum: openid profile email offline.access jobs print user.session reports',
    password: 'no: he has none here', PIN: 'no: he has none', cards: 'no: he has none', 'password of the domain': 'no: no [Directory] is set',
    Kerberos: 'yes, as alice@MYQ.TEST', NTLM: 'no: [NTLM] Enabled is off',
  });
});

t.test('nobody is told with the command that adds him, and nobody is made', async (t) => {
  const { directory, explain } = await place(t);
  const run = await explain('bob@myq.test');
  const cure = 'no user has the alias bob@MYQ.TEST or bob; myq-gateway users add bob --alias bob@MYQ.TEST, or [Users] UnknownUsers=Create';
  t.equal(run.code, 1);
  t.equal(run.stderr, `myq-gateway: ${cure}\n`);
  t.equal(rowsOf(run)['user'], `none: ${cure}`);
  appendFileSync(join(directory, 'config.ini'), '\n[Users]\nUnknownUsers = Create\n');
  const created = await explain('bob@myq.test');
  t.equal(created.code, 0);
  t.match(rowsOf(created), { user: 'none; bob would be made at the first sign-in ([Users] UnknownUsers = Create)', Kerberos: 'yes, as bob@MYQ.TEST' });
  const store = openSqlite(join(directory, 'data/gateway.db'));
  t.teardown(() => store.close());
  t.strictSame(await store.users(), []);
});

t.test('a realm that may not sign in, and what lets one in, is told by its setting', async (t) => {
  const { users, explain, file } = await place(t, '[NTLM]\nEnabled = True\nDomains = SALES=SALES.TEST\n', false);
  await users('add', 'alice', '--alias', 'alice@SALES.TEST');
  t.match(rowsOf(await explain('nobody@X.TEST'))['note'], /^the keytab .*: the file does not exist; it lets no realm in$/);
  const run = await explain('sales\\alice');
  t.equal(run.code, 0);
  t.match(rowsOf(run), {
    'read as': 'a user of the domain SALES, which is the realm SALES.TEST by [NTLM] Domains', realm: 'SALES.TEST may sign in, by [NTLM] Domains',
    Kerberos: /^no: the keytab .*http\.keytab: the file does not exist$/, NTLM: 'yes, as SALES\\alice',
  });
  const other = await explain('alice@OTHER.TEST');
  t.equal(other.code, 1);
  t.match(rowsOf(other)['realm'], /^OTHER\.TEST may not sign in: realm OTHER\.TEST is not among SALES\.TEST; .*add OTHER\.TEST to \[Kerberos\] Realms/);
  appendFileSync(file, '[Kerberos]\nRealms = SALES.TEST\n[Security]\nKerberosOnly = True\n');
  const refused = await explain('SALES\\alice');
  t.match(rowsOf(refused), { realm: 'SALES.TEST may sign in, by [Kerberos] Realms', NTLM: 'no: [Security] KerberosOnly is on' });
  t.equal(refused.code, 1, 'neither with a ticket, nor with NTLM, nor with a secret');
  t.equal(refused.stderr, 'myq-gateway: alice has nothing to sign in with\n');
});

t.test('secrets are counted, never shown, and of no use to somebody who is disabled', async (t) => {
  const { file, users, explain } = await place(t, '[Kerberos]\nEnabled = False\n');
  await users('add', 'alice');
  t.match(await explain('alice'), { code: 1, stderr: 'myq-gateway: alice has nothing to sign in with\n', stdout: /^Kerberos +no: \[Kerberos\] Enabled is off$/m });
  t.equal((await fed('correct horse', 'users', 'password', 'alice', '--password-stdin', '--config', file)).code, 0);
  t.equal((await fed('04A2B3C4', 'users', 'card', 'alice', '--add-stdin', '--config', file)).code, 0);
  t.equal((await fed('482193', 'users', 'pin', 'alice', '--pin-stdin', '--config', file)).code, 0);
  const run = await explain('alice');
  t.equal(run.code, 0);
  t.match(rowsOf(run), {
    password: 'yes, kept here', PIN: 'yes, through applications (login_info); not on the login page: [Users] PinSignIn is off', cards: /^yes, 1, through/,
    'password of the domain': 'no: he has a password here, and only that one counts',
  });
  t.notMatch(run.stdout + (await explain('alice', '--json')).stdout, /correct horse|482193|04A2B3C4|argon2/i);
  await users('disable', 'alice');
  const disabled = await explain('alice');
  t.match(disabled, { code: 1, stderr: 'myq-gateway: user alice is disabled; myq-gateway users enable alice\n' });
  t.match(rowsOf(disabled), { user: /^alice, disabled, sub/, password: 'no: he is disabled' });
});

t.test('as JSON it is the same, and the exit code too', async (t) => {
  const { users, explain } = await place(t);
  await users('add', 'alice');
  const of = async (who: string) => {
    const { code, stdout } = await explain(who, '--json');
    return { code, ...JSON.parse(stdout) as object };
  };
  t.match(await of('alice@myq.test'), {
    code: 0, asked: 'alice@myq.test', reading: { kind: 'principal' }, user: { name: 'alice', disabled: false, disabledInDirectory: false, aliases: ['alice'] },
    principals: [{ principal: 'alice@MYQ.TEST', realmAllowed: true, lookedUp: ['alice@MYQ.TEST', 'alice'], matched: 'alice', user: 'alice', refusal: null }],
    newName: null, account: { kind: 'no-directory' }, groups: [], rights: { ofGroups: [] }, canSignIn: true, notes: [],
  });
  t.match(await of('alice@X.TEST'), { code: 1, user: null, principals: [{ realmAllowed: false, refusal: { reason: 'realm_not_allowed' } }], rights: null, canSignIn: false });
  t.match(await of('WS1$@MYQ.TEST'), { code: 1, reading: { kind: 'nobody' }, principals: [], ways: [] });
});

t.test('wrong use is told, and what is asked for cannot steer a terminal', async (t) => {
  const { explain } = await place(t);
  failsWith(t, await explain(), 2, /users explain needs NAME/);
  failsWith(t, await explain('alice', 'bob'), 2, /takes one NAME/);
  failsWith(t, await explain('alice', '--scope', 'x'), 2, /--scope does not belong to explain/);
  const odd = await explain('al\u001b[31m\u202eice@MYQ.TEST');
  t.equal(odd.code, 1);
  t.notOk(/[\p{Cc}\p{Bidi_Control}](?<!\n)/u.test(odd.stdout));
  t.match(odd.stdout, /^asked +al\\u\{1b\}\[31m\\u\{202e\}ice@MYQ\.TEST$/m);
});

t.test('with a real domain: accounts, groups and their rights, and a domain controller that is out', async (t) => {
  const domain = await startDomainController({ groups: { PrintUsers: ['alice'], Printing: ['PrintUsers'] } });
  t.teardown(() => domain.stop());
  const { file, users, directory } = await place(t, [
    `[Directory]\nUrl = ldaps://${domain.host}`, `CaFile = ${domain.caFile}`, `BindName = bob@${domain.realm}`, 'BindPassword = Passw0rd.bob',
    `BaseDn = ${domain.baseDn}`, 'Timeout = 2', '[Rights]', 'PrintUsers = printers queues', `${domain.netbios}\\Printing = scan`, 'NoSuchGroup = credit', '',
  ].join('\n'));
  const hosts = join(directory, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost\n${domain.address} ${domain.host}\n`);
  const wrapper = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts];
  const explain = (...args: readonly string[]): Promise<Run> => spawned(['users', 'explain', ...args, '--config', file], { wrapper });
  await users('add', 'alice', '--alias', 'alice@MYQ.TEST');

  const run = await explain('MYQ\\alice');
  t.match(run, { code: 0, stderr: '' });
  const rows = rowsOf(run);
  t.match(rows, {
    'read as': 'a user of the domain MYQ, which is the realm MYQ.TEST by [Directory] Domain',
    account: `CN=alice,CN=Users,${domain.baseDn} in [Directory], found as alice@MYQ.TEST`, state: 'enabled', 'password of the domain': 'yes, checked by [Directory]',
    note: '[Rights] NoSuchGroup gives nobody anything: no directory has that group, or several have',
  });
  const marked: Readonly<Record<string, string>> = {
    [await domain.sidOf('PrintUsers')]: '  <- [Rights] PrintUsers = printers queues', [await domain.sidOf('Printing')]: '  <- [Rights] MYQ\\Printing = scan',
  };
  const groups = (await domain.groupSidsOf('alice')).filter((sid) => !sid.startsWith('S-1-5-32-'));
  t.strictSame((rows['groups'] ?? '').split('\n').sort(), groups.map((sid) => `${sid}${marked[sid] ?? ''}`).sort());
  t.match(rows['SID'], await domain.sidOf('alice'));
  t.match(rows['rights'], /^of PrintUsers: printers queues\nof MYQ\\Printing: scan\nin sum: .* user\.session printers queues scan$/m);
  t.match(await explain('bob'), { code: 1, stdout: /^read as +a name of \[Directory\]; nobody here.*^account +CN=bob/ms, stderr: /users add bob --alias bob@MYQ\.TEST/ });

  await domain.sambaTool('user', 'disable', 'alice');
  const disabled = await explain('alice');
  t.match(disabled, { code: 1, stderr: /^myq-gateway: the account CN=alice,.* is disabled or has expired; enable it in the domain$/m });
  t.match(rowsOf(disabled), { user: /^alice, enabled/, state: 'disabled or expired', Kerberos: /^no: the account CN=alice,.* is disabled/ });

  writeFileSync(hosts, `127.0.0.1 localhost ${domain.host}\n`);
  const out = await explain('alice');
  t.equal(out.code, 0, 'with a ticket he can sign in');
  t.match(rowsOf(out), {
    account: /^not known now, the directory is out: /, user: /^alice, enabled/, Kerberos: 'yes, as alice@MYQ.TEST', groups: 'not known here; they come with his ticket',
    'password of the domain': 'no: not known now: the directory is out',
  });
});
