// The settings that name a machine: host name (RFC 1123 §2.1), IP address, public URL, LDAP URL.
import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { type Kind, quote, type Reading } from './values.ts';

const label = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/** The fault of a host name, or undefined. The URL parser has the last word because the name ends up in URLs. */
function hostnameFault(text: string): string | undefined {
  if (/[^\x00-\x7f]/.test(text)) {
    const ascii = domainToASCII(text);
    return `${quote(text)} has other than ASCII characters; write it in punycode${ascii === '' ? '' : `: ${ascii}`}`;
  }
  if (/[/:@[\]]/.test(text)) return `${quote(text)} is more than a host name; leave out scheme, port, path and brackets`;
  if (text.endsWith('.')) return `${quote(text)} ends with a dot; leave it out`;
  if (text.length > 253) return 'longer than 253 characters';
  if (!text.split('.').every((part) => label.test(part))) return `${quote(text)} is not a host name`;
  const url = `https://${text}`;
  return URL.canParse(url) && new URL(url).hostname === text.toLowerCase() ? undefined : `${quote(text)} is not a host name`;
}

/** The name in clients' URLs, in the certificate and in the SPN; an IP literal is possible, without brackets and zone. */
export const hostname: Kind<string> = {
  expected: 'the full name of this machine, such as gateway.example.com',
  read(text) {
    if (isIP(text) !== 0 && !text.includes('%')) return { value: text };
    const wrong = hostnameFault(text);
    return wrong === undefined ? { value: text } : { wrong };
  },
};

/** An address to listen on. */
export const ipAddress: Kind<string> = {
  expected: 'an IP address of this machine, 0.0.0.0 (all IPv4) or :: (all)',
  read(text) {
    return isIP(text) === 0 ? { wrong: `${quote(text)} is not an IP address` } : { value: text };
  },
};

function readOrigin(text: string): Reading<string> {
  // A URL may carry a password, so none is repeated here before its user part is known to be absent.
  if (text.includes('@')) return { wrong: 'the URL names a user' };
  const [, host] = /^https:\/\/(\[[\da-f:.]+\]|[^/?#\\:[\]]+)(?::[1-9]\d{0,4})?\/?$/i.exec(text) ?? [];
  if (host === undefined) return { wrong: `${quote(text)} is not a bare https URL` };
  const wrong = host.startsWith('[') ? undefined : isIP(host) === 0 ? hostnameFault(host) : undefined;
  if (wrong !== undefined) return { wrong };
  return URL.canParse(text) ? { value: new URL(text).origin } : { wrong: `${quote(text)} is not a valid URL` };
}

/** A web origin (RFC 6454): lower case, without `:443` and without the final slash. */
export const httpsOrigin: Kind<string> = {
  expected: 'https:// with a host name and perhaps a port, without user, path, query and fragment',
  read: readOrigin,
};

/** `ldaps://host:port`, the port always written; or what is wrong. */
function readLdapUrl(text: string): Reading<string> {
  if (text.includes('@')) return { wrong: 'the URL names a user' };
  const [, scheme = '', host, digits] = /^(ldaps?):\/\/([^/?#\\:[\]]+|\[[^\]]*\])(?::([1-9]\d{0,4}))?\/?$/i.exec(text) ?? [];
  if (host === undefined) return { wrong: `${quote(text)} is not a bare ldaps or ldap URL` };
  // The certificate is checked by name, and one for an address is as good as never made.
  if (isIP(host) !== 0 || host.startsWith('[')) return { wrong: `${quote(text)} has an address where a name belongs` };
  const wrong = hostnameFault(host);
  if (wrong !== undefined) return { wrong };
  const port = Number(digits ?? (scheme.toLowerCase() === 'ldaps' ? 636 : 389));
  return port > 65_535 ? { wrong: `${quote(text)} is not a valid URL` } : { value: `${scheme}://${host}:${port}`.toLowerCase() };
}

/** Domain controllers, the first one asked first. */
export const ldapUrls: Kind<readonly string[]> = {
  expected: 'ldaps:// or ldap:// with the full name of a domain controller and perhaps a port; several separated by commas or blanks',
  read(text) {
    const urls: string[] = [];
    for (const part of text.split(/[\s,]+/).filter((name) => name !== '')) {
      const reading = readLdapUrl(part);
      if ('wrong' in reading) return reading;
      if (urls.includes(reading.value)) return { wrong: `${quote(part)} is named twice` };
      urls.push(reading.value);
    }
    return urls.length === 0 ? { wrong: 'names no URL' } : { value: urls };
  },
};

/** Networks, asked whether an address lies in one of them. */
export interface Networks {
  /** False for what is no IP address. IPv4 addresses in their IPv6 form (RFC 4291 §2.5.5.2) count as IPv4. */
  has(address: string): boolean;
  /** As in the file. */
  toString(): string;
}

function addNetwork(list: BlockList, network: string): string | undefined {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (version === 0 || address.includes('%') || length > most || /^0\d/.test(bits ?? '')) return `${quote(network)} is not a network`;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(address, length, family);
  return undefined;
}

/** Networks in CIDR notation (RFC 4632 §3.1), or none. */
export const networks: Kind<Networks> = {
  expected: 'none, or networks separated by commas or blanks, such as 10.0.0.0/8, 2001:db8::/32',
  read(text) {
    const list = new BlockList();
    const names = text.toLowerCase() === 'none' ? [] : text.split(/[\s,]+/).filter((name) => name !== '');
    for (const name of names) {
      const wrong = addNetwork(list, name);
      if (wrong !== undefined) return { wrong };
    }
    return { value: { has: (address) => isIn(list, address), toString: () => names.join(', ') || 'none' } };
  },
};

function isIn(list: BlockList, address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const version = isIP(mapped);
  return version !== 0 && list.check(mapped, version === 4 ? 'ipv4' : 'ipv6');
}
