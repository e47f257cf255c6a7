// signIn(): the ways in, in order, until one brings tokens; whoever was passed over is told with the reason.

import { browserMethod, type BrowserOptions } from './browser/browser.ts';
import { entraMethod, type EntraOptions } from './entra/entra.ts';
import { ClientError, mayTryNext } from './error.ts';
import { type MethodName, methodNames, type SignInMethod } from './method.ts';
import { openServer } from './server.ts';
import type { Session } from './session.ts';
import type { Tokens } from './tokens.ts';
import { openTrust, type TrustOptions } from './trust/trust.ts';
import { untilEnded } from './until-ended.ts';
import { resume, sessionOf, type Way, type WayOptions, wayTo } from './way.ts';
import { windowsMethod, type WindowsOptions } from './windows/windows.ts';

export interface SignInOptions extends WayOptions {
  /** The gateway, as in `https://print.example.com:8090`. */
  readonly url: string;
  /** `address` or `address:port` to connect to instead of what the name resolves to. */
  readonly connectTo?: string | undefined;
  /** Whom to trust. Default: Strict, the authorities of this computer. */
  readonly trust?: TrustOptions | undefined;
  /** Ways in, in this order. Default: all three. */
  readonly methods?: readonly MethodName[] | undefined;
  readonly windows?: WindowsOptions | undefined;
  /** Without it Entra ID is passed over. */
  readonly entra?: EntraOptions | undefined;
  readonly browser?: BrowserOptions | undefined;
}

/** A way in that brought no tokens, and why. */
export interface PassedOver {
  readonly method: MethodName;
  readonly error: ClientError;
}

/** Nobody was signed in. `reason` and `cure` are those of the last way that was tried; `passedOver` has them all, in order. */
export class SignInError extends ClientError {
  readonly passedOver: readonly PassedOver[];

  constructor(passedOver: readonly PassedOver[], last: ClientError) {
    super(last.reason, last.message, { cure: last.cure, server: last.server, cause: last });
    this.name = 'SignInError';
    this.passedOver = passedOver;
  }
}

export interface SignedIn {
  readonly session: Session;
  /** Ways that were tried before, in order. */
  readonly passedOver: readonly PassedOver[];
  /** It goes on with what private mode kept, whatever `methods` and `scope` say. */
  readonly isResumed: boolean;
  /** Why what was kept could not go on. */
  readonly keptEnded?: ClientError;
}

/**
 * Signs in: with what private mode kept, else by the first way that brings tokens.
 *
 * A server that is not trusted, or that cannot prove itself, ends it at once: the next way might hand it a password.
 *
 * @throws SignInError if no way brings tokens
 */
export async function signIn(options: SignInOptions): Promise<SignedIn> {
  const { url, connectTo, trust, methods: names = methodNames, tell = () => undefined } = options;
  const methods = names.map((name) => methodOf(name, options));
  const server = openServer({ url, connectTo, trust: openTrust(trust) });
  tell(`the gateway is ${server.url.origin}`);
  try {
    const { signal = new AbortController().signal } = options;
    const way = await untilEnded(() => wayTo(server, signal, options), signal);
    // Not ended in between: a refresh token that was spent must be replaced by the one that came.
    const known = await resume(way);
    if (known && 'tokens' in known) return { session: sessionOf(way, known.method, methods, known.tokens), passedOver: [], isResumed: true };
    const { method, tokens, passedOver } = await first(methods, way);
    await way.kept?.keep(method.name, tokens);
    return { session: sessionOf(way, method.name, methods, tokens), passedOver, isResumed: false, ...known };
  } catch (error) {
    await server.close();
    if (error instanceof ClientError && !(error instanceof SignInError)) throw new SignInError([], error);
    throw error;
  }
}

function methodOf(name: MethodName, { windows, entra, browser }: SignInOptions): SignInMethod {
  switch (name) {
    case 'windows':
      return windowsMethod(windows);
    case 'entra':
      return entraMethod(entra);
    case 'browser':
      return browserMethod(browser);
  }
}

interface Found {
  readonly method: SignInMethod;
  readonly tokens: Tokens;
  readonly passedOver: readonly PassedOver[];
}

async function first(methods: readonly SignInMethod[], { attempt }: Way): Promise<Found> {
  const passedOver: PassedOver[] = [];
  for (const method of methods) {
    attempt.tell(`tries ${method.name}`);
    try {
      const tokens = await method.signIn(attempt);
      attempt.tell(`signed in with ${method.name}`);
      return { method, tokens, passedOver };
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      passedOver.push({ method: method.name, error });
      attempt.tell(`${method.name} is passed over: ${error.message}${error.cure === undefined ? '' : `. ${error.cure}`}`);
      if (!mayTryNext(error)) break;
    }
  }
  const last = passedOver.at(-1)?.error ?? new ClientError('sign_in_required', 'there is no way to sign in: methods is empty');
  throw new SignInError(passedOver, last);
}
