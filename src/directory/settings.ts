// What one [Directory] section of config.ini says, and where its domain controllers listen.

import type { DirectoryConfig } from '../config/schema.ts';

/** Times are in seconds; `name` is empty for `[Directory]`, `sales` for `[Directory:sales]`. */
export type DirectorySettings = DirectoryConfig;

/** Where one domain controller listens: LDAPS, or plain LDAP that becomes TLS by StartTLS before anything else is said. */
export interface DirectoryUrl {
  readonly scheme: 'ldaps' | 'ldap';
  readonly host: string;
  readonly port: number;
}

/** Reads `ldaps://dc1.example.com:636`, as the configuration has checked it. */
export function parseUrl(text: string): DirectoryUrl {
  const { protocol, hostname, port } = new URL(text);
  const scheme = protocol === 'ldap:' ? 'ldap' : 'ldaps';
  return { scheme, host: hostname, port: port === '' ? (scheme === 'ldap' ? 389 : 636) : Number(port) };
}

/** As config.ini calls the section: `Directory`, or `Directory:sales`. */
export const sectionOf = (name: string): string => (name === '' ? 'Directory' : `Directory:${name}`);

/** The DC parts at the end of a distinguished name: the whole domain, where groups and services may be anywhere. */
export function domainOf(dn: string): string {
  return /(?:DC=[^,]+,)*DC=[^,]+$/i.exec(dn)?.[0] ?? dn;
}
