// All that the token endpoints need of the domain, composed: every grant type, introspection, revocation.

import type { ClientAuthentication } from '../clients/authenticate.ts';
import type { Resolver } from '../identity/resolve.ts';
import type { EntraMechanism } from '../mechanisms/entra.ts';
import type { PasswordMechanism } from '../mechanisms/password.ts';
import type { Store } from '../stores/store.ts';
import type { Handles } from '../tokens/handle.ts';
import type { Issuer } from '../tokens/issue.ts';
import type { TokenReader } from '../tokens/verify.ts';
import { authorizationCode } from './authorization-code.ts';
import { clientCredentials } from './client-credentials.ts';
import { runGrant } from './grant.ts';
import { introspection, type Introspect } from './introspection.ts';
import { liveness, type Liveness } from './liveness.ts';
import { loginInfo } from './login-info.ts';
import { refreshToken } from './refresh-token.ts';
import { revocation, type Revoke } from './revocation.ts';
import { tokenEndpoint, type TokenEndpoint } from './token-endpoint.ts';
import { TOKEN_EXCHANGE, tokenExchange } from './token-exchange.ts';
import { userTokens, type UserTokenOptions } from './user-tokens.ts';
import { windowsSignIn, type WindowsSignIn } from './windows-sign-in.ts';

export interface Grants {
  readonly token: TokenEndpoint;
  readonly introspect: Introspect;
  readonly revoke: Revoke;
  readonly isAlive: Liveness;
  readonly windowsSignIn: WindowsSignIn;
}

export interface GrantsOptions {
  readonly issuer: string;
  /** The `aud` of access tokens. */
  readonly audience: string;
  readonly store: Store;
  readonly handles: Handles;
  readonly resolver: Resolver;
  readonly reader: TokenReader;
  readonly passwords: PasswordMechanism;
  readonly entra: EntraMechanism;
  readonly clients: ClientAuthentication;
  /** The signer of tokens. */
  readonly signer: Issuer;
  readonly lifetimes: UserTokenOptions['lifetimes'];
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Composes them. */
export function grants(options: GrantsOptions): Grants {
  const { issuer, audience, store, handles, resolver, reader, passwords, entra, clients, signer, lifetimes, now } = options;
  const tokens = userTokens({ store, handles, signer, lifetimes, now });
  const isAlive = liveness({ store, resolver });
  const audiences = [...new Set([issuer, audience])];
  return {
    token: tokenEndpoint({
      clients,
      grantTypes: {
        authorization_code: runGrant(authorizationCode({ store, handles, resolver, tokens })),
        refresh_token: runGrant(refreshToken({ store, handles, resolver, tokens })),
        client_credentials: runGrant(clientCredentials({ signer })),
        login_info: runGrant(loginInfo({ passwords, resolver, tokens })),
        [TOKEN_EXCHANGE]: runGrant(tokenExchange({ entra, resolver, tokens, marks: store, audiences, now })),
      },
    }),
    introspect: introspection({ store, reader, handles, resolver, isAlive, issuer, now }),
    revoke: revocation({ store, reader, handles }),
    isAlive,
    windowsSignIn: windowsSignIn({ clients, resolver, tokens }),
  };
}
