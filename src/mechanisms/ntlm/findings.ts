// What a question to a helper has shown, and what the circuit makes of it: only the domain itself closes it, and no stranger opens it.

import type { Circuit, CircuitState } from '../../circuit.ts';
import { GatewayError, UnavailableError } from '../../errors.ts';
import { refusalReasons } from '../../identity/refusal.ts';

/** `well`: the domain answered. `out`: nobody could have got an answer. `nothing`: neither, as far as one can tell. */
export type Finding<T> =
  | { readonly shows: 'well' | 'nothing'; readonly value: T }
  | { readonly shows: 'out' | 'nothing'; readonly error: GatewayError };

/** Asks unless the circuit is open; gives the value, or throws the error. */
export type Ask = <T>(ask: () => Promise<Finding<T>>) => Promise<T>;

export interface AskThrough {
  /**
   * For what can prove nothing good, as a first message. It never takes the single try: a stream of them would keep others from it. But
   * while the circuit is open only one is asked at a time, since a helper may hang with the domain at this message, too.
   */
  readonly first: Ask;
  /** For what the domain answers: once the pause is over, this is the single try. */
  readonly answer: Ask;
}

/** Lets questions through the circuit, and tells it what they have shown. `opened` hears why it opens. */
export function askThrough(circuit: Circuit, opened: (cause: string) => void): AskThrough {
  const tell = <T>(finding: Finding<T>): T => {
    if (finding.shows === 'well') circuit.worked();
    else if (finding.shows === 'out') failed(circuit, finding.error, opened);
    if ('error' in finding) throw finding.error;
    return finding.value;
  };
  let isFirstAsked = false;
  return {
    first: async (ask) => {
      letThrough(circuit.pauses());
      const { state } = circuit;
      if (state.kind === 'closed') return tell(await ask());
      if (isFirstAsked) letThrough(state.cause);
      isFirstAsked = true;
      try {
        return tell(await ask());
      } finally {
        isFirstAsked = false;
      }
    },
    answer: async (ask) => {
      letThrough(circuit.refuses());
      const isTheTry = circuit.state.kind === 'open';
      const finding = await ask();
      if (isTheTry && finding.shows === 'nothing') circuit.undecided();
      return tell(finding);
    },
  };
}

function letThrough(cause: string | undefined): void {
  if (cause !== undefined) throw unavailable(`not tried again yet: ${cause}`);
}

function failed(circuit: Circuit, { detail, message }: GatewayError, opened: (cause: string) => void): void {
  const before = circuit.state;
  circuit.failed(detail ?? message);
  const after: CircuitState = circuit.state;
  if (before.kind === 'closed' && after.kind === 'open') opened(after.cause);
}

/** NTLM cannot be checked now. The detail is for the log. */
export function unavailable(detail: string): UnavailableError {
  return new UnavailableError(refusalReasons.backend_unavailable.sentence, { detail });
}

/** For a rejected question: our own errors show this, and any other is a fault of the program. */
export function caught(shows: 'out' | 'nothing'): (error: unknown) => Finding<never> & { readonly error: GatewayError } {
  return (error) => {
    if (error instanceof GatewayError) return { shows, error };
    throw error;
  };
}
