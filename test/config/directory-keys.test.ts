// [Directory] and [Directory:name]: names, required keys, derived defaults, secrets, contradictions.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import t from 'tap';
import type { DirectoryConfig } from '../../src/config/load.ts';
import { directoryLines, fault, good } from './texts.ts';

const variable = 'MYQ_GATEWAY_DIRECTORY_BINDPASSWORD';
const sales = 'Url=ldap://dc.sales.test\nBindName=SALES\\reader\nBindPassword=x\nBaseDn=DC=sales,DC=test\n';
const password = (directory: DirectoryConfig | undefined): string | undefined => directory?.bindPassword.export().toString();

t.test('a directory has its defaults, those of realm and domain made of its first base name', async (t) => {
  const { config, sources, warnings } = good(`[Directory]\n${directoryLines}BindPassword = p ss;w#rd=`);
  const { bindPassword: _, ...plain } = config.directories[0] ?? { bindPassword: undefined };
  t.strictSame(plain, {
    name: '', url: ['ldaps://dc1.myq.test:636'], caFile: undefined, bindName: 'reader@myq.test', baseDn: ['DC=myq,DC=test'],
    realm: 'MYQ.TEST', domain: 'MYQ', userFilter: '(&(objectCategory=person)(objectClass=user))', aliasAttributes: ['userPrincipalName'],
    emailAttribute: 'mail', fullNameAttribute: 'displayName', cardAttribute: undefined, pinAttribute: undefined,
    personalNumberAttribute: undefined, signIn: true, cacheTime: 300, outageTime: 1800, timeout: 5,
  });
  t.equal(config.directories.length, 1);
  t.equal(password(config.directories[0]), 'p ss;w#rd=');
  t.match(sources, { 'Directory.Url': 'config.ini:4', 'Directory.Realm': 'default', 'Directory.BindPassword': 'config.ini:7' });
  t.strictSame(warnings, []);
  t.ok([config.directories, config.directories[0], config.directories[0]?.url].every((part) => Object.isFrozen(part)));
});

t.test('what is given counts, in upper case where names are so', async (t) => {
  const { config } = good(`[directory]\nBindPassword=x\n${directoryLines}realm = corp.test\ndomain=corp\nCaFile=tls/dc.pem\nUserFilter=(mail=*)
AliasAttributes=\nCardAttribute=employeeID\nPinAttribute=pager\nPersonalNumberAttribute=employeeNumber\nSignIn=no\nCacheTime=0\nOutageTime=1d\nTimeout=1s`);
  t.match(config.directories, [{
    name: '', realm: 'CORP.TEST', domain: 'CORP', caFile: '/etc/gw/tls/dc.pem', userFilter: '(mail=*)', cardAttribute: 'employeeID',
    pinAttribute: 'pager', personalNumberAttribute: 'employeeNumber', signIn: false, cacheTime: 0, outageTime: 86_400, timeout: 1,
  }]);
  t.strictSame(config.directories[0]?.aliasAttributes, []);
  for (const [line, wrong] of [
    ['CacheTime=86401', /CacheTime: "86401" is out of range/], ['OutageTime=2d', /OutageTime: "2d" is out of range/], ['Timeout=0', /Timeout: "0" is out/],
    ['Timeout=61', /Timeout: "61" is out of range, expected a time from 1 to 60 seconds/], ['SignIn=maybe', /neither/], ['PinAttribute=', /PinAttribute: empty/],
    ['Realm=a b', /Realm: "a b" is not a realm name/], ['Domain=toolongforawindows', /Domain: "toolong.*" is not a NetBIOS/], ['UserFilter=x', /UserFilter: "x" does not begin/],
  ] as const) t.match(fault(`[Directory]\nBindPassword=x\n${directoryLines}${line}`), wrong, line);
});

