// `users sync` against a real domain: what becomes of its users here as they come, change, are renamed and go.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { startDomainController } from '../realm/ad.ts';
import { cutLine } from './cut-line.ts';
import { failsWith, initialized, spawned, type Run } from './program.ts';

const domain = await startDomainController({ users: {}, services: {} });
t.teardown(() => domain.stop());
const users = `CN=Users,${domain.baseDn}`;
const dnOf = (name: string, place = users): string => `CN=${name},${place}`;

type Attributes = Readonly<Record<string, string | readonly string[]>>;

const lines = (attributes: Attributes, before: (name: string) => string = () => ''): string =>
  Object.entries(attributes).map(([name, values]) =>
    `${before(name)}${[values].flat().map((value) => `${name}:: ${Buffer.from(value).toString('base64')}\n`).join('')}`).join('');
/** LDIF (RFC 2849) of an enabled user without a password, called so within his place too. */
const added = (name: string, attributes: Attributes = {}, place = users): string =>
  `dn: ${dnOf(name, place)}\nchangetype: add\nobjectClass: user\n${lines({ sAMAccountName: name, userAccountControl: '544', ...attributes })}\n`;
const replaced = (name: string, attributes: Attributes): string =>
  `dn: ${dnOf(name)}\nchangetype: modify\n${lines(attributes, (attribute) => `replace: ${attribute}\n`).replaceAll(/\n(?=replace)/g, '\n-\n')}-\n\n`;

interface Site {
  /** Of the section [Directory], beside those that reach the domain. */
  readonly keys: Attributes;
  /** Further sections; FURTHER stands for what reaches the domain. */
  readonly more?: string;
  /** The domain controller's address for this site. */
  readonly address?: string;
  readonly port?: number;
}

/** A gateway with this directory. Its machine knows the domain controller by name. */
async function site(t: Test, { keys, more = '', address = domain.address, port = 636 }: Site) {
  const { directory, gateway } = await initialized(t);
  const config = join(directory, 'config.ini');
  const hosts = join(directory, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost\n${address} ${domain.host}\n`);
  for (const [name, password] of [['directory', domain.administrator.password], ['wrong', 'Passw0rd.wrong']] as const) {
    writeFileSync(join(directory, `data/${name}-password`), password, { mode: 0o600 });
  }
  const common = {
    Url: `ldaps://${domain.host}:${String(port)}`, CaFile: domain.caFile, BindName: `${domain.administrator.name}@${domain.realm}`,
    BindPasswordFile: 'data/directory-password', BaseDn: users,
    UserFilter: '(&(objectCategory=person)(objectClass=user)(!(isCriticalSystemObject=TRUE)))',
  };
  const text = (values: object): string => Object.entries(values).map(([key, value]) => `${key} = ${String(value)}\n`).join('');
  const { BaseDn: _, ...further } = common;
  appendFileSync(config, `\n[Directory]\n${text({ ...common, ...keys })}${more.replace('FURTHER', text(further))}`);
  const wrapper = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts];
  const run = (...args: readonly string[]): Promise<Run> => spawned(['users', ...args, '--config', config], { wrapper });
  const store = openSqlite(join(directory, 'data/gateway.db'));
  t.teardown(() => store.close());
  const setKey = (key: string, value: string): void => {
    writeFileSync(config, readFileSync(config, 'utf8').replace(new RegExp(`^${key} = .*$`, 'm'), `${key} = ${value}`));
  };
  /** Lines of a run that must succeed. */
  const synced = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await run('sync', ...args);
    if (code !== 0) throw new Error(`exit ${String(code)}: ${stderr}${stdout}`);
    return stdout.trimEnd().split('\n');
  };
  const all = async (): Promise<readonly unknown[]> => [await store.users(), await store.mirroredUsers('')];
  return { gateway, run, store, setKey, synced, all };
}

