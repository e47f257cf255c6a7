// The written form of the settings: the example file works, the table is complete, the print shows no secret.
import t from 'tap';
import { configExample, configRows, configTable, redactedConfig } from '../../src/config/document.ts';
import { type LoadedConfig, parseConfig } from '../../src/config/load.ts';
import { settings } from '../../src/config/schema.ts';

const sealKey = Buffer.alloc(32, 0x77).toString('base64');
const parse = (text: string): LoadedConfig =>
  parseConfig(text, { file: 'config.ini', directory: '/etc/gw', environment: { MYQ_GATEWAY_STORE_SEALKEY: sealKey } });

t.test('the example is a working file whose commented keys are the defaults', async (t) => {
  const { config, warnings } = parse(configExample());
  t.strictSame(config, parse('[Server]\nHostname=gateway.example.com').config);
  t.strictSame(warnings, []);
});

t.test('the example still works with every comment sign removed from its keys', async (t) => {
  const { config, sources } = parse(configExample().replaceAll(/^;/gm, ''));
  t.match(config, { server: { publicUrl: 'https://gateway.example.com:8090' }, oauth: { audience: 'https://print.example.com' } });
  t.equal(Object.values(sources).filter((source) => source === 'default').length, 0);
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
  const loaded = parse('[Server]\nHostname=gw.test\n[Kerberos]\nRealms=A.TEST B.TEST\n[Security]\nKerberosOnly=1');
  const lines = redactedConfig(loaded).map((line) => line.replace(/ {2,}/, '  '));
  for (const line of [
    '[Server]', 'Hostname = gw.test  (config.ini:2)', 'PublicUrl = (https://<Hostname>:<Port>)  (default)',
    'Realms = A.TEST, B.TEST  (config.ini:4)', 'KerberosOnly = True  (config.ini:6)',
    'Url = sqlite:/etc/gw/data/gateway.db  (default)', 'SealKey = ********  (environment)',
  ]) t.ok(lines.includes(line), line);
  t.notMatch(lines.join('\n'), /d3d3/);
  t.match(configRows(loaded)[0], { section: 'Server', key: 'Hostname', value: 'gw.test', source: 'config.ini:2' });
});
