// The attributes of an entry: by name in any letter case (RFC 4512 §2.5), as octets or as text.

import type { Entry } from './message.ts';
import { sidText } from './sid.ts';

export type { Entry };

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The values as they came; none if the entry has no such attribute, or it may not be read. */
export function octets(entry: Entry, attribute: string): readonly Buffer[] {
  return entry.attributes.get(attribute.toLowerCase()) ?? [];
}

/** The values that are text. What is not, as the picture of a person, is left out. */
export function texts(entry: Entry, attribute: string): readonly string[] {
  return octets(entry, attribute).flatMap((value) => {
    try {
      return [decoder.decode(value)];
    } catch {
      return [];
    }
  });
}

/** The value of an attribute that has one; undefined if it has none, or several. */
export function text(entry: Entry, attribute: string): string | undefined {
  const [value, ...more] = texts(entry, attribute);
  return more.length === 0 ? value : undefined;
}

/** objectSid in its text form. */
export function sidOf(entry: Entry): string | undefined {
  const [value] = octets(entry, 'objectSid');
  return value === undefined ? undefined : sidText(value);
}