t.test('everybody comes with what config.ini names, changes with it, and goes', async (t) => {
  await domain.modify([
    added('Alice', {
      displayName: 'Alice Žlutá', mail: 'alice@example.com', userPrincipalName: 'a.zluta@myq.test', employeeNumber: '1001',
      extensionName: ['al; A.Z@other.test', 'a/b'], otherPager: ['04A2B3C4;04ffee01', '04FFEE02', '1'], pager: '048213',
    }),
    added('bob', { mail: 'no address', pager: '111111' }),
    added('carol', { userAccountControl: '546' }),
  ].join(''));
  const { gateway, run, store, synced, all } = await site(t, {
    keys: {
      AliasAttributes: 'userPrincipalName; extensionName', CardAttribute: 'otherPager', PinAttribute: 'pager',
      PersonalNumberAttribute: 'employeeNumber',
    },
  });
  const before = await all();
  const dry = await synced('--dry-run');
  t.strictSame(await all(), before, 'a dry run writes nothing');
  const first = await synced();
  t.strictSame(dry, ['dry run: nothing is written', ...first]);
  t.strictSame(first.toSorted(), [
    'Alice: added', '[Directory] seen 3, added 3, changed 0, disabled 0, unchanged 0, conflicts 0', 'bob: added', 'carol: added',
    'note: Alice: "a/b" in extensionName is no usable alias',
    'note: Alice: a card number in otherPager is not used: it must be 4 to 64 printable ASCII characters without blanks',
    'note: bob: mail is not used: it is no e-mail address',
    'note: bob: the PIN in pager is not used: a PIN of one digit only is guessed at once',
  ]);
  const sid = await domain.sidOf('Alice');
  t.match(await store.userByName('alice'), {
    name: 'Alice', fullName: 'Alice Žlutá', email: 'alice@example.com', personalNumber: '1001', cards: 3, hasPin: true, disabled: false,
    aliases: ['a.z@OTHER.TEST', 'a.zluta@MYQ.TEST', 'al', 'alice', 'alice@MYQ.TEST'], account: { directory: '', sid },
  });
  t.match(await store.userByName('bob'), { email: undefined, hasPin: false, cards: 0, disabled: false });
  t.match(await store.userByName('carol'), { disabled: true, disabledInDirectory: true });

  await domain.modify(replaced('Alice', { mail: 'new@example.com', displayName: [], otherPager: '04FFEE02', pager: [], extensionName: [] })
    + replaced('carol', { userAccountControl: '544' }));
  await domain.disable('bob');
  const [summary, ...changes] = (await synced()).filter((line) => !line.startsWith('note'));
  t.equal(summary, '[Directory] seen 3, added 0, changed 2, disabled 1, unchanged 0, conflicts 0');
  t.strictSame(changes.toSorted(), ['Alice: aliases, full name, e-mail, cards, PIN', 'bob: disabled', 'carol: enabled']);
  t.match(await store.userByName('alice'), {
    fullName: undefined, email: 'new@example.com', cards: 1, hasPin: false, aliases: ['a.zluta@MYQ.TEST', 'alice', 'alice@MYQ.TEST'],
  });

  const shown = await gateway('users', 'show', 'Alice');
  t.match(shown.stdout, /^NAME .* PERSONAL NUMBER .* DIRECTORY +SID\nAlice +enabled .* 1001 .* \[Directory\] +S-1-5-21-[\d-]+\n$/);
  t.match(JSON.parse((await gateway('users', 'show', 'Alice', '--json')).stdout), { personalNumber: '1001', account: { directory: '', sid } });
  t.match((await gateway('users', 'list')).stdout, /^bob +disabled in the directory /m);
  failsWith(t, await gateway('users', 'enable', 'bob'), 1,
    /"bob" is enabled here, but still disabled in the directory: .* users sync; if it is gone there: .* users set bob --no-account, then/);

  await domain.sambaTool('user', 'delete', 'bob');
  await domain.sambaTool('user', 'delete', 'carol');
  t.strictSame((await synced()).filter((line) => !line.startsWith('note')),
    ['[Directory] seen 1, added 0, changed 0, disabled 1, unchanged 1, conflicts 0', 'carol: disabled']);
  t.equal((await gateway('users', 'set', 'carol', '--no-account')).code, 0);
  t.match(await store.userByName('carol'), { disabled: true, disabledInDirectory: false, account: undefined });
  t.equal((await gateway('users', 'enable', 'carol')).code, 0);
  t.match(await store.userByName('carol'), { disabled: false });
  failsWith(t, await gateway('users', 'set', 'carol', '--no-account', '--email', 'x@y'), 1, /nothing was changed: "carol" belongs to no account/);
  t.match(JSON.parse((await run('sync', '--json')).stdout), {
    dryRun: false, warnings: [],
    directories: [{
      directory: '', counts: { seen: 1, added: 0, changed: 0, disabled: 0, unchanged: 1, conflicts: 0 }, changes: [], notes: [], conflicts: [], withheld: [],
    }],
  });
});

