// A sign-in that goes on: its access token is renewed in time, once for all who ask, until it is signed out or ends.

import type { Claims } from './claims.ts';
import { ClientError } from './error.ts';
import type { MethodName, Tell } from './method.ts';
import type { Tokens } from './tokens.ts';

/**
 * MyQ's client modes. `private`: a person's own computer, the sign-in is kept.
 * `public`: a shared one, it ends after a print or a minute idle.
 */
export type ClientMode = 'private' | 'public';

/** Why a session ended: somebody signed out, a job was printed, nobody did anything, or the server ended it. */
export type EndOfSession = 'signed-out' | 'printed' | 'idle' | 'refused';

export interface Session {
  /** How the person came in; of a kept sign-in: how he did the first time. */
  readonly method: MethodName;
  readonly mode: ClientMode;
  /** What the last sign-in or refresh brought. */
  readonly tokens: Tokens;
  /**
   * An access token that is good for now: a new one if the present one is about to end. Many calls at once renew once.
   * @throws ClientError `sign_in_required` if a person must sign in again, `signed_out` after the end; others if there is no way to the
   * server and the present token has ended
   */
  accessToken(): Promise<string>;
  /** What the access token says, verified by the gateway's published keys. Throws ClientError. */
  claims(): Promise<Claims>;
  /** Tell it that a job was printed: in public mode that signs out. Throws as signOut(). */
  printed(): Promise<void>;
  /** Ends it here at once, then at the server. Throws ClientError if the server could not be told: its tokens live until they end. */
  signOut(): Promise<void>;
  /** Stops without signing out: what is kept stays kept. */
  close(): Promise<void>;
}

/** What a session does with the world. */
export interface SessionWays {
  readonly method: MethodName;
  readonly mode: ClientMode;
  /** New tokens in place of these; undefined if only a person can bring them. Throws ClientError. */
  readonly renew: (tokens: Tokens) => Promise<Tokens> | undefined;
  /** Forgets what is kept, and tells the server. */
  readonly end: (tokens: Tokens) => Promise<void>;
  readonly claims: (accessToken: string) => Promise<Claims>;
  readonly close: () => Promise<void>;
  readonly tell: Tell;
  /** Called once, when the session has ended. */
  readonly onEnd: ((why: EndOfSession) => void) | undefined;
  /** Milliseconds without a call after which public mode signs out. Default one minute, as MyQ has it. */
  readonly idleTimeout?: number | undefined;
}

const IDLE_TIMEOUT = 60_000;
const MAX_IDLE = 24 * 60 * 60_000;
/** A token is renewed this long before its end, in milliseconds, or in the last fifth of a short life. */
const MARGIN = 60_000;
/** Milliseconds that a call with a good token waits for its renewal. */
const MOMENT = 3_000;

/** Begins with these tokens, which have just come. Throws RangeError if the idle time is none. */
export function openSession(first: Tokens, ways: SessionWays): Session {
  const { method, mode, tell, onEnd, idleTimeout = IDLE_TIMEOUT } = ways;
  if (!(idleTimeout >= 1 && idleTimeout <= MAX_IDLE)) throw new RangeError('idleTimeout is in milliseconds, a day at most');
  const current = renewable(first, ways);
  let ended: EndOfSession | 'closed' | undefined;
  let isOut = false;
  let idle: NodeJS.Timeout | undefined;

  const finish = (why: EndOfSession): void => {
    clearTimeout(idle);
    if (ended !== undefined) return;
    ended = why;
    try {
      onEnd?.(why);
    } catch (error) {
      // Whoever is told must not be able to keep the session from ending.
      tell(`onEnd fails: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const leave = async (why: EndOfSession): Promise<void> => {
    if (ended === 'closed') throw over(ended);
    if (isOut) return;
    finish(why);
    // What failed may be tried again.
    await ways.end(await current.settled());
    isOut = true;
  };
  const used = (): void => {
    if (mode === 'private') return;
    clearTimeout(idle);
    idle = setTimeout(() => {
      leave('idle').catch((error: unknown) => { tell(`signed out after a minute idle, but the server could not be told: ${(error as Error).message}`); });
    }, idleTimeout).unref();
  };
  const accessToken = async (): Promise<string> => {
    if (ended !== undefined) throw over(ended);
    used();
    await current.renewInTime().catch((error: unknown) => {
      if (error instanceof ClientError && error.reason === 'sign_in_required') finish('refused');
      throw error;
    });
    // It may have been signed out meanwhile.
    if (ended !== undefined) throw over(ended);
    return current.tokens().accessToken;
  };
  used();
  return {
    method, mode,
    get tokens() { return current.tokens(); },
    accessToken,
    claims: async () => ways.claims(await accessToken()),
    printed: () => (mode === 'public' ? leave('printed') : Promise.resolve()),
    signOut: () => leave('signed-out'),
    close: async () => {
      clearTimeout(idle);
      ended ??= 'closed';
      // A refresh token that is being spent must be replaced by the one that comes.
      await current.settled();
      await ways.close();
    },
  };
}

interface Renewable {
  tokens(): Tokens;
  /** Renews them if they are about to end, once for all who ask at a time. */
  renewInTime(): Promise<void>;
  /** The tokens once no renewal is under way any more: what that brings must be ended, too. */
  settled(): Promise<Tokens>;
}

function renewable(first: Tokens, { renew, tell }: SessionWays): Renewable {
  let tokens = first;
  let renewAt = renewalOf(first);
  let renewing: Promise<void> | undefined;
  const anew = async (): Promise<void> => {
    const next = renew(tokens);
    const isGood = (): boolean => Date.now() < tokens.expiresAt;
    if (next === undefined) {
      if (isGood()) return;
      throw new ClientError('sign_in_required', 'the sign-in has ended, and only a person can sign in again', { cure: 'Sign in again.' });
    }
    try {
      tokens = await next;
      renewAt = renewalOf(tokens);
    } catch (error) {
      // A server that is away for a moment ends nothing.
      const isOver = error instanceof ClientError && error.reason === 'sign_in_required';
      if (isOver || !isGood()) throw error;
      tell(`the token could not be renewed yet: ${(error as Error).message}`);
    }
  };
  return {
    tokens: () => tokens,
    renewInTime: async () => {
      if (Date.now() < renewAt) return;
      renewing ??= anew().finally(() => { renewing = undefined; });
      // Whoever has a good token waits only a moment for a better one; how that ends, he who comes next is told.
      if (Date.now() >= tokens.expiresAt) return renewing;
      const { promise: moment, resolve } = Promise.withResolvers<void>();
      const late = setTimeout(resolve, MOMENT);
      await Promise.race([renewing, moment]).finally(() => { clearTimeout(late); });
    },
    settled: async () => {
      await renewing?.catch(() => undefined);
      return tokens;
    },
  };
}

function renewalOf({ expiresAt }: Tokens): number {
  const life = Math.max(0, expiresAt - Date.now());
  return expiresAt - Math.min(MARGIN, life / 5);
}

const over = (why: EndOfSession | 'closed'): ClientError => (why === 'refused'
  ? new ClientError('sign_in_required', 'the gateway ended this sign-in', { cure: 'Sign in again.' })
  : new ClientError('signed_out', `this sign-in was ended (${why})`, { cure: 'Sign in again.' }));
