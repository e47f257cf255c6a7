// The domain's composition: configuration → store, keys, mechanisms, grants. Knows no HTTP; app.ts and the CLI stand on it.

import { dirname, join } from 'node:path';
import type { Config } from './config/load.ts';
import { DESKTOP_CLIENT_ID, windowsSignIn, type WindowsSignIn } from './grants/windows-sign-in.ts';
import { health, type Health } from './health.ts';
import { resolver } from './identity/resolve.ts';
import { handshakes, type Handshakes } from './mechanisms/handshakes.ts';
import { kerberos } from './mechanisms/kerberos.ts';
import { keytabFile } from './mechanisms/keytab-file.ts';
import type { Mechanism } from './mechanisms/mechanism.ts';
import { negotiate, type NegotiateCredential } from './mechanisms/negotiate.ts';
import { openStore } from './stores/open.ts';
import type { Store } from './stores/store.ts';
import { tokenIssuer } from './tokens/issue.ts';
import { openKeyring, type Keyring } from './tokens/keyring.ts';

/** Half-open handshakes end after this, in milliseconds; a client answers a challenge at once. */
const HANDSHAKE_LIFETIME = 10_000;
const HANDSHAKE_LIMIT = 1_000;

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
  const store = openStore(config);
  try {
    const keyring = await openKeyring({ store, sealKey: config.store.sealKey, algorithm: config.oauth.signingAlgorithm, now });
    if ((await store.clientById(DESKTOP_CLIENT_ID)) === undefined) {
      warn(`the store has no client ${DESKTOP_CLIENT_ID}: sign-ins that name no client are refused; was [Store] Url changed after init?`);
    }
    const keytab = keytabFile(config.kerberos.keytab);
    const replayCacheFile = join(dirname(config.store.url.path), 'kerberos.rcache');
    const kerberosMechanism = kerberos({
      keytab,
      replayCache: `file2:${replayCacheFile}`,
      channelBinding: config.security.channelBinding,
      allowRc4: config.kerberos.allowRc4,
      now,
      warn,
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
      negotiate: negotiate({ kerberos: kerberosMechanism, kerberosOnly: config.security.kerberosOnly }),
      handshakes: handshakes({ lifetime: HANDSHAKE_LIFETIME, limit: HANDSHAKE_LIMIT }),
      windowsSignIn: windowsSignIn({ clients: store, resolve, issuer: tokens }),
      health: () => health({ store, replayCacheFile, keytab }),
      close: () => store.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
