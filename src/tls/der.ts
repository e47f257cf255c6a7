// Reads DER (X.690): one element after the other, with definite lengths up to 32 bits.

/** The bytes are not the DER that was expected; the one who asked tells what they should have been. */
export class DerError extends RangeError {
  override readonly name = 'DerError';
}

export const integer = 0x02;
export const octetString = 0x04;
export const objectIdentifier = 0x06;
export const sequence = 0x30;
export const contextZero = 0xa0;

export interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** What follows the element. */
  readonly rest: Uint8Array;
}

/** Reads the first element, which must have this tag if one is given (X.690 §8.1). Throws DerError. */
export function element(bytes: Uint8Array, tag = bytes[0]): Element {
  const first = bytes[1];
  if (tag === undefined || bytes[0] !== tag || first === undefined) throw new DerError('another element was expected');
  let length = first;
  let start = 2;
  if (first > 0x7f) {
    const count = first & 0x7f;
    if (count === 0 || count > 4 || bytes.length < 2 + count) throw new DerError('a length that DER does not have');
    start += count;
    length = bytes.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  if (bytes.length < start + length) throw new DerError('the element is cut short');
  return { tag, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

/** All elements, up to the last byte. Throws DerError. */
export function elements(bytes: Uint8Array): readonly Element[] {
  const found: Element[] = [];
  for (let left = bytes; left.length > 0;) {
    const next = element(left);
    found.push(next);
    left = next.rest;
  }
  return found;
}

/** The number of a small, unsigned INTEGER (X.690 §8.3). Throws DerError for one above 32 bits and for a negative one. */
export function unsigned(content: Uint8Array): number {
  if (content.length === 0 || content.length > 5 || (content[0] ?? 0) > 0x7f) throw new DerError('a number that is none of ours');
  return content.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** An object identifier in dotted form (X.690 §8.19). */
export function dotted(content: Uint8Array): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(value);
      value = 0;
    }
  }
  const [head = 0, ...tail] = arcs;
  const top = Math.min(Math.floor(head / 40), 2);
  return [top, head - top * 40, ...tail].join('.');
}
