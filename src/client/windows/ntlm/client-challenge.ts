// What an NTLMv2 response proves besides the password: when, to which server and over which TLS connection (MS-NLMP §2.2.2.7, §3.1.5.1.2).

import { avIds, encodeAvPairs, type AvPair } from './av-pairs.ts';
import type { NtlmChallenge } from './challenge.ts';
import { md5, utf16 } from './response.ts';

/** MsvAvFlags: the message has a MIC. */
const MIC_PROVIDED = 0x2;

export interface ClientChallengeOptions {
  /** MsvAvTargetName, as in `HTTP/print.myq.test`. */
  readonly spn: string;
  /** Application data with its prefix, as in `tls-server-end-point:` and the hash of the certificate (RFC 5929 §4). */
  readonly channelBindings: Uint8Array;
  /** 8 bytes. */
  readonly nonce: Uint8Array;
  /** A FILETIME of 8 bytes, for a server that tells no time. */
  readonly time: Uint8Array;
}

/** Encodes an NTLMv2_CLIENT_CHALLENGE, and the four zeros that Windows sends behind it. */
export function encodeClientChallenge(
  { pairs, timestamp }: Pick<NtlmChallenge, 'pairs' | 'timestamp'>, { spn, channelBindings, nonce, time }: ClientChallengeOptions,
): Buffer {
  const own = ownPairs(spn, channelBindings);
  // Of two pairs with one id, a server could take its own and be bound to what it likes.
  const kept = pairs.filter(({ id }) => !own.some((pair) => pair.id === id));
  const reserved = Buffer.alloc(4);
  const version = Uint8Array.of(1, 1, 0, 0);
  return Buffer.concat([version, reserved, timestamp ?? time, nonce, reserved, encodeAvPairs([...kept, ...own]), reserved]);
}

function ownPairs(spn: string, channelBindings: Uint8Array): readonly AvPair[] {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(MIC_PROVIDED);
  return [
    { id: avIds.flags, value: flags },
    { id: avIds.channelBindings, value: bindingsHash(channelBindings) },
    { id: avIds.targetName, value: utf16(spn) },
  ];
}

/** MD5 of a gss_channel_bindings_struct without addresses: 16 zero bytes, then length and application data (RFC 2744 §3.11). */
function bindingsHash(applicationData: Uint8Array): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32LE(applicationData.length, 16);
  return md5(head, applicationData);
}

/** A FILETIME, 8 bytes: tenths of microseconds since 1601. `milliseconds` are since 1970, and whole. */
export function fileTime(milliseconds: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE((BigInt(milliseconds) + 11_644_473_600_000n) * 10_000n);
  return bytes;
}
