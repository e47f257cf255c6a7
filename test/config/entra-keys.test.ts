// [Entra] and [Entra:name]: which tenants and applications, every key with its default, secrets, contradictions.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import t from 'tap';
import type { EntraConfig } from '../../src/config/load.ts';
import { redactedConfig } from '../../src/config/print.ts';
import { fault, good } from './texts.ts';

const variable = 'MYQ_GATEWAY_ENTRA_CLIENTSECRET';
const [first, second, third] = ['72f988bf-86f1-41af-91ab-2d7cd011db47', '0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11', 'aaaabbbb-0000-cccc-1111-dddd2222eeee'] as const;
const client = '6731de76-14a6-49ae-97bc-6eba6914391e';
/** With a header they end at line 5 of the file. */
const lines = (tenant: string = first): string => `TenantId=${tenant}\nClientId=${client}\n`;
const one = (more = ''): EntraConfig | undefined => good(`[Entra]\n${lines()}${more}`).config.tenants[0];
const secret = (tenant: EntraConfig | undefined): string | undefined => tenant?.clientSecret?.export().toString();

t.test('a tenant needs two IDs, and has its defaults', async (t) => {
  const { config, sources, warnings } = good(`[Entra]\n${lines()}`);
  t.strictSame(config.tenants, [{
    name: '', tenantId: first, clientId: client, clientSecret: undefined, enableSignInWithMicrosoft: false, userName: 'userPrincipalName',
    pairByObjectId: false, trustOnPremisesSids: undefined, allowGuests: false, domains: [], allowRefresh: false, replay: 'Allow', maxTokenAge: undefined, requireAcrs: [],
    authority: 'https://login.microsoftonline.com', caFile: undefined,
  }]);
  t.match(sources, { 'Entra.TenantId': 'config.ini:4', 'Entra.ClientId': 'config.ini:5', 'Entra.ClientSecret': 'default', 'Entra.UserName': 'default' });
  t.strictSame(warnings, []);
  t.ok([config.tenants, config.tenants[0], config.tenants[0]?.domains].every((part) => Object.isFrozen(part)));
});

t.test('without a section there is no tenant, whatever the environment holds', async (t) => {
  const { config, warnings } = good('', { [variable]: 'hunter2' });
  t.strictSame(config.tenants, []);
  t.match(warnings, [/^the environment variable MYQ_GATEWAY_ENTRA_CLIENTSECRET is ignored: only /]);
});

t.test('what is given counts, in any spelling', async (t) => {
  const given = `[ENTRA]\ntenantid = ${first.toUpperCase()}\nCLIENTID = ${client.toUpperCase()}\nClientSecret = p ss;w#rd=~
EnableSignInWithMicrosoft=yes\nUserName=ONPREMISESSAMACCOUNTNAME\nPairByObjectId=on\nTrustOnPremisesSids=no\nAllowGuests=1\nDomains = Example.COM, lab.example.com\tsales.test
AllowRefresh=true\nReplay=once\nMaxTokenAge=1d\nRequireAcrs = c1,c2  urn:x/y\nAuthority=https://Login.MicrosoftOnline.US/\nCaFile=tls/ca.pem`;
  const { clientSecret, ...others } = good(given).config.tenants[0] as EntraConfig;
  t.equal(clientSecret?.export().toString(), 'p ss;w#rd=~');
  t.strictSame(others, {
    name: '', tenantId: first, clientId: client, enableSignInWithMicrosoft: true, userName: 'onPremisesSamAccountName', pairByObjectId: true,
    trustOnPremisesSids: false, allowGuests: true, domains: ['example.com', 'lab.example.com', 'sales.test'], allowRefresh: true, replay: 'Once', maxTokenAge: 86_400,
    requireAcrs: ['c1', 'c2', 'urn:x/y'], authority: 'https://login.microsoftonline.us', caFile: '/etc/gw/tls/ca.pem',
  });
  for (const name of ['userPrincipalName', 'displayName', 'upnPrefix'] as const) t.equal(one(`UserName=${name.toLowerCase()}`)?.userName, name);
  const { domains, requireAcrs } = one('Domains=\nRequireAcrs=c1 c1') as EntraConfig;
  t.strictSame([domains, requireAcrs], [[], ['c1']]);
  t.equal(one('MaxTokenAge=1m')?.maxTokenAge, 60);
});

