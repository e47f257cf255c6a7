// Random damage to a byte string, from a seed, so that a failing case can be made again.

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const EDGES = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x84, 0xff, 0x30, 0x60, 0xa0, 0xa1];

/** A damaged copy: one to four bytes changed, flipped, removed, doubled or cut off, in its first `reach` bytes more often than behind. */
export function mutate(original: Uint8Array, random: () => number, reach = original.length): Uint8Array {
  let bytes = Buffer.from(original);
  const below = (n: number): number => Math.trunc(random() * n);
  for (let left = 1 + below(4); left > 0; left--) {
    const at = below(random() < 0.8 ? Math.min(reach, bytes.length) : bytes.length);
    const action = below(6);
    if (action === 0) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(4))]);
    else if (action === 1) bytes = Buffer.concat([bytes.subarray(0, at + below(9)), bytes.subarray(at)]);
    else if (action === 2 && random() < 0.3) bytes = bytes.subarray(0, at);
    else if (action === 3) bytes[at] = EDGES[below(EDGES.length)] ?? 0;
    else if (action === 4) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    else bytes[at] = below(256);
  }
  return bytes;
}
