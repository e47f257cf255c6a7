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
  /**
   * Whether these are the further, different ones of a user or a network whose own rows are full, counted together: what may differ
   * is FURTHER, the address of a refused one is the network, and the reason is that of `furtherReason`.
   */
  readonly isFurther: boolean;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface NtlmUses {
  /** When a gateway first began to watch for NTLM; undefined: never. */
  readonly watchedSince: number | undefined;
  /** Those whose last time is not before the time asked for, the most recent first. */
  readonly uses: readonly NtlmUseRecord[];
  /** What has no row any more, or never had one for want of room, by outcome: how many, and when last (0: never). */
  readonly unlisted: Readonly<Record<NtlmUse['outcome'], { readonly count: number; readonly lastAt: number }>>;
}

/** So many rows of each outcome are kept. */
export const NTLM_ROWS: Readonly<Record<NtlmUse['outcome'], number>> = { granted: 5000, refused: 2000 };
/** So many of them, and one more for what is counted together, belong to one user (granted) or one network (refused). */
export const NTLM_ROWS_EACH: Readonly<Record<NtlmUse['outcome'], number>> = { granted: 50, refused: 20 };
/** Stands for what differs. */
export const FURTHER = '…';
/** So long after its last time a row is kept; seconds. */
export const NTLM_YEAR = 365 * 86_400;

export interface NtlmStore {
  /**
   * Counts it. The table is bounded, since the texts are the client's: when the rows of one user who signs in, or of one network that is
   * refused, are full, his further ones are counted together. A network is an IPv4 address or the /64 of an IPv6 one. When all rows of
   * the outcome are full, a new sign-in is counted as unlisted, and a new refused try takes the place of the one that was seen longest
   * ago, which is unlisted from then on. So strangers, who can only be refused, push no sign-in out, and one of them nobody at all.
   * Rows not seen for a year are forgotten.
   */
  countNtlm(use: NtlmUse): Promise<void>;
  /** Notes that NTLM is being watched for from now on, if it was not before. */
  watchNtlm(): Promise<void>;
  ntlmUses(since: number): Promise<NtlmUses>;
}

/**
 * The reason under which different ones are counted together: word by word what they share, else FURTHER. A try that was refused only
 * because NTLM is off would have been a sign-in, so that its reason stays where others were refused for another one.
 */
export function furtherReason(known: string, next: string): string {
  const [off, other] = [known, next].map((reason) => /^ntlm_disabled(?: |$)/.test(reason));
  if (off !== other) return off === true ? known : next;
  const [words, others] = [known.split(' '), next.split(' ')];
  return words.length === others.length ? words.map((word, n) => (word === others[n] ? word : FURTHER)).join(' ') : FURTHER;
}
