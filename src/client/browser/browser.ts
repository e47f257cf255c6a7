// Sign-in with the system's browser: authorization code flow with PKCE for a native app (RFC 8252, RFC 7636, RFC 9207).

import * as oauth from 'openid-client';
import { ClientError } from '../error.ts';
import type { Attempt, SignInMethod } from '../method.ts';
import { fullScope } from '../scope.ts';
import type { Tokens } from '../tokens.ts';
import { untilEnded } from '../until-ended.ts';
import { type Loopback, openLoopback } from './loopback.ts';
import { openBrowser } from './open-browser.ts';
import { notSignedIn, signedIn } from './page.ts';
import { type Expected, redeem } from './redeem.ts';

export interface BrowserOptions {
  /** Shows the address of the login page to the person. Default: opens the system's browser. */
  readonly open?: ((address: string) => Promise<void>) | undefined;
  /** Milliseconds to wait for the person. Default five minutes, a day at most. */
  readonly timeout?: number | undefined;
  /** The name to begin with, as in `alice`. */
  readonly loginHint?: string | undefined;
  /** The domain of an Entra ID tenant, to be led there without a page. */
  readonly domainHint?: string | undefined;
  /** Languages of the login page by preference, separated by blanks, as in `cs en`. */
  readonly language?: string | undefined;
  /** As in `login`: asks for the password also where the browser is signed in (OpenID Connect Core §3.1.2.1). */
  readonly prompt?: string | undefined;
}

const CURE = 'If the browser showed an error page, it says what is wrong; of a wrong redirect URI: the client must be registered with http://127.0.0.1/callback.';

const TIMEOUT = 5 * 60_000;
const MAX_TIMEOUT = 24 * 60 * 60_000;

/** Throws RangeError if the time-out is none. */
export function browserMethod(options: BrowserOptions = {}): SignInMethod {
  const { timeout = TIMEOUT } = options;
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > MAX_TIMEOUT) throw new RangeError('timeout must be whole milliseconds, a day at most');
  return {
    name: 'browser',
    isSilent: false,
    signIn: async (attempt) => {
      const configuration = await untilEnded(() => attempt.server.oauth(attempt.clientId), attempt.signal);
      const loopback = await openLoopback();
      try {
        return await run({ attempt, configuration, loopback, timeout, options });
      } finally {
        await loopback.close();
      }
    },
  };
}

interface Run {
  readonly attempt: Attempt;
  readonly configuration: oauth.Configuration;
  readonly loopback: Loopback;
  readonly timeout: number;
  readonly options: BrowserOptions;
}

async function run({ attempt, configuration, loopback, timeout, options: { open = openBrowser, ...options } }: Run): Promise<Tokens> {
  const { tell, signal } = attempt;
  const scope = attempt.scope ?? fullScope(configuration);
  const expected: Expected = {
    expectedState: oauth.randomState(), pkceCodeVerifier: oauth.randomPKCECodeVerifier(),
    ...(scope.split(' ').includes('openid') ? { expectedNonce: oauth.randomNonce() } : {}),
  };
  const address = oauth.buildAuthorizationUrl(configuration, {
    ...wishes(options), scope, redirect_uri: loopback.redirectUri, state: expected.expectedState, code_challenge_method: 'S256',
    code_challenge: await oauth.calculatePKCECodeChallenge(expected.pkceCodeVerifier),
    ...(expected.expectedNonce === undefined ? {} : { nonce: expected.expectedNonce }),
  });
  tell(`shows the login page of ${address.origin} in a browser, and waits at ${loopback.redirectUri} for ${String(timeout / 1000)} seconds`);
  tell('if the browser shows an error instead of the login page, it says what is wrong; it does not come back then');
  // Before the browser is opened: a person who is signed in there already is back at once.
  const arriving = loopback.arrival(expected.expectedState);
  const arrival = await untilEnded(() => Promise.race([arriving, shown(open, address).then(() => arriving)]), signal, {
    milliseconds: timeout, what: 'nobody signed in', cure: CURE,
  });
  tell('the browser is back; its code is changed for tokens');
  // The person is told how it ended once that is known.
  try {
    const tokens = await redeem(arrival.url, { configuration, expected, scope, signal });
    arrival.show(signedIn(attempt.server.host));
    return tokens;
  } catch (error) {
    arrival.show(notSignedIn(error instanceof ClientError ? error.message : 'there was an internal error'));
    throw error;
  }
}

const wishes = ({ loginHint, domainHint, language, prompt }: BrowserOptions): Record<string, string> => Object.fromEntries(
  Object.entries({ login_hint: loginHint, domain_hint: domainHint, ui_locales: language, prompt })
    .filter((wish): wish is [string, string] => wish[1] !== undefined),
);

async function shown(open: NonNullable<BrowserOptions['open']>, address: URL): Promise<void> {
  try {
    await open(address.href);
  } catch (error) {
    throw error instanceof ClientError ? error : new ClientError('browser_not_opened', 'the address of the login page could not be shown', { cause: error });
  }
}
