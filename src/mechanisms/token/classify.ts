// What kind of token is this? Answered from the bytes alone, before any native code sees them.

import { parseApReq } from './ap-req.ts';
import type { ApReq } from './ap-req.ts';
import { context, DerError } from './der.ts';
import { looksFramed, unframe } from './framing.ts';
import type { FramedToken } from './framing.ts';
import { isKerberos, KERBEROS_USER_TO_USER, mechanismName, NTLM, SPNEGO } from './mechanisms.ts';
import { parseNegTokenInit, parseNegTokenResp } from './spnego.ts';
import type { NegTokenInit } from './spnego.ts';

export { mechanismName } from './mechanisms.ts';

/** 48 KiB, which is 64 KiB of base64. */
export const MAX_TOKEN_BYTES = 48 * 1024;

/** A raw NTLM message; `type` is undefined when it is none of the three (MS-NLMP §2.2.1). */
export interface NtlmToken {
  readonly kind: 'ntlm';
  readonly type: 1 | 2 | 3 | undefined;
  /** The NTLMSSP message itself, unread beyond its type. */
  readonly message: Uint8Array;
}

/** A Kerberos sign-in; its content is well-formed and UNAUTHENTICATED (see `ApReq`). */
export interface KerberosToken {
  readonly kind: 'kerberos';
  readonly apReq: ApReq;
}

/** A token of a mechanism or message that is not taken; `why` is fit for a log. */
export interface OtherToken {
  readonly kind: 'other';
  /** Dotted object identifier. */
  readonly mechanism: string;
  readonly why: string;
}

export type InnerToken = NtlmToken | KerberosToken | OtherToken;

/** The first SPNEGO message. */
export interface SpnegoInitToken {
  readonly kind: 'spnego-init';
  /** Dotted identifiers in the client's order. */
  readonly mechanisms: readonly string[];
  readonly first: string;
  /** The optimistic token, which belongs to `first`; undefined when there is none. */
  readonly inner: InnerToken | undefined;
  readonly offersKerberos: boolean;
  /** NTLM is listed and Kerberos is not: what Windows sends when it got no ticket. */
  readonly ntlmOnly: boolean;
}

/** A further SPNEGO message; `inner` is undefined when it carries only a MIC or a state. */
export interface SpnegoResponseToken {
  readonly kind: 'spnego-response';
  readonly inner: InnerToken | undefined;
}

export type TokenKind =
  | InnerToken
  | SpnegoInitToken
  | SpnegoResponseToken
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'too-large'; readonly bytes: number };

const NTLM_SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');

function readNtlm(token: Uint8Array): NtlmToken | undefined {
  if (!NTLM_SIGNATURE.equals(token.subarray(0, NTLM_SIGNATURE.length))) return undefined;
  const [type, ...high] = token.subarray(8, 12);
  const known = high.length === 3 && high.every((octet) => octet === 0) && (type === 1 || type === 2 || type === 3);
  return { kind: 'ntlm', type: known ? type : undefined, message: token };
}

/** RFC 4121 §4.1: two octets of TOK_ID before the Kerberos message. */
function readKerberos({ mechanism, body }: FramedToken): KerberosToken | OtherToken {
  const id = (body[0] ?? 0) * 256 + (body[1] ?? 0);
  if (body.length > 2 && id === 0x0100) return { kind: 'kerberos', apReq: parseApReq(body.subarray(2)) };
  if (id === 0x0200) return { kind: 'other', mechanism, why: 'a Kerberos reply (AP-REP), which only a server sends' };
  if (id === 0x0300) return { kind: 'other', mechanism, why: 'a Kerberos error (KRB-ERROR)' };
  throw new DerError('unknown Kerberos token identifier');
}

function readFramed(framed: FramedToken): KerberosToken | OtherToken {
  const { mechanism } = framed;
  if (isKerberos(mechanism)) return readKerberos(framed);
  if (mechanism === SPNEGO) throw new DerError('SPNEGO inside SPNEGO');
  if (mechanism === KERBEROS_USER_TO_USER) return { kind: 'other', mechanism, why: 'Kerberos user-to-user is not accepted' };
  if (mechanism === NTLM) return { kind: 'other', mechanism, why: 'NTLM in a GSS-API frame is not accepted' };
  return { kind: 'other', mechanism, why: `${mechanismName(mechanism)} is not accepted` };
}

/** The optimistic token must belong to the first mechanism: one that hides another kind is refused, not guessed at. */
function readMechToken({ mechTypes: [first], mechToken }: NegTokenInit): InnerToken | undefined {
  if (mechToken === undefined) return undefined;
  const inner = readNtlm(mechToken) ?? (isKerberos(first) || looksFramed(mechToken) ? readFramed(unframe(mechToken)) : undefined);
  const belongs = isKerberos(first) === (inner?.kind === 'kerberos')
    && (first === NTLM) === (inner?.kind === 'ntlm')
    && (inner?.kind !== 'other' || inner.mechanism === first);
  if (!belongs) throw new DerError(`the optimistic token is not one of ${mechanismName(first)}, the first mechanism`);
  // NegoEx and others bring bytes of their own without a frame.
  return inner ?? { kind: 'other', mechanism: first, why: `${mechanismName(first)} is not accepted` };
}

function readInit(body: Uint8Array): SpnegoInitToken {
  const init = parseNegTokenInit(body);
  const { mechTypes } = init;
  // RFC 4178 negotiates mechanisms other than itself; a list that holds SPNEGO can only confuse someone.
  if (mechTypes.includes(SPNEGO)) throw new DerError('SPNEGO inside SPNEGO');
  const offersKerberos = mechTypes.some(isKerberos);
  return {
    kind: 'spnego-init',
    mechanisms: mechTypes,
    first: mechTypes[0],
    inner: readMechToken(init),
    offersKerberos,
    ntlmOnly: !offersKerberos && mechTypes.includes(NTLM),
  };
}

function readResponse(token: Uint8Array): SpnegoResponseToken {
  const { responseToken } = parseNegTokenResp(token);
  const inner = responseToken && (readNtlm(responseToken) ?? readFramed(unframe(responseToken)));
  return { kind: 'spnego-response', inner };
}

function readToken(token: Uint8Array): TokenKind {
  const ntlm = readNtlm(token);
  if (ntlm !== undefined) return ntlm;
  if (token[0] === context(1)) return readResponse(token);
  const framed = unframe(token);
  return framed.mechanism === SPNEGO ? readInit(framed.body) : readFramed(framed);
}

/**
 * Names the kind of a decoded Negotiate or NTLM token. Never throws: what cannot be read is `malformed` with a reason fit for a log.
 *
 * What may go on to native code is only a `kerberos` token, a `spnego-init` whose `inner` is one, and a `spnego-init` that offers
 * Kerberos further down its list (native SPNEGO then ignores the optimistic token). A `spnego-response` goes where its first leg went.
 * What may go on to an NTLM helper is `ntlm`, and a `spnego-init` that is `ntlmOnly`.
 */
export function classify(token: Uint8Array): TokenKind {
  if (token.length === 0) return { kind: 'malformed', why: 'the token is empty' };
  if (token.length > MAX_TOKEN_BYTES) return { kind: 'too-large', bytes: token.length };
  try {
    return readToken(token);
  } catch (error) {
    if (error instanceof DerError) return { kind: 'malformed', why: error.message };
    throw error; // a fault of this code, not of the token; none is known
  }
}
