// The texts of krb5.conf and kdc.conf for the throw-away realm: no DNS, loopback only, every file in one directory.

export interface RealmFacts {
  readonly realm: string;
  readonly port: number;
}

export interface RealmSettings {
  /** Enctypes allowed in this realm's krb5.conf and given to new keys; 'arcfour-hmac' (RC4) works too. */
  readonly enctypes: readonly string[];
  /** Longest life of a ticket, as in '10h' or '30s'. */
  readonly ticketLifetime: string;
  /** Seconds of clock skew forgiven; MIT's default is 300. */
  readonly clockSkew: number;
}

const section = (name: string, lines: readonly string[]): string => [`[${name}]`, ...lines.map((line) => `  ${line}`), ''].join('\n');

/** krb5.conf of `own`, knowing also the realms in `trusted` and that each is trusted directly. */
export function krb5Conf(own: RealmFacts, trusted: readonly RealmFacts[], settings: RealmSettings): string {
  const all = [own, ...trusted];
  return [
    section('libdefaults', [
      `default_realm = ${own.realm}`,
      'dns_lookup_realm = false',
      'dns_lookup_kdc = false',
      'dns_canonicalize_hostname = false',
      'rdns = false',
      'udp_preference_limit = 1',
      'forwardable = true',
      `ticket_lifetime = ${settings.ticketLifetime}`,
      `clockskew = ${settings.clockSkew}`,
      // MIT 1.20 asks for the first of these before it uses RC4, 1.21 and later for the second.
      ...(settings.enctypes.some((name) => name.startsWith('arcfour')) ? ['allow_weak_crypto = true', 'allow_rc4 = true'] : []),
      `permitted_enctypes = ${settings.enctypes.join(' ')}`,
    ]),
    section('realms', all.map(({ realm, port }) => `${realm} = { kdc = 127.0.0.1:${port} }`).map((line) => line.replace(/([{}])/g, '\n$1\n'))),
    section('domain_realm', all.map(({ realm }) => `.${realm.toLowerCase()} = ${realm}`)),
    section('capaths', trusted.flatMap(({ realm }) => [`${own.realm} = {\n ${realm} = .\n }`, `${realm} = {\n ${own.realm} = .\n }`])),
  ].join('\n');
}

/** kdc.conf: the KDC's port, database and the keys it makes. */
export function kdcConf(own: RealmFacts, directory: string, settings: RealmSettings): string {
  const listen = `127.0.0.1:${own.port}`;
  return [
    section('kdcdefaults', [`kdc_listen = ${listen}`, `kdc_tcp_listen = ${listen}`]),
    section('realms', [
      `${own.realm} = {`,
      `  database_name = ${directory}/principal`,
      `  key_stash_file = ${directory}/stash`,
      `  acl_file = ${directory}/kadm5.acl`,
      `  max_life = ${settings.ticketLifetime}`,
      '  max_renewable_life = 7d',
      `  supported_enctypes = ${settings.enctypes.map((name) => `${name}:normal`).join(' ')}`,
      '}',
    ]),
    section('logging', [`kdc = FILE:${directory}/kdc.log`]),
  ].join('\n');
}
