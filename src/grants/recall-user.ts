// Whoever comes back with a code or a refresh token must still be allowed to.

import { RequestError } from '../errors.ts';
import type { Identity, Remembered, Resolver } from '../identity/resolve.ts';

/** The identity that was remembered. Throws RequestError `invalid_grant` if something has ended it; what, only the log tells. */
export async function recallUser(resolver: Resolver, remembered: Remembered): Promise<Identity> {
  const identity = await resolver.recall(remembered);
  if (identity.kind === 'identity') return identity;
  const { reason, detail, cure, user } = identity;
  throw new RequestError('invalid_grant', 'the sign-in has ended; sign in again', { reason, detail, cure, user });
}
