// Windows sign-in: a client and a proof become an access token. The grant of `POST /api/auth/negotiate`.

import { RequestError } from '../errors.ts';
import type { Proof } from '../identity/proof.ts';
import type { Refusal } from '../identity/refusal.ts';
import type { Identity } from '../identity/resolve.ts';
import type { Client, ClientStore } from '../stores/store.ts';
import type { Issuer, TokenAnswer } from '../tokens/issue.ts';
import { grantScopes, parseScope } from '../tokens/scopes.ts';

/** The client of a sign-in that names none; `init` registers it. */
export const DESKTOP_CLIENT_ID = 'myq-desktop-client';

/** What a request may say beside its credential. */
export interface WindowsSignInRequest {
  readonly client_id?: string;
  readonly scope?: string;
}

export interface ValidatedSignIn {
  readonly client: Client;
  readonly asked: readonly string[] | undefined;
}

export interface WindowsSignIn {
  /** Checks all that can be checked without a credential. Throws RequestError. */
  validate(request: WindowsSignInRequest): Promise<ValidatedSignIn>;
  /** Answers the token, or why this person gets none. */
  issue(signIn: ValidatedSignIn, proof: Proof): Promise<{ readonly kind: 'issued'; readonly identity: Identity; readonly answer: TokenAnswer } | Refusal>;
}

export interface WindowsSignInOptions {
  readonly clients: ClientStore;
  readonly resolve: (proof: Proof) => Promise<Identity | Refusal>;
  readonly issuer: Issuer;
}

/** Builds the grant. */
export function windowsSignIn(options: WindowsSignInOptions): WindowsSignIn {
  return {
    validate: async (request) => {
      const clientId = request.client_id ?? DESKTOP_CLIENT_ID;
      const client = await options.clients.clientById(clientId);
      if (client === undefined) throw new RequestError('invalid_client', 'no client is registered with this client_id', { statusCode: 400 });
      if (!client.isPublic) throw new RequestError('invalid_client', 'this client must authenticate', { statusCode: 400 });
      const asked = request.scope === undefined ? undefined : parseScope(request.scope);
      return { client, asked };
    },
    issue: async ({ client, asked }, proof) => {
      const identity = await options.resolve(proof);
      if (identity.kind === 'refused') return identity;
      // Without refresh tokens the scope that asks for one would be an empty promise.
      const scopes = grantScopes(asked, client.scopes.filter((scope) => scope !== 'offline.access'), identity);
      return { kind: 'issued', identity, answer: await options.issuer.accessToken(identity, client.id, scopes) };
    },
  };
}