t.test('several directories have names, in lower case, and stand in the order of the file', async (t) => {
  const { config, sources } = good(`[Directory:Sales-2]\n${sales}[Log]\n[Directory]\n${directoryLines}BindPassword=y\n[DIRECTORY:sales-2]\nTimeout=9`);
  t.match(config.directories, [{ name: 'sales-2', realm: 'SALES.TEST', timeout: 9 }, { name: '', realm: 'MYQ.TEST', timeout: 5 }]);
  t.match(sources, { 'Directory:sales-2.Timeout': 'config.ini:15', 'Directory.Timeout': 'default' });
  t.equal(good(`[Directory:${'x'.repeat(32)}]\n${sales}`).config.directories[0]?.name, 'x'.repeat(32));
});

t.test('every key that a directory must have is missed at its header, in each one', async (t) => {
  t.strictSame(fault('[Directory]\n[Directory:sales]\n').split('\n').map((line) => line.split(', expected')[0]), [
    ...['Url', 'BindName', 'BindPassword', 'BaseDn'].map((key) => `config.ini:3: [Directory] ${key}: missing`),
    ...['Url', 'BindName', 'BindPassword', 'BaseDn'].map((key) => `config.ini:4: [Directory:sales] ${key}: missing`),
  ]);
  t.match(fault(`[Directory:sales-2]\n${directoryLines}`),
    /^config\.ini:3: \[Directory:sales-2\] BindPassword: missing, .*; give BindPassword, BindPasswordFile or the environment variable MYQ_GATEWAY_DIRECTORY_SALES_2_BINDPASSWORD$/);
  t.match(fault('[Directory]\nUrl=').split('\n').at(-1) ?? '', /^config\.ini:4: \[Directory\] Url: empty, expected ldaps:\/\/ .*blanks$/);
  t.equal(fault(`[Directory]\nBindPasword=x\n${directoryLines}`), 'config.ini:4: [Directory] BindPasword: unknown key; did you mean "BindPassword"?');
});

t.test('a default that cannot be made of the base name is told as such', async (t) => {
  const base = (dn: string): string => fault(`[Directory]\nBindPassword=x\n${directoryLines.replace('DC=myq,DC=test', dn)}`);
  t.match(base('DC=averyveryverylongname,DC=test'), /^config\.ini:3: \[Directory\] Domain: the default does not work here: "AVERYVERYVERYLONGNAME" is not a NetBIOS name, expected/);
  t.match(base('DC=a b,DC=test').split('\n'), [/Realm: the default does not work here: "A B\.TEST" is not a realm/, /Domain: the default/]);
  t.equal(base('OU=x').split('\n').length, 1, 'a wrong base name is one problem');
});

t.test('a name that is none is told as such', async (t) => {
  const expected = 'expected [Directory], or [Directory:name] with 1 to 32 letters a to z, digits and hyphens';
  t.equal(fault('[Directory:]\nUrl=x'), `config.ini:3: [Directory:]: no name behind the colon, ${expected}`);
  t.equal(fault('[Directory:a b]'), `config.ini:3: [(not a name)]: not a name behind the colon, ${expected}`);
  for (const name of ['a_b', 'ä', 'a:b', ' a', 'x'.repeat(33), 'a.b']) t.match(fault(`[Directory:${name}]`), `not a name behind the colon, ${expected}`, name);
  t.equal(fault('[Server:x]'), 'config.ini:3: [Server:x]: unknown section, expected [Server], which has no further name');
  t.equal(fault('[Rights:x]'), 'config.ini:3: [Rights:x]: unknown section, expected [Rights], which has no further name');
  t.equal(fault('[Directroy]'), 'config.ini:3: [Directroy]: unknown section; did you mean [Directory]?');
  t.equal(fault('[Directroy:sales]'), 'config.ini:3: [Directroy:sales]: unknown section; did you mean [Directory:sales]?');
  t.equal(fault('[Sever:x]'), 'config.ini:3: [Sever:x]: unknown section; did you mean [Server]?');
});

