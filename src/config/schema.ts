// Every section and key of config.ini, once: type, default, meaning. The type Config is derived from it.
import { hostname, httpsOrigin, ipAddress, networks } from './addresses.ts';
import { directory } from './directory-keys.ts';
import { ntlmDomains } from './domains.ts';
import { entra } from './entra-keys.ts';
import { type Key, key, type KeyedSection, optional, optionalSecret, required, type RuleSection, secret } from './keys.ts';
import { rights } from './rights.ts';
import { audience, boolean, choice, duration, integer, path, realms, secretKey, secretText, storeUrl } from './values.ts';

export const schema = {
  Server: {
    help: 'Where the gateway is reached.',
    keys: {
      Hostname: required(hostname, 'gateway.example.com',
        'The name that clients use. They ask the domain for a ticket for HTTP/<Hostname>, so the SPN, the keytab and the certificate must '
        + 'carry it.'),
      Port: key(integer(0, 65_535), '8090', 'The TCP port for HTTPS. 0 takes a free one, which is printed at start.'),
      PublicUrl: optional(httpsOrigin, 'https://<Hostname>:<Port>', 'https://gateway.example.com:8090',
        'The address as clients see it, if a port is mapped before the gateway. It is the issuer in every token: after a change, older '
        + 'tokens are no longer accepted.'),
      Listen: key(ipAddress, '0.0.0.0',
        'The address of this machine that accepts connections. 127.0.0.1 shuts out every other machine.'),
      CertificateFile: key(path, 'tls/server.pem',
        'The server certificate in PEM, followed by its intermediate certificates. Its names must cover Hostname, or the gateway does not '
        + 'start.'),
      PrivateKeyFile: key(path, 'tls/server.key',
        'The private key of the certificate in PEM. Whoever can read it can pose as the gateway: let only the service account read it.'),
      PfxFile: optional(path, 'none', 'tls/server.pfx',
        'Certificate, intermediate certificates and private key in one PKCS#12 file, as Windows exports them, instead of CertificateFile '
        + 'and PrivateKeyFile.'),
      PfxPassword: optionalSecret(secretText, 'none', 'tls/pfx-password',
        'The password of PfxFile, if it has one.'),
      MinimumTlsVersion: key(choice('1.2', '1.3'), '1.2',
        'The oldest TLS version that is spoken. 1.3 shuts out Windows before Windows 11 and Server 2022.'),
    },
  },
  Security: {
    help: 'What is demanded of a Windows sign-in.',
    keys: {
      KerberosOnly: key(boolean, 'False',
        'True: no NTLM token is ever processed, in any wrapping, on any path, whatever [NTLM] says. Other ways to sign in are not '
        + 'concerned.'),
      ChannelBinding: key(choice('Off', 'Allow', 'Require'), 'Allow',
        'Ties a sign-in to its TLS connection, so that it cannot be relayed. Allow refuses a wrong binding; Require also refuses clients '
        + 'that send none, such as curl and Chromium on Linux.'),
      WindowsSignInNetworks: key(networks, 'none',
        'The networks in which the login page offers "Sign in with Windows" and tries it once by itself. Browsers elsewhere are never asked '
        + 'for a Windows sign-in, so that none of them shows a password window.'),
      LockoutAttempts: key(integer(1, 1000), '5',
        'So many wrong passwords or PINs pause sign-in with passwords, PINs and cards for that user; ten times as many do for that address, '
        + 'forty times as many PINs and cards for that application. '
        + 'Kerberos goes on. Set it below the limit of the domain.'),
      LockoutMinutes: key(integer(1, 1440), '15',
        'How long such a pause lasts after the last wrong try.'),
    },
  },
  Kerberos: {
    help: 'Silent sign-in with a Kerberos ticket.',
    keys: {
      Enabled: key(boolean, 'True',
        'False: no Kerberos ticket is accepted. Windows sign-in is then offered only where NTLM is on.'),
      Keytab: key(path, 'http.keytab',
        'The keytab with the key of HTTP/<Hostname>. Without it every Windows sign-in is refused; a replaced file is used from the next '
        + 'sign-in on.'),
      Realms: key(realms, '',
        'The realms whose users may sign in, spelled exactly as in the domain. Empty: the realms of the keytab\'s own keys; users of '
        + 'trusted realms are refused.'),
      AllowRc4: key(boolean, 'False',
        'True: also accept tickets encrypted with RC4, which can be cracked offline. Only while an old account has no AES key.'),
    },
  },
  NTLM: {
    help: 'The older Windows sign-in, for clients that get no Kerberos ticket. Samba\'s winbindd on this machine, a member of the domain, asks the '
      + 'domain.',
    keys: {
      Enabled: key(boolean, 'False',
        'True: a Windows sign-in may also be NTLM version 2. It is weaker than Kerberos: an answer can be guessed offline, and the client is not '
        + 'told whom it speaks to. [Security] KerberosOnly = True switches it off whatever stands here.'),
      NtlmAuthPath: key(path, '/usr/bin/ntlm_auth',
        'The program of Samba that asks winbindd. The service account must be in the group winbindd_priv.'),
      SambaConfig: optional(path, 'the smb.conf that Samba was built with', '/etc/samba/smb.conf',
        'The smb.conf of the winbindd to ask.'),
      Helpers: key(integer(1, 32), '4',
        'So many of these programs run at most. Each serves one sign-in at a time, from its first message to its last.'),
      Domains: key(ntlmDomains, '',
        'The domains whose users may sign in with NTLM, with the Kerberos realm of each: EXAMPLE\\alice is then the same person as '
        + 'alice@EXAMPLE.COM. Required if Enabled.'),
    },
  },
  OAuth: {
    help: 'The tokens that the gateway issues.',
    keys: {
      AccessTokenLifetime: key(duration(60, 86_400), '1800',
        'How long an access token is valid. A service that checks only the signature lets a user who has been disabled in until then.'),
      RefreshTokenLifetime: key(duration(60, 365 * 86_400), '30d',
        'How long a client stays signed in by refreshing, counted from its first refresh token.'),
      RefreshIdleLifetime: optional(duration(60, 365 * 86_400), 'RefreshTokenLifetime', '7d',
        'A refresh token that is not used for so long is dead.'),
      SessionLifetime: key(duration(60, 30 * 86_400), '10h',
        'How long a browser stays signed in, counted from the sign-in. Further applications open in it without a question until then.'),
      Audience: optional(audience, 'the issuer', 'https://print.example.com',
        'Who the tokens are for (the claim aud). Services that check it refuse tokens with another one.'),
      SigningAlgorithm: key(choice('ES256', 'RS256'), 'ES256',
        'The signature of tokens. Services verify it with the keys in /.well-known/jwks.json. After a change a new key signs; the tokens of the '
        + 'former one stay good until they expire.'),
    },
  },
  Users: {
    help: 'Who may sign in.',
    keys: {
      UnknownUsers: key(choice('Reject', 'Create'), 'Reject',
        'Reject: only users whom an admin has added. Create: everybody of the allowed realms becomes a user at the first sign-in.'),
      AppendDomainName: key(boolean, 'False',
        'True: users of a directory, and those whom UnknownUsers = Create makes, are called NAME@DOMAIN, so that the same name in two domains '
        + 'means two people. Those who have a name already keep it.'),
      PinSignIn: key(boolean, 'False',
        'True: the login page also takes a PIN or a card number without a name. A PIN is easier to guess than a password.'),
    },
  },
  Rights: rights,
  Directory: directory,
  Entra: entra,
  Store: {
    help: 'Where users and keys are kept.',
    keys: {
      Url: key(storeUrl, 'sqlite:data/gateway.db',
        'The database. Whoever removes it removes the users and the signing keys: include it in the backup, together with the seal key.'),
      SealKey: secret(secretKey(32), 'data/seal.key',
        'Encrypts the signing keys in the store. With another key the gateway cannot use them and does not start.'),
    },
  },
  Log: {
    help: 'What the gateway writes to standard output.',
    keys: {
      Level: key(choice('debug', 'info', 'warn', 'error'), 'info',
        'The least weight that is written. With warn or error neither sign-ins nor refusals leave a line.'),
    },
  },
} as const satisfies Readonly<Record<string, KeyedSection | RuleSection<unknown>>>;

