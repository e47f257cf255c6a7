// The attribute-value pairs of a challenge, which the answer to it repeats and adds to (AV_PAIR, MS-NLMP §2.2.2.1).

import { badChallenge } from './failure.ts';

export const avIds = { end: 0, domain: 2, flags: 6, timestamp: 7, targetName: 9, channelBindings: 10 } as const;

export interface AvPair {
  readonly id: number;
  readonly value: Uint8Array;
}

const MAX_PAIRS = 64;

const sizes: ReadonlyMap<number, number> = new Map([[avIds.flags, 4], [avIds.timestamp, 8], [avIds.channelBindings, 16]]);
/** MsvAvNbComputerName to MsvAvDnsTreeName, and MsvAvTargetName. */
const texts: ReadonlySet<number> = new Set([1, avIds.domain, 3, 4, 5, avIds.targetName]);

/**
 * Reads the pairs up to their end; what is behind it is padding. Throws ClientError (`ntlm_failed`) when one is doubled, reaches past the
 * end or has a wrong size, and when the end is missing.
 */
export function readAvPairs(bytes: Uint8Array): readonly AvPair[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pairs = new Map<number, AvPair>();
  for (let at = 0; ;) {
    if (at + 4 > bytes.length) throw badChallenge('its attributes have no end');
    const [id, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (id === avIds.end && size !== 0) throw badChallenge('its attributes have a wrong end');
    if (id === avIds.end) return [...pairs.values()];
    if (at + 4 + size > bytes.length) throw badChallenge('an attribute reaches past the end');
    // Of two, the server could take the one and the domain the other.
    if (pairs.has(id)) throw badChallenge('an attribute is there twice');
    if (pairs.size === MAX_PAIRS) throw badChallenge('it has too many attributes');
    if (size !== (sizes.get(id) ?? size) || (texts.has(id) && size % 2 !== 0)) throw badChallenge('an attribute has a wrong size');
    pairs.set(id, { id, value: bytes.subarray(at + 4, at + 4 + size) });
    at += 4 + size;
  }
}

/** The pairs one after the other, and their end. */
export function encodeAvPairs(pairs: readonly AvPair[]): Buffer {
  return Buffer.concat([...pairs, { id: avIds.end, value: Buffer.alloc(0) }].flatMap(({ id, value }) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id, 0);
    head.writeUInt16LE(value.length, 2);
    return [head, value];
  }));
}
