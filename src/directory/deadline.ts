// One deadline for all that is done for one question, so that many short waits do not add up to a long one.

import { DirectoryFailure } from './failure.ts';

export interface Deadline {
  /** Milliseconds that are left, at least 1. */
  readonly left: number;
  readonly isPast: boolean;
  /** A nearer one, if that is not past this one already. */
  within(milliseconds: number): Deadline;
}

/** So many milliseconds from now. */
export function deadline(milliseconds: number): Deadline {
  const end = performance.now() + milliseconds;
  const self: Deadline = {
    get left() { return Math.max(1, end - performance.now()); },
    get isPast() { return performance.now() >= end; },
    within: (other) => deadline(Math.min(self.left, other)),
  };
  return self;
}

/** The work's result; rejects with a DirectoryFailure if it is not there in time. What the work does afterwards is nobody's concern. */
export async function before<T>(end: Deadline, work: Promise<T>, late: string): Promise<T> {
  const timer = Promise.withResolvers<never>();
  const seconds = (end.left / 1000).toFixed(1);
  const handle = setTimeout(() => { timer.reject(new DirectoryFailure('out', `${late} within ${seconds} s`)); }, end.left);
  try {
    return await Promise.race([work, timer.promise]);
  } finally {
    clearTimeout(handle);
  }
}
