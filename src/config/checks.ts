// What no single key can tell: settings that contradict each other, and settings that are allowed but doubtful.
import { isIP } from 'node:net';
import type { Config, SettingPath } from './schema.ts';

/** Two settings that cannot both hold; reported at the line of `path`. */
export interface Contradiction {
  readonly path: SettingPath;
  readonly text: string;
}

/** Reasons not to start. `isGiven` tells whether a setting was set, and is not just its default. */
export function contradictions(config: Config, isGiven: (path: SettingPath) => boolean): readonly Contradiction[] {
  const pem = (['Server.CertificateFile', 'Server.PrivateKeyFile'] as const).find(isGiven);
  const { refreshIdleLifetime: idle, refreshTokenLifetime: whole } = config.oauth;
  return [
    config.ntlm.enabled ? { path: 'NTLM.Enabled', text: 'NTLM is not part of this version, expected False' } as const : undefined,
    config.server.pfxFile !== undefined && pem !== undefined
      ? { path: pem, text: 'PfxFile is given too, expected either that or CertificateFile with PrivateKeyFile' } as const : undefined,
    config.server.pfxFile === undefined && config.server.pfxPassword !== undefined
      ? { path: 'Server.PfxPassword', text: 'there is no PfxFile that it could open' } as const : undefined,
    idle !== undefined && idle > whole
      ? { path: 'OAuth.RefreshIdleLifetime', text: `longer than RefreshTokenLifetime, expected at most ${String(whole)} seconds` } as const : undefined,
  ].filter((one) => one !== undefined);
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

/** Sentences for the log at start; none of them stops it. */
export function warningsOf(config: Config): readonly string[] {
  const lowerCaseRealm = config.kerberos.realms.find((realm) => realm !== realm.toUpperCase());
  return [
    hostnameWarning(config.server.hostname),
    publicUrlWarning(config),
    lowerCaseRealm === undefined
      ? undefined
      : `[Kerberos] Realms: "${lowerCaseRealm}" is not in upper case, as the realms of Active Directory are; letter case counts`,
    config.kerberos.allowRc4 ? '[Kerberos] AllowRc4: tickets encrypted with RC4 are accepted; they can be cracked offline' : undefined,
  ].filter((warning) => warning !== undefined);
}
