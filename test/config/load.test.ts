// config.ini to Config: defaults, messages with file and line, suggestions, cross-checks, warnings.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Config, issuerOf, loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';
import { environment, fault, good, parse, refusal, sealKey } from './texts.ts';

t.test('a host name alone gives the defaults, with absolute paths', async (t) => {
  const { config, sources, warnings, directory } = good('');
  t.match(config, {
    server: {
      hostname: 'gw.example.com', port: 8090, publicUrl: undefined, listen: '0.0.0.0', minimumTlsVersion: '1.2',
      certificateFile: '/etc/gw/tls/server.pem', privateKeyFile: '/etc/gw/tls/server.key', pfxFile: undefined, pfxPassword: undefined,
    },
    security: { kerberosOnly: false, channelBinding: 'Allow', lockoutAttempts: 5, lockoutMinutes: 15 },
    kerberos: { enabled: true, keytab: '/etc/gw/http.keytab', allowRc4: false },
    ntlm: { enabled: false, ntlmAuthPath: '/usr/bin/ntlm_auth', sambaConfig: undefined, helpers: 4 },
    oauth: {
      accessTokenLifetime: 1800, audience: undefined, signingAlgorithm: 'ES256',
      refreshTokenLifetime: 2_592_000, refreshIdleLifetime: undefined, sessionLifetime: 36_000,
    },
    users: { unknownUsers: 'Reject', appendDomainName: false, pinSignIn: false },
    store: { url: { engine: 'sqlite', path: '/etc/gw/data/gateway.db' } },
    log: { level: 'info' },
  });
  t.strictSame([config.kerberos.realms, config.ntlm.domains, config.rights, config.directories, config.tenants], [[], [], [], [], []]);
  t.equal(config.security.windowsSignInNetworks.has('127.0.0.1'), false);
  t.equal(config.store.sealKey.export().toString('base64'), sealKey);
  t.strictSame(warnings, []);
  t.equal(directory, '/etc/gw');
  t.match(sources, { 'Server.Hostname': 'config.ini:2', 'Server.Port': 'default', 'Store.SealKey': 'environment' });
});

t.test('True, true, TRUE, 1 and yes are the same, in any spelling of section and key', async (t) => {
  for (const word of ['True', 'true', 'TRUE', '1', 'yes']) {
    t.equal(good(`[Security]\nKerberosOnly=${word}`).config.security.kerberosOnly, true, word);
    t.equal(good(`[SECURITY]\nkerberosonly = ${word}`).config.security.kerberosOnly, true, word);
  }
});

t.test('a wrong value names file, line, section, key and what is expected', async (t) => {
  t.equal(fault('[Security]\nKerberosOnly=maybe'),
    'config.ini:4: [Security] KerberosOnly: "maybe" is neither yes nor no, expected True or False (also yes/no, on/off, 1/0)');
  t.match(fault('port=99999'), /^config\.ini:3: \[Server\] port: 99999 is out of range, expected a whole number from 0 to 65535$/);
  t.match(fault('[Security]\nKerberosOnly = True ; hard'), /a comment needs a line of its own$/);
  t.match(fault('[Log]\nLevel = "info"'), /write the value without quotes$/);
  t.match(fault('Port ='), /^config\.ini:3: \[Server\] Port: empty, expected a whole number/);
});

t.test('an unknown key names the nearest one, or the section where it belongs', async (t) => {
  t.equal(fault('[Security]\nKerberosOnyl=True'), 'config.ini:4: [Security] KerberosOnyl: unknown key; did you mean "KerberosOnly"?');
  t.equal(fault('KerberosOnly=True'), 'config.ini:3: [Server] KerberosOnly: unknown key; it belongs into [Security]');
  t.equal(fault('KerberosOnli=True'),
    'config.ini:3: [Server] KerberosOnli: unknown key; did you mean "KerberosOnly"? It belongs into [Security]');
  t.equal(fault('Enabled=True'), 'config.ini:3: [Server] Enabled: unknown key; it belongs into [Kerberos] or [NTLM]');
  t.equal(fault('Url=x'), 'config.ini:3: [Server] Url: unknown key; it belongs into [Directory] or [Store]');
  t.match(fault('Zzzzzzzzz=1'), /unknown key, expected one of Hostname, Port, /);
  t.match(fault('SealKey:c2VjcmV0=1'), /config\.ini:3: \[Server\] \(not a name\): unknown key/, 'what follows a colon may be a secret');
  t.match(fault('[Store]\nSealKeyFil=x'), /did you mean "SealKeyFile"/);
  t.match(fault('[Kerberos]\nKeytabFile=x'), /did you mean "Keytab"/, 'only secrets have a File form');
  t.match(fault('[Security]\n__proto__=1\nconstructor=1'),
    /:4: \[Security\] \(not a name\): unknown key.*\n.*:5: \[Security\] constructor: unknown/);
});

