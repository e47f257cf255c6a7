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
   * SIDs of the groups that a domain vouched for then, as far as `[Rights]` names them, which may be none: they count where no
   * directory can be asked. Undefined where no domain vouched for anything.
   */
  readonly groups?: readonly string[];
}
