// What the program has around it: where it reads and writes, and who may end it.

import type { Readable, Writable } from 'node:stream';

export interface Surroundings {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Aborts when the person wants it to end. */
  readonly signal: AbortSignal;
}