t.test('only the GUID of a tenant of an organisation is one', async (t) => {
  const expected = 'expected the Directory (tenant) ID, a GUID such as 72f988bf-86f1-41af-91ab-2d7cd011db47';
  const of = (text: string): string => fault(`[Entra]\nTenantId=${text}\nClientId=${client}`);
  for (const text of ['common', 'organizations', 'consumers', 'contoso.onmicrosoft.com', first.slice(1), `${first}0`, first.replaceAll('-', ''), `{${first}}`, '*',
    first.replace('7', 'g'), `${first}/v2.0`, `${first},${second}`]) {
    t.equal(of(text), `config.ini:4: [Entra] TenantId: "${text.length > 60 ? `${text.slice(0, 60)}…` : text}" is not a GUID, ${expected}`);
  }
  t.equal(of(''), `config.ini:4: [Entra] TenantId: empty, ${expected}`);
  for (const text of ['9188040d-6c67-4c5b-b112-36a304b66dad', '9188040D-6C67-4C5B-B112-36A304B66DAD']) {
    t.equal(of(text), `config.ini:4: [Entra] TenantId: this is the tenant of personal accounts, in which anybody can be, ${expected}`);
  }
  t.match(of(`${first} ; ours`), /is not a GUID, .*; a comment needs a line of its own$/);
  t.match(of(`"${first}"`), /is not a GUID, .*; write the value without quotes$/);
});

t.test('a client ID is a GUID, and compared as it stands in tokens, in lower case', async (t) => {
  const of = (text: string): string | undefined => good(`[Entra]\nTenantId=${first}\nClientId=${text}`).config.tenants[0]?.clientId;
  t.equal(of(client.toUpperCase()), client);
  for (const text of ['a b', 'é', 'x'.repeat(256), '\u200b', 'https://app.example', `{${client}}`, `api://${client}`]) {
    t.match(fault(`[Entra]\nTenantId=${first}\nClientId=${text}`),
      /^config\.ini:5: \[Entra\] ClientId: ".*" is not a GUID, expected the Application \(client\) ID, a GUID such as /, `${String(text.length)} characters`);
  }
});

t.test('a wrong value names its line, its key and what is expected', async (t) => {
  const names = 'expected domain names separated by commas or blanks, each once, such as example.com';
  const contexts = 'expected authentication contexts separated by commas or blanks, such as c1';
  const age = 'expected a time from 60 to 86400 seconds: a number of seconds, or one with s, m, h or d such as 30m';
  const origin = 'expected https:// with a host name and perhaps a port, without user, path, query and fragment';
  for (const [line, message] of [
    ['EnableSignInWithMicrosoft=maybe', '"maybe" is neither yes nor no, expected True or False (also yes/no, on/off, 1/0)'],
    ['PairByObjectId=', 'empty, expected True or False (also yes/no, on/off, 1/0); without the line the default holds'],
    ['AllowGuests=2', '"2" is neither yes nor no, expected True or False (also yes/no, on/off, 1/0)'],
    ['AllowRefresh=never', '"never" is neither yes nor no, expected True or False (also yes/no, on/off, 1/0)'],
    ['UserName=mail', '"mail" is not among the choices, expected userPrincipalName, displayName, upnPrefix or onPremisesSamAccountName'],
    ['Replay=Twice', '"Twice" is not among the choices, expected Allow or Once'],
    ['MaxTokenAge=59', `"59" is out of range, ${age}`],
    ['MaxTokenAge=25h', `"25h" is out of range, ${age}`],
    ['MaxTokenAge=-1', `"-1" is not a length of time, ${age}`],
    ['Domains=localhost', `"localhost" is not a domain name, ${names}`],
    ['Domains=example.com, @lab.test', `"@lab.test" is not a domain name, ${names}`],
    ['Domains=a.test A.TEST', `"a.test" is named twice, ${names}`],
    ['Domains=*.example.com', `"*.example.com" is not a domain name, ${names}`],
    ['RequireAcrs=c1 "c2"', `""c2"" is not an authentication context, ${contexts}`],
    [`RequireAcrs=${'c'.repeat(256)}`, `"${'c'.repeat(60)}…" is not an authentication context, ${contexts}`],
    ['Authority=http://login.microsoftonline.com', `"http://login.microsoftonline.com" is not a bare https URL, ${origin}`],
    [`Authority=https://login.microsoftonline.com/${first}`, `"https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d…" is not a bare https URL, ${origin}`],
    ['Authority=https://u:hunter2@login.example', `the URL names a user, ${origin}`],
    ['CaFile=~/ca.pem', '"~/ca.pem" begins with ~, which is not expanded here, expected a file path, absolute or relative to the directory of this file'],
  ] as const) t.equal(fault(`[Entra]\n${lines()}${line}`), `config.ini:6: [Entra] ${line.split('=', 1)[0] ?? ''}: ${message}`);
});