t.test('who is renamed stays the same user; who gets the name of another does not become him', async (t) => {
  await domain.modify(added('dora') + added('emil'));
  const { run, store, synced } = await site(t, { keys: {} });
  await store.addUser({ name: 'local', aliases: ['dora2@MYQ.TEST'], scopes: ['reports'] });
  await synced();
  const { id } = await store.userByName('dora') ?? {};
  await domain.modify(replaced('dora', { sAMAccountName: 'Dora.New' }));
  t.ok((await synced()).includes('Dora.New: name, aliases'));
  t.match(await store.userByName('dora.new'), { id, aliases: ['dora.new', 'dora.new@MYQ.TEST'] });

  const formerSid = await domain.sidOf('emil');
  await domain.sambaTool('user', 'delete', 'emil');
  await domain.modify(added('emil') + added('dora2'));
  const { code, stdout, stderr } = await run('sync');
  t.equal(code, 1);
  t.match(stdout, /^\[Directory\] seen \d, added 0, changed 1, disabled 1, unchanged 2, conflicts 1\n/);
  t.match(stdout, /\nemil: disabled\n/);
  t.match(stdout, /\nconflict: emil: the user of that name belongs to another account of a directory: .*users set emil --no-account; .*users remove emil\n/);
  t.match(stderr, /^myq-gateway: \[Directory\]: 1 conflict\n$/);
  t.match(await store.userByName('emil'), { account: { sid: formerSid }, disabled: true });
  t.match(await store.userByName('dora2'), { account: { sid: await domain.sidOf('dora2') }, scopes: ['reports'] }, 'by his alias');
  t.equal(await store.userByName('local'), undefined);

  await run('remove', 'emil');
  t.ok((await synced()).includes('emil: added'));
  t.match(await store.userByName('emil'), { account: { sid: await domain.sidOf('emil') }, disabled: false });
});

t.test('most of them do not go at once', async (t) => {
  const names = Array.from({ length: 12 }, (_, index) => `many${String(index)}`);
  await domain.modify(names.map((name, index) => added(name, { department: index < 3 ? 'few' : 'most' })).join(''));
  const { run, setKey, synced, all } = await site(t, { keys: { UserFilter: '(&(objectCategory=person)(objectClass=user)(department=*))' } });
  await synced();
  setKey('UserFilter', '(&(objectCategory=person)(objectClass=user)(department=few))');
  const before = await all();
  for (const args of [['--dry-run'], []]) {
    const { code, stdout, stderr } = await run('sync', ...args);
    t.equal(code, 1);
    t.match(stdout, /\[Directory\] seen 3, added 0, changed 0, disabled 0, unchanged 3, conflicts 0\n(not disabled: many\d+: gone from the directory\n){9}$/);
    t.match(stderr, /\[Directory\]: 9 users, more than half, would be gone, so nobody was disabled; .* users sync --directory Directory --force\n$/);
    t.strictSame(await all(), before);
  }
  t.equal((await synced('--directory', 'Directory', '--force'))[0], '[Directory] seen 3, added 0, changed 0, disabled 9, unchanged 3, conflicts 0');
  setKey('UserFilter', '(&(objectCategory=person)(objectClass=user)(department=*))');
  t.equal((await synced())[0], '[Directory] seen 12, added 0, changed 9, disabled 0, unchanged 3, conflicts 0');
});

