// What goes wrong with a directory, told once in words for the log, with what mends it.

import { UnavailableError } from '../errors.ts';

/**
 * `out`: the controller does not do its work. `lost`: a connection that was made earlier has ended; a new one may work.
 * `refused`: it refuses the gateway's own account. `answered`: it is well, and answered this one question with an error.
 */
export type FailureKind = 'out' | 'lost' | 'refused' | 'answered';

/** The directory could not be asked. `detail` says which, why, and `cure` what to do. */
export class DirectoryFailure extends UnavailableError {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, detail: string, options: { readonly cure?: string | undefined; readonly cause?: unknown } = {}) {
    super(outSentence, { of: 'directory', detail, ...options });
    this.kind = kind;
  }
}

/** For whoever signs in. */
export const outSentence = 'The directory cannot be asked right now. Try again in a moment.';

/** Detail and cure in one line. */
export function inWords(failure: UnavailableError): string {
  const detail = failure.detail ?? failure.message;
  return failure.cure === undefined ? detail : `${detail}; ${failure.cure}`;
}
