// Builds Negotiate tokens field by field, right ones and wrong ones (RFC 2743 §3.1, RFC 4120 §5, RFC 4178 §4.2).

import { KERBEROS, SPNEGO } from '../../../src/mechanisms/token/mechanisms.ts';

/** One DER element: identifier octet, shortest length, content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Uint8Array.of(tag, body.length), body]);
  const octets: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.trunc(rest / 256)) octets.unshift(rest % 256);
  return Buffer.concat([Uint8Array.of(tag, 0x80 | octets.length, ...octets), body]);
}

export function integer(value: number): Uint8Array {
  const hex = BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0');
  let octets = Buffer.from(hex, 'hex');
  const redundant = (): boolean => (octets[0] === 0 && (octets[1] ?? 0) < 0x80) || (octets[0] === 0xff && (octets[1] ?? 0) >= 0x80);
  while (octets.length > 1 && redundant()) octets = octets.subarray(1);
  return der(0x02, octets);
}

export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc % 128];
    for (let left = Math.trunc(arc / 128); left > 0; left = Math.trunc(left / 128)) groups.unshift((left % 128) | 0x80);
    return groups;
  });
  return der(0x06, Uint8Array.from(octets));
}

export const octets = (content: Uint8Array): Uint8Array => der(0x04, content);
export const sequence = (...content: readonly Uint8Array[]): Uint8Array => der(0x30, ...content);
export const field = (n: number, content: Uint8Array): Uint8Array => der(0xa0 | n, content);
export const generalString = (text: string | Uint8Array): Uint8Array => der(0x1b, Buffer.from(text));
const optional = (n: number, content: Uint8Array | undefined): readonly Uint8Array[] => content === undefined ? [] : [field(n, content)];

export interface ApReqFields {
  readonly realm?: string | Uint8Array;
  readonly service?: readonly (string | Uint8Array)[];
  readonly ticketKvno?: number | undefined;
  readonly ticketEtype?: number;
  readonly authenticatorEtype?: number;
  readonly cipher?: Uint8Array;
  readonly apOptions?: number;
  readonly version?: number;
}

function encrypted(etype: number, kvno: number | undefined, cipher: Uint8Array): Uint8Array {
  return sequence(field(0, integer(etype)), ...optional(1, kvno === undefined ? undefined : integer(kvno)), field(2, octets(cipher)));
}

export function apReq(fields: ApReqFields = {}): Uint8Array {
  const { realm = 'MYQ.TEST', service = ['HTTP', 'print.myq.test'], ticketEtype = 18, authenticatorEtype = 18, version = 5 } = fields;
  const { cipher = Buffer.alloc(90, 0xc1), apOptions = 0x20000000 } = fields;
  const flags = Buffer.alloc(5);
  flags.writeUInt32BE(apOptions, 1);
  const name = sequence(field(0, integer(2)), field(1, sequence(...service.map(generalString))));
  const kvno = 'ticketKvno' in fields ? fields.ticketKvno : 2;
  const ticket = der(0x61, sequence(
    field(0, integer(version)), field(1, generalString(realm)), field(2, name),
    field(3, encrypted(ticketEtype, kvno, Buffer.alloc(300, 0x7a))),
  ));
  return der(0x6e, sequence(
    field(0, integer(version)), field(1, integer(14)), field(2, der(0x03, flags)), field(3, ticket),
    field(4, encrypted(authenticatorEtype, undefined, cipher)),
  ));
}

/** A GSS-API frame around a mechanism's bytes. */
export const frame = (mechanism: string, body: Uint8Array): Uint8Array => der(0x60, oid(mechanism), body);

/** A Kerberos token: frame, TOK_ID, message. */
export function kerberosToken(message: Uint8Array = apReq(), mechanism: string = KERBEROS, tokId = 0x0100): Uint8Array {
  return frame(mechanism, Buffer.concat([Uint8Array.of(tokId >> 8, tokId & 0xff), message]));
}

/** A raw NTLM message of this type with nothing sensible in it. */
export function ntlmMessage(type: number, body: Uint8Array = Buffer.alloc(24)): Uint8Array {
  const header = Buffer.from('NTLMSSP\0\0\0\0\0', 'latin1');
  header.writeUInt32LE(type, 8);
  return Buffer.concat([header, body]);
}

export interface NegTokenInitFields {
  readonly reqFlags?: Uint8Array;
  readonly mechToken?: Uint8Array;
  readonly mechListMic?: Uint8Array;
}

export function negTokenInit(mechanisms: readonly string[], fields: NegTokenInitFields = {}): Uint8Array {
  return frame(SPNEGO, field(0, sequence(
    field(0, sequence(...mechanisms.map(oid))),
    ...optional(1, fields.reqFlags && der(0x03, fields.reqFlags)),
    ...optional(2, fields.mechToken && octets(fields.mechToken)),
    ...optional(3, fields.mechListMic && octets(fields.mechListMic)),
  )));
}

export interface NegTokenRespFields {
  readonly negState?: number;
  readonly supportedMech?: string;
  readonly responseToken?: Uint8Array;
  readonly mechListMic?: Uint8Array;
}

export function negTokenResp(fields: NegTokenRespFields): Uint8Array {
  return field(1, sequence(
    ...optional(0, fields.negState === undefined ? undefined : der(0x0a, Uint8Array.of(fields.negState))),
    ...optional(1, fields.supportedMech === undefined ? undefined : oid(fields.supportedMech)),
    ...optional(2, fields.responseToken && octets(fields.responseToken)),
    ...optional(3, fields.mechListMic && octets(fields.mechListMic)),
  ));
}
