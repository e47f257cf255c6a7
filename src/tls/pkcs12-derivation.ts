// How a PFX file makes keys of its password (RFC 7292 appendix B).

import { hash } from 'node:crypto';
import { DerError, type Element, unsigned } from './der.ts';

/** A password in the two forms that its algorithms take. */
export interface Password {
  /** For PBES2. */
  readonly utf8: Buffer;
  /** For the older ones: UTF-16, big end first, with a zero at its end (RFC 7292 §B.1). */
  readonly bmp: Buffer;
}

/** The forms of a password; no password may be spelled in two ways. */
export function passwordForms(password: string): readonly Password[] {
  const utf8 = Buffer.from(password);
  const bmp = Buffer.from(`${password}\0`, 'utf16le').swap16();
  return password === '' ? [{ utf8, bmp }, { utf8, bmp: Buffer.alloc(0) }] : [{ utf8, bmp }];
}

/** Far above what anybody writes; a damaged number must not keep the program busy for hours. */
const maximumIterations = 10_000_000;

/** The iterations that an INTEGER asks for. Throws DerError for a number that nobody writes. */
export function iterationsOf({ content }: Element): number {
  const iterations = unsigned(content);
  if (iterations < 1 || iterations > maximumIterations) throw new DerError('a number of iterations that nobody writes');
  return iterations;
}

export interface Derivation {
  readonly digest: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly password: Password;
  /** 1 for a key, 2 for an initialization vector, 3 for a MAC key (RFC 7292 §B.3). */
  readonly purpose: 1 | 2 | 3;
  /** In bytes. */
  readonly length: number;
}

/** Derives key material: RFC 7292 §B.2, with its names: v is the block of the hash, D the purpose, I salt and password. */
export function derive({ digest, salt, iterations, password, purpose, length }: Derivation): Buffer {
  const v = digest === 'sha384' || digest === 'sha512' ? 128 : 64;
  const filled = (bytes: Uint8Array): Buffer => Buffer.alloc(Math.ceil(bytes.length / v) * v, bytes.length === 0 ? 0 : bytes);
  const D = Buffer.alloc(v, purpose);
  const I = Buffer.concat([filled(salt), filled(password.bmp)]);
  let made = Buffer.alloc(0);
  while (made.length < length) {
    let A = hash(digest, Buffer.concat([D, I]), 'buffer');
    for (let round = 1; round < iterations; round += 1) A = hash(digest, A, 'buffer');
    made = Buffer.concat([made, A]);
    const B = Buffer.alloc(v, A);
    for (let start = 0; start < I.length; start += v) addTo(I.subarray(start, start + v), B);
  }
  return made.subarray(0, length);
}

/** block := block + B + 1, as numbers of the block's length. */
function addTo(block: Buffer, B: Buffer): void {
  let carry = 1;
  for (let at = block.length - 1; at >= 0; at -= 1) {
    const sum = (block[at] ?? 0) + (B[at] ?? 0) + carry;
    block[at] = sum & 0xff;
    carry = sum >> 8;
  }
}
