// Ends a sign-in that private mode kept, without going on with it first.

import { ClientError } from './error.ts';
import type { TokenStore } from './keep/token-store.ts';
import type { Tell } from './method.ts';
import { revoke } from './refresh.ts';
import { openServer } from './server.ts';
import { openTrust, type TrustOptions } from './trust/trust.ts';
import { untilEnded } from './until-ended.ts';

export interface SignOutOptions {
  readonly url: string;
  readonly connectTo?: string | undefined;
  readonly trust?: TrustOptions | undefined;
  readonly clientId: string;
  readonly kept: TokenStore;
  readonly tell?: Tell | undefined;
  /** Ends it before the gateway was told anything. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tells the gateway, which ends all that came of it, then forgets it here.
 * @returns whether one was kept
 * @throws ClientError if the gateway could not be told: then it is still kept, so that this can be tried again
 */
export async function signOutKept(
  { url, connectTo, trust, clientId, kept, tell = () => undefined, signal = new AbortController().signal }: SignOutOptions,
): Promise<boolean> {
  const server = openServer({ url, connectTo, trust: openTrust(trust) });
  try {
    // A person may be asked about the certificate: not while other programs wait for the file.
    await untilEnded(() => server.oauth(clientId), signal).catch(stillKept);
    // Nobody may refresh it between here and there.
    return await kept.exclusively(async (inside) => {
      const found = await inside.get(server.url.origin, clientId);
      if (found === undefined) return false;
      await revoke(server, clientId, found.refreshToken, 'refresh_token').catch(stillKept);
      tell('ended at the gateway');
      await inside.forget(server.url.origin, clientId);
      tell('forgotten here');
      return true;
    });
  } finally {
    await server.close();
  }
}

function stillKept(error: unknown): never {
  if (!(error instanceof ClientError)) throw error;
  const { reason, message, cure, server } = error;
  throw new ClientError(reason, `the sign-in was not ended, and is still kept: ${message}`, { cause: error, cure, server });
}
