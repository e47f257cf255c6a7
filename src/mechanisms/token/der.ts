// A strict reader of DER structure (X.690 §8.1, §10.1) for the few shapes that Negotiate tokens use.

/** The bytes are not the DER that was expected. The message holds no text from the bytes, so it may be logged. */
export class DerError extends RangeError {
  override readonly name = 'DerError';
}

/** Identifier octets of the universal types in use; `context(n)` makes the constructed context tags. */
export const tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  generalString: 0x1b,
  sequence: 0x30,
} as const;

/** Identifier octet of `[n]` constructed, n ≤ 30. */
export const context = (n: number): number => 0xa0 | n;

/** Identifier octet of `[APPLICATION n]` constructed, n ≤ 30. */
export const application = (n: number): number => 0x60 | n;

/** One element: its identifier octet, its content (a view, not a copy) and the offset just past it. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly end: number;
}

// A token is at most 48 KiB, so three length octets are more than any honest sender needs.
const MAX_LENGTH_OCTETS = 3;

function readLength(bytes: Uint8Array, at: number): { readonly length: number; readonly start: number } {
  const first = bytes[at];
  if (first === undefined) throw new DerError('cut short before a length');
  if (first < 0x80) return { length: first, start: at + 1 };
  const octets = first & 0x7f;
  if (octets === 0) throw new DerError('indefinite length');
  if (octets > MAX_LENGTH_OCTETS) throw new DerError('length of more than three octets');
  let length = 0;
  for (let i = 1; i <= octets; i++) {
    const octet = bytes[at + i];
    if (octet === undefined) throw new DerError('cut short in a length');
    length = length * 256 + octet;
  }
  if (length < 0x80 || length < 256 ** (octets - 1)) throw new DerError('length not in its shortest form');
  return { length, start: at + 1 + octets };
}

/**
 * Reads the element that starts at `at`; what follows it is the caller's business.
 * @throws DerError when it is cut short, has a multi-octet tag, or a length that is indefinite or not minimal
 */
export function readElement(bytes: Uint8Array, at = 0): DerElement {
  const tag = bytes[at];
  if (tag === undefined) throw new DerError('cut short before a tag');
  if ((tag & 0x1f) === 0x1f) throw new DerError('tag of more than one octet');
  const { length, start } = readLength(bytes, at + 1);
  const end = start + length;
  if (end > bytes.length) throw new DerError('length reaches past the end');
  return { tag, content: bytes.subarray(start, end), end };
}

/**
 * The content of the one element with this tag that fills `bytes` exactly.
 * @param what  name for the error text
 * @throws DerError also on another tag and on bytes after the element
 */
export function readOnly(bytes: Uint8Array, tag: number, what: string): Uint8Array {
  const element = readElement(bytes);
  if (element.tag !== tag) throw new DerError(`${what} has an unexpected type`);
  if (element.end !== bytes.length) throw new DerError(`bytes after ${what}`);
  return element.content;
}

function readAll(content: Uint8Array, max: number, what: string): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < content.length; ) {
    if (elements.length === max) throw new DerError(`more than ${max} elements in ${what}`);
    const element = readElement(content, at);
    elements.push(element);
    at = element.end;
  }
  return elements;
}

/**
 * The contents of a SEQUENCE OF elements that all have `tag`; the SEQUENCE fills `bytes` and holds at least one.
 * @throws DerError also when there are more than `max`
 */
export function readSequenceOf(bytes: Uint8Array, tag: number, max: number, what: string): readonly [Uint8Array, ...Uint8Array[]] {
  const elements = readAll(readOnly(bytes, tags.sequence, what), max, what);
  if (elements.some((element) => element.tag !== tag)) throw new DerError(`${what} holds something else`);
  const [first, ...rest] = elements.map(({ content }) => content);
  if (first === undefined) throw new DerError(`${what} is empty`);
  return [first, ...rest];
}

/**
 * The fields `[0]`…`[last]` of a SEQUENCE with explicit tags that fills `bytes`, by number; an absent one is undefined.
 * @throws DerError on a field out of order, given twice or unknown
 */
export function readFields(bytes: Uint8Array, last: number, what: string): readonly (Uint8Array | undefined)[] {
  const fields: (Uint8Array | undefined)[] = new Array<undefined>(last + 1).fill(undefined);
  let lowest = 0;
  for (const { tag, content } of readAll(readOnly(bytes, tags.sequence, what), last + 1, what)) {
    const number = tag - context(0);
    if (number < lowest || number > last) throw new DerError(`unexpected field in ${what}`);
    fields[number] = content;
    lowest = number + 1;
  }
  return fields;
}

/** The field, or a DerError that names it when it is absent. */
export function required(field: Uint8Array | undefined, what: string): Uint8Array {
  if (field === undefined) throw new DerError(`${what} is missing`);
  return field;
}
