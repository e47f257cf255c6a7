// The settings in the words of LDAP: distinguished names (RFC 4514), attributes (RFC 4512 §2.5), filters (RFC 4515).
import { type Kind, quote, type Reading } from './values.ts';

/** Longer names and filters are a slip; it also bounds how deep a filter can nest. */
const maximumLength = 1024;

/** Splits at a character that no backslash precedes. */
function splitAt(separator: string, text: string): readonly string[] {
  const parts = [''];
  for (const piece of text.match(/\\.?|[^\\]/gsu) ?? []) {
    if (piece === separator) parts.push('');
    else parts[parts.length - 1] += piece;
  }
  return parts;
}

const attributeType = '(?:[a-z][a-z\\d-]*|(?:0|[1-9]\\d*)(?:\\.(?:0|[1-9]\\d*))+)';
const attributeValue = '(?:#(?:[\\da-f]{2})+|(?![ #])(?:[^\\\\"+,;<>]|\\\\(?:["+,;<>\\\\ #=]|[\\da-f]{2}))+)';
const pairForm = new RegExp(`^(${attributeType}) *= *(${attributeValue})$`, 'i');

/** The parts of a distinguished name without the blanks between them, or undefined if it is none. */
function partsOf(dn: string): readonly string[] | undefined {
  if (dn.length > maximumLength || /\p{C}/u.test(dn)) return undefined;
  const parts = splitAt(',', dn).map((part) => {
    const pairs = splitAt('+', part).map((pair) => pairForm.exec(pair.trim()));
    return pairs.includes(null) ? undefined : pairs.map((pair) => `${pair?.[1] ?? ''}=${pair?.[2] ?? ''}`).join('+');
  });
  return parts.some((part) => part === undefined) ? undefined : parts.filter((part) => part !== undefined);
}

/** The domain components of a distinguished name: `['example', 'com']`. */
export function domainComponents(dn: string): readonly string[] {
  return (partsOf(dn) ?? []).filter((part) => /^dc=/i.test(part)).map((part) => part.slice('dc='.length));
}

/** Where to search; the first tells the domain. */
export const baseDns: Kind<readonly string[]> = {
  expected: 'one or several distinguished names separated by semicolons, each with its DC parts, such as OU=Staff,DC=example,DC=com',
  read(text) {
    const dns: string[] = [];
    for (const one of splitAt(';', text).map((part) => part.trim()).filter((part) => part !== '')) {
      const dn = partsOf(one)?.join(',');
      if (dn === undefined) return { wrong: `${quote(one)} is not a distinguished name` };
      if (domainComponents(dn).length === 0) return { wrong: `${quote(one)} has no DC part` };
      if (dns.some((other) => other.toLowerCase() === dn.toLowerCase())) return { wrong: `${quote(one)} is named twice` };
      dns.push(dn);
    }
    return dns.length === 0 ? { wrong: 'names nothing' } : { value: dns };
  },
  show: (dns) => dns.join('; '),
};

/** Whom a simple bind names. */
export const bindName: Kind<string> = {
  expected: 'the account as NAME@DOMAIN, DOMAIN\\NAME or distinguished name, such as svc-gateway@example.com',
  read(text) {
    const plain = text.length <= maximumLength && !/\p{C}/u.test(text);
    if (plain && (/^[^@\\]+@[^@\\\s]+$/.test(text) || /^[^@\\=,\s]+\\[^@\\]+$/.test(text))) return { value: text };
    return partsOf(text) === undefined ? { wrong: `${quote(text)} does not name an account` } : { value: text };
  },
};

const typeForm = new RegExp(`^${attributeType}$`, 'i');
const descriptionForm = new RegExp(`^${attributeType}(?:;[a-z\\d-]+)*$`, 'i');

/** One attribute, perhaps with options. */
export const attribute: Kind<string> = {
  expected: 'the name of an LDAP attribute, such as employeeNumber',
  read(text) {
    return text.length <= 255 && descriptionForm.test(text) ? { value: text } : { wrong: `${quote(text)} is not an attribute's name` };
  },
};

/** Attributes without options, whose semicolon separates them here. */
export const attributes: Kind<readonly string[]> = {
  expected: 'names of LDAP attributes separated by semicolons, each once, such as userPrincipalName; proxyAddresses',
  mayBeEmpty: true,
  read(text) {
    const names = text.split(';').map((name) => name.trim()).filter((name) => name !== '');
    const odd = names.find((name) => name.length > 255 || !typeForm.test(name));
    if (odd !== undefined) return { wrong: `${quote(odd)} is not an attribute's name` };
    const folded = names.map((name) => name.toLowerCase());
    const twice = names.find((name, index) => folded.indexOf(name.toLowerCase()) < index);
    return twice === undefined ? { value: names } : { wrong: `${quote(twice)} is named twice` };
  },
  show: (names) => names.join('; '),
};

/** `attribute=value` with any operator and matching rule; a literal parenthesis, star or backslash is written in hex. */
const itemForm = new RegExp(`^(?![~<>:]?=)(?:${attributeType}(?:;[a-z\\d-]+)*)?(?::dn)?(?::${attributeType})?[~<>:]?=(?:[^\\\\]|\\\\[\\da-f]{2})*$`, 'i');

/** Where the filter that begins at `start` ends, or undefined if there is none. */
function endOfFilter(text: string, start: number): number | undefined {
  if (text[start] !== '(') return undefined;
  const operator = text[start + 1] ?? '';
  if (!['&', '|', '!'].includes(operator)) {
    const end = text.slice(start + 1).search(/[()]/) + start + 1;
    return text[end] === ')' && itemForm.test(text.slice(start + 1, end)) ? end + 1 : undefined;
  }
  let at: number | undefined = start + 2;
  let count = 0;
  for (; at !== undefined && text[at] === '('; count += 1) at = endOfFilter(text, at);
  if (at === undefined || text[at] !== ')' || count === 0 || (operator === '!' && count > 1)) return undefined;
  return at + 1;
}

function filterFault(text: string): string | undefined {
  if (text.length > maximumLength) return `longer than ${maximumLength} characters`;
  if (/\p{C}/u.test(text)) return `${quote(text)} holds a character that cannot be seen`;
  if (!text.startsWith('(')) return `${quote(text)} does not begin with a parenthesis`;
  const balance = text.split('(').length - text.split(')').length;
  if (balance !== 0) return `${quote(text)} has a parenthesis too ${balance > 0 ? 'few' : 'many'} at the end`;
  return endOfFilter(text, 0) === text.length ? undefined : `${quote(text)} is not an LDAP filter`;
}

/** A search filter in its text form. */
export const filter: Kind<string> = {
  expected: 'an LDAP filter in parentheses, such as (&(objectCategory=person)(objectClass=user))',
  read(text): Reading<string> {
    const wrong = filterFault(text);
    return wrong === undefined ? { value: text } : { wrong };
  },
};
