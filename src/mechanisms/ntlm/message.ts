// Reads the two NTLM messages that a client sends, before the domain sees them (MS-NLMP §2.2.1.1, §2.2.1.3).

import { fieldReader, negotiateFlags, NtlmError, openMessage, readOem, readUtf16, type FieldReader } from './fields.ts';
import { kindOf, noFacts, readResponse, type NtlmKind, type ResponseFacts } from './responses.ts';

export { NtlmError } from './fields.ts';
export type { NtlmKind } from './responses.ts';

/** The first message. Its names are unauthenticated, and '' when not supplied. */
export interface NegotiateMessage {
  readonly flags: number;
  readonly domain: string;
  readonly workstation: string;
}

/** In which texts are written. */
export type Charset = 'UTF-16' | 'OEM';

/** What these NegotiateFlags choose: UTF-16 goes first, for a server too (MS-NLMP §2.2.2.5, A and B). */
export const charsetOf = (flags: number): Charset => ((flags & negotiateFlags.unicode) === 0 ? 'OEM' : 'UTF-16');

const NEGOTIATE_SHORT_BYTES = 16;
const NEGOTIATE_BYTES = 32;

/**
 * Reads a NEGOTIATE_MESSAGE: with its fields and perhaps a version (32 or 40 bytes and names), or without both (16 bytes).
 * @throws NtlmError when it is anything else, or offers neither UTF-16 nor OEM texts
 */
export function readNegotiate(bytes: Uint8Array): NegotiateMessage {
  const view = openMessage(bytes, 1, NEGOTIATE_SHORT_BYTES);
  const flags = view.getUint32(12, true);
  if ((flags & (negotiateFlags.unicode | negotiateFlags.oem)) === 0) throw new NtlmError('NTLM message without a character set');
  const isFull = bytes.length >= NEGOTIATE_BYTES;
  if (!isFull && bytes.length !== NEGOTIATE_SHORT_BYTES) throw new NtlmError('NTLM message cut short in its header');
  const fields = fieldReader(view, NEGOTIATE_BYTES);
  const supplied = (flag: number, at: number, what: string): string => {
    if ((flags & flag) === 0) return '';
    if (!isFull) throw new NtlmError(`NTLM ${what} announced and not there`);
    return readOem(fields.read(at, what), what);
  };
  return {
    flags,
    domain: supplied(negotiateFlags.domainSupplied, 16, 'domain'),
    workstation: supplied(negotiateFlags.workstationSupplied, 24, 'workstation'),
  };
}

/**
 * The last message. UNAUTHENTICATED until the domain has accepted these very bytes, less the LM response; then what its AV pairs say is the
 * client's word, and the rest only if there is a MIC. The names are as the client wrote them (`MYQ\alice` without a domain, say), and still
 * to be made printable.
 */
export interface AuthenticateMessage extends ResponseFacts {
  readonly kind: NtlmKind;
  readonly flags: number;
  readonly domain: string;
  readonly user: string;
  readonly workstation: string;
}

// Signature to NegotiateFlags, which everyone sends since Windows 2000; Version and MIC may follow.
const AUTHENTICATE_BYTES = 64;
const LM_FIELD = 12;
const SESSION_KEY_BYTES = 16;

function readNames(fields: FieldReader, flags: number): Pick<AuthenticateMessage, 'domain' | 'user' | 'workstation'> {
  const read = charsetOf(flags) === 'OEM' ? readOem : readUtf16;
  const text = (at: number, what: string): string => read(fields.read(at, what), what);
  return { domain: text(28, 'domain'), user: text(36, 'user'), workstation: text(44, 'workstation') };
}

/**
 * Reads an AUTHENTICATE_MESSAGE; nothing of it is believed yet.
 * @param negotiated  `charsetOf` the flags of the first message. Samba reads the names in it, whatever the flags here say, so a message
 * whose flags choose another one would name two people. Undefined: what the flags say.
 * @throws NtlmError when it is in another character set, when a field lies outside the message, in its header or on another one, when a
 * text is no text, when the responses have sizes that none has, or when an NTLMv2 response contradicts itself
 */
export function readAuthenticate(bytes: Uint8Array, negotiated?: Charset): AuthenticateMessage {
  const view = openMessage(bytes, 3, AUTHENTICATE_BYTES);
  const flags = view.getUint32(60, true);
  if (negotiated !== undefined && charsetOf(flags) !== negotiated) throw new NtlmError('NTLM message in another character set than negotiated');
  const fields = fieldReader(view, AUTHENTICATE_BYTES);
  const responses = { lm: fields.read(LM_FIELD, 'LM response'), nt: fields.read(20, 'response') };
  const names = readNames(fields, flags);
  const key = fields.read(52, 'session key');
  if (key.length !== 0 && key.length !== SESSION_KEY_BYTES) throw new NtlmError('NTLM session key of a wrong size');
  const kind = kindOf(responses, names.user, flags);
  return { kind, flags, ...names, ...(kind === 'ntlmv2' ? readResponse(responses, fields.start) : noFacts) };
}

/**
 * Fills the LM response of an AUTHENTICATE_MESSAGE with zeros, in place: the SPNEGO token around it changes with it. To be done before the
 * helper sees a message whose kind is `ntlmv2`.
 *
 * A domain controller that finds the NTLMv2 response wrong goes on to the LM field, and takes an LMv2 response there (Samba does, and an
 * NTLMv1 one where that is allowed). It covers neither AV pairs nor channel bindings, so that a relay could write there what it likes. With
 * zeros there, only the NTLMv2 response counts. Clients such as curl send both, and lose nothing; a MIC stays right, since
 * `readAuthenticate` lets none stand beside an LM response.
 *
 * @throws NtlmError when the field lies outside the message
 */
export function eraseLmResponse(message: Uint8Array): void {
  fieldReader(openMessage(message, 3, AUTHENTICATE_BYTES), AUTHENTICATE_BYTES).read(LM_FIELD, 'LM response').fill(0);
}
