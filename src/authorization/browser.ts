// All that a person with a browser needs of the domain, composed: login page, sessions, logout.

import type { KeyObject } from 'node:crypto';
import type { Resolver } from '../identity/resolve.ts';
import type { MicrosoftSignIn } from '../mechanisms/microsoft.ts';
import type { PasswordMechanism } from '../mechanisms/password.ts';
import type { Store } from '../stores/store.ts';
import type { Handles } from '../tokens/handle.ts';
import type { TokenReader } from '../tokens/verify.ts';
import { authorizer, type Authorizer } from './authorize.ts';
import { formTokens, type FormTokens } from './form-token.ts';
import { logout, type Logout } from './logout.ts';
import { browserMicrosoft, type BrowserMicrosoft } from './microsoft.ts';
import { flowSeal } from './microsoft-flow.ts';
import { requestReader, type RequestReader } from './request.ts';
import { sessions, type Sessions } from './session.ts';
import { browserSignIn, type BrowserSignIn } from './sign-in.ts';

export interface Browser {
  readonly readRequest: RequestReader;
  readonly authorizer: Authorizer;
  readonly sessions: Sessions;
  readonly forms: FormTokens;
  readonly signIn: BrowserSignIn;
  readonly logout: Logout;
  /** Undefined where no tenant offers it. */
  readonly microsoft: BrowserMicrosoft | undefined;
  /** Whether the login page takes a PIN or a card number. */
  readonly pinSignIn: boolean;
  /** Whether a browser at this address is offered Windows sign-in. */
  isWindowsOffered(address: string): boolean;
  /** Whether a ticket could be opened now. Without a key browsers would ask for a password in vain: nothing is tried unasked then. */
  isWindowsReady(): boolean;
}

export interface BrowserOptions {
  readonly issuer: string;
  readonly store: Store;
  readonly handles: Handles;
  readonly resolver: Resolver;
  readonly reader: TokenReader;
  readonly passwords: PasswordMechanism;
  readonly microsoft: MicrosoftSignIn;
  /** What browsers keep for us is sealed with a key derived of it. */
  readonly handleKey: KeyObject;
  readonly pinSignIn: boolean;
  readonly isWindowsOffered: (address: string) => boolean;
  readonly isWindowsReady: () => boolean;
  /** Seconds. */
  readonly sessionLifetime: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Composes it. */
export function browser(options: BrowserOptions): Browser {
  const { issuer, store, handles, resolver, now } = options;
  const readIdToken = (text: string): ReturnType<TokenReader['idToken']> => options.reader.idToken(text);
  const ofBrowser = sessions({ store, resolver, handles, lifetime: options.sessionLifetime, now });
  const deciding = authorizer({ issuer, store, handles, now });
  return {
    readRequest: requestReader({ clients: store, readIdToken }),
    authorizer: deciding,
    sessions: ofBrowser,
    forms: formTokens(handles, now),
    signIn: browserSignIn({ passwords: options.passwords, resolver, sessions: ofBrowser, authorizer: deciding }),
    logout: logout({ clients: store, sessions: ofBrowser, readIdToken }),
    microsoft: options.microsoft.sections.length === 0 ? undefined : browserMicrosoft({
      microsoft: options.microsoft, seal: flowSeal(options.handleKey, now), marks: store,
    }),
    pinSignIn: options.pinSignIn,
    isWindowsOffered: options.isWindowsOffered,
    isWindowsReady: options.isWindowsReady,
  };
}
