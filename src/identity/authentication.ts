// How and when somebody proved himself, as tokens tell it.

/** It outlives the proof itself: sessions and grants keep it, and every token that comes of them carries it. */
export interface Authentication {
  /** Seconds since the epoch; the claim `auth_time`. */
  readonly at: number;
  /** RFC 8176 authentication method references; the claim `amr`. */
  readonly methods: readonly string[];
  /** Of a Windows sign-in: whether it was tied to its TLS connection (RFC 5929); the claim `cbt`. */
  readonly channelBinding?: 'bound' | 'none';
  /**
   * Groups that a domain (SIDs) or a tenant (object ids, too) vouched for then, as far as `[Rights]` names them, which may be none: they
   * count where no directory can be asked. Undefined where nobody vouched for anything.
   */
  readonly groups?: readonly string[];
  /** Where it was a tenant of Entra ID that vouched for him, and not a domain. */
  readonly entra?: EntraVouched;
}

export interface EntraVouched {
  /** Its id, a GUID in lower case. */
  readonly tenant: string;
  /** When it did, in seconds since the epoch: `Authentication.at`, when he showed who he is, may be days before. */
  readonly at: number;
}
