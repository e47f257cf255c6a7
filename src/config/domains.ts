// The settings that name a domain of Windows: its NetBIOS name, its Kerberos realm, and which belongs to which.
import { type Kind, quote, type Reading } from './values.ts';

/** What a NetBIOS name may hold (Microsoft, "Naming conventions in Active Directory"), but no blank and no comma, which separate. */
const netbios = /^(?!\.)[A-Za-z\d!#$%&'()@^_`{}~.-]{1,15}$/;
const realmName = /^(?=.{1,255}$)[A-Za-z\d](?:[A-Za-z\d._-]*[A-Za-z\d])?$/;

/** The short name of a domain, in upper case. */
export const netbiosName: Kind<string> = {
  expected: 'the NetBIOS name of the domain, of 1 to 15 characters, such as EXAMPLE',
  read(text) {
    return netbios.test(text) ? { value: text.toUpperCase() } : { wrong: `${quote(text)} is not a NetBIOS name` };
  },
};

/** One realm, in upper case as Active Directory has it. */
export const realm: Kind<string> = {
  expected: 'the realm of the domain, such as EXAMPLE.COM',
  read(text) {
    return realmName.test(text) ? { value: text.toUpperCase() } : { wrong: `${quote(text)} is not a realm name` };
  },
};

/** A domain under its two names, both in upper case. */
export interface NtlmDomain {
  /** NetBIOS name, as in `EXAMPLE\user`. */
  readonly domain: string;
  readonly realm: string;
}

function readPair(pair: string): Reading<NtlmDomain> {
  const parts = pair.split('=');
  const [domain, its] = parts.map((part) => part.trim());
  if (domain === undefined || its === undefined || parts.length !== 2) return { wrong: `${quote(pair)} is not NETBIOS=REALM` };
  const name = netbiosName.read(domain, '');
  const kerberos = realm.read(its, '');
  if ('wrong' in name) return name;
  return 'wrong' in kerberos ? kerberos : { value: { domain: name.value, realm: kerberos.value } };
}

/** `NETBIOS=REALM` for each domain. Two domains with one realm would make two people one. */
export const ntlmDomains: Kind<readonly NtlmDomain[]> = {
  expected: 'NETBIOS=REALM for each domain, separated by commas or blanks, each once, such as EXAMPLE=EXAMPLE.COM',
  mayBeEmpty: true,
  read(text) {
    const domains: NtlmDomain[] = [];
    const pairs = text.split('=').map((part) => part.trim()).join('=').split(/[\s,]+/).filter((pair) => pair !== '');
    for (const pair of pairs) {
      const reading = readPair(pair);
      if ('wrong' in reading) return reading;
      const { value } = reading;
      if (domains.some(({ domain }) => domain === value.domain)) return { wrong: `the domain ${quote(value.domain)} is named twice` };
      if (domains.some((other) => other.realm === value.realm)) return { wrong: `the realm ${quote(value.realm)} is named twice` };
      domains.push(value);
    }
    return { value: domains };
  },
  show: (domains) => domains.map((one) => `${one.domain}=${one.realm}`).join(', '),
};