t.test('an unknown section is one problem, however many keys it has', async (t) => {
  t.equal(fault('[Kerbros]\nKeytab=a\nRealms=B'), 'config.ini:3: [Kerbros]: unknown section; did you mean [Kerberos]?');
  t.match(fault('[Nothing]'), /unknown section, expected one of Server, Security/);
  t.equal(refusal(() => parse('Hostname=gw.example.com\n[Log]')),
    'config.ini:1: Hostname: stands before the first [Section]; it belongs into [Server]');
});

t.test('every fault is reported, in the order of the lines, the host name only if it is surely missing', async (t) => {
  const message = refusal(() =>
    parse('[Server]\nPort=x\nFoo bar\n[Log]\nlevel=loud\n[server]\nPORT=1', { MYQ_GATEWAY_STORE_SEALKEY: 'x' }));
  t.strictSame(message.split('\n').map((line) => line.split(': ').slice(0, 2).join(' ')), [
    'config.ini:2 [Server] Port',
    'config.ini:3 not understood, expected [Section], Key = value, or a comment that begins with ; or #',
    'config.ini:5 [Log] level', 'config.ini:7 [Server] PORT', 'MYQ_GATEWAY_STORE_SEALKEY [Store] SealKey',
  ]);
  t.match(refusal(() => parse('\n[Server]\nPort=1')), /^config\.ini:2: \[Server\] Hostname: missing, expected the full name/);
  t.match(refusal(() => parse('')), /^config\.ini:1: \[Server\] Hostname: missing/);
});

t.test('a long list of faults is cut, with their number', async (t) => {
  const lines = fault('[Log]\n' + 'x\n'.repeat(500)).split('\n');
  t.equal(lines.length, 21);
  t.equal(lines.at(-1), 'config.ini: and 480 more');
});

t.test('what this version cannot do stops the start', async (t) => {
  t.match(fault('[Store]\nUrl=postgres://u:geheim@h/d'),
    /^config\.ini:4: \[Store\] Url: PostgreSQL is not part of this version, expected sqlite:/);
  t.notMatch(fault('[Store]\nUrl=postgres://u:geheim@h/d'), /geheim/);
  t.match(fault('[OAuth]\nSigningAlgorithm=HS256'), /"HS256" is not among the choices, expected ES256 or RS256$/);
  for (const later of ['[Okta]\nTenantId=x', '[OAuth]\nReplay=Once', 'TrustedProxies=x']) t.match(fault(later), /unknown/);
});

t.test('every setting of tokens, sessions, lockout and the login page is read', async (t) => {
  const { config, warnings } = good(`
    [Users]\nAppendDomainName = yes\n[Security]\nWindowsSignInNetworks = 10.0.0.0/8\nLockoutAttempts = 10\nLockoutMinutes = 60\n[Kerberos]\nEnabled = False
    [OAuth]\nRefreshTokenLifetime = 90d\nRefreshIdleLifetime = 90d\nSessionLifetime = 8h\nSigningAlgorithm = rs256\n[Users]\nPinSignIn = on`);
  t.match(config, {
    security: { lockoutAttempts: 10, lockoutMinutes: 60 }, kerberos: { enabled: false }, users: { appendDomainName: true, pinSignIn: true },
    oauth: { refreshTokenLifetime: 7_776_000, refreshIdleLifetime: 7_776_000, sessionLifetime: 28_800, signingAlgorithm: 'RS256' },
  });
  t.equal(config.security.windowsSignInNetworks.has('10.1.2.3'), true);
  t.strictSame(warnings, [], 'a gateway without Windows sign-in is no fault');
  for (const [lines, wrong] of [
    ['[Security]\nLockoutAttempts = 0', /0 is out of range, expected a whole number from 1 to 1000/],
    ['[Security]\nLockoutMinutes = 15m', /"15m" is not a whole number/],
    ['[Security]\nWindowsSignInNetworks = 10.0.0.0/33', /"10\.0\.0\.0\/33" is not a network, expected none, or networks/],
    ['[Security]\nWindowsSignInNetworks =', /empty, expected none, or networks/],
    ['[OAuth]\nRefreshTokenLifetime = 30', /out of range, expected a time from 60 to 31536000 seconds/],
    ['[OAuth]\nRefreshIdleLifetime = never', /not a length of time/],
    ['[OAuth]\nSessionLifetime = 31d', /out of range/],
    ['[Users]\nPinSignIn = maybe', /neither yes nor no/],
  ] as const) t.match(fault(lines), wrong);
});

