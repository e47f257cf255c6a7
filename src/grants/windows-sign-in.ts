// Windows sign-in: a client and a proof become tokens. The grant of `POST /api/auth/negotiate`.

import type { ClientAuthentication, ClientCredentials } from '../clients/authenticate.ts';
import { RequestError } from '../errors.ts';
import type { Proof } from '../identity/proof.ts';
import type { Refusal } from '../identity/refusal.ts';
import type { Identity, Resolver } from '../identity/resolve.ts';
import type { Client } from '../stores/client-store.ts';
import type { TokenAnswer } from '../tokens/issue.ts';
import { parseScope } from '../tokens/scopes.ts';
import type { UserTokens } from './user-tokens.ts';

/** The client of a sign-in that names none; `init` registers it. */
export const DESKTOP_CLIENT_ID = 'myq-desktop-client';

export interface ValidatedSignIn {
  readonly client: Client;
  readonly asked: readonly string[] | undefined;
}

export interface WindowsIssued {
  readonly kind: 'issued';
  readonly identity: Identity;
  readonly answer: TokenAnswer;
}

export interface WindowsSignIn {
  /** Checks all that needs no ticket. `Authorization` carries that, so a client authenticates in the body. Throws RequestError. */
  validate(scope: string | undefined, credentials: Omit<ClientCredentials, 'authorization'>): Promise<ValidatedSignIn>;
  /** Answers the tokens, or why this person gets none. */
  issue(signIn: ValidatedSignIn, proof: Proof): Promise<WindowsIssued | Refusal>;
}

export interface WindowsSignInOptions {
  readonly clients: ClientAuthentication;
  readonly resolver: Resolver;
  readonly tokens: UserTokens;
}

/** Builds the grant. */
export function windowsSignIn({ clients, resolver, tokens }: WindowsSignInOptions): WindowsSignIn {
  return {
    validate: async (scope, credentials) => {
      const isNamed = Object.values(credentials).some((one) => one !== undefined);
      const { client } = await clients.authenticate(isNamed ? credentials : { client_id: DESKTOP_CLIENT_ID });
      if (client.grants.every((grant) => grant === 'client_credentials')) {
        throw new RequestError('unauthorized_client', 'this client may not act for users');
      }
      return { client, asked: scope === undefined ? undefined : parseScope(scope) };
    },
    issue: async ({ client, asked }, proof) => {
      const identity = await resolver.prove(proof);
      if (identity.kind === 'refused') return identity;
      return { kind: 'issued', identity, answer: await tokens.signIn(identity, client, asked) };
    },
  };
}
