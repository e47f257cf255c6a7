// Kerberos tickets, bare or inside SPNEGO, checked against the keytab by the GSSAPI acceptor (RFC 4120, RFC 4121, RFC 4178).

import { Acceptor, Credential, Flag, GssError, Mechanism as Oid, type AcceptStep, type SourceName } from '../gssapi/index.ts';
import { parsePrincipal } from '../identity/principal.ts';
import { prove } from '../identity/proof.ts';
import { refused } from '../identity/refusal.ts';
import { explainFailure, keytabUnusable } from './kerberos-failure.ts';
import type { KeytabFile } from './keytab-file.ts';
import type { Leg, Mechanism, Outcome, StepContext } from './mechanism.ts';
import { PacError, pacSids, parseLogonInfo } from './pac.ts';
import { enctypeName, isWeakEnctype, type ApReq } from './token/ap-req.ts';
import { printable } from './token/printable.ts';

/** `[Security] ChannelBinding`. */
export type ChannelBindingPolicy = 'Off' | 'Allow' | 'Require';

export interface KerberosOptions {
  readonly keytab: KeytabFile;
  /** MIT replay cache name, `file2:/path`. */
  readonly replayCache: string;
  readonly channelBinding: ChannelBindingPolicy;
  readonly allowRc4: boolean;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Told of an authenticated PAC that cannot be read: the user then has no groups. */
  readonly warn: (message: string) => void;
}

/** A GSSAPI token whose content negotiate.ts has already looked at. */
export interface KerberosToken {
  readonly bytes: Uint8Array;
  /** What the token says of its ticket, unauthenticated; undefined in a leg that carries no ticket. */
  readonly apReq: ApReq | undefined;
}

interface KerberosLeg extends Leg {
  readonly mechanism: 'kerberos';
  readonly acceptor: Acceptor;
  readonly apReq: ApReq | undefined;
  readonly legs: number;
  /** False once it was continued or disposed: native state is used once. */
  open: boolean;
}

/** A ticket, at most one selection of the mechanism before it, and a MIC after it. */
const MAX_LEGS = 4;

/** Builds the Kerberos mechanism. One acceptor credential is kept; it notices by itself when the keytab changes. */
export function kerberos(options: KerberosOptions): Mechanism<KerberosToken> {
  let credential: Credential | undefined;
  const acquire = (): Credential => credential ??= Credential.acceptor({
    keytab: `FILE:${options.keytab.path}`, replayCache: options.replayCache, service: 'HTTP',
  });

  return {
    name: 'kerberos',
    step: (token, pending, context) => {
      const leg = pending as KerberosLeg | undefined;
      if (leg?.open === false) return refused('handshake_unknown', 'the handshake was continued or ended before');
      if (leg) leg.open = false;
      const apReq = token.apReq ?? leg?.apReq;
      const weak = apReq && !options.allowRc4 ? weakEnctype(apReq) : undefined;
      if (weak !== undefined || (leg?.legs ?? 0) >= MAX_LEGS) {
        leg?.[Symbol.dispose]();
        return weak === undefined ? refused('malformed_token', 'the handshake has too many legs') : rc4Refused(apReq as ApReq, weak);
      }
      let acceptor: Acceptor;
      try {
        acceptor = leg?.acceptor ?? new Acceptor(acquire(), options.channelBinding === 'Off' ? undefined : context.channelBindings);
      } catch (error) {
        if (error instanceof GssError) return keytabUnusable(options.keytab, error);
        throw error;
      }
      return accept(options, acceptor, { ...token, apReq }, leg?.legs ?? 0, context);
    },
  };
}

function accept(options: KerberosOptions, acceptor: Acceptor, token: KerberosToken, legs: number, context: StepContext): Outcome {
  let kept = false;
  try {
    const step = acceptor.step(token.bytes);
    using source = step.source;
    if (!step.done) {
      kept = true;
      return { kind: 'continue', reply: step.token, leg: legOf(acceptor, token.apReq, legs + 1) };
    }
    return conclude(options, step, source, token.apReq, context);
  } catch (error) {
    if (error instanceof GssError) return explainFailure(error, token.apReq, options.keytab);
    throw error;
  } finally {
    if (!kept) acceptor[Symbol.dispose]();
  }
}

function legOf(acceptor: Acceptor, apReq: ApReq | undefined, legs: number): KerberosLeg {
  return {
    mechanism: 'kerberos', acceptor, apReq, legs, open: true,
    [Symbol.dispose]() {
      this.open = false;
      acceptor[Symbol.dispose]();
    },
  };
}

/** The library has accepted: the gateway's own conditions come on top. */
function conclude(
  options: KerberosOptions, step: AcceptStep, source: SourceName | undefined, apReq: ApReq | undefined, context: StepContext,
): Outcome {
  if (source === undefined || apReq === undefined || step.mechanism !== Oid.krb5) {
    return refused('mechanism_not_allowed', `the library accepted ${step.mechanism ?? 'a token'}, which is no Kerberos ticket that was seen before`);
  }
  if (options.channelBinding === 'Require' && !step.channelBound) {
    return refused('channel_binding_required', 'the token carries no channel binding, and [Security] ChannelBinding=Require',
      'use a client that sends channel bindings (Windows does), or set ChannelBinding=Allow');
  }
  if (source.anonymous || (step.flags & Flag.anonymous) !== 0) return refused('not_a_person', 'the ticket is anonymous');
  const principal = parsePrincipal(source.displayBytes());
  if ('why' in principal) {
    return refused('not_a_person', `${principal.why}: ${printable(new TextDecoder().decode(source.displayBytes()))}`);
  }
  const proof = prove({
    mechanism: 'kerberos',
    principal,
    authenticatedAt: options.now(),
    methods: ['wia'],
    channelBinding: step.channelBound && context.channelBindings !== undefined ? 'bound' : 'none',
    sids: sidsOf(source, options.warn),
  });
  return { kind: 'proved', proof, reply: step.token };
}

/** Security identifiers from the PAC's logon info (MS-PAC 2.5), only if the library vouches for it and has all of it. */
function sidsOf(source: SourceName, warn: (message: string) => void): readonly string[] {
  const logonInfo = source.attribute('urn:mspac:logon-info');
  if (!logonInfo?.authenticated || !logonInfo.complete) return [];
  try {
    return pacSids(parseLogonInfo(logonInfo.value));
  } catch (error) {
    if (!(error instanceof PacError)) throw error;
    warn(`the ticket's PAC cannot be read, the user has no groups: ${error.message}`);
    return [];
  }
}

/** The weak encryption type of a ticket or of its session key, if it has one. */
function weakEnctype(apReq: ApReq): number | undefined {
  return [apReq.ticketEtype, apReq.authenticatorEtype].find(isWeakEnctype);
}

function rc4Refused(apReq: ApReq, etype: number): Outcome {
  const service = printable(apReq.service);
  return refused('rc4_refused', `the ticket for ${service} uses ${enctypeName(etype)}, and [Kerberos] AllowRc4 is off`,
    `set msDS-SupportedEncryptionTypes=24 (AES) on the service account of ${service}, reset its password and make a new keytab`);
}
