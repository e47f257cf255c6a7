// What token is this? The door of Windows sign-in: classifies before any native code, and the one place where NTLM is ruled out.

import { refused, type Refusal } from '../identity/refusal.ts';
import type { KerberosToken } from './kerberos.ts';
import type { Leg, Mechanism, Outcome, StepContext } from './mechanism.ts';
import type { NtlmToken } from './ntlm/token.ts';
import { causeCure, causeOf, causeSentence, type NtlmCause, type NtlmSurroundings } from './ntlm/use.ts';
import { classify, mechanismName, type SpnegoInitToken, type TokenKind } from './token/classify.ts';

/** A scheme of `WWW-Authenticate`, as it is offered. */
export type WindowsScheme = 'Negotiate' | 'NTLM';

/** The decoded token of an `Authorization` header and the scheme it came under. */
export interface NegotiateCredential {
  readonly scheme: WindowsScheme;
  readonly bytes: Uint8Array;
}

/** The mechanism behind Windows sign-in. */
export interface Negotiate extends Mechanism<NegotiateCredential> {
  /** What to offer, best first. */
  readonly schemes: readonly WindowsScheme[];
}

export interface NegotiateOptions {
  /** Undefined where `[Kerberos] Enabled` is off. */
  readonly kerberos: Mechanism<KerberosToken> | undefined;
  /** Makes the NTLM mechanism where `[NTLM] Enabled` is on; it is not even made where NTLM is ruled out. */
  readonly ntlm: (() => Mechanism<NtlmToken>) | undefined;
  /** `[Security] KerberosOnly`. */
  readonly kerberosOnly: boolean;
  /** For saying why NTLM was tried. */
  readonly surroundings: NtlmSurroundings;
  /** Told of every NTLM token that is refused unread. */
  readonly countRefused: (context: StepContext, cause: NtlmCause) => Promise<void>;
}

/** What the routes below need; `ntlm` is undefined where none is processed, whatever the reason. */
type Doors = Omit<NegotiateOptions, 'ntlm'> & { readonly ntlm: Mechanism<NtlmToken> | undefined };

/** Builds the mechanism behind `Authorization: Negotiate` (RFC 4559) and `NTLM`. */
export function negotiate(options: NegotiateOptions): Negotiate {
  // KerberosOnly: this is the whole of it. Without the mechanism there is no offer, no helper, and nothing that could read a message.
  const ntlm = options.kerberosOnly ? undefined : options.ntlm?.();
  const doors: Doors = { ...options, ntlm };
  return {
    name: 'negotiate',
    schemes: [
      ...(options.kerberos === undefined && ntlm === undefined ? [] : ['Negotiate'] as const),
      ...(ntlm === undefined ? [] : ['NTLM'] as const),
    ],
    step: ({ scheme, bytes }, pending, context) => {
      const kind = classify(bytes);
      return scheme === 'NTLM' ? ofNtlmScheme(doors, kind, bytes, pending, context) : ofNegotiate(doors, kind, bytes, pending, context);
    },
  };
}

type Answer = Outcome | Promise<Outcome>;

/** Under the scheme NTLM comes nothing but bare messages. Where it is not taken they are not looked at. */
function ofNtlmScheme(doors: Doors, kind: TokenKind, bytes: Uint8Array, pending: Leg | undefined, context: StepContext): Answer {
  if (doors.ntlm === undefined) return ending(pending, ntlmRefused(doors, 'under the scheme NTLM, which was not offered', context, true));
  if (kind.kind === 'ntlm') return doors.ntlm.step({ bytes, message: kind.message, wrapping: 'ntlm' }, ownLeg(pending, 'ntlm'), context);
  if (kind.kind === 'too-large') return ending(pending, tooLarge(kind));
  return ending(pending, refused('malformed_token', 'what came under the scheme NTLM is no NTLM message'));
}

function ofNegotiate(doors: Doors, kind: TokenKind, bytes: Uint8Array, pending: Leg | undefined, context: StepContext): Answer {
  switch (kind.kind) {
    case 'kerberos':
      end(pending);
      return ofKerberos(doors, { bytes, apReq: kind.apReq }, undefined, context);
    case 'spnego-init':
      end(pending);
      return ofInit(doors, kind, bytes, context);
    case 'spnego-response':
      return ofResponse(doors, kind.inner, bytes, pending, context);
    case 'ntlm':
      if (doors.ntlm === undefined) return ending(pending, ntlmRefused(doors, 'raw NTLMSSP', context));
      return doors.ntlm.step({ bytes, message: kind.message, wrapping: 'raw' }, ownLeg(pending, 'ntlm'), context);
    case 'other':
      return ending(pending, refused('mechanism_not_allowed', kind.why, kerberosCure));
    case 'too-large':
      return ending(pending, tooLarge(kind));
    case 'malformed':
      return ending(pending, refused('malformed_token', kind.why));
  }
}

