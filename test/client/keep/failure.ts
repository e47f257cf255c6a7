// The failure that is expected of something, to be looked at.

import { ClientError } from '../../../src/client/error.ts';

/** Throws if it does not fail, or with anything but a ClientError. */
export async function failureOf(promise: Promise<unknown>): Promise<ClientError> {
  const outcome = await promise.then(() => 'no failure', (error: unknown) => error);
  if (outcome instanceof ClientError) return outcome;
  throw new Error(`no ClientError but ${String(outcome)}`, { cause: outcome });
}
