// Values inside DER elements: integers, object identifiers, bit strings and Kerberos strings (X.690 §8, §11; RFC 4120 §5.2).

import { DerError, readOnly, tags } from './der.ts';

// Five octets hold every UInt32; RFC 4120 has no wider number in an AP-REQ.
const MAX_INTEGER_OCTETS = 5;

/**
 * The INTEGER that fills `bytes`.
 * @throws DerError when it is not in its shortest form or wider than 40 bits
 */
export function readInteger(bytes: Uint8Array, what: string): number {
  const content = readOnly(bytes, tags.integer, what);
  const [first, second] = content;
  if (first === undefined || content.length > MAX_INTEGER_OCTETS) throw new DerError(`${what} has an unexpected size`);
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw new DerError(`${what} is not in its shortest form`);
  }
  const unsigned = content.reduce((value, octet) => value * 256 + octet, 0);
  return first < 0x80 ? unsigned : unsigned - 256 ** content.length;
}

/**
 * An Int32 that fills `bytes` (RFC 4120 §5.2.4).
 * @throws DerError when it is out of range
 */
export function readInt32(bytes: Uint8Array, what: string): number {
  const value = readInteger(bytes, what);
  if (value !== (value | 0)) throw new DerError(`${what} is out of range`);
  return value;
}

/**
 * A UInt32 that fills `bytes`. A negative Int32 is taken as the same 32 bits: that is how several implementations write key version
 * numbers of read-only domain controllers, whose upper half is in use.
 * @throws DerError when it does not fit in 32 bits
 */
export function readUInt32(bytes: Uint8Array, what: string): number {
  const value = readInteger(bytes, what);
  if (value < -(2 ** 31) || value >= 2 ** 32) throw new DerError(`${what} is out of range`);
  return value >>> 0;
}

const MAX_OID_OCTETS = 64;

/**
 * Dotted form of the content of an OBJECT IDENTIFIER.
 * @throws DerError when it is empty, too long, cut short or not in its shortest form
 */
export function readOid(content: Uint8Array): string {
  if (content.length === 0 || content.length > MAX_OID_OCTETS) throw new DerError('object identifier has an unexpected size');
  const arcs: number[] = [];
  let arc = 0;
  let fresh = true;
  for (const octet of content) {
    if (fresh && octet === 0x80) throw new DerError('object identifier is not in its shortest form');
    arc = arc * 128 + (octet & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new DerError('object identifier has too large an arc');
    fresh = octet < 0x80;
    if (fresh) {
      arcs.push(arc);
      arc = 0;
    }
  }
  if (!fresh) throw new DerError('object identifier is cut short');
  const [first = 0, ...rest] = arcs;
  const root = Math.min(Math.trunc(first / 40), 2);
  return [root, first - root * 40, ...rest].join('.');
}

/**
 * The first 32 bits of the KerberosFlags BIT STRING that fills `bytes`, bit 0 as the highest (RFC 4120 §5.2.8).
 * @throws DerError when it holds fewer than 32 bits
 */
export function readKerberosFlags(bytes: Uint8Array, what: string): number {
  const [unused, ...octets] = readOnly(bytes, tags.bitString, what);
  if (unused === undefined || unused > 7 || octets.length < 4 || (octets.length === 4 && unused > 0)) {
    throw new DerError(`${what} has fewer than 32 bits`);
  }
  return octets.slice(0, 4).reduce((value, octet) => value * 256 + octet, 0);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Text of the content of a KerberosString. RFC 4120 §5.2.1 asks for ASCII, implementations send UTF-8.
 * @throws DerError when it is not UTF-8 or holds a NUL, which no realm or principal may (RFC 4120 §6)
 */
export function readKerberosString(content: Uint8Array, what: string): string {
  if (content.includes(0)) throw new DerError(`${what} holds a NUL`);
  try {
    return utf8.decode(content);
  } catch (cause) {
    throw new DerError(`${what} is not UTF-8`, { cause });
  }
}
