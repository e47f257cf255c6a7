// Search filters (RFC 4511 §4.5.1.7). Made as values, never as text: what somebody typed is compared octet by octet and cannot be syntax.

import { AndFilter, EqualityFilter, type Filter, FilterParser } from 'ldapts';
import { ConfigError } from '../errors.ts';

export type { Filter };

/** The attribute has this value, whatever characters are in it. */
export function equals(attribute: string, value: string | Buffer): Filter {
  return new EqualityFilter({ attribute, value });
}

export function all(...filters: readonly Filter[]): Filter {
  return new AndFilter({ filters: [...filters] });
}

/**
 * Reads an administrator's filter (RFC 4515).
 *
 * @param key opens the sentence of the error: the key of config.ini
 * @throws ConfigError
 */
export function parseFilter(text: string, key: string): Filter {
  try {
    return FilterParser.parseString(plainLetters(text));
  } catch (cause) {
    throw new ConfigError(`${key} is not a search filter of RFC 4515, as in (&(objectCategory=person)(objectClass=user)): ${text}`, { cause });
  }
}

/** The parser takes each `\xx` for a character, but they are octets of UTF-8 (RFC 4515 §3): those of letters are decoded before. */
function plainLetters(text: string): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return text.replaceAll(/(?:\\[89a-f][0-9a-f])+/gi, (octets) => decoder.decode(Buffer.from(octets.replaceAll('\\', ''), 'hex')));
}
