// The texts of smb.conf, krb5.conf, resolv.conf and hosts for the throw-away domain: loopback only, every path in one directory.

import { krb5Conf } from './krb5-conf.ts';

export interface DomainFacts {
  /** As in MYQ.TEST. */
  readonly realm: string;
  /** The domain's NetBIOS name, as in MYQ. */
  readonly netbios: string;
  /** The domain controller's DNS name, as in dc1.myq.test. */
  readonly host: string;
  /** Its loopback address. All its ports are the standard ones. */
  readonly address: string;
}

/** The directories that smb.conf names in `directory`; Samba makes some of them itself, with modes of its own. */
export const sambaDirectories = ['bind-dns', 'cache', 'lock', 'private', 'run', 'state'] as const;

const section = (name: string, settings: Readonly<Record<string, string>>): string =>
  [`[${name}]`, ...Object.entries(settings).map(([key, value]) => `  ${key} = ${value}`), ''].join('\n');

/** What every Samba here needs to share nothing with another one; only /run/samba/winbindd is compiled in. */
const inDirectory = (directory: string): Readonly<Record<string, string>> => ({
  'private dir': `${directory}/private`,
  'lock directory': `${directory}/lock`,
  'state directory': `${directory}/state`,
  'cache directory': `${directory}/cache`,
  'pid directory': `${directory}/run`,
  'ncalrpc dir': `${directory}/run/ncalrpc`,
  'binddns dir': `${directory}/bind-dns`,
  'log file': `${directory}/log.%m`,
  'disable netbios': 'yes',
  'load printers': 'no',
  'disable spoolss': 'yes',
});

/** smb.conf of the domain controller. Its certificate files are expected under `directory`/tls. */
export function controllerConf(facts: DomainFacts, directory: string): string {
  const [host = ''] = facts.host.split('.');
  return [
    section('global', {
      realm: facts.realm,
      workgroup: facts.netbios,
      'netbios name': host,
      'server role': 'active directory domain controller',
      // Without those that replicate, keep the topology and update the DNS: each starts programs of its own, for nothing.
      'server services': 's3fs, rpc, ldap, cldap, kdc, winbindd, dns',
      'prefork children': '1',
      // With another mask than the interface's, Samba finds no interface.
      interfaces: `${facts.address}/8`,
      'bind interfaces only': 'yes',
      'dns forwarder': '',
      'tls certfile': `${directory}/tls/server.pem`,
      'tls keyfile': `${directory}/tls/server.key`,
      'tls cafile': `${directory}/tls/ca.pem`,
      // An old password is otherwise good for another hour (of NTLM).
      'old password allowed period': '0',
      // Written to disk when the kernel likes: a power cut is the only thing that this domain does not survive.
      'ldb:nosync': 'yes',
      ...inDirectory(directory),
    }),
    section('sysvol', { path: `${directory}/state/sysvol` }),
    section('netlogon', { path: `${directory}/state/sysvol/${facts.realm.toLowerCase()}/scripts` }),
  ].join('\n');
}

/** smb.conf of a domain member whose computer account is `name`. */
export function memberConf(facts: DomainFacts, directory: string, name: string): string {
  return section('global', {
    security: 'ads',
    realm: facts.realm,
    workgroup: facts.netbios,
    'netbios name': name,
    'idmap config * : backend': 'tdb',
    'idmap config * : range': '100000-199999',
    'winbind use default domain': 'no',
    'winbind offline logon': 'no',
    ...inDirectory(directory),
  });
}

/** krb5.conf of everybody in the domain. */
export function domainKrb5Conf({ realm, address }: DomainFacts): string {
  const settings = { enctypes: ['aes256-cts-hmac-sha1-96', 'aes128-cts-hmac-sha1-96'], ticketLifetime: '10h', clockSkew: 300 };
  return krb5Conf({ realm, port: 88 }, [], settings).replace('kdc = 127.0.0.1:88', `kdc = ${address}:88`);
}

/** resolv.conf: the domain controller is the only name server, as on a Windows machine. */
export function resolvConf({ realm, address }: DomainFacts): string {
  return `nameserver ${address}\nsearch ${realm.toLowerCase()}\noptions timeout:2 attempts:1\n`;
}

/** hosts: what is known without the name server. The gateway is this machine. */
export function hosts({ realm, host, address }: DomainFacts): string {
  const domain = realm.toLowerCase();
  return `127.0.0.1 localhost print.${domain} print\n${address} ${host} ${host.split('.')[0] ?? ''}\n`;
}