t.test('of two directories nobody has a bare alias, and AppendDomainName keeps their names apart', async (t) => {
  await domain.modify(`dn: OU=Sales,${domain.baseDn}\nchangetype: add\nobjectClass: organizationalUnit\n\n`
    + added('zoe', { department: 'here' }) + added('zoe2', { department: 'here' }, `OU=Sales,${domain.baseDn}`));
  const filter = '(&(objectCategory=person)(objectClass=user)(department=here))';
  const { run, store, setKey, synced } = await site(t, {
    keys: { UserFilter: filter },
    more: `[Directory:Sales]\nFURTHERBaseDn = OU=Sales,${domain.baseDn}\nRealm = SALES.TEST\nDomain = SALES\n[Users]\nAppendDomainName = False\n`,
  });
  t.strictSame(await synced('--directory', 'sales'), ['[Directory:sales] seen 1, added 1, changed 0, disabled 0, unchanged 0, conflicts 0', 'zoe2: added']);
  t.match(await store.userByName('zoe2'), { aliases: ['zoe2@SALES.TEST'] });
  setKey('AppendDomainName', 'True');
  t.ok((await synced('--directory', 'Directory:Sales')).includes('zoe2@SALES: name'));
  t.equal((await synced())[0], '[Directory] seen 1, added 1, changed 0, disabled 0, unchanged 0, conflicts 0');
  t.strictSame((await store.users()).map(({ name, aliases, account }) => [name, aliases, account?.directory]), [
    ['zoe2@SALES', ['zoe2@SALES.TEST'], 'sales'], ['zoe@MYQ', ['zoe@MYQ.TEST'], ''],
  ]);
  failsWith(t, await run('sync', '--directory', 'x'), 2, /there is no directory "x"; known: Directory sales/);
});

t.test('a directory that is out, or ends in the middle, changes nothing', async (t) => {
  const line = await cutLine(t, domain.address, 636);
  const { run, store, setKey, synced, all } = await site(t, { keys: {}, address: '127.0.0.1', port: line.port });
  await synced();
  const whole = line.sent();
  const before = await all();
  t.ok((await store.users()).length > 12);
  await domain.modify(added('newcomer'));
  line.cutAfter(whole - 300);
  const cut = await run('sync');
  t.equal(cut.code, 1);
  t.equal(cut.stdout.split('\n')[0], '[Directory] could not be read');
  t.match(cut.stderr, /^myq-gateway: \[Directory\].*; nobody of this directory was changed\n$/);
  t.strictSame(await all(), before);

  line.cutAfter(Infinity);
  setKey('BindPasswordFile', 'data/wrong-password');
  const refused = await run('sync', '--json');
  t.match([refused.code, JSON.parse(refused.stdout)], [1, { directories: [{ directory: '', failure: /the bind as Administrator@MYQ\.TEST was refused/ }] }]);
  t.strictSame(await all(), before);

  setKey('BindPasswordFile', 'data/directory-password');
  await domain.kill();
  const out = await run('sync');
  t.equal(out.code, 1);
  t.match(out.stderr, /^myq-gateway: \[Directory\].*; nobody of this directory was changed\n$/);
  t.strictSame(await all(), before);
});

t.test('without a directory there is nothing to synchronise', async (t) => {
  const { gateway } = await initialized(t);
  failsWith(t, await gateway('users', 'sync'), 1, /config\.ini has no directory: write the section \[Directory\] with Url, BindName, BindPassword and BaseDn/);
  failsWith(t, await gateway('users', 'sync', 'alice'), 2, /users sync takes options only/);
});
