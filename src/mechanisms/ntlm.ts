// NTLM as a fallback (MS-NLMP): our own reading of the messages decides what may be asked, Samba's helpers and the domain what is true.

import { refused, type Refusal } from '../identity/refusal.ts';
import type { NtlmStore } from '../stores/ntlm-store.ts';
import type { UserStore } from '../stores/user-store.ts';
import { type Limiter, networkOf } from './attempts.ts';
import type { Leg, Mechanism, Outcome, StepContext } from './mechanism.ts';
import { conclude, type ConcludeOptions } from './ntlm/conclude.ts';
import type { NtlmExchange, NtlmHelpers } from './ntlm/helpers.ts';
import { eraseLmResponse, NtlmError, readAuthenticate, readNegotiate, type AuthenticateMessage } from './ntlm/message.ts';
import { claimedAlias, isGuest } from './ntlm/names.ts';
import { explainStatus } from './ntlm/refused-status.ts';
import type { NtlmToken, NtlmWrapping } from './ntlm/token.ts';
import type { NtlmSurroundings } from './ntlm/use.ts';
import { useOf } from './ntlm/use-of.ts';
import { printable } from './token/printable.ts';

export interface NtlmOptions extends ConcludeOptions {
  readonly helpers: NtlmHelpers;
  readonly limiter: Limiter;
  readonly users: Pick<UserStore, 'userByAlias'>;
  readonly uses: Pick<NtlmStore, 'countNtlm'>;
  readonly surroundings: NtlmSurroundings;
}

interface NtlmLeg extends Leg {
  readonly mechanism: 'ntlm';
  readonly exchange: NtlmExchange;
  readonly wrapping: NtlmWrapping;
  /** False after a SPNEGO offer that only chose the mechanism. */
  readonly isChallenged: boolean;
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
  if (message?.[8] === 3) return leg?.isChallenged === true ? authenticate(options, token, message, leg, context) : unknown();
  if (message !== undefined) readNegotiate(message);
  if (leg?.isChallenged === false) return next(leg, bytes);
  leg?.exchange[Symbol.dispose]();
  const exchange = await options.helpers.begin(bytes, context.address);
  return { kind: 'continue', reply: exchange.challenge, leg: legOf(exchange, wrapping, message !== undefined) };
}

const unknown = (): Refusal => refused('handshake_unknown', 'an NTLM answer came, and no challenge is open on this connection',
  'a client or proxy that opens a new connection for each leg breaks the handshake: let it keep the connection');

/** The negotiate message of a client that offered another mechanism first. */
async function next({ exchange, wrapping }: NtlmLeg, bytes: Uint8Array): Promise<Outcome> {
  const answer = await exchange.answer(bytes);
  if (answer === undefined) return crowdedOut();
  if (answer.kind !== 'challenge') return refused('malformed_token', `the helper took the message for an answer: ${answer.kind}`);
  return { kind: 'continue', reply: answer.reply, leg: legOf(exchange, wrapping, true) };
}

const crowdedOut = (): Refusal => refused('handshake_limit', 'the helper of this handshake was given to somebody else, since the answer did not come at once');

function legOf(exchange: NtlmExchange, wrapping: NtlmWrapping, isChallenged: boolean): NtlmLeg {
  return {
    mechanism: 'ntlm', exchange, wrapping, isChallenged, open: true,
    [Symbol.dispose]() {
      this.open = false;
      exchange[Symbol.dispose]();
    },
  };
}

async function authenticate(
  options: NtlmOptions, token: NtlmToken, bytes: Uint8Array, leg: NtlmLeg, context: StepContext,
): Promise<Outcome> {
  const message = readAuthenticate(bytes);
  const outcome = refusedUnseen(message) ?? await ask(options, { token, bytes, message, leg }, context);
  await options.uses.countNtlm(useOf({ message, wrapping: token.wrapping, outcome, context }, options.surroundings));
  return outcome;
}

/** What must not even be asked. */
function refusedUnseen({ kind, user, domain }: AuthenticateMessage): Refusal | undefined {
  const claimed = printable(domain === '' ? user : `${domain}\\${user}`);
  if (kind === 'anonymous') return refused('not_a_person', 'the NTLM message is anonymous', 'a person must sign in with his own account');
  if (kind !== 'ntlmv2') return refused('ntlmv1_refused', `the client sent ${kind}`, 'set LmCompatibilityLevel to 3 or more on the client', claimed);
  return isGuest(user) ? refused('not_a_person', 'the client wants to be a guest', 'a person must sign in with his own account', claimed) : undefined;
}

/** An authenticate message: within its token, as bytes, as read, and the challenge that it answers. */
interface Answer {
  readonly token: NtlmToken;
  readonly bytes: Uint8Array;
  readonly message: AuthenticateMessage;
  readonly leg: NtlmLeg;
}

/** Asks the domain, unless too many tries have failed for this user or from this address. */
async function ask(options: NtlmOptions, { token, bytes, message, leg }: Answer, context: StepContext): Promise<Outcome> {
  const { limiter, users, domains } = options;
  const alias = claimedAlias(message, domains);
  const owner = alias === undefined ? undefined : await users.userByAlias([alias, ...(domains.length === 1 ? [alias.replace(/@.*/, '')] : [])]);
  const attempt = await limiter.begin({ user: owner?.id ?? (alias && `name ${alias}`), secret: 'password', address: context.address });
  if (attempt.kind === 'paused') {
    const whom = attempt.whom === 'user' ? 'for this user' : `from ${networkOf(context.address)}`;
    return refused('sign_in_paused', `too many tries have failed ${whom}`, 'it ends by itself ([Security] LockoutMinutes)', owner?.name ?? alias);
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
    return verdict === undefined ? crowdedOut() : refused('malformed_token', 'the helper did not take the message for an answer');
  }
  if (verdict.kind === 'refused') {
    const { reason, detail, cure } = explainStatus(verdict.status);
    return refused(reason, detail, cure, owner?.name ?? alias);
  }
  await attempt.succeeded();
  return conclude(options, verdict, message, context);
}
