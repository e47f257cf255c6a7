// What no single key can tell: settings that contradict each other, and settings that are allowed but doubtful.
import { isIP } from 'node:net';
import type { Config, DirectoryConfig, EntraConfig, SettingPath } from './schema.ts';

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
    ...tenantFaults(config.tenants),
  ].filter((one) => one !== undefined);
}

const titleOf = ({ name }: DirectoryConfig): string => (name === '' ? 'Directory' : `Directory:${name}`);
const tenantTitle = ({ name }: EntraConfig): string => (name === '' ? 'Entra' : `Entra:${name}`);

/** One application of one tenant is one section; and what names a person in one of several tenants must name him in all of them. */
function tenantFaults(tenants: readonly EntraConfig[]): readonly Contradiction[] {
  const isSeveral = new Set(tenants.map(({ tenantId }) => tenantId)).size > 1;
  return tenants.flatMap((one, index) => {
    const title = tenantTitle(one);
    const twin = tenants.slice(0, index).find(({ tenantId, clientId }) => tenantId === one.tenantId && clientId === one.clientId);
    const domain = one.domains.find((name) => tenants.slice(0, index).some(({ domains }) => domains.includes(name)));
    const isAmbiguous = isSeveral && one.userName !== 'userPrincipalName' && !one.pairByObjectId;
    return [
      one.enableSignInWithMicrosoft && one.clientSecret === undefined
        ? { path: `${title}.EnableSignInWithMicrosoft`, text: 'there is no ClientSecret, expected one, with which the gateway asks for its sign-ins' } : undefined,
      one.userName === 'onPremisesSamAccountName' && one.clientSecret === undefined
        ? { path: `${title}.UserName`, text: 'there is no ClientSecret, expected one, with which Microsoft Graph is asked for this name' } : undefined,
      twin && { path: `${title}.ClientId`, text: `TenantId and ClientId are also those of [${tenantTitle(twin)}], expected one section for each application` },
      domain === undefined ? undefined : { path: `${title}.Domains`, text: `"${domain}" is named in two sections, expected each domain in one` },
      isAmbiguous
        ? { path: `${title}.UserName`, text: 'with several tenants two people may have this name, expected userPrincipalName, or PairByObjectId = True' } : undefined,
    ].filter((fault) => fault !== undefined);
  });
}

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
  return directories.length > 0 ? [] : rights.flatMap(({ group }) => (group.kind !== 'name' ? [] : [{
    path: `Rights.${group.name}`,
    text: 'a name needs [Directory], which looks it up; give the SID, which "users explain" shows, or the object ID of a group of Entra ID, a GUID',
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

function displayNameWarning(tenant: EntraConfig): string | undefined {
  if (tenant.userName !== 'displayName' || tenant.pairByObjectId) return undefined;
  return `[${tenantTitle(tenant)}] UserName: displayName is not unique in a tenant, and the first who comes with a user's name becomes that user; `
    + 'set PairByObjectId = True';
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
    ...config.tenants.map(displayNameWarning),
    config.kerberos.allowRc4 ? '[Kerberos] AllowRc4: tickets encrypted with RC4 are accepted; they can be cracked offline' : undefined,
  ].filter((warning) => warning !== undefined);
}
