// What no single key can tell: settings that contradict each other, and settings that are allowed but doubtful.
import { isIP } from 'node:net';
import type { Config, SettingPath } from './schema.ts';

/** Two settings that cannot both hold; reported at the line of `path`. */
export interface Contradiction {
  readonly path: SettingPath;
  readonly text: string;
}

/** Reasons not to start. */
export function contradictions(config: Config): readonly Contradiction[] {
  if (config.ntlm.enabled) return [{ path: 'NTLM.Enabled', text: 'NTLM is not part of this version, expected False' }];
  if (!config.kerberos.enabled) return [{ path: 'Kerberos.Enabled', text: 'no sign-in way is on, expected True' }];
  return [];
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