/** Kerberos if it is offered at all: a client that can get a ticket has no need of NTLM. */
function ofInit(doors: Doors, kind: SpnegoInitToken, bytes: Uint8Array, context: StepContext): Answer {
  const { inner, mechanisms } = kind;
  if (kind.offersKerberos) return ofKerberos(doors, { bytes, apReq: inner?.kind === 'kerberos' ? inner.apReq : undefined }, undefined, context);
  if (!kind.ntlmOnly) return refused('mechanism_not_allowed', `the client offers only ${mechanisms.map(mechanismName).join(', ')}`, kerberosCure);
  if (doors.ntlm === undefined) return ntlmRefused(doors, 'inside SPNEGO, which offers nothing else that is taken here', context);
  return doors.ntlm.step({ bytes, message: inner?.kind === 'ntlm' ? inner.message : undefined, wrapping: 'spnego' }, undefined, context);
}

function ofResponse(
  doors: Doors, inner: Extract<TokenKind, { kind: 'spnego-response' }>['inner'], bytes: Uint8Array, pending: Leg | undefined, context: StepContext,
): Answer {
  if (inner?.kind === 'ntlm' && doors.ntlm === undefined) return ending(pending, ntlmRefused(doors, 'inside SPNEGO', context));
  if (inner?.kind === 'other') return ending(pending, refused('mechanism_not_allowed', inner.why, kerberosCure));
  if (pending === undefined) {
    return refused('handshake_unknown', 'a SPNEGO continuation came, and no handshake is open on this connection',
      'a client or proxy that opens a new connection for each leg breaks the handshake: let it keep the connection');
  }
  if (pending.mechanism === 'ntlm' && doors.ntlm !== undefined) {
    if (inner?.kind !== 'ntlm') return ending(pending, refused('malformed_token', 'the handshake is one of NTLM, and its continuation has no NTLM message'));
    return doors.ntlm.step({ bytes, message: inner.message, wrapping: 'spnego' }, pending, context);
  }
  if (inner?.kind === 'ntlm') return ending(pending, refused('malformed_token', 'the handshake is one of Kerberos, and its continuation has an NTLM message'));
  return ofKerberos(doors, { bytes, apReq: inner?.apReq }, pending, context);
}

function ofKerberos({ kerberos }: Doors, token: KerberosToken, pending: Leg | undefined, context: StepContext): Answer {
  if (kerberos !== undefined) return kerberos.step(token, pending, context);
  return ending(pending, refused('mechanism_not_allowed', 'the client sent Kerberos, and [Kerberos] Enabled is off'));
}

const tooLarge = ({ bytes }: { readonly bytes: number }): Refusal => refused('token_too_large', `the token has ${String(bytes)} bytes`);

/** The leg if it is one of this mechanism; one of another ends. */
function ownLeg(pending: Leg | undefined, mechanism: Leg['mechanism']): Leg | undefined {
  if (pending?.mechanism === mechanism) return pending;
  end(pending);
  return undefined;
}

/** Any token that is no continuation ends the handshake that was open. */
function end(pending: Leg | undefined): void {
  pending?.[Symbol.dispose]();
}

function ending(pending: Leg | undefined, answer: Answer): Answer {
  end(pending);
  return answer;
}

const kerberosCure = 'use a client that sends a Kerberos ticket, bare or inside SPNEGO';

/** NTLM is not processed, in whatever wrapping it comes: not even its fields are read. */
async function ntlmRefused(
  { kerberosOnly, surroundings, countRefused }: Doors, how: string, context: StepContext, isSchemeNtlm = false,
): Promise<Refusal> {
  const cause = causeOf({ target: context.calledAs ?? '', isSchemeNtlm, domain: '', workstation: '' }, surroundings);
  await countRefused(context, cause);
  const why = kerberosOnly ? '[Security] KerberosOnly is on' : '[NTLM] Enabled is off';
  const called = context.calledAs === undefined ? '' : ` (called ${context.calledAs})`;
  return refused('ntlm_disabled', `the client sent NTLM (${how}), and ${why}; ${causeSentence(cause)}${called}`, causeCure(cause, surroundings));
}
