// Security identifiers: the bytes of objectSid and their text form (MS-DTYP §2.4.2.1, §2.4.2.2).

const REVISION = 1;
const MAX_SUB_AUTHORITIES = 15;
const HEADER = 8;

/** `S-1-5-21-…` of the bytes; undefined if they are not exactly one SID. */
export function sidText(bytes: Uint8Array): string | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view[1] ?? 0;
  if (view[0] !== REVISION || count === 0 || count > MAX_SUB_AUTHORITIES || view.length !== HEADER + 4 * count) return undefined;
  const authority = view.readUIntBE(2, 6);
  // MS-DTYP §2.4.2.1: an authority of more than 32 bits is written in hexadecimal.
  const parts = [authority < 2 ** 32 ? String(authority) : `0x${authority.toString(16).toUpperCase().padStart(12, '0')}`];
  for (let at = HEADER; at < view.length; at += 4) parts.push(String(view.readUInt32LE(at)));
  return `S-1-${parts.join('-')}`;
}

/** Whether it is a group that every Windows machine has of its own (`S-1-5-32-…`, MS-DTYP §2.4.2.4), and not one of the domain. */
export function isBuiltin(sid: string): boolean {
  return sid.startsWith('S-1-5-32-');
}

/** The bytes of a SID in the form that sidText gives; undefined for any other text. */
export function sidBytes(text: string): Buffer | undefined {
  const match = /^S-1-(0x[0-9A-F]{12}|\d{1,10})((?:-\d{1,10}){1,15})$/.exec(text);
  if (match === null) return undefined;
  const [, authority = '', rest = ''] = match;
  const subAuthorities = rest.slice(1).split('-').map(Number);
  if (subAuthorities.some((one) => one >= 2 ** 32)) return undefined;
  const bytes = Buffer.alloc(HEADER + 4 * subAuthorities.length);
  bytes.writeUInt8(REVISION, 0);
  bytes.writeUInt8(subAuthorities.length, 1);
  bytes.writeUIntBE(Number(authority), 2, 6);
  subAuthorities.forEach((one, index) => bytes.writeUInt32LE(one, HEADER + 4 * index));
  // Leading zeros and a short authority in hexadecimal are other spellings: one SID has one text.
  return sidText(bytes) === text ? bytes : undefined;
}
