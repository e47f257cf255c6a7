// Where ID tokens of Entra ID come from: MSAL (msal.ts), or a program that gets them in its own way.

export interface AcquireOptions {
  /** It must be a new one, whatever is kept. */
  readonly forceRefresh: boolean;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

export interface IdTokens {
  /**
   * An ID token of version 2.0 for the account of the session of the operating system, made out to the application that the gateway
   * trusts. It asks nobody anything.
   * @throws ClientError, as in `broker_unavailable`, `entra_interaction_required`, `entra_failed`
   */
  acquire(options: AcquireOptions): Promise<string>;
}
