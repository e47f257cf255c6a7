// Builds the challenge of an NTLM server field by field, right ones and wrong ones (MS-NLMP §2.2.1.2).

import { avEnd, avIds, avPair, fileTime, flags, header, point, utf16, version } from '../../../mechanisms/ntlm/encoder.ts';

/** What a domain member answers to this client's offer. */
export const challengedFlags = flags.unicode | flags.requestTarget | flags.sign | flags.ntlm | flags.alwaysSign
  | flags.extendedSessionSecurity | flags.targetInfo | flags.key128 | flags.keyExchange | 0x1_0000;

export const serverTime = Date.UTC(2026, 5, 1);

export const usualPairs = [
  avPair(avIds.domain, utf16('MYQ')), avPair(avIds.computer, utf16('GATEWAY')), avPair(avIds.dnsDomain, utf16('myq.test')),
  avPair(avIds.dnsComputer, utf16('gateway.myq.test')), avPair(avIds.timestamp, fileTime(serverTime)),
] as const;

export interface ChallengeFields {
  readonly flags?: number;
  readonly targetName?: Uint8Array;
  /** Encoded pairs, without their end. */
  readonly pairs?: readonly Uint8Array[];
  /** The whole target info instead. */
  readonly targetInfo?: Uint8Array;
  readonly serverChallenge?: Uint8Array;
  /** With a version, and the flag for it. Default false. */
  readonly hasVersion?: boolean;
}

/** Places of the fields in a CHALLENGE_MESSAGE. */
export const challengePlaces = { targetName: 12, flags: 20, targetInfo: 40 } as const;

/** A CHALLENGE_MESSAGE. */
export function encodeChallenge(fields: ChallengeFields = {}): Buffer {
  const { targetName = utf16('MYQ'), pairs = usualPairs, targetInfo = Buffer.concat([...pairs, avEnd]), hasVersion = false } = fields;
  const head = header(2, hasVersion ? 56 : 48);
  head.writeUInt32LE(((fields.flags ?? challengedFlags) | (hasVersion ? flags.version : 0)) >>> 0, challengePlaces.flags);
  head.set(fields.serverChallenge ?? Buffer.from('0123456789abcdef', 'hex'), 24);
  if (hasVersion) version.copy(head, 48);
  point(head, challengePlaces.targetName, { length: targetName.length, capacity: targetName.length, offset: head.length });
  const { length } = targetInfo;
  point(head, challengePlaces.targetInfo, { length, capacity: length, offset: head.length + targetName.length });
  return Buffer.concat([head, targetName, targetInfo]);
}
