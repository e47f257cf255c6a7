// A sign-in between its two messages: it holds the helper that gave the challenge, since no other can judge the answer.

import { UnavailableError } from '../../errors.ts';
import type { DomainProbe, DomainState } from './domain-probe.ts';
import { caught, type AskThrough, type Finding } from './findings.ts';
import type { HelperProcess } from './helper-process.ts';
import type { Lease } from './leases.ts';
import { findingOfSilence, findingOfVerdict, malformed, type NtlmVerdict } from './verdict.ts';

/** A helper that has given a challenge and waits for the answer to it. Whoever does not answer disposes of it. */
export interface NtlmExchange extends Disposable {
  readonly challenge: Uint8Array;
  /**
   * Asks for the verdict; once, or once more after a `challenge`. `kind` is `first` for the first message of a client that offered another
   * mechanism before. `undefined`: the exchange was taken away meanwhile, for somebody who
   * needed a helper more. Throws UnavailableError if the helper, winbind or the domain is out, and RequestError for what no helper may
   * be given.
   */
  answer(token: Uint8Array, kind?: 'first' | 'answer'): Promise<NtlmVerdict | undefined>;
}

export interface ExchangeOptions {
  readonly challenge: Uint8Array;
  readonly helper: HelperProcess;
  /** Of the helper. */
  readonly lease: Lease<object>;
  readonly through: AskThrough;
  /** Of ntlm_auth, for the log. */
  readonly path: string;
  readonly domain: DomainProbe;
  /** Milliseconds without an answer until the domain is looked at, so that this is known when the helper is given up. */
  readonly patience: number;
}

/** Builds it; the lease is its own from now on, and rests while it waits. */
export function exchangeOf({ challenge, lease, through, ...options }: ExchangeOptions): NtlmExchange {
  let isWaiting = true;
  let isDisposed = false;
  lease.rest();
  return {
    challenge,
    answer: async (token, kind = 'answer') => {
      if (!isWaiting || !lease.resume()) return undefined;
      isWaiting = false;
      try {
        check(token);
        const verdict = await through[kind](() => ask({ ...options, lease }, token).catch(caught('out')));
        isWaiting = verdict.kind === 'challenge' && !isDisposed;
        return verdict;
      } finally {
        if (isWaiting) lease.rest();
        else lease[Symbol.dispose]();
      }
    },
    // A helper that works on an answer is nobody else's yet.
    [Symbol.dispose]: () => {
      isDisposed = true;
      if (isWaiting) lease[Symbol.dispose]();
    },
  };
}

async function ask(
  { helper, lease, path, domain, patience }: Omit<ExchangeOptions, 'challenge' | 'through'>, token: Uint8Array,
): Promise<Finding<NtlmVerdict>> {
  let looking: Promise<DomainState> | undefined;
  const timer = setTimeout(() => { looking = domain.look(0); }, patience);
  try {
    const said = await helper.ask('KK', token).finally(() => { clearTimeout(timer); });
    if (said.kind !== 'challenge') lease[Symbol.dispose](); // to judge may take some time, and needs no helper
    return await findingOfVerdict(said, path, domain);
  } catch (error) {
    if (!helper.wasLate || !(error instanceof UnavailableError)) throw error;
    lease[Symbol.dispose]();
    return findingOfSilence(error, await (looking ?? domain.look(0)));
  }
}

/** Bytes. More does not fit into the header of a request. */
const MAX_TOKEN = 48 * 1024;

/**
 * Throws RequestError for a message that must not be written to a helper: to an empty line it gives no answer, and then it answers
 * everybody with what was meant for the one before.
 */
export function check({ length }: Uint8Array): void {
  if (length === 0) throw malformed('the message is empty');
  if (length > MAX_TOKEN) throw malformed(`the message has ${String(length)} bytes`);
}