t.test('what a tenant must have is missed at its header, in each one', async (t) => {
  t.strictSame(fault('[Entra]\n[Entra:sales]\n').split('\n').map((line) => line.split(', expected')[0]), [
    'config.ini:3: [Entra] TenantId: missing', 'config.ini:3: [Entra] ClientId: missing',
    'config.ini:4: [Entra:sales] TenantId: missing', 'config.ini:4: [Entra:sales] ClientId: missing',
  ]);
  t.equal(fault(`[Entra]\n${lines()}Tenant=x`), 'config.ini:6: [Entra] Tenant: unknown key; did you mean "TenantId"?');
  t.equal(fault(`[Entra]\n${lines()}ClientSecretFil=x`), 'config.ini:6: [Entra] ClientSecretFil: unknown key; did you mean "ClientSecretFile"?');
  t.equal(fault(`[Server]\nTenantId=${first}`), 'config.ini:4: [Server] TenantId: unknown key; it belongs into [Entra]');
  t.match(fault(`[Entra]\n${lines()}tenantid=${second}`), 'config.ini:6: [Entra] tenantid: given twice, first in line 4, expected once');
  t.equal(fault('[Entar]'), 'config.ini:3: [Entar]: unknown section; did you mean [Entra]?');
  t.match(fault('[Entra:a b]'), 'expected [Entra], or [Entra:name] with 1 to 32 letters a to z, digits and hyphens');
});

t.test('several tenants have names, in lower case, and stand in the order of the file', async (t) => {
  const { config, sources } = good(`[Entra:Sales-2]\n${lines(second)}[Log]\n[Entra]\n${lines()}[ENTRA:sales-2]\nReplay=Once`);
  t.match(config.tenants, [{ name: 'sales-2', tenantId: second, replay: 'Once' }, { name: '', tenantId: first, replay: 'Allow' }]);
  t.match(sources, { 'Entra:sales-2.Replay': 'config.ini:11', 'Entra.Replay': 'default' });
});

t.test('the secret of each comes from the file, a file of its own, or its own variable, which wins', async (t) => {
  const file = join(t.testdir({}), 'secret');
  writeFileSync(file, '\uFEFFfrom a file~\r\n', { mode: 0o600 });
  const text = `[Entra]\n${lines()}ClientSecretFile=${file}\n[Entra:Sales-2]\n${lines(second)}ClientSecret=inline`;
  const { config, sources, warnings } = good(text);
  t.strictSame([config.tenants.map(secret), warnings], [['from a file~', 'inline'], []]);
  t.equal(sources['Entra.ClientSecret'], `config.ini:6, the file ${file}`);
  const outside = good(text, { [variable]: ' one ', MYQ_GATEWAY_ENTRA_SALES_2_CLIENTSECRET: 'two' });
  t.strictSame([outside.config.tenants.map(secret), outside.sources['Entra:sales-2.ClientSecret'], outside.warnings], [['one', 'two'], 'environment', []]);
  chmodSync(file, 0o640);
  t.strictSame(good(text).warnings, [`[Entra] ClientSecret: ${file} can be read by others (mode 0640); chmod 600 it`]);
});

t.test('no message and nothing that is printed shows a secret', async (t) => {
  const long = 'hunter2'.repeat(50);
  for (const [more, message] of [
    [`ClientSecret=${long}`, '[Entra:a] ClientSecret: longer than 256 characters'], ['ClientSecret=', '[Entra:a] ClientSecret: empty'],
    ['ClientSecretFile=hunter2', '[Entra:a] ClientSecretFile: the file that it names: no such file'],
    ['ClientSecret=hunter2\nClientSecretFile=x', '[Entra:a] ClientSecretFile: also given as ClientSecret in line 6, expected one of the two'],
    ['ClientSecret:hunter2=x', '[Entra:a] (not a name): unknown key'], ['ClientSecret hunter2', 'config.ini:6: not understood'],
    ['ClientSecret=hunter2\nclientsecret=hunter2', 'given twice, first in line 6'], ['ClientSecret=hunter2\nReplay=x', '[Entra:a] Replay: "x"'],
    ['ClientSecret=hunter2\nDomains=x', '[Entra:a] Domains: "x"'],
  ] as const) {
    const told = fault(`[Entra:a]\n${lines()}${more}`);
    t.ok(told.includes(message), message);
    t.notMatch(told, /hunter2/, message);
  }
  for (const [text, message] of [[long, 'longer than 256'], ['', 'empty']] as const) {
    const told = fault(`[Entra:a]\n${lines()}`, { MYQ_GATEWAY_ENTRA_A_CLIENTSECRET: text });
    t.ok(told.startsWith(`MYQ_GATEWAY_ENTRA_A_CLIENTSECRET: [Entra:a] ClientSecret: ${message}`));
    t.notMatch(told, /hunter2/);
  }
  const loaded = good(`[Entra]\n${lines()}ClientSecret=hunter2`);
  t.notMatch(JSON.stringify(loaded) + inspect(loaded, { depth: 12, showHidden: true }) + redactedConfig(loaded).join(), /hunter2|68 75 6e/);
  t.match(redactedConfig(loaded).join('\n'), /^ClientSecret = \*{8} +\(config\.ini:6\)$/m);
});

