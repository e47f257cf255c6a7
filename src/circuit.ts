// A circuit breaker: after some outages in a row nobody waits for what is out any more, until a single try finds it well again.

/** How a circuit stands. `cause` is what the last outage said, for an administrator. */
export type CircuitState = { readonly kind: 'closed' } | { readonly kind: 'open'; readonly cause: string };

export interface CircuitOptions {
  /** So many outages in a row open it. */
  readonly failures: number;
  /** How long it stays open before the next try, in milliseconds. */
  readonly pause: number;
  /** Milliseconds; a clock that only goes forward. */
  readonly now?: () => number;
}

export interface Circuit {
  readonly state: CircuitState;
  /**
   * Undefined: go on. Otherwise what the last outage said: do not try. Once the pause is over one caller may try, and the others
   * not before he told how it went.
   */
  refuses(): string | undefined;
  /** The same for a caller who would prove nothing: he goes on while a try is due, and leaves it to somebody else. */
  pauses(): string | undefined;
  /** It answered, whatever it answered. */
  worked(): void;
  /** It was out. */
  failed(cause: string): void;
  /** The single try has shown neither: the next caller may try at once. Only for a caller who was let through while it was open. */
  undecided(): void;
}

/** Builds a closed one. */
export function circuit({ failures, pause, now = () => performance.now() }: CircuitOptions): Circuit {
  let inARow = 0;
  let cause = '';
  let nextTry = 0;
  const pauses = (): string | undefined => (inARow >= failures && now() < nextTry ? cause : undefined);
  return {
    pauses,
    get state() {
      return inARow < failures ? { kind: 'closed' } as const : { kind: 'open', cause } as const;
    },
    refuses: () => {
      const refusal = pauses();
      // This caller tries; should he never tell, the next one may after another pause.
      if (refusal === undefined) nextTry = now() + pause;
      return refusal;
    },
    worked: () => { inARow = 0; },
    failed: (text) => {
      inARow++;
      cause = text;
      nextTry = now() + pause;
    },
    undecided: () => { nextTry = now(); },
  };
}
