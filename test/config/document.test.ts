// The written form of the settings: the example file works, the table is complete, the print shows no secret.
import t from 'tap';
import { configExample, configRows, configTable, redactedConfig } from '../../src/config/document.ts';
import { type LoadedConfig, parseConfig } from '../../src/config/load.ts';
import { settings } from '../../src/config/schema.ts';

const sealKey = Buffer.alloc(32, 0x77).toString('base64');
const secrets = { MYQ_GATEWAY_STORE_SEALKEY: sealKey, MYQ_GATEWAY_SERVER_PFXPASSWORD: 'open sesame' };
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
  const pem = parse(configExample().replaceAll(/^;(?!Pfx)/gm, ''));
  t.match(pem.config, {
    server: { publicUrl: 'https://gateway.example.com:8090', pfxFile: undefined, pfxPassword: undefined },
    oauth: { audience: 'https://print.example.com', refreshTokenLifetime: 30 * 86_400, refreshIdleLifetime: 7 * 86_400 },
  });
  t.strictSame(isDefault(pem), ['Server.PfxFile', 'Server.PfxPassword']);
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

t.test('example and table name every key once with its help', async (t) => {
  const rows = configTable().trimEnd().split('\n').slice(2);
  t.equal(rows.length, settings.length);
  for (const [index, { section, name }] of settings.entries()) t.ok(rows[index]?.startsWith(`| \`[${section}]\` | \`${name}\``), name);
  for (const row of rows) t.equal(row.match(/(?<!\\)\|/g)?.length, 6, row);
  const text = configExample().replaceAll('\n# ', ' ');
  for (const { key } of settings) t.ok(text.includes(key.help), key.help);
  t.ok(configExample().split('\n').every((line) => line.length <= 140 && line === line.trimEnd()));
});

t.test('the print shows every value with its source and masks secrets', async (t) => {
  const loaded = parse('[Server]\nHostname=gw.test\nPfxFile=gw.pfx\n[Kerberos]\nRealms=A.TEST B.TEST\n[Security]\nKerberosOnly=1\nWindowsSignInNetworks=10.0.0.0/8 2001:DB8::/32', secrets);
  const lines = redactedConfig(loaded).map((line) => line.replace(/ {2,}/, '  '));
  for (const line of [
    '[Server]', 'Hostname = gw.test  (config.ini:2)', 'PublicUrl = (https://<Hostname>:<Port>)  (default)',
    'PfxFile = /etc/gw/gw.pfx  (config.ini:3)', 'PfxPassword = ********  (environment)',
    'Realms = A.TEST, B.TEST  (config.ini:5)', 'KerberosOnly = True  (config.ini:7)',
    'WindowsSignInNetworks = 10.0.0.0/8, 2001:DB8::/32  (config.ini:8)', 'LockoutAttempts = 5  (default)',
    'RefreshIdleLifetime = (RefreshTokenLifetime)  (default)', 'SessionLifetime = 36000  (default)',
    'Url = sqlite:/etc/gw/data/gateway.db  (default)', 'SealKey = ********  (environment)',
  ]) t.ok(lines.includes(line), line);
  t.notMatch(lines.join('\n'), /d3d3|sesame/);
  t.match(configRows(loaded)[0], { section: 'Server', key: 'Hostname', value: 'gw.test', source: 'config.ini:2' });
});

t.test('a secret that is not set is shown as such, and no network as none', async (t) => {
  const rows = configRows(parse('[Server]\nHostname=gw.test'));
  const valueOf = (wanted: string): string | undefined => rows.find(({ key }) => key === wanted)?.value;
  t.strictSame([valueOf('PfxPassword'), valueOf('PfxFile'), valueOf('WindowsSignInNetworks')], ['(none)', '(none)', 'none']);
});

t.test('the example shows a secret as a file, never as itself', async (t) => {
  const text = configExample();
  for (const line of [';PfxPasswordFile = tls/pfx-password', ';SealKeyFile = data/seal.key']) t.ok(text.split('\n').includes(line), line);
  t.notMatch(text, /^;?(?:PfxPassword|SealKey) *=/m);
});
