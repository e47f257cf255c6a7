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

export interface ClientStore {
  clientById(id: string): Promise<ClientRecord | undefined>;
  /** All clients, by name. */
  clients(): Promise<readonly ClientRecord[]>;
  /** Registers the client unless its id is taken; answers whether it was registered now. */
  addClient(client: Client, secretDigest?: string): Promise<boolean>;
  /**
   * Gives it a new secret. Former ones end at once, or at `formerUntil` (seconds since the epoch) if they would be good longer.
   * False if there is no such client.
   */
  setClientSecret(id: string, secretDigest: string, formerUntil?: number): Promise<boolean>;
  /** Removes the client and every grant made through it. False if there is no such client. */
  removeClient(id: string): Promise<boolean>;
  /** Whether this origin is registered with any client. */
  isOriginRegistered(origin: string): Promise<boolean>;
}
