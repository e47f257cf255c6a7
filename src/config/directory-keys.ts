// The keys of [Directory] and [Directory:name]: one Active Directory domain, asked over LDAP.
import { ldapUrls } from './addresses.ts';
import { netbiosName, realm } from './domains.ts';
import { derived, key, optional, required, requiredSecret } from './keys.ts';
import { attribute, attributes, baseDns, bindName, domainComponents, filter } from './ldap-values.ts';
import { boolean, duration, path, secretText } from './values.ts';

const day = 86_400;

export const directory = {
  plural: 'directories',
  help: 'An Active Directory domain, asked over LDAP who its users are and which groups they are in. Without this section none is asked. For a '
    + 'further domain write the section again with a name of letters, digits and hyphens, as in [Directory:sales]; its password is then also '
    + 'taken from MYQ_GATEWAY_DIRECTORY_SALES_BINDPASSWORD.',
  keys: {
    Url: required(ldapUrls, 'ldaps://dc1.example.com',
      'The domain controllers; the next is asked when one is out. With ldap:// the connection is encrypted by StartTLS before anything else '
      + 'is said: LDAP without TLS is never spoken.'),
    CaFile: optional(path, 'the authorities that this machine trusts', 'tls/domain-ca.pem',
      'The authority in PEM that signed the domain controllers\' certificates, if this machine does not trust it anyway. They are always checked.'),
    BindName: required(bindName, 'svc-gateway@example.com',
      'The account that reads the directory. An ordinary user without further rights is enough.'),
    BindPassword: requiredSecret(secretText, 'data/directory-password',
      'The password of BindName.'),
    BaseDn: required(baseDns, 'DC=example,DC=com',
      'Where users are searched, with everything below. The first names the domain, in which groups are searched.'),
    Realm: derived(realm, { of: 'BaseDn', derive: (dns: readonly string[]) => domainComponents(dns[0] ?? '').join('.').toUpperCase() },
      'the DC parts of the first BaseDn', 'EXAMPLE.COM',
      'The Kerberos realm of the domain. The users of this directory are the principals of this realm.'),
    Domain: derived(netbiosName, { of: 'BaseDn', derive: (dns: readonly string[]) => (domainComponents(dns[0] ?? '')[0] ?? '').toUpperCase() },
      'the first DC part of the first BaseDn', 'EXAMPLE',
      'The NetBIOS name of the domain, as in EXAMPLE\\alice.'),
    UserFilter: key(filter, '(&(objectCategory=person)(objectClass=user))',
      'Which entries are users. The others are as if they were not there. With (!(isCriticalSystemObject=TRUE)) in the parentheses, Administrator, '
      + 'Guest and krbtgt are left out.'),
    AliasAttributes: key(attributes, 'userPrincipalName',
      'Further names under which a user can sign in. An attribute may hold several, as values or separated by semicolons. Empty: none.'),
    EmailAttribute: key(attribute, 'mail', 'The e-mail address.'),
    FullNameAttribute: key(attribute, 'displayName', 'The name as people read it.'),
    CardAttribute: optional(attribute, 'none', 'employeeID',
      'The card number, several separated by semicolons. Whoever can write this attribute can sign in as that user.'),
    PinAttribute: optional(attribute, 'none', 'extensionAttribute1',
      'The PIN. Whoever can read this attribute can sign in as that user.'),
    PersonalNumberAttribute: optional(attribute, 'none', 'employeeNumber', 'The personal number.'),
    SignIn: key(boolean, 'True',
      'True: users of this directory sign in on the login page with the password of the domain, which is checked by a bind. False: only with a '
      + 'ticket, or with what the gateway itself keeps.'),
    CacheTime: key(duration(0, day), '300',
      'How long an answer of the directory is taken as true. Who was disabled or taken out of a group keeps that so long at most, while the '
      + 'directory can be reached.'),
    OutageTime: key(duration(0, day), '1800',
      'How long the last answer counts while the directory is out. After that its users are refused until it is back.'),
    Timeout: key(duration(1, 60), '5',
      'How long the directory may take for an answer before it counts as out.'),
  },
} as const;
