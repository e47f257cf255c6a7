// What token is this? The door of Windows sign-in: classifies before any native code, and the one place where NTLM is ruled out.

import { refused, type Refusal } from '../identity/refusal.ts';
import type { KerberosToken } from './kerberos.ts';
import type { Leg, Mechanism, Outcome, StepContext } from './mechanism.ts';
import { classify, mechanismName } from './token/classify.ts';

export interface NegotiateOptions {
  readonly kerberos: Mechanism<KerberosToken>;
  /** `[Security] KerberosOnly`. */
  readonly kerberosOnly: boolean;
}

/** The decoded token of an `Authorization` header and the scheme it came under. */
export interface NegotiateCredential {
  readonly scheme: 'negotiate' | 'ntlm';
  readonly bytes: Uint8Array;
}

/** Builds the mechanism behind `Authorization: Negotiate` (RFC 4559) and `NTLM`. */
export function negotiate(options: NegotiateOptions): Mechanism<NegotiateCredential> {
  return {
    name: 'negotiate',
    step: ({ scheme, bytes }, pending, context) => {
      if (scheme === 'negotiate') return route(options, bytes, pending, context);
      const refusal = ntlmRefused(options, 'under the scheme NTLM, which was not offered');
      return pending === undefined ? refusal : ending(pending, refusal);
    },
  };
}

function route(options: NegotiateOptions, bytes: Uint8Array, pending: Leg | undefined, context: StepContext): Outcome | Promise<Outcome> {
  const kind = classify(bytes);
  if (kind.kind === 'spnego-response' && pending !== undefined) {
    if (kind.inner?.kind === 'ntlm') return ending(pending, ntlmRefused(options, 'inside SPNEGO'));
    if (kind.inner?.kind === 'other') return ending(pending, refused('mechanism_not_allowed', kind.inner.why, kerberosCure));
    return options.kerberos.step({ bytes, apReq: kind.inner?.kind === 'kerberos' ? kind.inner.apReq : undefined }, pending, context);
  }
  // Any other token starts anew and ends the handshake that was open.
  pending?.[Symbol.dispose]();
  switch (kind.kind) {
    case 'kerberos':
      return options.kerberos.step({ bytes, apReq: kind.apReq }, undefined, context);
    case 'spnego-init':
      if (kind.offersKerberos) {
        return options.kerberos.step({ bytes, apReq: kind.inner?.kind === 'kerberos' ? kind.inner.apReq : undefined }, undefined, context);
      }
      return kind.ntlmOnly
        ? ntlmRefused(options, 'inside SPNEGO, which offers nothing else')
        : refused('mechanism_not_allowed', `the client offers only ${kind.mechanisms.map(mechanismName).join(', ')}`, kerberosCure);
    case 'ntlm':
      return ntlmRefused(options, 'raw NTLMSSP');
    case 'spnego-response':
      return refused('handshake_unknown', 'a SPNEGO continuation came, and no handshake is open on this connection',
        'a client or proxy that opens a new connection for each leg breaks the handshake: let it keep the connection');
    case 'other':
      return refused('mechanism_not_allowed', kind.why, kerberosCure);
    case 'too-large':
      return refused('token_too_large', `the token has ${String(kind.bytes)} bytes`);
    case 'malformed':
      return refused('malformed_token', kind.why);
  }
}

function ending(pending: Leg, refusal: Refusal): Refusal {
  pending[Symbol.dispose]();
  return refusal;
}

const kerberosCure = 'use a client that sends a Kerberos ticket, bare or inside SPNEGO';

/** Why clients fall back to NTLM, turned into what to do. */
const ntlmCure =
  'use the FQDN and not an address or alias; see that HTTP/<FQDN> is registered (setspn -Q HTTP/<FQDN>) and that the machine is in the domain';

/** NTLM is never processed, in whatever wrapping it comes; `KerberosOnly` says why in the log. */
function ntlmRefused(options: NegotiateOptions, how: string): Refusal {
  const why = options.kerberosOnly ? '[Security] KerberosOnly is on' : 'this gateway has no NTLM';
  return refused('ntlm_disabled', `the client sent NTLM (${how}), and ${why}; it could not get a Kerberos ticket for the name it uses`, ntlmCure);
}
