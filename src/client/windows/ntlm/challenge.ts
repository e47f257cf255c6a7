// Reads the server's NTLM message, a stranger's bytes until the sign-in is over (CHALLENGE_MESSAGE, MS-NLMP §2.2.1.2).

import { avIds, readAvPairs, type AvPair } from './av-pairs.ts';
import { badChallenge } from './failure.ts';
import { negotiateFlags } from './negotiate-flags.ts';

export interface NtlmChallenge {
  /** NegotiateFlags, as an unsigned number. */
  readonly flags: number;
  /** 8 bytes. */
  readonly serverChallenge: Uint8Array;
  /** Those of the target info, in their order, without their end; no two have the same id. */
  readonly pairs: readonly AvPair[];
  /** MsvAvTimestamp, a FILETIME of 8 bytes. */
  readonly timestamp: Uint8Array | undefined;
  /** MsvAvNbDomainName: the domain of the server, or its own name if it is in none; '' if it does not say. */
  readonly domain: string;
}

/** Far above what a server has to say (under 1 KiB); the answer repeats it, and stays below the 16 KiB that gateways take. */
const MAX_BYTES = 8 * 1024;
/** UTF-16 units. */
const MAX_DOMAIN_LENGTH = 256;
/** Without and with the Version field. */
const [HEADER_BYTES, HEADER_WITH_VERSION_BYTES] = [48, 56];

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
const controls = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * Reads it. Throws ClientError (`ntlm_failed`) when it is anything else, cut short or contradicts itself, and when it allows less than
 * NTLMv2 with Unicode and extended session security.
 */
export function readChallenge(bytes: Uint8Array): NtlmChallenge {
  if (bytes.length > MAX_BYTES) throw badChallenge('it is larger than 8 KiB');
  if (!SIGNATURE.equals(bytes.subarray(0, SIGNATURE.length))) throw badChallenge('it is no NTLM message');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint32(8, true) !== 2) throw badChallenge('it is another NTLM message');
  if (bytes.length < HEADER_BYTES) throw badChallenge('it is cut short');
  const flags = view.getUint32(20, true);
  checkFlags(flags);
  const headerBytes = (flags & negotiateFlags.version) === 0 ? HEADER_BYTES : HEADER_WITH_VERSION_BYTES;
  const [name, info] = [fieldAt(view, 12, headerBytes, 'target name'), fieldAt(view, 40, headerBytes, 'target info')];
  if (info.to === info.from) throw badChallenge('it has no target info, without which there is no NTLMv2');
  if (name.from < info.to && info.from < name.to) throw badChallenge('its fields overlap');
  const pairs = readAvPairs(bytes.subarray(info.from, info.to));
  const valueOf = (id: number): Uint8Array | undefined => pairs.find((pair) => pair.id === id)?.value;
  return {
    flags, serverChallenge: bytes.subarray(24, 32), pairs, timestamp: valueOf(avIds.timestamp), domain: domainIn(valueOf(avIds.domain)),
  };
}

function checkFlags(flags: number): void {
  const { unicode, extendedSessionSecurity, targetInfo } = negotiateFlags;
  if ((flags & unicode) === 0) throw badChallenge('it allows no Unicode');
  if ((flags & extendedSessionSecurity) === 0) throw badChallenge('it allows no extended session security');
  if ((flags & targetInfo) === 0) throw badChallenge('it has no target info, without which there is no NTLMv2');
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The content of the field whose Len, MaxLen and BufferOffset stand at `at`; of MaxLen nothing depends, and an empty one is nowhere. */
function fieldAt(view: DataView, at: number, headerBytes: number, what: string): Span {
  const [length, from] = [view.getUint16(at, true), view.getUint32(at + 4, true)];
  if (length === 0) return { from: 0, to: 0 };
  if (from < headerBytes) throw badChallenge(`its ${what} is inside the header`);
  if (from + length > view.byteLength) throw badChallenge(`its ${what} reaches past the end`);
  return { from, to: from + length };
}

function domainIn(value: Uint8Array | undefined): string {
  const domain = Buffer.from(value ?? []).toString('utf16le');
  if (domain.length > MAX_DOMAIN_LENGTH || !domain.isWellFormed() || controls.test(domain)) throw badChallenge('the name of its domain is none');
  return domain;
}
