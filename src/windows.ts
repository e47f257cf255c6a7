// The composition of Windows sign-in: Kerberos, NTLM where it is on, and the handshakes that are open.

import { dirname, join } from 'node:path';
import type { Config } from './config/load.ts';
import type { Accounts } from './identity/account.ts';
import type { Limiter } from './mechanisms/attempts.ts';
import { handshakes, type Handshakes } from './mechanisms/handshakes.ts';
import { kerberos } from './mechanisms/kerberos.ts';
import { keytabNotes } from './mechanisms/kerberos-cure.ts';
import type { KeytabFile } from './mechanisms/keytab-file.ts';
import { negotiate, type Negotiate } from './mechanisms/negotiate.ts';
import { ntlm } from './mechanisms/ntlm.ts';
import { openNtlmHelpers, type NtlmHelpers } from './mechanisms/ntlm/helpers.ts';
import type { NtlmSurroundings } from './mechanisms/ntlm/use.ts';
import type { Store } from './stores/store.ts';

/** A client answers a challenge at once; the lifetime is in milliseconds. One address may be a terminal server, but not the world. */
const HANDSHAKES = { lifetime: 10_000, limit: 1_000, limitPerAddress: 100 };

/** Windows sign-in, if it is on. */
export interface Windows {
  readonly negotiate: Negotiate;
  readonly handshakes: Handshakes;
  /** Where Kerberos is on: the file in which MIT keeps what was used. */
  readonly replayCacheFile: string | undefined;
  /** Undefined where no NTLM is processed: no helper was ever started then. */
  readonly ntlmHelpers: NtlmHelpers | undefined;
}

export interface WindowsOptions {
  readonly config: Config;
  readonly store: Store;
  readonly keytab: KeytabFile;
  readonly accounts: Accounts;
  /** Realms whose users may sign in, as they are at this moment. */
  readonly realms: () => readonly string[];
  readonly limiter: Limiter;
  /** For what is worth a look though nothing failed. */
  readonly warn: (message: string) => void;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Composes it; undefined if nothing of it is on. */
export async function openWindows(options: WindowsOptions): Promise<Windows | undefined> {
  const { config, store, accounts } = options;
  const hostname = config.server.hostname.toLowerCase();
  const service = `HTTP/${hostname}`;
  const surroundings: NtlmSurroundings = { hostname, spnState: () => accounts.spnState(service) };
  const replayCacheFile = join(dirname(config.store.url.path), 'kerberos.rcache');
  let ntlmHelpers: NtlmHelpers | undefined;
  const door = negotiate({
    kerberos: config.kerberos.enabled ? tickets(options, service, replayCacheFile) : undefined,
    ntlm: config.ntlm.enabled ? () => {
      ntlmHelpers = openHelpers(options);
      return ntlmOf(options, ntlmHelpers, surroundings);
    } : undefined,
    kerberosOnly: config.security.kerberosOnly,
    surroundings,
    countRefused: (context, cause) => store.countNtlm({
      outcome: 'refused', user: '', address: context.address, workstation: '', isWorkstationVerified: false, target: context.calledAs ?? '',
      reason: `ntlm_disabled ${cause}`,
    }),
  });
  if (door.schemes.length === 0) return undefined;
  await store.watchNtlm();
  return {
    negotiate: door,
    handshakes: handshakes(HANDSHAKES),
    replayCacheFile: config.kerberos.enabled ? replayCacheFile : undefined,
    ntlmHelpers,
  };
}

function tickets(
  { config, keytab, warn, store, now }: WindowsOptions, service: string, replayCacheFile: string,
): ReturnType<typeof kerberos> {
  for (const note of keytabNotes(keytab, service)) warn(note);
  return kerberos({
    keytab, service, now, warn,
    replayCache: `file2:${replayCacheFile}`,
    channelBinding: config.security.channelBinding,
    allowRc4: config.kerberos.allowRc4,
    markOnce: (mark, expiresAt) => store.markOnce(mark, expiresAt),
  });
}

function openHelpers({ config, warn }: WindowsOptions): NtlmHelpers {
  const { ntlmAuthPath: path, sambaConfig, helpers: limit } = config.ntlm;
  return openNtlmHelpers({ path, limit, warn, ...(sambaConfig === undefined ? {} : { sambaConfig }) });
}

function ntlmOf(
  { config, store, accounts, realms, limiter, now }: WindowsOptions, helpers: NtlmHelpers, surroundings: NtlmSurroundings,
): ReturnType<typeof ntlm> {
  const { security: { channelBinding }, ntlm: { domains } } = config;
  return ntlm({ helpers, domains, realms, accounts, channelBinding, limiter, users: store, uses: store, surroundings, now });
}
