// Who the calling client is (RFC 6749 §2.3, RFC 7523 §3, OIDC Core §9): credentials → AuthenticatedClient.

import type { MarkStore } from '../stores/attempt-store.ts';
import type { ClientRecord, ClientStore } from '../stores/client-store.ts';
import { assertionFault } from './assertion.ts';
import { invalidClient, presented, type ClientCredentials, type Presented } from './presented.ts';
import { isSecretOf } from './secret.ts';

export type { ClientCredentials } from './presented.ts';

/** How clients may authenticate themselves, in the words of OIDC Core §9; discovery names them. */
export const clientAuthenticationMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;

export type ClientAuthenticationMethod = (typeof clientAuthenticationMethods)[number];

interface AuthenticatedFacts {
  readonly client: ClientRecord;
  /** `none` for a public client: it only says who it is. */
  readonly method: ClientAuthenticationMethod;
}

/** A private member, which exists for the compiler only: unlike a symbol it does not survive a spread with another client. */
declare class Authenticated {
  #authenticated: true;
}

/** A registered client that has authenticated itself as it must. Only `clientAuthentication` makes one. */
export type AuthenticatedClient = AuthenticatedFacts & Authenticated;

export interface ClientAuthenticationOptions {
  readonly clients: Pick<ClientStore, 'clientById'>;
  readonly marks: MarkStore;
  readonly issuer: string;
  /** The URL of the token endpoint; assertions may be made out to it instead of to the issuer. */
  readonly tokenEndpoint: string;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

export interface ClientAuthentication {
  /**
   * The client that the request comes from. Throws RequestError: `invalid_request` if it authenticates itself in several ways or as
   * several clients, `invalid_client` (401) if it fails to. An unknown client and a wrong secret cost and read the same.
   * Tries are not counted: nobody guesses 256 random bits, and a count would let anybody lock a client out.
   */
  authenticate(request: ClientCredentials): Promise<AuthenticatedClient>;
}

/** Builds the one place where clients are authenticated. */
export function clientAuthentication(options: ClientAuthenticationOptions): ClientAuthentication {
  const { clients, marks, issuer, tokenEndpoint, now } = options;
  const assertions = { marks, audiences: [issuer, tokenEndpoint], now };

  const faultOf = async (client: ClientRecord | undefined, request: Presented): Promise<string | undefined> => {
    switch (request.method) {
      case 'none':
        return client?.isPublic === false ? 'it is confidential and sent no credentials' : undefined;
      case 'private_key_jwt':
        if (client === undefined) return undefined;
        if (client.isPublic || client.jwks === undefined) return 'it has no registered keys and sent an assertion';
        return assertionFault(assertions, request.assertion, client.jwks);
      case 'client_secret_basic':
      case 'client_secret_post': {
        const isRight = isSecretOf(client?.secretDigests ?? [], request.secret);
        if (client?.isPublic === true) return 'it is public and sent a secret';
        if (client?.jwks !== undefined) return 'it has registered keys and sent a secret';
        return isRight ? undefined : 'its secret is wrong';
      }
    }
  };

  return {
    authenticate: async (credentials) => {
      const request = presented(credentials);
      const client = isClientId(request.clientId) ? await clients.clientById(request.clientId) : undefined;
      const fault = await faultOf(client, request);
      if (client === undefined || fault !== undefined) {
        throw invalidClient('Client authentication failed.', `client ${shown(request.clientId)}: ${client === undefined ? 'it is unknown' : String(fault)}`);
      }
      return Object.freeze<AuthenticatedFacts>({ client, method: request.method }) as AuthenticatedClient;
    },
  };
}

/** RFC 6749 §A.1, with a bound: nothing else can be registered, and some stores cannot even look for it. */
function isClientId(text: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(text);
}

/** For the log: what a stranger sent, without its tricks. It is cut: some send their secret instead. */
const shown = (clientId: string): string => JSON.stringify(clientId.slice(0, 40).replace(/[^\x20-\x7e]/g, '?'));
