// The two messages of an NTLM client, in every variant that a test could want, right and wrong (MS-NLMP §2.2.1, §3.1.5).

import { randomBytes } from 'node:crypto';
import { rc4 } from '../../src/client/windows/ntlm/rc4.ts';
import { hmacMd5, md5, respondV2, type Secret } from '../../src/client/windows/ntlm/response.ts';
import {
  avEnd, avFlags, avIds, avPair, encodeAuthenticate, encodeClientChallenge, encodeNegotiate, flags, places, usualFlags, utf16,
  type NegotiateFields,
} from '../mechanisms/ntlm/encoder.ts';
import { respondLmV2, respondSession, respondV1 } from './ntlm-responses.ts';

export type Charset = 'unicode' | 'oem';

export interface NegotiateOptions extends NegotiateFields {
  /** What the client offers. Default: both, of which the server takes UTF-16. */
  readonly charset?: Charset;
}

/** The first message, always the same for the same options. */
export function negotiateMessage({ charset, ...fields }: NegotiateOptions = {}): Buffer {
  const own = fields.flags ?? usualFlags;
  const dropped = charset === 'unicode' ? flags.oem : charset === 'oem' ? flags.unicode : 0;
  return encodeNegotiate({ ...fields, flags: own & ~dropped });
}

export interface AuthenticateOptions {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly workstation?: string;
  /** The first message, which a MIC covers. Default: `negotiateMessage()`. */
  readonly negotiate?: Uint8Array;
  /** MsvAvTargetName, as in 'HTTP/print.myq.test'; without it there is no such pair. */
  readonly targetName?: string;
  /** Application data of tls-server-end-point to bind to; 'zeros' for a pair that binds to nothing; without it there is no pair. */
  readonly channelBindings?: Uint8Array | 'zeros' | undefined;
  /** 'none' leaves out the flag, too. Only an NTLMv2 response can have one. Default 'good'. */
  readonly mic?: 'good' | 'none' | 'flipped' | 'zeroed';
  /** Default 'v2'. */
  readonly response?: 'v2' | 'v1' | 'ntlm2-session' | 'lm-only' | 'lmv2-only' | 'anonymous';
  /** What stands in the LM field beside an NTLMv2 response. Default 'zeros'. */
  readonly lm?: 'zeros' | 'absent' | 'lmv2';
  /** Further encoded AV pairs, which the proof covers. */
  readonly pairs?: readonly Uint8Array[];
  /** Default 'unicode'; for 'oem' the first message must offer nothing else. */
  readonly charset?: Charset;
  /** Changes the message on its way: after everything was computed. */
  readonly tamper?: (message: Buffer) => void;
}

/** What matters of a CHALLENGE_MESSAGE (MS-NLMP §2.2.1.2). */
interface Challenge {
  readonly flags: number;
  readonly serverChallenge: Buffer;
  /** AV pairs without their end. */
  readonly targetInfo: Buffer;
}

function readChallenge(bytes: Uint8Array): Challenge {
  const message = Buffer.from(bytes);
  if (message.length < 48 || message.readUInt32LE(8) !== 2) throw new Error('this is no NTLM challenge');
  const [size, offset] = [message.readUInt16LE(40), message.readUInt32LE(44)];
  return {
    flags: message.readUInt32LE(20),
    serverChallenge: message.subarray(24, 32),
    targetInfo: message.subarray(offset, offset + Math.max(0, size - avEnd.length)),
  };
}

/** MD5 of the gss_channel_bindings_struct (MS-NLMP §3.1.5.1.2). */
function bindingsPair(data: Uint8Array | 'zeros'): Buffer {
  if (data === 'zeros') return avPair(avIds.bindings, Buffer.alloc(16));
  const head = Buffer.alloc(20);
  head.writeUInt32LE(data.length, 16);
  return avPair(avIds.bindings, md5(head, data));
}

/** MsvAvTimestamp of the server, in milliseconds since 1970: a client answers with it (MS-NLMP §3.1.5.1.2). */
function serverTime(targetInfo: Buffer): number | undefined {
  for (let at = 0; at + 4 <= targetInfo.length; at += 4 + targetInfo.readUInt16LE(at + 2)) {
    if (targetInfo.readUInt16LE(at) === avIds.timestamp) return Number(targetInfo.readBigUInt64LE(at + 4) / 10_000n - 11_644_473_600_000n);
  }
  return undefined;
}

