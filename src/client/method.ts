// What a way to sign in is (Windows, Entra ID, browser), and what each of them is given and gives.

import type { Server } from './server.ts';
import type { Tokens } from './tokens.ts';

/** In the order in which they are tried by default. */
export const methodNames = ['windows', 'entra', 'browser'] as const;

export type MethodName = (typeof methodNames)[number];

/** Told about each step of a sign-in, in one line without secrets. */
export type Tell = (line: string) => void;

/** What every way in is given. */
export interface Attempt {
  readonly server: Server;
  /** Registered at the gateway, as in `myq-desktop-client`. */
  readonly clientId: string;
  /** Separated by blanks; undefined leaves it to the server. */
  readonly scope: string | undefined;
  readonly tell: Tell;
  /** Ends the attempt with its reason. */
  readonly signal: AbortSignal;
}

export interface SignInMethod {
  readonly name: MethodName;
  /** It asks nobody anything, so that it may be repeated whenever a token ends. */
  readonly isSilent: boolean;
  /** Signs in. Throws ClientError. */
  signIn(attempt: Attempt): Promise<Tokens>;
}
