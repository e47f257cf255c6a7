// Brokers that are not WAM: they implement MSAL's interface and hand out what a test gives them. They note what they are asked.

import type { AccountInfo, AuthenticationResult, INativeBrokerPlugin } from '@azure/msal-node';
import { decodeJwt } from 'jose';

export type NativeRequest = Parameters<INativeBrokerPlugin['acquireTokenSilent']>[0];

export interface NotingBroker extends INativeBrokerPlugin {
  readonly requests: readonly NativeRequest[];
}

/** @param answer what acquireTokenSilent gives; resultOf() makes what a broker would say */
export function brokerOf(answer: (request: NativeRequest) => Promise<unknown>, isBrokerAvailable = true): NotingBroker {
  const requests: NativeRequest[] = [];
  const unasked = (): Promise<never> => Promise.reject(new Error('nothing else is to be asked of a broker'));
  return {
    isBrokerAvailable, requests,
    setLogger: () => undefined,
    getAccountById: unasked, getAllAccounts: unasked, acquireTokenInteractive: unasked, signOut: unasked,
    acquireTokenSilent: (request) => {
      requests.push(request);
      return answer(request) as Promise<AuthenticationResult>;
    },
  };
}

/** As NativeBrokerPlugin makes it of what the MSAL runtime gives. */
export function resultOf(idToken: string, { authority, correlationId, scopes }: NativeRequest): AuthenticationResult {
  const { oid, tid } = decodeJwt<{ oid: string; tid: string }>(idToken);
  const account: AccountInfo = {
    homeAccountId: `${oid}.${tid}`, environment: new URL(authority).host, tenantId: tid, username: 'alice@example.com', localAccountId: oid, nativeAccountId: 'a',
  };
  return {
    authority, correlationId, scopes, account, idToken, uniqueId: oid, tenantId: tid, idTokenClaims: decodeJwt(idToken), accessToken: 'for-graph',
    fromCache: false, expiresOn: new Date(Date.now() + 3_600_000), tokenType: 'Bearer', fromPlatformBroker: true,
  };
}
