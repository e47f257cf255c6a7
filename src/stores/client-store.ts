// The port for registered OAuth clients.

/** A registered OAuth client (RFC 6749 §2, RFC 7591 §2 has the same metadata). */
export interface Client {
  readonly id: string;
  readonly name: string;
  /** True for a client that can keep no secret (RFC 6749 §2.1). */
  readonly isPublic: boolean;
  /** Values of `grant_type` that it may use. */
  readonly grants: readonly string[];
  readonly scopes: readonly string[];
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  /** Origins of its pages, which may read answers (CORS). */
  readonly origins: readonly string[];
  /** Its public keys as a JWK set in JSON, if it signs assertions (`private_key_jwt`). */
  readonly jwks?: string | undefined;
}

/** A client with the digests (SHA-256, base64url) of the secrets that are good now; none for a public client or one with `jwks`. */
export interface ClientRecord extends Client {
  readonly secretDigests: readonly string[];
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

/** What can be changed of a client. Who it is and how it proves that stays. */
export type ClientProperties = Omit<Client, 'id' | 'isPublic' | 'jwks'>;

/** What came of a change: `stale`, the client is not as it was read any more. Nothing was written unless it is `replaced`. */
export type ClientReplaced = 'replaced' | 'stale' | 'no-client';

export interface ClientStore {
  clientById(id: string): Promise<ClientRecord | undefined>;
  /** All clients, by name. */
  clients(): Promise<readonly ClientRecord[]>;
  /** Registers the client unless its id is taken; answers whether it was registered now. */
  addClient(client: Client, secretDigest?: string): Promise<boolean>;
  /**
   * Gives the client other properties, if it still has all those of `former`, as it was read: compared and written as one step, so that
   * of changes at once, in several processes, none is lost. Whoever gets `stale` reads it anew and builds his change on that; another one
   * has then come through. Its secrets are neither compared nor changed, and its grants stay.
   */
  replaceClient(former: Client, properties: ClientProperties): Promise<ClientReplaced>;
  /**
   * Gives it a new secret. Former ones end at once, or at `formerUntil` (seconds since the epoch) if they would be good longer; those that
   * have ended are forgotten in the same step. False if there is no such client.
   */
  setClientSecret(id: string, secretDigest: string, formerUntil?: number): Promise<boolean>;
  /** Removes the client and every grant made through it. False if there is no such client. */
  removeClient(id: string): Promise<boolean>;
  /** Whether this origin is registered with any client. */
  isOriginRegistered(origin: string): Promise<boolean>;
}
