// The port for who still uses NTLM: counted by user, place and reason, so that an admin can retire it.

/** One NTLM sign-in, or one that was refused. Texts are printable and of limited length. */
export interface NtlmUse {
  readonly outcome: 'granted' | 'refused';
  /** Granted: the canonical name `user@REALM`. Refused: what the client claims, unauthenticated; empty if it did not get so far. */
  readonly user: string;
  /** The peer's IP address. */
  readonly address: string;
  /** As the client says; empty if it says nothing. */
  readonly workstation: string;
  /** A MIC covers it, which the domain has verified: otherwise it is text that anybody could have written. */
  readonly isWorkstationVerified: boolean;
  /** Under which name the client called the gateway: the target name in its message, else the host of its request; empty if neither. */
  readonly target: string;
  /** Why NTLM, or why refused: a code of mechanisms/ntlm/use.ts. */
  readonly reason: string;
}

/** Times in seconds since the epoch. */
export interface NtlmUseRecord extends NtlmUse {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface NtlmUses {
  /** When a gateway first began to watch for NTLM; undefined: never. */
  readonly watchedSince: number | undefined;
  /** Those whose last time is not before the time asked for, the most recent first. */
  readonly uses: readonly NtlmUseRecord[];
  /** What did not fit into the table any more, by outcome: how many, and when last (0: never). */
  readonly unlisted: Readonly<Record<NtlmUse['outcome'], { readonly count: number; readonly lastAt: number }>>;
}

/** So many rows of each outcome are kept. */
export const NTLM_ROWS: Readonly<Record<NtlmUse['outcome'], number>> = { granted: 5000, refused: 2000 };
/** So long after its last time a row is kept; seconds. */
export const NTLM_YEAR = 365 * 86_400;

export interface NtlmStore {
  /**
   * Counts it. The table is bounded: a new row of an outcome whose rows are full is counted as unlisted, so that strangers, who can only
   * be refused, push no sign-in out. Rows not seen for a year are forgotten.
   */
  countNtlm(use: NtlmUse): Promise<void>;
  /** Notes that NTLM is being watched for from now on, if it was not before. */
  watchNtlm(): Promise<void>;
  ntlmUses(since: number): Promise<NtlmUses>;
}
