// Whether the gateway can do its work now: store, replay cache, keytab, and what it asks elsewhere.

import { closeSync, openSync } from 'node:fs';
import type { DirectoryAccounts } from './directory/accounts.ts';
import type { Entra } from './entra/entra.ts';
import { GatewayError } from './errors.ts';
import type { KeytabFile } from './mechanisms/keytab-file.ts';
import type { Store } from './stores/store.ts';
import type { Windows } from './windows.ts';

/** One check: `ok`, or what is wrong in words for an administrator. */
export type Check = 'ok' | (string & {});

export interface Health {
  /** False if no sign-in can work here, so that a load balancer should send nobody. */
  readonly ready: boolean;
  /**
   * `store`, `replayCache`, `keytab`, `ntlm`, and `directory` or `directory:<name>` for each directory, likewise `entra`, as far as they
   * are on.
   */
  readonly checks: Readonly<Record<string, Check>>;
}

export interface HealthOptions {
  readonly store: Store;
  readonly accounts: Pick<DirectoryAccounts, 'health'>;
  readonly entra: Pick<Entra, 'health'>;
  readonly keytab: KeytabFile;
  readonly windows: Pick<Windows, 'replayCacheFile' | 'ntlmHelpers'> | undefined;
}

/**
 * Looks at everything a sign-in needs. A missing keytab does not make the gateway unready: an admin who has just set it up
 * must reach it, and putting the keytab in place mends it without a restart; but it is not well either. Neither does a domain or Entra ID
 * that is out: tickets are checked without them.
 */
export async function health({ store: ofUsers, accounts, entra, keytab, windows }: HealthOptions): Promise<Health> {
  const [store, directories, tenants, ntlm] = await Promise.all([
    storeCheck(ofUsers), accounts.health(), entra.health(), windows?.ntlmHelpers?.health(),
  ]);
  const others = { ...(ntlm === undefined ? {} : { ntlm }), ...directories, ...tenants };
  if (windows?.replayCacheFile === undefined) return { ready: store === 'ok', checks: { store, ...others } };
  const replayCache = writable(windows.replayCacheFile);
  return { ready: store === 'ok' && replayCache === 'ok', checks: { store, replayCache, keytab: keytabCheck(keytab), ...others } };
}

function keytabCheck(file: KeytabFile): Check {
  const read = file.read();
  if ('problem' in read) return `${file.path}: ${read.problem}`;
  return file.httpKeys().length > 0 ? 'ok' : `${file.path}: it holds no key of HTTP/<Hostname>`;
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
