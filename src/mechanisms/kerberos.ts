// Kerberos tickets, bare or inside SPNEGO, checked against the keytab by the GSSAPI acceptor (RFC 4120, RFC 4121, RFC 4178).

import { createHash } from 'node:crypto';
import { Acceptor, Credential, Flag, GssError, Mechanism as Oid, type AcceptStep, type SourceName } from '../gssapi/index.ts';
import { UnavailableError } from '../errors.ts';
import { type NotAPerson, parsePrincipal, type Principal } from '../identity/principal.ts';
import { prove } from '../identity/proof.ts';
import { refused, type Refusal, type RefusalReason } from '../identity/refusal.ts';
import { cureFor, evidence, type Surroundings } from './kerberos-cure.ts';
import { explainFailure, keytabUnusable } from './kerberos-failure.ts';
import type { Leg, Mechanism, Outcome, StepContext } from './mechanism.ts';
import { type LogonInfo, PacError, pacSids, parseLogonInfo } from './pac.ts';
import { enctypeName, isWeakEnctype, type ApReq } from './token/ap-req.ts';
import { printable } from './token/printable.ts';

/** `[Security] ChannelBinding`. */
export type ChannelBindingPolicy = 'Off' | 'Allow' | 'Require';

export interface KerberosOptions extends Surroundings {
  /** MIT replay cache name, `file2:/path`. */
  readonly replayCache: string;
  readonly channelBinding: ChannelBindingPolicy;
  readonly allowRc4: boolean;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** Marks a ticket as used until this time (seconds since the epoch); false if it was used before. */
  readonly markOnce: (mark: Uint8Array, expiresAt: number) => Promise<boolean>;
  /** Told at once of a keytab that cannot be used, and of an authenticated PAC that cannot be read: the user then has no groups. */
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

/** How long a used authenticator is remembered at least, in seconds; longer if its ticket lasts longer, whatever skew krb5.conf allows. */
const REMEMBERED = 3600;

/** A ticket, at most one selection of the mechanism before it, and a MIC after it. */
const MAX_LEGS = 4;

/** AP-REQ option (RFC 4120 §5.5.1): the ticket is said to be encrypted in a session key, not in the service's. */
const USE_SESSION_KEY = 0x4000_0000;

/** Builds the Kerberos mechanism. One acceptor credential is kept; it notices by itself when the keytab changes. */
export function kerberos(options: KerberosOptions): Mechanism<KerberosToken> {
  let credential: Credential | undefined;
  const acquire = (): Credential => credential ??= Credential.acceptor({
    keytab: `FILE:${options.keytab.path}`, replayCache: options.replayCache, service: 'HTTP',
  });

  const begin = ({ channelBindings }: Pick<StepContext, 'channelBindings'>): Acceptor | Refusal => {
    try {
      return new Acceptor(acquire(), options.channelBinding === 'Off' ? undefined : channelBindings);
    } catch (error) {
      if (error instanceof GssError) return keytabUnusable(error, options);
      throw error;
    }
  };
  // The first employee of the morning should neither wait for this nor be the one who finds out.
  tryNow(() => begin({ channelBindings: undefined }), options.warn);

  return {
    name: 'kerberos',
    step: (token, pending, context) => {
      const leg = pending as KerberosLeg | undefined;
      if (leg?.open === false) return refused('handshake_unknown', 'the handshake was continued or ended before');
      if (leg) leg.open = false;
      const apReq = token.apReq ?? leg?.apReq;
      const refusal = refusedUnseen(options, token, leg);
      if (refusal !== undefined) {
        leg?.[Symbol.dispose]();
        return refusal;
      }
      const acceptor = leg?.acceptor ?? begin(context);
      return 'kind' in acceptor ? acceptor : accept(options, acceptor, { ...token, apReq }, leg?.legs ?? 0, context);
    },
  };
}

function tryNow(begin: () => Acceptor | Refusal, warn: (message: string) => void): void {
  try {
    const first = begin();
    if ('kind' in first) warn(`no Kerberos sign-in will work: ${first.detail}; ${first.cure ?? ''}`);
    else first[Symbol.dispose]();
  } catch (error) {
    // What is out may come back; every sign-in until then is told so.
    if (!(error instanceof UnavailableError)) throw error;
    warn(`no Kerberos sign-in will work: ${error.detail ?? error.message}`);
  }
}

/** What is refused before the library sees it. */
function refusedUnseen(options: KerberosOptions, { apReq }: KerberosToken, leg: KerberosLeg | undefined): Refusal | undefined {
  if ((leg?.legs ?? 0) >= MAX_LEGS) return refused('malformed_token', 'the handshake has too many legs');
  if (apReq === undefined) return undefined;
  if (leg?.apReq !== undefined) return refused('malformed_token', 'the handshake brings a second ticket');
  if ((apReq.apOptions & USE_SESSION_KEY) !== 0) {
    return ticketRefused(options, apReq, 'mechanism_not_allowed', 'the client asks for Kerberos user-to-user');
  }
  const weak = options.allowRc4 ? undefined : weakEnctype(apReq);
  if (weak === undefined) return undefined;
  return ticketRefused(options, apReq, 'rc4_refused', `${enctypeName(weak)} is used, and [Kerberos] AllowRc4 is off`);
}

/** A refusal of our own, with the same evidence and cure as the library's. */
function ticketRefused(options: KerberosOptions, apReq: ApReq | undefined, reason: RefusalReason, why: string): Refusal {
  return refused(reason, [why, ...evidence(apReq, options)].join('; '), apReq && cureFor(reason, apReq, options));
}

function accept(
  options: KerberosOptions, acceptor: Acceptor, token: KerberosToken, legs: number, context: StepContext,
): Outcome | Promise<Outcome> {
  let kept = false;
  try {
    const step = acceptor.step(token.bytes);
    using source = step.source;
    if (!step.done) {
      kept = true;
      return { kind: 'continue', reply: step.token, leg: legOf(acceptor, token.apReq, legs + 1) };
    }
    const outcome = conclude(options, step, source, token.apReq, context);
    return outcome.kind === 'proved' ? once(options, token.apReq, outcome, step.lifetime) : outcome;
  } catch (error) {
    if (error instanceof GssError) return explainFailure(error, token.apReq, options);
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
    return ticketRefused(options, apReq, 'channel_binding_required', 'the token carries no channel binding, and [Security] ChannelBinding=Require');
  }
  if (source.anonymous || (step.flags & Flag.anonymous) !== 0) return ticketRefused(options, apReq, 'not_a_person', 'the ticket is anonymous');
  const info = logonInfoOf(source, options.warn);
  const principal = principalOf(source.displayBytes(), info);
  if ('why' in principal) {
    const name = printable(new TextDecoder().decode(source.displayBytes()));
    return refused('not_a_person', `${principal.why}: ${name}`, 'a person must sign in with his own account', name);
  }
  const proof = prove({
    mechanism: 'kerberos',
    subject: { kind: 'principal', principal },
    authentication: {
      at: options.now(),
      methods: ['wia'],
      channelBinding: step.channelBound && context.channelBindings !== undefined ? 'bound' : 'none',
    },
    sids: info === undefined ? [] : pacSids(info),
  });
  return { kind: 'proved', proof, reply: step.token };
}

/**
 * MIT's replay cache forgets by the gateway's clock, and a client whose clock is ahead makes authenticators that are valid for longer
 * than that. So the store remembers, too. The encrypted authenticator is the same in every spelling of a token.
 */
async function once(options: KerberosOptions, apReq: ApReq | undefined, proved: Outcome, lifetime: number): Promise<Outcome> {
  const mark = createHash('sha256').update('kerberos\0').update(apReq?.authenticatorCipher ?? new Uint8Array()).digest();
  const isNew = await options.markOnce(mark, options.now() + Math.max(REMEMBERED, lifetime));
  return isNew ? proved : ticketRefused(options, apReq, 'replay', 'the authenticator was used before');
}

/**
 * The person of the ticket. A KDC of Active Directory gives a ticket under whatever name it was asked with, the userPrincipalName among
 * them, and that of one account may be the name of another: then the account's own name counts, which the PAC tells (MS-PAC §2.5).
 */
function principalOf(display: Uint8Array, info: LogonInfo | undefined): Principal | NotAPerson {
  const displayed = parsePrincipal(display);
  if ('why' in displayed || info === undefined || info.accountName === '') return displayed;
  return parsePrincipal(Buffer.from(`${info.accountName}@${displayed.realm}`));
}

/** The PAC's logon info (MS-PAC §2.5), only if the library vouches for it and has all of it. */
function logonInfoOf(source: SourceName, warn: (message: string) => void): LogonInfo | undefined {
  const logonInfo = source.attribute('urn:mspac:logon-info');
  if (!logonInfo?.authenticated || !logonInfo.complete) return undefined;
  try {
    return parseLogonInfo(logonInfo.value);
  } catch (error) {
    if (!(error instanceof PacError)) throw error;
    warn(`the ticket's PAC cannot be read, the user has no groups: ${error.message}`);
    return undefined;
  }
}

/** The weak encryption type of a ticket or of its session key, if it has one. */
function weakEnctype(apReq: ApReq): number | undefined {
  return [apReq.ticketEtype, apReq.authenticatorEtype].find(isWeakEnctype);
}
