// The attributes of an entry: by name in any letter case (RFC 4512 §2.5), as text or as octets.

import type { SearchEntry } from 'ldapts';
import { sidText } from './sid.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The values as they came; none if the entry has no such attribute, or it may not be read. */
export function octets(entry: SearchEntry, attribute: string): readonly Buffer[] {
  const name = attribute.toLowerCase();
  return entry.attributes.find(({ type }) => type.toLowerCase() === name)?.parsedBuffers ?? [];
}

/** The values that are text. What is not, as the picture of a person, is left out. */
export function texts(entry: SearchEntry, attribute: string): readonly string[] {
  return octets(entry, attribute).flatMap((value) => {
    try {
      return [decoder.decode(value)];
    } catch {
      return [];
    }
  });
}

/** The value of an attribute that has one; undefined if it has none, or several. */
export function text(entry: SearchEntry, attribute: string): string | undefined {
  const [value, ...more] = texts(entry, attribute);
  return more.length === 0 ? value : undefined;
}

/** objectSid in its text form. */
export function sidOf(entry: SearchEntry): string | undefined {
  const [value] = octets(entry, 'objectSid');
  return value === undefined ? undefined : sidText(value);
}