type Schema = typeof schema;
type ValueOf<K> = K extends Key<infer T> ? T : never;
type ValuesOf<Keys> = { readonly [K in keyof Keys as Uncapitalize<K & string>]: ValueOf<Keys[K]> };
/** The plain section is called ''. */
type Named<Keys> = { readonly name: string } & ValuesOf<Keys>;
type SectionOf<S> =
  S extends { readonly plural: string; readonly keys: infer Keys } ? readonly Named<Keys>[]
    : S extends { readonly keys: infer Keys } ? ValuesOf<Keys>
      : S extends RuleSection<infer Rule> ? readonly Rule[]
        : never;

/**
 * The typed configuration: sections in lower case, keys in camel case, every value as its kind reads it. Rules are a list, and so are the
 * sections that can be there several times, under their plural, both in the order of the file.
 */
export type Config = {
  readonly [S in keyof Schema as Schema[S] extends { readonly plural: infer P extends string } ? P : Lowercase<S>]: SectionOf<Schema[S]>;
};

/** One `[Directory]` or `[Directory:name]`. */
export type DirectoryConfig = Config['directories'][number];

/** One `[Entra]` or `[Entra:name]`. */
export type EntraConfig = Config['tenants'][number];

export type SectionName = keyof Schema;
type SingleName = {
  [S in SectionName]: Schema[S] extends { readonly plural: string } | RuleSection<unknown> ? never : S;
}[SectionName];

/** `Server.Hostname` and so on: the name of a setting inside the program, for those that every configuration has. */
export type SettingPath = { [S in SingleName]: `${S}.${keyof Schema[S]['keys'] & string}` }[SingleName];

/** One key with its place. */
export interface Setting {
  /** A `SettingPath`, or `Directory:sales.Url`, or `Rights.Print Admins`. */
  readonly path: string;
  /** The section as people know it; a section with a name as it is written in the file. */
  readonly section: string;
  readonly name: string;
  readonly key: Key<unknown>;
}

export const sectionNames = Object.keys(schema) as readonly SectionName[];

/** The entry of the schema, by its general type. */
export function sectionOf(name: SectionName): KeyedSection | RuleSection<unknown> {
  return schema[name];
}

/** The settings of a section of keys; of rules none, since the file makes them. @param id the section inside the program */
export function settingsOf(name: SectionName, id: string, section: string): readonly Setting[] {
  const known = sectionOf(name);
  if (!('keys' in known)) return [];
  return Object.entries(known.keys).map(([key, entry]) => ({ path: `${id}.${key}`, section, name: key, key: entry }));
}

/** All keys in the order of the schema, those of sections that can be there several times for the one without a name. */
export const settings: readonly Setting[] = sectionNames.flatMap((section) => settingsOf(section, section, section));

/** The environment variable that overrides a secret. */
export function environmentName({ path: name }: Setting): string {
  return `MYQ_GATEWAY_${name.replaceAll(/[.:-]/g, '_')}`.toUpperCase();
}
