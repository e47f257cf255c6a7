// ID tokens through MSAL and the broker of the operating system (MSAL Node with NativeBrokerPlugin). Not run with a real broker.

import type { AccountInfo, AuthenticationResult, INativeBrokerPlugin } from '@azure/msal-node';
import { ClientError, oneLine } from '../error.ts';
import { authorityOf, type EntraApplication, isOtherTenant } from './application.ts';
import type { IdTokens } from './id-tokens.ts';
import { msalFailure } from './msal-failure.ts';
import { loadBroker, loadMsal, requireBroker } from './packages.ts';
import { untilEnded } from '../until-ended.ts';

/**
 * The way to a broker: MSAL's INativeBrokerPlugin, as `NativeBrokerPlugin` of @azure/msal-node-extensions is one. In words of our own, so
 * that this package's types need no other package.
 */
export interface NativeBroker {
  readonly isBrokerAvailable: boolean;
  setLogger(options: never): void;
  getAccountById(accountId: string, correlationId: string): Promise<unknown>;
  getAllAccounts(clientId: string, correlationId: string): Promise<unknown[]>;
  acquireTokenSilent(request: never): Promise<unknown>;
  acquireTokenInteractive(request: never, windowHandle?: never): Promise<unknown>;
  signOut(request: never): Promise<void>;
}

export interface MsalOptions extends EntraApplication {
  /** Default: that of the package @azure/msal-node-extensions. */
  readonly broker?: NativeBroker | undefined;
  /** Milliseconds to wait for the broker. Default one minute. */
  readonly timeout?: number | undefined;
}

const TIMEOUT = 60_000;

/**
 * With `User.Read`, which every registration has and the admin has consented to; the ID token is what comes along. The access token, which
 * is for Microsoft Graph, goes nowhere.
 */
const SCOPES = ['openid', 'profile', 'User.Read'];

/**
 * MSAL asks the broker for an account by its `nativeAccountId`. Where there is none the broker signs in with its default account, that of
 * the session of the operating system (SignInSilentlyAsync of the MSAL runtime, which MSAL .NET calls for OperatingSystemAccount). So no
 * account is chosen from among those that the broker knows: to choose one would be to say for a person who he is.
 */
const OPERATING_SYSTEM_ACCOUNT: AccountInfo = { homeAccountId: '', environment: '', tenantId: '', username: '', localAccountId: '' };

/**
 * NativeBrokerPlugin (5.6) does not tell the broker of `forceRefresh`. A request for claims goes past what is kept in every MSAL, and this
 * one asks for nothing but what the gateway likes to have anyway.
 */
const PAST_WHAT_IS_KEPT = JSON.stringify({ id_token: { auth_time: { essential: true } } });

/**
 * ID tokens of this application for the account of the session of the operating system.
 *
 * acquire() throws ClientError `entra_not_configured`, `msal_unavailable`, `broker_unavailable`, `entra_interaction_required`,
 * `entra_failed`, `timed_out`, `cancelled`.
 */
export function msalIdTokens(options: MsalOptions): IdTokens {
  return {
    acquire: async ({ forceRefresh, signal }) => {
      const authority = authorityOf(options);
      const msal = await loadMsal();
      const broker = options.broker ?? await loadBroker();
      requireBroker(broker);
      const nativeBrokerPlugin = broker as unknown as INativeBrokerPlugin;
      const { clientId, timeout: milliseconds = TIMEOUT } = options;
      const limit = { milliseconds, what: 'the Entra ID broker does not answer' };
      try {
        // For each call a new one: MSAL lets a call wait for an equal one that is under way, for ever if that hangs.
        const application = new msal.PublicClientApplication({ auth: { clientId, authority }, broker: { nativeBrokerPlugin } });
        return idTokenIn(await untilEnded(() => application.acquireTokenSilent({
          account: OPERATING_SYSTEM_ACCOUNT, scopes: SCOPES, forceRefresh, ...(forceRefresh ? { claims: PAST_WHAT_IS_KEPT } : {}),
        }), signal, limit), options);
      } catch (error) {
        throw msalFailure(error);
      }
    },
  };
}

/** As it comes from a broker, whatever its types say. */
function idTokenIn(result: Partial<AuthenticationResult> | null | undefined, application: EntraApplication): string {
  const { idToken, tenantId } = result ?? {};
  if (typeof idToken !== 'string' || idToken === '') throw new ClientError('entra_failed', 'the Entra ID broker answers without an ID token');
  if (typeof tenantId === 'string' && tenantId !== '' && isOtherTenant(application, tenantId)) {
    throw new ClientError('entra_failed', `the account that is signed in to this computer is of another tenant (${oneLine(tenantId)})`, {
      cure: 'Sign in to the computer with the account of the organisation, or sign in with the browser.',
    });
  }
  return idToken;
}
