// Handles that clients and browsers hold: a public id, a number and a MAC over both, so that nothing of them need be stored.

import { createHmac, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';

/** Authorization code, refresh token, session cookie, anti-forgery value of a form: none passes for another. */
export type HandleKind = 'code' | 'refresh' | 'session' | 'form';

export interface Handle {
  readonly id: string;
  /** Which of the handles of one id it is; the time of a form. */
  readonly generation: number;
}

export interface Handles {
  /**
   * The handle as 70 characters of base64url (RFC 4648 §5, without padding).
   *
   * @param id as newId makes it
   * @param generation up to 2^32 - 1
   * @throws RangeError for any other id or generation: that is a fault of the caller
   */
  mint(kind: HandleKind, id: string, generation?: number): string;
  /** Undefined for anything but the one spelling of what was minted for this kind with this key. */
  read(kind: HandleKind, text: unknown): Handle | undefined;
}

const ID_BYTES = 16;
const GENERATION_BYTES = 4;
const MAC_BYTES = 32;
const HANDLE_BYTES = ID_BYTES + GENERATION_BYTES + MAC_BYTES;

/** A fresh public id: 128 random bits as base64url. */
export function newId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/** Mints and reads handles with this HMAC key. */
export function handles(key: KeyObject): Handles {
  // The kind ends at the NUL that no kind has in it; the rest is of fixed length. So no two handles have one text.
  const macOf = (kind: HandleKind, body: Buffer): Buffer => createHmac('sha256', key).update(`${kind}\0`).update(body).digest();
  return {
    mint: (kind, id, generation = 0) => {
      const idBytes = decoded(id, ID_BYTES);
      if (idBytes === undefined) throw new RangeError('this is no id of a handle');
      // Node.js itself would write 1.5 as 1 and NaN as 0.
      if (!Number.isInteger(generation)) throw new RangeError('a generation is an integer');
      const body = Buffer.concat([idBytes, Buffer.alloc(GENERATION_BYTES)]);
      body.writeUInt32BE(generation, ID_BYTES);
      return Buffer.concat([body, macOf(kind, body)]).toString('base64url');
    },
    read: (kind, text) => {
      const bytes = decoded(text, HANDLE_BYTES);
      if (bytes === undefined) return undefined;
      const body = bytes.subarray(0, ID_BYTES + GENERATION_BYTES);
      if (!timingSafeEqual(bytes.subarray(body.length), macOf(kind, body))) return undefined;
      return { id: body.toString('base64url', 0, ID_BYTES), generation: body.readUInt32BE(ID_BYTES) };
    },
  };
}

/** The bytes of base64url text, if it is the one spelling of so many bytes: Node.js would pass over strange characters and bits. */
function decoded(text: unknown, length: number): Buffer | undefined {
  if (typeof text !== 'string' || text.length !== Math.ceil(length * 4 / 3)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === length && bytes.toString('base64url') === text ? bytes : undefined;
}