t.test('what needs the secret of the application stops the start without it', async (t) => {
  const [signIn, userName] = ['EnableSignInWithMicrosoft=True', 'UserName=onPremisesSamAccountName'];
  t.equal(fault(`[Entra]\n${lines()}${signIn}\n${userName}`), [
    'config.ini:6: [Entra] EnableSignInWithMicrosoft: there is no ClientSecret, expected one, with which the gateway asks for its sign-ins',
    'config.ini:7: [Entra] UserName: there is no ClientSecret, expected one, with which Microsoft Graph is asked for this name',
  ].join('\n'));
  t.match(fault(`[Entra:a]\n${lines()}ClientSecret=x\n[Entra:b]\n${lines(second)}${signIn}`), /^config\.ini:10: \[Entra:b\] EnableSignIn.*: there is no ClientSecret/,
    'another tenant has one');
  t.match(good(`[Entra]\n${lines()}${signIn}\n${userName}`, { [variable]: 'x' }).config.tenants, [{ enableSignInWithMicrosoft: true }]);
});

t.test('one application of one tenant is one section, in whatever letters; two applications of one are two', async (t) => {
  t.equal(fault(`[Entra]\n${lines()}[Entra:b]\n${lines(first.toUpperCase()).toUpperCase()}`),
    'config.ini:8: [Entra:b] CLIENTID: TenantId and ClientId are also those of [Entra], expected one section for each application');
  t.equal(good(`[Entra]\n${lines()}[Entra:b]\nTenantId=${first}\nClientId=${second}\nUserName=upnPrefix`).config.tenants.length, 2);
  t.equal(good(`[Entra]\n${lines()}[Entra:b]\n${lines(second)}`).config.tenants.length, 2, 'one application in two tenants');
});

t.test('a domain leads to one section', async (t) => {
  t.equal(fault(`[Entra]\n${lines()}Domains=a.test b.test\n[Entra:b]\n${lines(second)}Domains=c.test B.TEST`),
    'config.ini:10: [Entra:b] Domains: "b.test" is named in two sections, expected each domain in one');
  t.equal(good(`[Entra]\n${lines()}Domains=a.test\n[Entra:b]\n${lines(second)}Domains=b.a.test`).config.tenants.length, 2);
});

t.test('with several tenants a name must be one person\'s in all of them, or name nobody', async (t) => {
  const message = 'with several tenants two people may have this name, expected userPrincipalName, or PairByObjectId = True';
  const both = (more: string): string => `[Entra]\n${lines()}${more}\n[Entra:b]\n${lines(second)}`;
  for (const name of ['displayName', 'upnPrefix']) t.equal(fault(both(`UserName=${name}`)), `config.ini:6: [Entra] UserName: ${message}`, name);
  t.match(fault(`${both('')}UserName=onPremisesSamAccountName\nClientSecret=x`), `config.ini:10: [Entra:b] UserName: ${message}`);
  t.equal(good(both('UserName=displayName\nPairByObjectId=True')).config.tenants.length, 2);
  t.equal(fault(`${both('UserName=upnPrefix')}UserName=upnPrefix\n[Entra:c]\n${lines(third)}`).split('\n').length, 2, 'each is told');
});

t.test('a display name that pairs people is a warning', async (t) => {
  const warnings = (more: string): readonly string[] => good(`[Entra:a]\n${lines()}UserName=displayName\n${more}`).warnings;
  t.strictSame(warnings(''), ['[Entra:a] UserName: displayName is not unique in a tenant, and the first who comes with a user\'s name becomes that user; '
    + 'set PairByObjectId = True']);
  t.strictSame(warnings('PairByObjectId=True'), []);
});