interface Response {
  readonly nt: Buffer;
  readonly lm: Buffer;
  readonly key: Buffer;
}

const empty = Buffer.alloc(0);

function ntlmV2(secret: Secret, { targetInfo }: Challenge, options: AuthenticateOptions): Response {
  const { mic = 'good', channelBindings, targetName, pairs = [], lm = 'zeros' } = options;
  const nonce = randomBytes(8);
  const own = [
    ...(mic === 'none' ? [] : [avFlags(2)]),
    ...(channelBindings === undefined ? [] : [bindingsPair(channelBindings)]),
    ...(targetName === undefined ? [] : [avPair(avIds.targetName, utf16(targetName))]),
  ];
  const time = serverTime(targetInfo) ?? Date.now();
  const challenge = encodeClientChallenge({ time, clientChallenge: nonce, pairs: Buffer.concat([targetInfo, ...own, ...pairs, avEnd]) });
  const beside = { zeros: () => Buffer.alloc(24), absent: () => empty, lmv2: () => respondLmV2(secret, nonce) };
  return { ...respondV2(secret, challenge), lm: beside[lm]() };
}

function respond(secret: Secret, challenge: Challenge, options: AuthenticateOptions): Response {
  switch (options.response ?? 'v2') {
    case 'v2':
      return ntlmV2(secret, challenge, options);
    case 'v1':
      return respondV1(secret);
    case 'ntlm2-session':
      return respondSession(secret, randomBytes(8));
    case 'lm-only':
      return { ...respondV1(secret), nt: empty };
    case 'lmv2-only':
      return { nt: empty, lm: respondLmV2(secret, randomBytes(8)), key: Buffer.alloc(16) };
    case 'anonymous':
      return { nt: empty, lm: Buffer.alloc(1), key: Buffer.alloc(16) };
  }
}

/** What the server chose, less what contradicts the response. */
function answeredFlags(challenge: Challenge, { response = 'v2', charset = 'unicode' }: AuthenticateOptions): number {
  const wanted = usualFlags | flags.targetInfo | flags.sign;
  const dropped = (response === 'v1' || response === 'lm-only' ? flags.extendedSessionSecurity : 0)
    | (charset === 'oem' ? flags.unicode : flags.oem);
  const added = (charset === 'oem' ? flags.oem : flags.unicode) | (response === 'anonymous' ? flags.anonymous : 0);
  return (challenge.flags & wanted & ~dropped) | added;
}

export interface Authenticated {
  readonly message: Buffer;
  /** ExportedSessionKey, with which a client signs. */
  readonly sessionKey: Buffer;
}

/** The last message, and the key that it tells the server. */
export function authenticate(challengeMessage: Uint8Array, options: AuthenticateOptions): Authenticated {
  const challenge = readChallenge(challengeMessage);
  const isAnonymous = options.response === 'anonymous';
  const [user, domain] = isAnonymous ? ['', ''] : [options.user, options.domain];
  const secret = { user, domain, password: options.password, serverChallenge: challenge.serverChallenge };
  const { nt, lm, key } = respond(secret, challenge, options);
  const answered = answeredFlags(challenge, options);
  const isExchanged = (answered & flags.keyExchange) !== 0;
  const sessionKey = isExchanged ? randomBytes(16) : key;
  const { mic = 'good', workstation = 'WS1', negotiate = negotiateMessage() } = options;
  const hasMic = mic !== 'none' && nt.length > 24;
  const message = encodeAuthenticate({
    lm, nt, user, domain, workstation, flags: answered, size: hasMic ? 88 : 72, sessionKey: isExchanged ? rc4(key, sessionKey) : empty,
  });
  if (hasMic && mic !== 'zeroed') message.set(hmacMd5(sessionKey, negotiate, challengeMessage, message), places.mic);
  if (hasMic && mic === 'flipped') message.writeUInt8(message.readUInt8(places.mic) ^ 1, places.mic);
  options.tamper?.(message);
  return { message, sessionKey };
}

/** The last message: who it is, and the response to the challenge. */
export function authenticateMessage(challenge: Uint8Array, options: AuthenticateOptions): Buffer {
  return authenticate(challenge, options).message;
}
