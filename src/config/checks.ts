// What no single key can tell: settings that contradict each other, and settings that are allowed but doubtful.
import { isIP } from 'node:net';
import type { Config, DirectoryConfig, SettingPath } from './schema.ts';

/** Settings that cannot both hold; reported at the line of `path`. */
export interface Contradiction {
  /** Of a `Setting`. */
  readonly path: string;
  readonly text: string;
}

/** Reasons not to start. `isGiven` tells whether a setting was set, and is not just its default. */
export function contradictions(config: Config, isGiven: (path: SettingPath) => boolean): readonly Contradiction[] {
  const pem = (['Server.CertificateFile', 'Server.PrivateKeyFile'] as const).find(isGiven);
  const { refreshIdleLifetime: idle, refreshTokenLifetime: whole } = config.oauth;
  const { ntlm, security } = config;
  return [
    ntlm.enabled && !security.kerberosOnly && ntlm.domains.length === 0
      ? { path: 'NTLM.Enabled', text: 'there are no Domains whose users may sign in, expected Domains = NETBIOS=REALM' } : undefined,
    config.server.pfxFile !== undefined && pem !== undefined
      ? { path: pem, text: 'PfxFile is given too, expected either that or CertificateFile with PrivateKeyFile' } : undefined,
    config.server.pfxFile === undefined && config.server.pfxPassword !== undefined
      ? { path: 'Server.PfxPassword', text: 'there is no PfxFile that it could open' } : undefined,
    idle !== undefined && idle > whole
      ? { path: 'OAuth.RefreshIdleLifetime', text: `longer than RefreshTokenLifetime, expected at most ${String(whole)} seconds` } : undefined,
    ...doubledDirectories(config.directories),
    ...namelessRules(config),
  ].filter((one) => one !== undefined);
}

const titleOf = ({ name }: DirectoryConfig): string => (name === '' ? 'Directory' : `Directory:${name}`);

/** One realm in two directories would be two answers to who somebody is. */
function doubledDirectories(directories: readonly DirectoryConfig[]): readonly Contradiction[] {
  return directories.flatMap((one, index) => (['Realm', 'Domain'] as const).flatMap((key) => {
    const valueIn = (directory: DirectoryConfig): string => (key === 'Realm' ? directory.realm : directory.domain);
    const first = directories.slice(0, index).find((other) => valueIn(other) === valueIn(one));
    if (first === undefined) return [];
    return [{ path: `${titleOf(one)}.${key}`, text: `"${valueIn(one)}" is also that of [${titleOf(first)}], expected one section for each domain` }];
  }));
}

function namelessRules({ rights, directories }: Config): readonly Contradiction[] {
  return directories.length > 0 ? [] : rights.flatMap(({ group }) => (group.kind === 'sid' ? [] : [{
    path: `Rights.${group.name}`,
    text: 'a name needs [Directory], which looks it up; give the SID, which "users explain" shows',
  }]));
}

function hostnameWarning(host: string): string | undefined {
  if (isIP(host) !== 0) {
    return '[Server] Hostname: Kerberos will not work through an IP address: clients ask the KDC for a ticket for HTTP/<FQDN>; '
      + 'give the full name of this machine';
  }
  if (host.includes('.')) return undefined;
  return `[Server] Hostname: "${host}" has no domain; clients that use the full name ask for a ticket for HTTP/<FQDN>, another SPN; `
    + 'give the full name of this machine';
}

function publicUrlWarning(config: Config): string | undefined {
  if (config.server.publicUrl === undefined) return undefined;
  const host = new URL(config.server.publicUrl).hostname;
  if (host.replace(/^\[|\]$/g, '') === config.server.hostname.toLowerCase()) return undefined;
  return `[Server] PublicUrl: clients ask for a ticket for HTTP/${host}, not HTTP/${config.server.hostname}; `
    + 'the keytab and the certificate need that name too';
}

/** Where [NTLM] and [Directory] disagree on a domain, one person would have two names. */
function domainWarning({ ntlm, directories }: Config): string | undefined {
  const pairs = ntlm.enabled ? ntlm.domains : [];
  const odd = pairs.flatMap((pair) => directories
    .filter(({ domain, realm }) => domain === pair.domain && realm !== pair.realm).map((directory) => ({ pair, directory })))[0];
  return odd && `[NTLM] Domains: ${odd.pair.domain} is ${odd.pair.realm} here, but ${odd.directory.realm} in [${titleOf(odd.directory)}]; `
    + 'its users are then not found in that directory';
}

/** Sentences for the log at start; none of them stops it. */
export function warningsOf(config: Config): readonly string[] {
  const lowerCaseRealm = config.kerberos.realms.find((realm) => realm !== realm.toUpperCase());
  return [
    hostnameWarning(config.server.hostname),
    publicUrlWarning(config),
    lowerCaseRealm === undefined
      ? undefined
      : `[Kerberos] Realms: "${lowerCaseRealm}" is not in upper case, as the realms of Active Directory are; letter case counts`,
    config.ntlm.enabled && config.security.kerberosOnly
      ? '[NTLM] Enabled: [NTLM] is ignored, because [Security] KerberosOnly is True' : domainWarning(config),
    config.kerberos.allowRc4 ? '[Kerberos] AllowRc4: tickets encrypted with RC4 are accepted; they can be cracked offline' : undefined,
  ].filter((warning) => warning !== undefined);
}
