// The written form of the settings: the example file works, the table is complete.
import t from 'tap';
import { configExample, configTable } from '../../src/config/document.ts';
import { type LoadedConfig, parseConfig } from '../../src/config/load.ts';
import { sectionNames, sectionOf, settings } from '../../src/config/schema.ts';

const sealKey = Buffer.alloc(32, 0x77).toString('base64');
const others = {
  MYQ_GATEWAY_STORE_SEALKEY: sealKey, MYQ_GATEWAY_DIRECTORY_BINDPASSWORD: 'reader\'s own', MYQ_GATEWAY_ENTRA_CLIENTSECRET: 'the application\'s own',
};
const secrets = { ...others, MYQ_GATEWAY_SERVER_PFXPASSWORD: 'open sesame' };
const parse = (text: string, environment: Readonly<Record<string, string>> = { MYQ_GATEWAY_STORE_SEALKEY: sealKey }): LoadedConfig =>
  parseConfig(text, { file: 'config.ini', directory: '/etc/gw', environment });
/** Networks are functions, which are never the same. */
const shown = ({ config: { security, ...others } }: LoadedConfig) =>
  ({ ...others, security: { ...security, windowsSignInNetworks: String(security.windowsSignInNetworks) } });
const isDefault = ({ sources }: LoadedConfig): readonly string[] =>
  Object.entries(sources).filter(([, source]) => source === 'default').map(([path]) => path);

t.test('the example is a working file whose commented keys are the defaults', async (t) => {
  const loaded = parse(configExample());
  t.strictSame(shown(loaded), shown(parse('[Server]\nHostname=gateway.example.com')));
  t.strictSame(loaded.warnings, []);
});

t.test('the example still works with every comment sign removed from its keys, but for the certificate in its other form', async (t) => {
  const pem = parse(configExample().replaceAll(/^;(?!Pfx)/gm, ''), others);
  t.match(pem.config, {
    server: { publicUrl: 'https://gateway.example.com:8090', pfxFile: undefined, pfxPassword: undefined },
    oauth: { audience: 'https://print.example.com', refreshTokenLifetime: 30 * 86_400, refreshIdleLifetime: 7 * 86_400 },
  });
  t.strictSame(isDefault(pem), ['Server.PfxFile', 'Server.PfxPassword']);
  t.match(pem.config.rights.map(({ group, scopes }) => [group.kind, scopes]),
    [['sid', ['reports']], ['name', ['printers', 'queues', 'reports']], ['name', ['users', 'jobs']], ['object', ['reports']]]);
  t.match(pem.config.directories, [{ name: '', realm: 'EXAMPLE.COM', domain: 'EXAMPLE', cardAttribute: 'employeeID', timeout: 5 }]);
  t.match(pem.config.tenants, [{
    name: '', tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47', userName: 'userPrincipalName', maxTokenAge: 1800, caFile: '/etc/gw/tls/proxy-ca.pem',
  }]);
  t.strictSame(pem.warnings, []);
  const pfx = parse(configExample().replaceAll(/^;(?!CertificateFile|PrivateKeyFile)/gm, ''), secrets);
  t.match(pfx, { config: { server: { pfxFile: '/etc/gw/tls/server.pfx' } }, sources: { 'Server.PfxPassword': 'environment' } });
  t.strictSame(isDefault(pfx), ['Server.CertificateFile', 'Server.PrivateKeyFile']);
});

t.test('the example can be filled in', async (t) => {
  const { config } = parse(configExample({ 'Server.Hostname': 'gw.test', 'Server.Port': '0', 'Kerberos.Realms': 'A.TEST' }));
  t.match(config, { server: { hostname: 'gw.test', port: 0 }, kerberos: { realms: ['A.TEST'] } });
  t.throws(() => configExample({ 'Server.Hostname': 'gw.test\n[Kerberos]\nAllowRc4=True' }),
    { message: /^\[Server\] Hostname: holds a control/ });
});

t.test('example and table name every key once with its help, and every section of rules', async (t) => {
  const rows = configTable().trimEnd().split('\n').slice(2);
  const wanted = sectionNames.flatMap((section) => {
    const known = sectionOf(section);
    if (!('keys' in known)) return [`| \`[${section}]\` | ${known.keyExpected} | ${known.valueExpected} |`];
    const title = known.plural === undefined ? `\`[${section}]\`` : `\`[${section}]\`, \`[${section}:name]\``;
    return Object.keys(known.keys).map((name) => `| ${title} | \`${name}\``);
  });
  t.equal(rows.length, wanted.length);
  t.equal(rows.length, settings.length + 1);
  for (const [index, begin] of wanted.entries()) t.ok(rows[index]?.startsWith(begin), begin);
  for (const row of rows) t.equal(row.match(/(?<!\\)\|/g)?.length, 6, row);
  const text = configExample().replaceAll('\n# ', ' ');
  for (const { key } of settings) t.ok(text.includes(key.help), key.help);
  for (const section of sectionNames) t.ok(text.includes(sectionOf(section).help), section);
  t.ok(configExample().split('\n').every((line) => line.length <= 140 && line === line.trimEnd()));
});

t.test('a section that need not be there is commented out as a whole in the example', async (t) => {
  for (const [section, line, variable] of [
    ['Directory', ';Url = ldaps://dc1.example.com', 'MYQ_GATEWAY_DIRECTORY_BINDPASSWORD'],
    ['Entra', ';TenantId = 72f988bf-86f1-41af-91ab-2d7cd011db47', 'MYQ_GATEWAY_ENTRA_CLIENTSECRET'],
  ] as const) {
    const [, block = ''] = new RegExp(`\\n;\\[${section}\\]\\n([^]*?)\\n\\n\\n;?\\[`).exec(configExample()) ?? [];
    t.ok(block.split('\n').includes(line), section);
    t.match(block, variable);
    t.ok(block.split('\n').every((one) => one === '' || /^[#;]/.test(one)), section);
  }
  t.match(configExample(), /^\[Rights\]\n(?:[#;].*\n|\n)*?;Print Admins = printers queues reports\n/m);
});

t.test('the example shows a secret as a file, never as itself', async (t) => {
  const text = configExample();
  for (const line of [
    ';PfxPasswordFile = tls/pfx-password', ';SealKeyFile = data/seal.key', ';BindPasswordFile = data/directory-password',
    ';ClientSecretFile = data/entra-client-secret',
  ]) t.ok(text.split('\n').includes(line), line);
  t.notMatch(text, /^;?(?:PfxPassword|SealKey|BindPassword|ClientSecret) *=/m);
});