t.test('settings that contradict each other stop the start, at the line to mend', async (t) => {
  const fresh = (lines: string, environment: Readonly<Record<string, string>> = {}): string =>
    refusal(() => parse(`[Server]\nHostname=gw.example.com\n${lines}`, { MYQ_GATEWAY_STORE_SEALKEY: sealKey, ...environment }));
  const pem = 'PfxFile is given too, expected either that or CertificateFile with PrivateKeyFile';
  t.equal(fresh('PfxFile=a.pfx\nCertificateFile=a.pem'), `config.ini:4: [Server] CertificateFile: ${pem}`);
  t.equal(fresh('PrivateKeyFile=a.key\nPfxFile=a.pfx'), `config.ini:3: [Server] PrivateKeyFile: ${pem}`);
  t.equal(fresh('PfxFile=a.pfx\nCertificateFile=tls/server.pem'), `config.ini:4: [Server] CertificateFile: ${pem}`, 'also where it is the default');
  const password = 'there is no PfxFile that it could open';
  t.equal(fresh('PfxPassword=sesame'), `config.ini:3: [Server] PfxPassword: ${password}`);
  t.equal(fresh('', { MYQ_GATEWAY_SERVER_PFXPASSWORD: 'sesame' }), `config.ini:1: [Server] PfxPassword: ${password}`);
  const idle = (seconds: number): string => `longer than RefreshTokenLifetime, expected at most ${String(seconds)} seconds`;
  t.equal(fresh('[OAuth]\nRefreshIdleLifetime=31d'), `config.ini:4: [OAuth] RefreshIdleLifetime: ${idle(2_592_000)}`);
  t.equal(fresh('[OAuth]\nRefreshIdleLifetime=3601\nRefreshTokenLifetime=1h'), `config.ini:4: [OAuth] RefreshIdleLifetime: ${idle(3600)}`);
  t.match(fresh('PfxPassword=sesame\n[NTLM]\nEnabled=True\n[OAuth]\nRefreshIdleLifetime=31d').split('\n'), { length: 3 }, 'each is told');
  t.match(good('PfxFile=a.pfx').config.server, { pfxFile: '/etc/gw/a.pfx', pfxPassword: undefined }, 'a PFX needs no password');
  t.match(good('[OAuth]\nRefreshTokenLifetime=1h').config.oauth, { refreshIdleLifetime: undefined }, 'what is not given contradicts nothing');
});

t.test('NTLM needs domains, unless KerberosOnly switches it off anyway', async (t) => {
  const missing = 'config.ini:4: [NTLM] Enabled: there are no Domains whose users may sign in, expected Domains = NETBIOS=REALM';
  t.equal(fault('[NTLM]\nEnabled=True'), missing);
  t.equal(fault('[NTLM]\nEnabled=True\nDomains ='), missing);
  const { config, warnings } = good('[NTLM]\nEnabled=True\nDomains = myq = myq.test, LAB=LAB.TEST\nHelpers=32\nSambaConfig=samba/smb.conf\nNtlmAuthPath=ntlm_auth');
  t.strictSame(config.ntlm, {
    enabled: true, ntlmAuthPath: '/etc/gw/ntlm_auth', sambaConfig: '/etc/gw/samba/smb.conf', helpers: 32,
    domains: [{ domain: 'MYQ', realm: 'MYQ.TEST' }, { domain: 'LAB', realm: 'LAB.TEST' }],
  });
  t.strictSame(warnings, []);
  t.strictSame(good('[NTLM]\nEnabled=True\n[Security]\nKerberosOnly=True').warnings,
    ['[NTLM] Enabled: [NTLM] is ignored, because [Security] KerberosOnly is True']);
  t.strictSame(good('[NTLM]\nDomains=MYQ=MYQ.TEST\n[Security]\nKerberosOnly=True').warnings, [], 'not where it is off');
  for (const count of ['0', '33', '-1']) t.match(fault(`[NTLM]\nHelpers=${count}`), /^config\.ini:4: \[NTLM\] Helpers: .*, expected a whole number from 1 to 32$/);
  t.match(fault('[NTLM]\nDomains=MYQ'), /^config\.ini:4: \[NTLM\] Domains: "MYQ" is not NETBIOS=REALM, expected NETBIOS=REALM for each domain/);
});

t.test('doubtful settings are warnings', async (t) => {
  const warnings = (text: string): string => parse(text).warnings.join('\n');
  t.match(warnings('[Server]\nHostname=10.0.0.1'),
    /Kerberos will not work through an IP address: clients ask the KDC for a ticket for HTTP\/<FQDN>/);
  t.match(warnings('[Server]\nHostname=gw'), /"gw" has no domain/);
  t.match(good('[Kerberos]\nAllowRc4=True').warnings, [/RC4/]);
  t.match(good('[Kerberos]\nRealms=A.TEST b.test').warnings, [/"b.test" is not in upper case/]);
  t.match(good('PublicUrl=https://print.example.com').warnings, [/HTTP\/print\.example\.com, not HTTP\/gw\.example\.com/]);
  t.strictSame(good('PublicUrl=https://GW.example.com:8443').warnings, []);
});

