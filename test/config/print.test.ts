// What `config print` shows: every value in force with its source, and no secret.
import t from 'tap';
import { configRows, redactedConfig } from '../../src/config/print.ts';
import { directoryLines, parse } from './texts.ts';

const secrets = {
  MYQ_GATEWAY_STORE_SEALKEY: Buffer.alloc(32, 0x77).toString('base64'),
  MYQ_GATEWAY_SERVER_PFXPASSWORD: 'open sesame',
};

t.test('the print shows every value with its source and masks secrets', async (t) => {
  const loaded = parse('[Server]\nHostname=gw.test\nPfxFile=gw.pfx\n[Kerberos]\nRealms=A.TEST B.TEST\n[Security]\nKerberosOnly=1\n'
    + 'WindowsSignInNetworks=10.0.0.0/8 2001:DB8::/32\n[NTLM]\nDomains=a=a.test b=B.TEST', secrets);
  const lines = redactedConfig(loaded).map((line) => line.replace(/ {2,}/, '  '));
  for (const line of [
    '[Server]', 'Hostname = gw.test  (config.ini:2)', 'PublicUrl = (https://<Hostname>:<Port>)  (default)',
    'PfxFile = /etc/gw/gw.pfx  (config.ini:3)', 'PfxPassword = ********  (environment)',
    'Realms = A.TEST, B.TEST  (config.ini:5)', 'KerberosOnly = True  (config.ini:7)',
    'WindowsSignInNetworks = 10.0.0.0/8, 2001:DB8::/32  (config.ini:8)', 'LockoutAttempts = 5  (default)',
    'Domains = A=A.TEST, B=B.TEST  (config.ini:10)', 'SambaConfig = (the smb.conf that Samba was built with)  (default)',
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

t.test('rules and sections with a name are shown as the file spells them', async (t) => {
  const loaded = parse(`[Server]\nHostname=gw.test\n[directory:Sales]\n${directoryLines}BindPassword=hunter2
AliasAttributes=userPrincipalName;  proxyAddresses\n[rights]\nPrint Admins=jobs,reports\ns-1-5-32-544 = users\n[Directory]
Url=ldap://dc.b.test\nBindName=B\\reader\nBindPassword=hunter2\nBaseDn=OU=x,DC=b,DC=test ;DC=c,DC=test`);
  const lines = redactedConfig(loaded).map((line) => line.replace(/ {2,}/, '  '));
  const from = lines.indexOf('[Rights]');
  t.strictSame(lines.slice(from, from + 12), [
    '[Rights]', 'Print Admins = jobs reports  (config.ini:10)', 's-1-5-32-544 = users  (config.ini:11)',
    '[directory:Sales]', 'Url = ldaps://dc1.myq.test:636  (config.ini:4)', 'CaFile = (the authorities that this machine trusts)  (default)',
    'BindName = reader@myq.test  (config.ini:5)', 'BindPassword = ********  (config.ini:7)', 'BaseDn = DC=myq,DC=test  (config.ini:6)',
    'Realm = MYQ.TEST  (default)', 'Domain = MYQ  (default)', 'UserFilter = (&(objectCategory=person)(objectClass=user))  (default)',
  ]);
  for (const line of ['[Directory]', 'AliasAttributes = userPrincipalName; proxyAddresses  (config.ini:8)',
    'BaseDn = OU=x,DC=b,DC=test; DC=c,DC=test  (config.ini:16)', 'Domain = B  (default)', 'PinAttribute = (none)  (default)']) t.ok(lines.includes(line), line);
  t.notMatch(lines.join('\n'), /hunter2/);
  t.match(configRows(loaded).find(({ key }) => key === 'BindPassword'), { section: 'directory:Sales', value: '********' });
});
