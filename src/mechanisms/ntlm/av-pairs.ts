// The attribute-value pairs in an NTLMv2 response, with which the client says what it is signing in to (MS-NLMP §2.2.2.1).

import { NtlmError, readUtf16 } from './fields.ts';

/** The pairs that matter here. As trustworthy as the response they stand in: its proof covers every one of them. */
export interface AvPairs {
  /** MsvAvFlags; 0 when absent. */
  readonly flags: number;
  /** MsvAvTargetName: the SPN the client means to reach, as in `HTTP/print.myq.test:8443`; may be empty. */
  readonly targetName: string | undefined;
  /** MsvAvChannelBindings, 16 bytes; undefined when absent or all zero, which mean the same. */
  readonly channelBindings: Uint8Array | undefined;
}

/** MsvAvFlags: the message has a MIC. */
export const MIC_PROVIDED = 0x2;
/** MsvAvFlags: the target name comes from a source that the client does not trust. */
export const TARGET_UNTRUSTED = 0x4;

const ids = { end: 0, flags: 6, timestamp: 7, targetName: 9, channelBindings: 10 } as const;
const MAX_PAIRS = 64;
/** A service class, a DNS name of 255 characters and a port have room. */
const MAX_TARGET_NAME_LENGTH = 512;

const sizes: ReadonlyMap<number, number> = new Map([[ids.flags, 4], [ids.timestamp, 8], [ids.channelBindings, 16]]);
/** MsvAvNbComputerName to MsvAvDnsTreeName, and MsvAvTargetName. */
const texts: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, ids.targetName]);

function checkSize(id: number, size: number): void {
  const expected = sizes.get(id);
  if (expected !== undefined && size !== expected) throw new NtlmError('NTLM AV pair of a wrong size');
  if (texts.has(id) && size % 2 !== 0) throw new NtlmError('NTLM AV pair with half a character');
}

/** The values by identifier. Bytes after the end are padding (most clients send four), which nobody reads. */
function readPairs(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pairs = new Map<number, Uint8Array>();
  for (let at = 0; ;) {
    if (at + 4 > bytes.length) throw new NtlmError('NTLM AV pairs without an end');
    const [id, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (id === ids.end && size !== 0) throw new NtlmError('NTLM AV pairs with a wrong end');
    if (id === ids.end) return pairs;
    if (at + 4 + size > bytes.length) throw new NtlmError('NTLM AV pair reaches past the end');
    if (pairs.size === MAX_PAIRS) throw new NtlmError('NTLM AV pairs are too many');
    // Two readers could take a different one each.
    if (pairs.has(id)) throw new NtlmError('NTLM AV pair given twice');
    checkSize(id, size);
    pairs.set(id, bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
}

/**
 * Reads the pairs at the start of `bytes`, up to their end. Unknown ones are allowed.
 * @throws NtlmError when one is doubled, reaches past the end or has a wrong size, or when the end is missing
 */
export function readAvPairs(bytes: Uint8Array): AvPairs {
  const pairs = readPairs(bytes);
  const [flags, targetName, bindings] = [pairs.get(ids.flags), pairs.get(ids.targetName), pairs.get(ids.channelBindings)];
  return {
    flags: flags === undefined ? 0 : new DataView(flags.buffer, flags.byteOffset).getUint32(0, true),
    targetName: targetName && readUtf16(targetName, 'target name', MAX_TARGET_NAME_LENGTH),
    channelBindings: bindings?.some((octet) => octet !== 0) ? bindings : undefined,
  };
}