t.test('variables that nothing reads are warned about, those of an orchestrator are not', async (t) => {
  const { warnings } = parse('[Server]\nHostname=gw.example.com', {
    ...environment, PATH: '/bin', MYQ_GATEWAY_SERVER_PORT: '1',
    MYQ_GATEWAY_SERVICE_HOST: '10.0.0.1', MYQ_GATEWAY_PORT: 'tcp://10.0.0.1:8090',
  });
  t.strictSame(warnings,
    ['the environment variable MYQ_GATEWAY_SERVER_PORT is ignored: only MYQ_GATEWAY_SERVER_PFXPASSWORD, MYQ_GATEWAY_STORE_SEALKEY can be given there']);
});

t.test('the issuer comes from PublicUrl, or from the host name in lower case and the port', async (t) => {
  const issuer = (lines: string, port?: number): string => issuerOf(parse(`[Server]\n${lines}`).config, port);
  t.equal(issuer('Hostname=GW.Example.COM'), 'https://gw.example.com:8090');
  t.equal(issuer('Hostname=gw.example.com\nPort=443'), 'https://gw.example.com');
  t.equal(issuer('Hostname=gw.example.com\nPort=0', 40_123), 'https://gw.example.com:40123');
  t.equal(issuer('Hostname=::1'), 'https://[::1]:8090');
  t.equal(issuer('Hostname=gw.example.com\nPort=0\nPublicUrl=https://sso.example.com/', 40_123), 'https://sso.example.com');
  t.throws(() => issuer('Hostname=gw.example.com\nPort=0'), ConfigError);
});

t.test('the result cannot be changed', async (t) => {
  const { config, warnings, sources } = good('[Kerberos]\nRealms=A.TEST');
  const parts = [config, config.server, config.kerberos.realms, config.store, config.store.url, warnings, sources];
  t.ok(parts.every((part) => Object.isFrozen(part)));
  // @ts-expect-error: the type forbids it too
  t.throws(() => { config.server.port = 1; }, TypeError);
  // @ts-expect-error: in depth
  t.throws(() => { config.store.url.path = '/x'; }, TypeError);
  // @ts-expect-error: the type knows the choices
  const never: Config['security']['channelBinding'] = 'Sometimes';
  t.ok(never);
});

t.test('a file is read with paths relative to its own directory', async (t) => {
  const directory = t.testdir({ 'config.ini': '\uFEFF[Server]\r\nHostname=gw.example.com\r\n' });
  const loaded = loadConfig(join(directory, 'config.ini'), environment);
  t.match(loaded, { directory, file: join(directory, 'config.ini'), config: { kerberos: { keytab: join(directory, 'http.keytab') } } });
});

t.test('a file that is missing, a directory, too large or not UTF-8 says so', async (t) => {
  const directory = t.testdir({ 'huge.ini': `[Server]\n;${'x'.repeat(1024 * 1024)}` });
  const write = (name: string, content: Buffer): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const load = (file: string): string => refusal(() => loadConfig(file, environment));
  mkdirSync(join(directory, 'd'));
  t.match(load(join(directory, 'none.ini')), /none\.ini: no such file; "myq-gateway init --dir DIR --hostname FQDN" makes one/);
  t.match(load(join(directory, 'huge.ini', 'x')), /no such file/);
  t.match(load(join(directory, 'd')), /\/d: is a directory, expected a file$/);
  t.match(load(join(directory, 'huge.ini')), /is larger than 1048576 bytes/);
  t.match(load('/dev/zero'), /is larger than 1048576 bytes/);
  t.match(load(write('latin1.ini', Buffer.from('[Server]\n; a\n; für\n', 'latin1'))), /latin1\.ini:3: is not valid UTF-8/);
  t.match(load(write('cut.ini', Buffer.from('[Server]\n; ü').subarray(0, -1))), /cut\.ini:2: is not valid UTF-8/);
  t.match(load(write('utf16.ini', Buffer.from('\uFEFF[Server]', 'utf16le'))), /utf16\.ini:1: is UTF-16/);
  t.match(load(write('nul.ini', Buffer.from('[Server]\nHostname=a\0b'))), /nul\.ini:2: holds the control character U\+0000/);
  t.match(load(join(directory, 'x\0y')), /cannot be read/);
});

t.test('a file that may not be read says so', async (t) => {
  const file = join(t.testdir({ 'config.ini': '' }), 'config.ini');
  chmodSync(file, 0);
  // Root may read every file, so it steps down to another user for this.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    t.match(refusal(() => loadConfig(file, environment)), /config\.ini: cannot be read: permission denied$/);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});
