// NTLM as a fallback (MS-NLMP): our own reading of the messages decides what may be asked, Samba's helpers and the domain what is true.

import { networkOf } from '../identity/network.ts';
import { refused, type Refusal } from '../identity/refusal.ts';
import type { NtlmStore } from '../stores/ntlm-store.ts';
import type { Limiter } from './attempts.ts';
import type { Leg, Mechanism, Outcome, StepContext } from './mechanism.ts';
import { claimOf, isProvedBy, type ClaimOptions } from './ntlm/claim.ts';
import { conclude, type ConcludeOptions } from './ntlm/conclude.ts';
import type { NtlmExchange, NtlmHelpers } from './ntlm/helpers.ts';
import {
  charsetOf, eraseLmResponse, NtlmError, readAuthenticate, readNegotiate, type AuthenticateMessage, type Charset,
} from './ntlm/message.ts';
import { claimedName, isGuest, type ClaimedName } from './ntlm/names.ts';
import { explainStatus } from './ntlm/refused-status.ts';
import type { NtlmToken, NtlmWrapping } from './ntlm/token.ts';
import type { NtlmSurroundings } from './ntlm/use.ts';
import { useOf } from './ntlm/use-of.ts';
import { printable } from './token/printable.ts';

export interface NtlmOptions extends ConcludeOptions, ClaimOptions {
  readonly helpers: NtlmHelpers;
  readonly limiter: Limiter;
  readonly uses: Pick<NtlmStore, 'countNtlm'>;
  readonly surroundings: NtlmSurroundings;
}

interface NtlmLeg extends Leg {
  readonly mechanism: 'ntlm';
  readonly exchange: NtlmExchange;
  readonly wrapping: NtlmWrapping;
  /** What the challenge has chosen for the answer; undefined while there is none, after a SPNEGO offer that only chose the mechanism. */
  readonly charset: Charset | undefined;
  /** False once it was continued or disposed: a challenge is answered once. */
  open: boolean;
}

/** Builds the mechanism. Throws UnavailableError from `step` if helpers, winbind or the domain are out. */
export function ntlm(options: NtlmOptions): Mechanism<NtlmToken> {
  return {
    name: 'ntlm',
    step: async (token, pending, context) => {
      const leg = ownLeg(pending);
      if (leg?.open === false) return refused('handshake_unknown', 'the handshake was continued or ended before');
      if (leg) leg.open = false;
      let isKept = false;
      try {
        const outcome = await take(options, token, leg, context);
        isKept = outcome.kind === 'continue' && (outcome.leg as NtlmLeg).exchange === leg?.exchange;
        return outcome;
      } catch (error) {
        if (error instanceof NtlmError) return refused('malformed_token', `the NTLM message is not valid: ${error.message}`);
        throw error;
      } finally {
        if (!isKept) leg?.exchange[Symbol.dispose]();
      }
    },
  };
}

/** The leg, if it is one of NTLM; another one ends. */
function ownLeg(pending: Leg | undefined): NtlmLeg | undefined {
  if (pending?.mechanism === 'ntlm') return pending as NtlmLeg;
  pending?.[Symbol.dispose]();
  return undefined;
}

/** A negotiate message, or an offer without one, begins anew; an authenticate message answers a challenge. */
async function take(options: NtlmOptions, token: NtlmToken, leg: NtlmLeg | undefined, context: StepContext): Promise<Outcome> {
  const { message, wrapping, bytes } = token;
  if (leg !== undefined && leg.wrapping !== wrapping) return refused('malformed_token', 'the handshake was begun in another wrapping');
  if (message?.[8] === 3) {
    if (leg?.charset === undefined) return unknown();
    return authenticate(options, { token, bytes: message, message: readAuthenticate(message, leg.charset), leg }, context);
  }
  // A server takes UTF-16 whenever it is offered (MS-NLMP §3.2.5.1.1), so this is what the challenge will have chosen.
  const charset = message && charsetOf(readNegotiate(message).flags);
  if (leg !== undefined && leg.charset === undefined) return next(leg, bytes, charset);
  leg?.exchange[Symbol.dispose]();
  const exchange = await options.helpers.begin(bytes, context.address);
  if (exchange === undefined) return refused('handshake_limit', 'all NTLM helpers are busy', 'raise [NTLM] Helpers if this happens often');
  return { kind: 'continue', reply: exchange.challenge, leg: legOf(exchange, wrapping, charset) };
}

const unknown = (): Refusal => refused('handshake_unknown', 'an NTLM answer came, and no challenge is open on this connection',
  'a client or proxy that opens a new connection for each leg breaks the handshake: let it keep the connection');