t.test('an unknown key is told with the nearest one, in a section with a name, too', async (t) => {
  t.match(fault(`[Directory:sales]\n${sales}Cachetim=1`), 'config.ini:8: [Directory:sales] Cachetim: unknown key; did you mean "CacheTime"?');
  t.match(fault(`[Directory:sales]\n${sales}Keytab=1`), '[Directory:sales] Keytab: unknown key; it belongs into [Kerberos]');
  t.match(fault(`[Directory:sales]\n${sales}url=ldaps://x`), 'config.ini:8: [Directory:sales] url: given twice, first in line 4, expected once');
});

t.test('two directories of one domain stop the start at the second', async (t) => {
  t.strictSame(fault(`[Directory]\n${directoryLines}BindPassword=y\n[Directory:b]\n${sales}Realm=myq.test\n[Directory:c]\n${sales}Realm=C.TEST`).split('\n'), [
    'config.ini:13: [Directory:b] Realm: "MYQ.TEST" is also that of [Directory], expected one section for each domain',
    'config.ini:14: [Directory:c] Domain: "SALES" is also that of [Directory:b], expected one section for each domain',
  ]);
  t.equal(good(`[Directory]\n${directoryLines}BindPassword=y\n[Directory:b]\n${sales}`).config.directories.length, 2);
});

t.test('[NTLM] and [Directory] that disagree on the realm of a domain are a warning', async (t) => {
  const both = (domains: string): readonly string[] => good(`[NTLM]\nEnabled=True\nDomains=${domains}\n[Directory:b]\n${sales}`).warnings;
  t.match(both('SALES=OTHER.TEST'), [/^\[NTLM\] Domains: SALES is OTHER\.TEST here, but SALES\.TEST in \[Directory:b\]; /]);
  t.strictSame(both('SALES=SALES.TEST X=X.TEST'), []);
});

t.test('the password of each directory comes from the file, a file of its own, or its own variable, which wins', async (t) => {
  const file = join(t.testdir({}), 'password');
  writeFileSync(file, 'from a file\r\n', { mode: 0o600 });
  const lines = `[Directory]\n${directoryLines}BindPasswordFile=${file}\n[Directory:Sales-2]\n${sales}`;
  const { config, sources } = good(lines);
  t.strictSame(config.directories.map(password), ['from a file', 'x']);
  t.equal(sources['Directory.BindPassword'], `config.ini:7, the file ${file}`);
  const outside = good(lines, { [variable]: 'one', MYQ_GATEWAY_DIRECTORY_SALES_2_BINDPASSWORD: 'two' });
  t.strictSame([outside.config.directories.map(password), outside.sources['Directory:sales-2.BindPassword'], outside.warnings], [['one', 'two'], 'environment', []]);
});

t.test('a variable of a directory that is not in the file is warned about', async (t) => {
  t.match(good('', { [variable]: 'geheim' }).warnings, [/^the environment variable MYQ_GATEWAY_DIRECTORY_BINDPASSWORD is ignored: only [^,]*, [^,]* can be given there$/]);
  t.match(good(`[Directory:a]\n${sales}`, { [variable]: 'geheim' }).warnings, [/ignored: .*MYQ_GATEWAY_DIRECTORY_A_BINDPASSWORD/]);
});

t.test('no message and no log shows a password', async (t) => {
  for (const lines of [
    `BindPassword=${'hunter2'.repeat(50)}`, 'BindPasswordFile=hunter2', 'BindPassword=hunter2\nBindPasswordFile=x', 'BindPassword:hunter2=x', 'BindPassword hunter2',
    'BindPassword=hunter2\nbindpassword=hunter2', 'BindPassword=hunter2\nUrl=ldaps://reader:hunter2@dc1',
  ]) t.notMatch(fault(`[Directory:sales]\n${directoryLines}${lines}`), /hunter2/, lines);
  t.notMatch(fault(`[Directory:sales]\n${directoryLines}`, { MYQ_GATEWAY_DIRECTORY_SALES_BINDPASSWORD: 'hunter2'.repeat(50) }), /hunter2/);
  const loaded = good(`[Directory]\n${directoryLines}BindPassword=hunter2`);
  t.notMatch(JSON.stringify(loaded) + inspect(loaded, { depth: 12, showHidden: true }), /hunter2|68 75 6e/);
});
