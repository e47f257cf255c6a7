// The two SPNEGO messages that a client sends: NegTokenInit and NegTokenResp (RFC 4178 §4.2).

import { context, DerError, readFields, readOnly, readSequenceOf, required, tags } from './der.ts';
import { readOid } from './der-values.ts';

export interface NegTokenInit {
  /** Dotted identifiers in the client's order of preference; at least one. */
  readonly mechTypes: readonly [string, ...string[]];
  /** The optimistic token of the first mechanism; never empty. */
  readonly mechToken: Uint8Array | undefined;
  readonly mechListMic: Uint8Array | undefined;
}

export type NegState = 'accept-completed' | 'accept-incomplete' | 'reject' | 'request-mic';

export interface NegTokenResp {
  readonly negState: NegState | undefined;
  readonly supportedMech: string | undefined;
  readonly responseToken: Uint8Array | undefined;
  readonly mechListMic: Uint8Array | undefined;
}

const MAX_MECHANISMS = 16;
const MAX_CONTEXT_FLAGS_OCTETS = 5;
const negStates: readonly NegState[] = ['accept-completed', 'accept-incomplete', 'reject', 'request-mic'];

function readOctets(field: Uint8Array | undefined, what: string): Uint8Array | undefined {
  if (field === undefined) return undefined;
  const octets = readOnly(field, tags.octetString, what);
  // Native code has tripped over empty inner tokens (CVE-2014-4344), and no mechanism has one.
  if (octets.length === 0) throw new DerError(`${what} is empty`);
  return octets;
}

function readMechTypes(field: Uint8Array): readonly [string, ...string[]] {
  const [first, ...rest] = readSequenceOf(field, tags.objectIdentifier, MAX_MECHANISMS, 'mechanism list');
  return [readOid(first), ...rest.map(readOid)];
}

function checkContextFlags(field: Uint8Array | undefined): void {
  if (field === undefined) return;
  // Never used (RFC 4178 §4.2.1), still sent by some, and not always with its 32 bits.
  const content = readOnly(field, tags.bitString, 'reqFlags');
  if (content.length === 0 || content.length > MAX_CONTEXT_FLAGS_OCTETS) throw new DerError('reqFlags has an unexpected size');
}

/**
 * Reads the NegTokenInit that fills `body`, the content of a GSS-API frame whose mechanism is SPNEGO.
 * @throws DerError on anything RFC 4178 does not let a client send; the server's NegTokenInit2 (MS-SPNG §2.2.1) is such
 */
export function parseNegTokenInit(body: Uint8Array): NegTokenInit {
  const [mechTypes, reqFlags, mechToken, mechListMic] = readFields(readOnly(body, context(0), 'NegTokenInit'), 3, 'NegTokenInit');
  checkContextFlags(reqFlags);
  return {
    mechTypes: readMechTypes(required(mechTypes, 'mechanism list')),
    mechToken: readOctets(mechToken, 'mechToken'),
    mechListMic: readOctets(mechListMic, 'mechListMIC'),
  };
}

function readNegState(field: Uint8Array | undefined): NegState | undefined {
  if (field === undefined) return undefined;
  const content = readOnly(field, tags.enumerated, 'negState');
  const state = content.length === 1 ? negStates[content[0] ?? -1] : undefined;
  if (state === undefined) throw new DerError('negState has an unexpected value');
  return state;
}

/**
 * Reads the NegTokenResp that fills `token`; it comes without a GSS-API frame.
 * @throws DerError on anything RFC 4178 §4.2.2 does not allow
 */
export function parseNegTokenResp(token: Uint8Array): NegTokenResp {
  const [negState, mech, responseToken, mechListMic] = readFields(readOnly(token, context(1), 'NegTokenResp'), 3, 'NegTokenResp');
  return {
    negState: readNegState(negState),
    supportedMech: mech && readOid(readOnly(mech, tags.objectIdentifier, 'supportedMech')),
    responseToken: readOctets(responseToken, 'responseToken'),
    mechListMic: readOctets(mechListMic, 'mechListMIC'),
  };
}