/** The negotiate message of a client that offered another mechanism first. */
async function next({ exchange, wrapping }: NtlmLeg, bytes: Uint8Array, charset: Charset | undefined): Promise<Outcome> {
  const answer = await exchange.answer(bytes, 'first');
  if (answer === undefined) return crowdedOut();
  if (answer.kind !== 'challenge') return refused('malformed_token', `the helper took the message for an answer: ${answer.kind}`);
  return { kind: 'continue', reply: answer.reply, leg: legOf(exchange, wrapping, charset) };
}

const crowdedOut = (): Refusal => refused('handshake_limit', 'the helper of this handshake was given to somebody else, since the answer did not come at once');

function legOf(exchange: NtlmExchange, wrapping: NtlmWrapping, charset: Charset | undefined): NtlmLeg {
  return {
    mechanism: 'ntlm', exchange, wrapping, charset, open: true,
    [Symbol.dispose]() {
      this.open = false;
      exchange[Symbol.dispose]();
    },
  };
}

/** An authenticate message: within its token, as bytes, as read, and the challenge that it answers. */
interface Answer {
  readonly token: NtlmToken;
  readonly bytes: Uint8Array;
  readonly message: AuthenticateMessage;
  readonly leg: NtlmLeg;
}

async function authenticate(options: NtlmOptions, answer: Answer, context: StepContext): Promise<Outcome> {
  const { message, token: { wrapping } } = answer;
  const claimed = claimedName(message, options.domains);
  const outcome = refusedUnseen(message) ?? (claimed === undefined ? nobodys(message) : await ask(options, answer, claimed, context));
  await options.uses.countNtlm(useOf({ message, wrapping, outcome, context }, options.surroundings));
  return outcome;
}

const PERSON = 'a person must sign in with his own account';
const written = ({ user, domain }: AuthenticateMessage): string => printable(domain === '' ? user : `${domain}\\${user}`);

/** What must not even be asked. */
function refusedUnseen(message: AuthenticateMessage): Refusal | undefined {
  const { kind, user } = message;
  if (kind === 'anonymous') return refused('not_a_person', 'the NTLM message is anonymous', PERSON);
  if (kind !== 'ntlmv2') return refused('ntlmv1_refused', `the client sent ${kind}`, 'set LmCompatibilityLevel to 3 or more on the client', written(message));
  return isGuest(user) ? refused('not_a_person', 'the client wants to be a guest', PERSON, written(message)) : undefined;
}

/** Not asked either: whoever the domain takes it for, his tries could not be counted as his; and such a name signs in by no other way. */
const nobodys = (message: AuthenticateMessage): Refusal =>
  refused('not_a_person', 'the name has characters that no name has here, or parts that are too many', PERSON, written(message));

/** Asks the domain, unless too many tries have failed for this user or from this address. */
async function ask(
  options: NtlmOptions, { token, bytes, message, leg }: Answer, claimed: ClaimedName, context: StepContext,
): Promise<Outcome> {
  const claim = await claimOf(options, claimed);
  const attempt = await options.limiter.begin({ user: claim.counted, secret: 'password', address: context.address });
  if (attempt.kind === 'paused') {
    const whom = attempt.whom === 'user' ? 'for this user' : `from ${networkOf(context.address)}`;
    return refused('sign_in_paused', `too many tries have failed ${whom}`, 'it ends by itself ([Security] LockoutMinutes)', claim.shown);
  }
  // Else the domain would fall back to it, and it covers no channel binding.
  eraseLmResponse(bytes);
  let verdict: Awaited<ReturnType<NtlmExchange['answer']>>;
  try {
    verdict = await leg.exchange.answer(token.bytes);
  } catch (error) {
    await attempt.abandoned();
    throw error;
  }
  if (verdict === undefined || verdict.kind === 'challenge') {
    await attempt.abandoned();
    return verdict === undefined ? crowdedOut() : unsigned(token);
  }
  if (verdict.kind === 'refused') {
    const { reason, detail, cure } = explainStatus(verdict.status);
    return refused(reason, detail, cure, claim.shown);
  }
  const outcome = conclude(options, verdict, message, context);
  const subject = outcome.kind === 'proved' ? outcome.proof.subject : undefined;
  // A name may lead to somebody else than it was counted for: his own password must not clear the failures of his namesake.
  const isHe = subject?.kind === 'principal' && await isProvedBy(options, claim, subject.principal);
  await (isHe ? attempt.succeeded() : attempt.abandoned());
  return outcome;
}

/** Samba waits for the signature of a client that can sign (RFC 4178 §5), though the password was right. */
const unsigned = ({ wrapping }: NtlmToken): Refusal =>
  refused('malformed_token', wrapping === 'spnego' ? 'the list of mechanisms is not signed' : 'the helper did not take the message for an answer');
