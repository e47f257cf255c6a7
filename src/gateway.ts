// The domain's composition: configuration → store, keys, mechanisms, grants. Knows no HTTP; app.ts and the CLI stand on it.

import { dirname, join } from 'node:path';
import type { Config } from './config/load.ts';
import { windowsSignIn, type WindowsSignIn } from './grants/windows-sign-in.ts';
import { health, type Health } from './health.ts';
import { resolver } from './identity/resolve.ts';
import { handshakes, type Handshakes } from './mechanisms/handshakes.ts';
import { kerberos } from './mechanisms/kerberos.ts';
import { keytabNotes } from './mechanisms/kerberos-cure.ts';
import { keytabFile } from './mechanisms/keytab-file.ts';
import type { Mechanism } from './mechanisms/mechanism.ts';
import { negotiate, type NegotiateCredential } from './mechanisms/negotiate.ts';
import { foundStore } from './new-store.ts';
import { openStore } from './stores/open.ts';
import type { Store } from './stores/store.ts';
import { tokenIssuer } from './tokens/issue.ts';
import type { Keyring } from './tokens/keyring.ts';

/** A client answers a challenge at once; the lifetime is in milliseconds. One address may be a terminal server, but not the world. */
const HANDSHAKES = { lifetime: 10_000, limit: 1_000, limitPerAddress: 100 };

/** Everything that the outside can ask of the domain. */
export interface Gateway {
  /** The `iss` of every token and the base of every URL that is published. */
  readonly issuer: string;
  /** The `aud` of access tokens. */
  readonly audience: string;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly negotiate: Mechanism<NegotiateCredential>;
  readonly handshakes: Handshakes;
  readonly windowsSignIn: WindowsSignIn;
  health(): Promise<Health>;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly config: Config;
  readonly issuer: string;
  /** For what is worth a look though nothing failed. */
  readonly warn: (message: string) => void;
}

/** Seconds since the epoch. */
const now = (): number => Math.floor(Date.now() / 1000);

/** Composes a gateway. Throws UnavailableError or ConfigError if it cannot work; nothing stays open then. */
export async function openGateway({ config, issuer, warn }: GatewayOptions): Promise<Gateway> {
  const store = await openStore(config);
  try {
    const { keyring, isNew } = await foundStore(store, config, now);
    if (isNew) warn(`the store ${config.store.url.path} is new and empty: nobody is a user yet; if there was one before, restore the backup`);
    const keytab = keytabFile(config.kerberos.keytab);
    const service = `HTTP/${config.server.hostname.toLowerCase()}`;
    for (const note of keytabNotes(keytab, service)) warn(note);
    const replayCacheFile = join(dirname(config.store.url.path), 'kerberos.rcache');
    const tickets = kerberos({
      keytab, service, now, warn,
      replayCache: `file2:${replayCacheFile}`,
      channelBinding: config.security.channelBinding,
      allowRc4: config.kerberos.allowRc4,
      markOnce: (mark, expiresAt) => store.markOnce(mark, expiresAt),
    });
    const { realms } = config.kerberos;
    const resolve = resolver({
      directory: store,
      realms: () => (realms.length > 0 ? realms : keytab.realms()),
      unknownUsers: config.users.unknownUsers,
    });
    const audience = config.oauth.audience ?? issuer;
    const tokens = tokenIssuer({ keyring, issuer, audience, lifetime: config.oauth.accessTokenLifetime, now });
    return {
      issuer,
      audience,
      store,
      keyring,
      negotiate: negotiate({ kerberos: tickets, kerberosOnly: config.security.kerberosOnly }),
      handshakes: handshakes(HANDSHAKES),
      windowsSignIn: windowsSignIn({ clients: store, resolve, issuer: tokens }),
      health: () => health({ store, replayCacheFile, keytab }),
      close: () => store.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
