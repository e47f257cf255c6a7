// Whether the gateway can do its work now: store, replay cache, keytab.

import { closeSync, openSync } from 'node:fs';
import { GatewayError } from './errors.ts';
import type { KeytabFile } from './mechanisms/keytab-file.ts';
import type { Store } from './stores/store.ts';

/** One check: `ok`, or what is wrong in words for an administrator. */
export type Check = 'ok' | (string & {});

export interface Health {
  /** False if no sign-in can work here, so that a load balancer should send nobody. */
  readonly ready: boolean;
  readonly checks: { readonly store: Check; readonly replayCache?: Check; readonly keytab?: Check };
}

export interface HealthOptions {
  readonly store: Store;
  /** Where Windows sign-in is on. */
  readonly kerberos?: { readonly replayCacheFile: string; readonly keytab: KeytabFile };
}

/**
 * Looks at everything a sign-in needs. A missing keytab does not make the gateway unready: an admin who has just set it up
 * must reach it, and putting the keytab in place mends it without a restart; but it is not well either.
 */
export async function health(options: HealthOptions): Promise<Health> {
  const store = await storeCheck(options.store);
  if (options.kerberos === undefined) return { ready: store === 'ok', checks: { store } };
  const { keytab: file, replayCacheFile } = options.kerberos;
  const replayCache = writable(replayCacheFile);
  const read = file.read();
  const keytab = 'problem' in read ? `${file.path}: ${read.problem}`
    : file.httpKeys().length > 0 ? 'ok' : `${file.path}: it holds no key of HTTP/<Hostname>`;
  return { ready: store === 'ok' && replayCache === 'ok', checks: { store, replayCache, keytab } };
}

async function storeCheck(store: Store): Promise<Check> {
  try {
    await store.ping();
    return 'ok';
  } catch (error) {
    if (error instanceof GatewayError) return error.detail ?? error.message;
    throw error;
  }
}

/** MIT's replay cache appends to this file at every sign-in and refuses the ticket when it cannot. */
function writable(file: string): Check {
  try {
    closeSync(openSync(file, 'a', 0o600));
    return 'ok';
  } catch (error) {
    return (error as Error).message;
  }
}
