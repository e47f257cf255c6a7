// Builds NTLM messages field by field, right ones and wrong ones (MS-NLMP §2.2.1, §2.2.2).

/** NegotiateFlags (MS-NLMP §2.2.2.5). */
export const flags = {
  unicode: 0x1, oem: 0x2, requestTarget: 0x4, sign: 0x10, lmKey: 0x80, ntlm: 0x200, anonymous: 0x800, domainSupplied: 0x1000,
  workstationSupplied: 0x2000, alwaysSign: 0x8000, extendedSessionSecurity: 0x8_0000, targetInfo: 0x80_0000, version: 0x200_0000,
  key128: 0x2000_0000, keyExchange: 0x4000_0000, key56: 0x8000_0000,
} as const;

export const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** Windows 10, build 19041, NTLMSSP revision 15. */
export const version = Buffer.from('0a00614a0000000f', 'hex');

/** Places of the fields in an AUTHENTICATE_MESSAGE. */
export const places = { lm: 12, nt: 20, domain: 28, user: 36, workstation: 44, sessionKey: 52, flags: 60, version: 64, mic: 72 } as const;

/** Signature, type and zeros: the first `size` bytes of a message. */
export function header(type: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.write('NTLMSSP\0', 'latin1');
  bytes.writeUInt32LE(type, 8);
  return bytes;
}

export interface Pointer {
  readonly length?: number;
  readonly capacity?: number;
  readonly offset?: number;
}

/** Writes Len, MaxLen and BufferOffset at `at`; those not given stay. */
export function point(message: Buffer, at: number, field: Pointer): Buffer {
  if (field.length !== undefined) message.writeUInt16LE(field.length, at);
  if (field.capacity !== undefined) message.writeUInt16LE(field.capacity, at + 2);
  if (field.offset !== undefined) message.writeUInt32LE(field.offset, at + 4);
  return message;
}

/** The header with contents behind it, each with its field; `contents` are [place, bytes]. */
function assemble(head: Buffer, contents: readonly (readonly [number, Uint8Array])[]): Buffer {
  let offset = head.length;
  for (const [at, { length }] of contents) {
    point(head, at, { length, capacity: length, offset });
    offset += length;
  }
  return Buffer.concat([head, ...contents.map(([, bytes]) => bytes)]);
}

export interface NegotiateFields {
  readonly flags?: number;
  /** Flags, and fields (32), and version (40). Default 40. */
  readonly size?: 16 | 32 | 40;
  /** In the OEM character set; supplied as soon as it is there. */
  readonly domain?: string | Uint8Array;
  readonly workstation?: string | Uint8Array;
}

/** What Windows sets in its first message, less signing and sealing. */
export const usualFlags = flags.unicode | flags.oem | flags.requestTarget | flags.ntlm | flags.alwaysSign | flags.extendedSessionSecurity
  | flags.key128 | flags.keyExchange | flags.key56;

/** A NEGOTIATE_MESSAGE. */
export function encodeNegotiate(fields: NegotiateFields = {}): Buffer {
  const { size = 40, domain, workstation } = fields;
  const supplied = (domain === undefined ? 0 : flags.domainSupplied) | (workstation === undefined ? 0 : flags.workstationSupplied);
  const head = header(1, size);
  head.writeUInt32LE(((fields.flags ?? usualFlags) | supplied | (size === 40 ? flags.version : 0)) >>> 0, 12);
  if (size === 16) return head;
  if (size === 40) version.copy(head, 32);
  const contents = [[24, workstation], [16, domain]] as const;
  return assemble(head, contents.flatMap(([at, text]) => text === undefined ? [] : [[at, Buffer.from(text)] as const]));
}

/** One AV pair. */
export function avPair(id: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

export const avIds = {
  end: 0, computer: 1, domain: 2, dnsComputer: 3, dnsDomain: 4, dnsTree: 5, flags: 6, timestamp: 7, singleHost: 8, targetName: 9,
  bindings: 10,
} as const;

export const avEnd = avPair(avIds.end, Buffer.alloc(0));

/** MsvAvFlags. */
export function avFlags(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return avPair(avIds.flags, bytes);
}

/** A FILETIME of milliseconds since 1970. */
export function fileTime(milliseconds: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE((BigInt(milliseconds) + 11_644_473_600_000n) * 10_000n);
  return bytes;
}

export interface ClientChallengeFields {
  /** Milliseconds since 1970. */
  readonly time?: number;
  readonly clientChallenge?: Uint8Array;
  /** Encoded pairs, with their end. */
  readonly pairs?: Uint8Array;
  /** RespType and HiRespType. */
  readonly version?: readonly [number, number];
}

/** NTLMv2_CLIENT_CHALLENGE and the four bytes behind it that most clients send: what the proof is made of. */
export function encodeClientChallenge(fields: ClientChallengeFields = {}): Buffer {
  const { time = 0, clientChallenge = Buffer.alloc(8, 0xaa), pairs = avEnd, version: [low, high] = [1, 1] } = fields;
  const reserved = Buffer.alloc(4);
  return Buffer.concat([Uint8Array.of(low, high, 0, 0), reserved, fileTime(time), clientChallenge, reserved, pairs, reserved]);
}

export interface AuthenticateFields {
  readonly lm?: Uint8Array;
  readonly nt?: Uint8Array;
  readonly domain?: string | Uint8Array;
  readonly user?: string | Uint8Array;
  readonly workstation?: string | Uint8Array;
  readonly sessionKey?: Uint8Array;
  /** Without `unicode` the texts are in the OEM character set. */
  readonly flags?: number;
  /** Without version (64), with it (72), and with room for a MIC (88). Default 88. */
  readonly size?: 64 | 72 | 88;
}

/** An AUTHENTICATE_MESSAGE with an NTLMv2 response that nothing proves, unless told otherwise. Its MIC is zeros. */
export function encodeAuthenticate(fields: AuthenticateFields = {}): Buffer {
  const { lm = Buffer.alloc(24), nt = encodeResponse(), domain = 'MYQ', user = 'alice', workstation = 'WS1', size = 88 } = fields;
  const { sessionKey = Buffer.alloc(0), flags: set = flags.unicode | flags.ntlm | flags.extendedSessionSecurity } = fields;
  const text = (value: string | Uint8Array): Uint8Array => typeof value !== 'string' ? value
    : (set & flags.unicode) === 0 ? Buffer.from(value) : utf16(value);
  const head = header(3, size);
  head.writeUInt32LE((set | (size === 64 ? 0 : flags.version)) >>> 0, places.flags);
  if (size > 64) version.copy(head, places.version);
  return assemble(head, [
    [places.domain, text(domain)], [places.user, text(user)], [places.workstation, text(workstation)],
    [places.lm, lm], [places.nt, nt], [places.sessionKey, sessionKey],
  ]);
}

/** An NTLMv2 response whose proof is wrong. */
export const encodeResponse = (fields: ClientChallengeFields = {}): Buffer =>
  Buffer.concat([Buffer.alloc(16, 0xbb), encodeClientChallenge(fields)]);

/** The same with these pairs and their end. */
export const responseWith = (...pairs: readonly Uint8Array[]): Buffer => encodeResponse({ pairs: Buffer.concat([...pairs, avEnd]) });
