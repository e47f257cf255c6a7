// The ports for what is counted: things that may be used once, and tries at secrets that can be guessed.

/** Things that may be used once, or by one only: tickets, client assertions, ID tokens of others. */
export interface MarkStore {
  /**
   * Marks it as used until `expiresAt` (seconds since the epoch). True if it was not marked before, or the mark had expired:
   * of several calls at once for the same mark one gets true, in whatever process.
   */
  markOnce(mark: Uint8Array, expiresAt: number): Promise<boolean>;
  /**
   * Marks it as used by this owner until `expiresAt`. `first`: it was not marked before, or the mark had expired. `again`: the same owner
   * has marked it. `others`: somebody else has, with `markOnce` for one. Of several calls at once one is the first, in whatever process.
   */
  markFor(mark: Uint8Array, owner: string, expiresAt: number): Promise<'first' | 'again' | 'others'>;
}

/** One counter of failed tries, and how many it may reach. */
export interface AttemptLimit {
  readonly key: string;
  readonly limit: number;
  /**
   * When it is forgotten: a window after the `first` try that it counted, or after the `last`. Right tries are counted, too, until they
   * are taken back, so a counter that many people share would never end by its last one.
   */
  readonly endsAfter: 'first' | 'last';
  /** It must not be full, but this try is not counted in it. */
  readonly isOnlyChecked?: boolean;
}

export interface AttemptStore {
  /**
   * Counts a try before it is made, so that tries in parallel cannot pass the limit. Undefined: make it. Otherwise the key of a counter
   * that is full, and none was changed. The window is in seconds.
   */
  countAttempt(limits: readonly AttemptLimit[], window: number): Promise<string | undefined>;
  /** The try was right: `clear` forgets those counters, `giveBack` takes this one try back from those. */
  forgiveAttempt(change: { readonly clear: readonly string[]; readonly giveBack: readonly string[] }): Promise<void>;
}
