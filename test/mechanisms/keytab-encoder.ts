// Builds keytabs entry by entry, right ones and wrong ones (MIT's file format, version 2).

export interface KeytabFields {
  readonly components?: readonly (string | Uint8Array)[];
  readonly realm?: string | Uint8Array;
  readonly shortKvno?: number;
  readonly etype?: number;
  readonly key?: Uint8Array;
  /** What follows the key: the 32-bit key version, if anything. */
  readonly tail?: Uint8Array;
}

const u16 = (value: number): Buffer => Buffer.from([(value >>> 8) & 0xff, value & 0xff]);
export const i32 = (value: number): Buffer => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
const counted = (content: string | Uint8Array): Buffer => Buffer.concat([u16(Buffer.from(content).length), Buffer.from(content)]);

/** A record behind its size. */
export const sized = (record: Uint8Array): Buffer => Buffer.concat([i32(record.length), record]);

/** A file of these records. */
export const keytab = (...records: readonly Uint8Array[]): Buffer => Buffer.concat([Buffer.from([5, 2]), ...records]);

/** One key, which no KDC knows. */
export function entry(fields: KeytabFields = {}): Buffer {
  const { components = ['HTTP', 'a'], realm = 'R', shortKvno = 2, etype = 18, key = Buffer.alloc(32, 0x6b), tail = i32(0) } = fields;
  return Buffer.concat([
    u16(components.length), counted(realm), ...components.map(counted), i32(1), i32(1_700_000_000), Buffer.from([shortKvno]), u16(etype),
    counted(key), tail,
  ]);
}
