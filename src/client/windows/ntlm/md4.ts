// MD4 (RFC 1320), of which the NT hash of a password is made: OpenSSL 3 has it no more.

const orders = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
] as const;
const shifts = [[3, 7, 11, 19], [3, 5, 9, 13], [3, 9, 11, 15]] as const;
const constants = [0, 0x5a82_7999, 0x6ed9_eba1] as const;
const mixers = [
  (x: number, y: number, z: number) => (x & y) | (~x & z),
  (x: number, y: number, z: number) => (x & y) | (x & z) | (y & z),
  (x: number, y: number, z: number) => x ^ y ^ z,
] as const;

type State = [number, number, number, number];

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** One block of sixteen words (RFC 1320 §3.4): three rounds of sixteen steps. */
function block([a, b, c, d]: State, words: readonly number[]): State {
  let [p, q, r, s]: State = [a, b, c, d];
  for (const [round, order] of orders.entries()) {
    for (const [step, word] of order.entries()) {
      const sum = p + (mixers[round]?.(q, r, s) ?? 0) + (words[word] ?? 0) + (constants[round] ?? 0);
      [p, q, r, s] = [s, rotate(sum | 0, shifts[round]?.[step % 4] ?? 0), q, r];
    }
  }
  return [(a + p) | 0, (b + q) | 0, (c + r) | 0, (d + s) | 0];
}

/** The MD4 digest, 16 bytes. */
export function md4(bytes: Uint8Array): Buffer {
  const padded = Buffer.alloc((Math.floor((bytes.length + 8) / 64) + 1) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  padded.writeUInt32LE(bytes.length * 8, padded.length - 8);
  let state: State = [0x6745_2301, 0xefcd_ab89 | 0, 0x98ba_dcfe | 0, 0x1032_5476];
  for (let at = 0; at < padded.length; at += 64) {
    state = block(state, Array.from({ length: 16 }, (_, index) => padded.readInt32LE(at + index * 4)));
  }
  const digest = Buffer.alloc(16);
  for (const [index, word] of state.entries()) digest.writeInt32LE(word, index * 4);
  return digest;
}
