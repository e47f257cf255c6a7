// Waits for what nobody can stop (a broker, a library without signals): until it is done, the attempt is ended, or time is up.

import { ClientError } from './error.ts';

export interface Limit {
  readonly milliseconds: number;
  /** What has not happened then, as in `nobody signed in`. */
  readonly what: string;
  readonly cure?: string;
}

/**
 * @param work is not begun if the signal has ended it already; what comes of it too late is dropped
 * @throws ClientError `cancelled`, or `timed_out` for the limit and for AbortSignal.timeout(); a signal's own ClientError as it is
 */
export async function untilEnded<T>(work: () => Promise<T>, signal: AbortSignal, limit?: Limit): Promise<T> {
  if (signal.aborted) throw endOf(signal.reason);
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const stop = (): void => { reject(endOf(signal.reason)); };
  // Not that of AbortSignal.timeout(): it would let the process end, where nothing else is under way.
  const late = limit && setTimeout(() => { reject(tooLate(limit)); }, limit.milliseconds);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work(), ended]);
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
  }
}

/**
 * @param reason that of an AbortSignal: whatever the program gave ends it, and TimeoutError is that of AbortSignal.timeout()
 * @param late the sentence for that
 */
export function endOf(reason: unknown, late = 'the sign-in took too long'): ClientError {
  if (reason instanceof ClientError) return reason;
  if (reason instanceof Error && reason.name === 'TimeoutError') return new ClientError('timed_out', late, { cause: reason });
  return new ClientError('cancelled', 'the sign-in was cancelled', { cause: reason });
}

const tooLate = ({ milliseconds, what, cure }: Limit): ClientError =>
  new ClientError('timed_out', `${what} within ${String(milliseconds / 1000)} seconds`, { cure });
