// Reads what a keytab file says of its keys, never the keys (MIT keytab format 0x0502, doc/formats/keytab_file_format).

import { principalText } from './token/principal-text.ts';

/** The bytes are no readable keytab; the message is in plain words for the admin. */
export class KeytabError extends Error {
  override readonly name = 'KeytabError';
}

/** One key, without the key. */
export interface KeytabEntry {
  /** Without the realm, e.g. `HTTP/print.myq.test`. */
  readonly principal: string;
  readonly realm: string;
  /** Key version: the 32-bit one where the entry has it, else the 8-bit one. */
  readonly kvno: number;
  /** Encryption type; negative for private ones. */
  readonly etype: number;
  /** When the entry was written, seconds since 1970. */
  readonly timestamp: number;
}

const MAX_COMPONENTS = 16;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Forward reads of big-endian numbers and counted octets inside one entry. */
function openRecord(record: Uint8Array, entry: number) {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  let at = 0;
  function take(size: number): number {
    if (at + size > record.length) throw new KeytabError(`entry ${entry} of the keytab is cut short`);
    at += size;
    return at - size;
  }
  const u16 = (): number => view.getUint16(take(2));
  const skipCounted = (): number => {
    const size = u16();
    take(size);
    return size;
  };
  function text(): string {
    const size = skipCounted();
    try {
      return utf8.decode(record.subarray(at - size, at));
    } catch (cause) {
      throw new KeytabError(`a name in entry ${entry} of the keytab is not UTF-8`, { cause });
    }
  }
  return {
    remaining: () => record.length - at,
    u8: () => view.getUint8(take(1)),
    u16,
    i16: () => view.getInt16(take(2)),
    u32: () => view.getUint32(take(4)),
    text,
    skipCounted,
  };
}

function parseEntry(record: Uint8Array, entry: number): KeytabEntry {
  const fields = openRecord(record, entry);
  const count = fields.u16();
  if (count === 0 || count > MAX_COMPONENTS) throw new KeytabError(`entry ${entry} of the keytab has a principal of ${count} parts`);
  const realm = fields.text();
  const principal = principalText(Array.from({ length: count }, fields.text));
  fields.u32(); // name type
  const timestamp = fields.u32();
  const shortKvno = fields.u8();
  const etype = fields.i16();
  if (fields.skipCounted() === 0) throw new KeytabError(`entry ${entry} of the keytab has an empty key`);
  // A zero there is what a reused hole leaves behind, not a version.
  const longKvno = fields.remaining() >= 4 ? fields.u32() : 0;
  return { principal, realm, kvno: longKvno === 0 ? shortKvno : longKvno, etype, timestamp };
}

function checkHeader(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new KeytabError('the keytab is empty');
  const [magic, version] = bytes;
  if (magic === 5 && (version === 3 || version === 4)) throw new KeytabError('the file is a credential cache, not a keytab');
  if (magic !== 5) throw new KeytabError('the file is not a keytab: it does not start with the bytes 05 02');
  if (version !== 2) throw new KeytabError(`the keytab has format version ${version ?? 'none'}; only version 2 is supported`);
}

/**
 * Every entry of a keytab in file order; deleted entries are left out, and a keytab without entries yields none.
 * @throws KeytabError when it is no keytab of format 2 or an entry is damaged
 */
export function parseKeytab(bytes: Uint8Array): readonly KeytabEntry[] {
  checkHeader(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: KeytabEntry[] = [];
  for (let at = 2; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw new KeytabError('the keytab is cut short before the size of an entry');
    const size = view.getInt32(at);
    if (size === 0) break; // the end, as MIT reads it
    const start = at + 4;
    at = start + Math.abs(size); // a negative size marks a deleted entry
    if (at > bytes.length) throw new KeytabError(`entry ${entries.length + 1} of the keytab is cut short`);
    if (size > 0) entries.push(parseEntry(bytes.subarray(start, at), entries.length + 1));
  }
  return entries;
}
