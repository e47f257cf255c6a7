// What a sign-in knows from beginning to end, and the session that comes of it: how its tokens are renewed, kept and ended.

import { claimsOf } from './claims.ts';
import { ClientError, type ClientReason } from './error.ts';
import { type Kept, keptSignIn, type Renewed } from './keep/kept-sign-in.ts';
import type { TokenStore } from './keep/token-store.ts';
import type { Attempt, MethodName, SignInMethod, Tell } from './method.ts';
import { objectIn } from './oauth-failure.ts';
import { isOver, refresh, revoke } from './refresh.ts';
import { fullScope } from './scope.ts';
import type { Server } from './server.ts';
import { type ClientMode, type EndOfSession, openSession, type Session } from './session.ts';
import type { Tokens } from './tokens.ts';

/** Registered at every gateway by `init`. */
export const DESKTOP_CLIENT = 'myq-desktop-client';

export interface WayOptions {
  /** Registered at the gateway as a public client. Default `myq-desktop-client`. */
  readonly clientId?: string | undefined;
  /** Scopes, separated by blanks. Default: all that the person has. */
  readonly scope?: string | undefined;
  /** Default `private`. */
  readonly mode?: ClientMode | undefined;
  /** Where private mode keeps refresh tokens. Without it nothing outlives the session. */
  readonly kept?: TokenStore | undefined;
  readonly tell?: Tell | undefined;
  /** Ends the sign-in; once there is a session it counts no more. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when the session has ended. */
  readonly onEnd?: ((why: EndOfSession) => void) | undefined;
  /** Milliseconds without a call after which public mode signs out. Default one minute. */
  readonly idleTimeout?: number | undefined;
}

/** What every step of this sign-in knows. */
export interface Way {
  readonly attempt: Attempt;
  readonly mode: ClientMode;
  /** Where the refresh token is kept; only in private mode. */
  readonly kept: Kept | undefined;
  readonly options: WayOptions;
}

export async function wayTo(server: Server, signal: AbortSignal, options: WayOptions): Promise<Way> {
  const { clientId = DESKTOP_CLIENT, scope, mode = 'private', kept: store, tell = () => undefined } = options;
  const isKept = mode === 'private';
  // An omitted scope never brings a refresh token, so in private mode all scopes are named.
  const wanted = isKept ? withOffline(scope ?? fullScope(await server.oauth(clientId))) : withoutOffline(scope);
  return {
    attempt: { server, clientId, scope: wanted, tell, signal }, mode, options,
    kept: isKept && store ? keptSignIn(store, server.url.origin, clientId, isOver) : undefined,
  };
}

const OFFLINE = 'offline.access';
const withoutOffline = (scope: string | undefined): string | undefined => scope?.split(' ').filter((one) => !offline.includes(one)).join(' ');
const offline = [OFFLINE, 'offline_access'];
const withOffline = (scope: string): string => (scope.split(' ').includes(OFFLINE) ? scope : `${scope} ${OFFLINE}`);

/** The sign-in that was kept, refreshed; undefined if there is none. */
export async function resume(
  { attempt: { server, clientId, tell }, kept }: Way,
): Promise<Renewed | { readonly keptEnded: ClientError } | undefined> {
  // A person may be asked about the certificate: not while other programs wait for the file.
  if (kept) await server.oauth(clientId);
  try {
    const found = await kept?.renew((refreshToken, scope) => refresh(server, clientId, refreshToken, scope));
    if (found) tell('goes on with the kept sign-in');
    return found;
  } catch (error) {
    if (!(error instanceof ClientError) || !isOver(error)) throw error;
    tell(`the kept sign-in has ended: ${error.message}`);
    return { keptEnded: error };
  }
}

export function sessionOf(way: Way, method: MethodName, methods: readonly SignInMethod[], tokens: Tokens): Session {
  const { attempt, mode, kept, options: { onEnd, idleTimeout } } = way;
  const { server, clientId, tell } = attempt;
  const silent = methods.find(({ name, isSilent }) => name === method && isSilent);
  return openSession(tokens, {
    method, mode, tell, onEnd, idleTimeout,
    renew: (present) => renewal(way, present, silent),
    // Both, whatever becomes of one: who leaves a shared computer must not be there any more, network or not.
    end: async ({ refreshToken, accessToken }) => {
      const told = refreshToken === undefined
        ? revoke(server, clientId, accessToken, 'access_token') : revoke(server, clientId, refreshToken, 'refresh_token');
      const failed = (await Promise.allSettled([kept?.forget(), told])).find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
      tell('signed out');
      await server.close();
    },
    claims: (accessToken) => claimsOf(server, accessToken),
    close: () => server.close(),
  });
}

/** By the refresh token; without one by the same way again, if that asks nobody. Undefined if neither can be. */
function renewal(way: Way, present: Tokens, silent: SignInMethod | undefined): Promise<Tokens> | undefined {
  const { refreshToken, scope } = present;
  if (refreshToken !== undefined) return refreshed(way, refreshToken, scope).then(ofSamePerson(present));
  return silent && signedInAgain(way, silent).then(ofSamePerson(present));
}

/** Meanwhile somebody else may have signed in to this computer, or have been kept: his tokens are not taken over. */
const ofSamePerson = ({ accessToken: before }: Tokens) => (tokens: Tokens): Tokens => {
  if (subjectOf(before) !== subjectOf(tokens.accessToken)) throw ended(new Error('somebody else is signed in now'));
  return tokens;
};

/** As it stands there: it came from the gateway. */
const subjectOf = (accessToken: string): unknown => objectIn(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8'))?.['sub'];

async function refreshed({ attempt: { server, clientId, tell }, kept }: Way, refreshToken: string, scope: string): Promise<Tokens> {
  tell('refreshes the sign-in');
  try {
    if (kept === undefined) return await refresh(server, clientId, refreshToken, scope);
    // What is kept may be newer: another program of this user may have refreshed it.
    const found = await kept.renew((newest, granted) => refresh(server, clientId, newest, granted));
    if (found) return found.tokens;
  } catch (error) {
    throw isOver(error) ? ended(error) : error;
  }
  throw ended(new Error('it is kept no more'));
}

async function signedInAgain({ attempt }: Way, silent: SignInMethod): Promise<Tokens> {
  attempt.tell(`signs in with ${silent.name} again`);
  try {
    // The caller's signal was for the sign-in that he asked for.
    return await silent.signIn({ ...attempt, signal: new AbortController().signal });
  } catch (error) {
    throw isRefusal(error) ? ended(error) : error;
  }
}

const ended = (cause: unknown): ClientError =>
  new ClientError('sign_in_required', `the sign-in has ended: ${(cause as Error).message}`, { cause, cure: 'Sign in again.' });

/** The server said no, and will say so again; or the session of the computer is over. */
function isRefusal(error: unknown): error is ClientError {
  const over: readonly ClientReason[] = ['refused', 'no_ticket', 'ticket_expired', 'entra_interaction_required', 'server_not_proved', 'channel_binding_refused'];
  const status = error instanceof ClientError ? error.server?.status ?? 0 : 0;
  return error instanceof ClientError && over.includes(error.reason) && (status < 500 && status !== 429);
}
