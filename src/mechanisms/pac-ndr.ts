// A cursor over the NDR32 that a PAC is made of (MS-RPCE §2.2.6, C706 §14): little endian, aligned to four bytes, every read bounded.

/** The PAC does not hold what MS-PAC says it must. The message holds no text from the bytes. */
export class PacError extends RangeError {
  override readonly name = 'PacError';
}

/** A cursor that only moves forward. Each call reads at the present place and throws PacError past the end. */
export interface NdrCursor {
  readonly bytes: Uint8Array;
  /** Moves past `size` bytes after aligning, and says where they start. */
  take(size: number, alignment: number): number;
  u8(): number;
  u16(): number;
  u32(): number;
  /** Bytes not read yet. */
  remaining(): number;
}

const HEADER_BYTES = 16;
const MAX_SUB_AUTHORITIES = 15;
/** Buffers and objects are padded to a multiple of eight. */
export const MAX_PADDING = 7;

/** Checks the serialization headers (MS-RPCE §2.2.6.1, §2.2.6.2) and says where the object they announce ends. */
function objectEnd(bytes: Uint8Array, view: DataView): number {
  if (bytes.length < HEADER_BYTES) throw new PacError('PAC cut short in its header');
  if (bytes[0] !== 1 || bytes[1] !== 0x10 || view.getUint16(2, true) !== 8) {
    throw new PacError('PAC is not in NDR version 1, little endian');
  }
  const end = HEADER_BYTES + view.getUint32(8, true);
  if (end > bytes.length || end + MAX_PADDING < bytes.length) throw new PacError('PAC size does not match its header');
  return end;
}

/**
 * A cursor at the first byte after the headers.
 * @throws PacError when it is not NDR version 1, little endian, or does not end with the object its header announces, up to padding
 */
export function openNdr(bytes: Uint8Array): NdrCursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = objectEnd(bytes, view);
  let at = HEADER_BYTES;
  function take(size: number, alignment: number): number {
    const start = Math.ceil(at / alignment) * alignment;
    if (start + size > end) throw new PacError('PAC cut short');
    at = start + size;
    return start;
  }
  return {
    bytes,
    take,
    u8: () => view.getUint8(take(1, 1)),
    u16: () => view.getUint16(take(2, 2), true),
    u32: () => view.getUint32(take(4, 4), true),
    remaining: () => end - at,
  };
}

/** An RPC_UNICODE_STRING as it stands in the fixed part; its characters follow later, for `readString`. */
export interface StringHeader {
  /** Bytes. */
  readonly length: number;
  readonly pointer: number;
}

export function readStringHeader(ndr: NdrCursor): StringHeader {
  const length = ndr.u16();
  ndr.u16(); // the buffer's capacity; readString sees it again
  return { length, pointer: ndr.u32() };
}

const utf16 = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true });

/** The characters of a string whose header was read before; '' for a null pointer. */
export function readString(ndr: NdrCursor, { length, pointer }: StringHeader): string {
  if (pointer === 0 && length !== 0) throw new PacError('PAC string without characters');
  if (pointer === 0) return '';
  const [capacity, offset, units] = [ndr.u32(), ndr.u32(), ndr.u32()];
  if (offset !== 0 || units > capacity || units * 2 !== length) throw new PacError('PAC string with contradicting lengths');
  const start = ndr.take(length, 2);
  try {
    return utf16.decode(ndr.bytes.subarray(start, start + length));
  } catch (cause) {
    throw new PacError('PAC string is not UTF-16', { cause });
  }
}

/** A count and a pointer in the fixed part; that many items follow later, for `readArray`. */
export interface ArrayHeader {
  readonly count: number;
  readonly pointer: number;
}

export function readArrayHeader(ndr: NdrCursor): ArrayHeader {
  return { count: ndr.u32(), pointer: ndr.u32() };
}

/** The items of an array whose header was read before. Their size in bytes bounds the count before anything is made. */
export function readArray<T>(ndr: NdrCursor, { count, pointer }: ArrayHeader, itemBytes: number, readItem: () => T): readonly T[] {
  if (pointer === 0 && count !== 0) throw new PacError('PAC list without items');
  if (pointer === 0) return [];
  if (ndr.u32() !== count) throw new PacError('PAC list with contradicting counts');
  if (count * itemBytes > ndr.remaining()) throw new PacError('PAC list longer than the PAC');
  return Array.from({ length: count }, readItem);
}

/** An RPC_SID in its text form, `S-1-5-21-…` (MS-DTYP §2.4.2.1, §2.4.2.3). */
export function readSid(ndr: NdrCursor): string {
  const announced = ndr.u32();
  if (ndr.u8() !== 1) throw new PacError('PAC SID of an unknown revision');
  const count = ndr.u8();
  if (count !== announced || count === 0 || count > MAX_SUB_AUTHORITIES) throw new PacError('PAC SID with a wrong count');
  const authority = Array.from({ length: 6 }, ndr.u8).reduce((value, octet) => value * 256 + octet, 0);
  // One that needs more than 32 bits is written in hexadecimal.
  const shown = authority < 2 ** 32 ? `${authority}` : `0x${authority.toString(16).toUpperCase().padStart(12, '0')}`;
  return ['S-1', shown, ...Array.from({ length: count }, ndr.u32)].join('-');
}
