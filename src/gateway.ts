// The domain's composition: configuration → store, keys, mechanisms, grants. Knows no HTTP; app.ts and the CLI stand on it.

import { dirname, join } from 'node:path';
import { browser, type Browser } from './authorization/browser.ts';
import { clientAuthentication, type ClientAuthentication } from './clients/authenticate.ts';
import type { Config } from './config/load.ts';
import { grants, type Grants } from './grants/grants.ts';
import { health, type Health } from './health.ts';
import { resolver } from './identity/resolve.ts';
import { attemptLimiter } from './mechanisms/attempts.ts';
import { handshakes, type Handshakes } from './mechanisms/handshakes.ts';
import { kerberos } from './mechanisms/kerberos.ts';
import { keytabNotes } from './mechanisms/kerberos-cure.ts';
import { type KeytabFile, keytabFile } from './mechanisms/keytab-file.ts';
import type { Mechanism } from './mechanisms/mechanism.ts';
import { negotiate, type NegotiateCredential } from './mechanisms/negotiate.ts';
import { passwordMechanism } from './mechanisms/password.ts';
import { foundStore } from './new-store.ts';
import { openStore } from './stores/open.ts';
import type { ClientStore } from './stores/client-store.ts';
import type { Store } from './stores/store.ts';
import { handles } from './tokens/handle.ts';
import { tokenIssuer } from './tokens/issue.ts';
import type { Keyring } from './tokens/keyring.ts';
import { openSecrets } from './tokens/secrets.ts';
import { tokenReader } from './tokens/verify.ts';

/** A client answers a challenge at once; the lifetime is in milliseconds. One address may be a terminal server, but not the world. */
const HANDSHAKES = { lifetime: 10_000, limit: 1_000, limitPerAddress: 100 };

/** Windows sign-in, if it is on. */
export interface Windows {
  readonly negotiate: Mechanism<NegotiateCredential>;
  readonly handshakes: Handshakes;
}

/** Everything that the outside can ask of the domain. */
export interface Gateway {
  /** The `iss` of every token and the base of every URL that is published. */
  readonly issuer: string;
  /** The `aud` of access tokens. */
  readonly audience: string;
  /** As pages show it. */
  readonly hostname: string;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly windows: Windows | undefined;
  readonly clients: ClientAuthentication;
  readonly origins: Pick<ClientStore, 'isOriginRegistered'>;
  readonly grants: Grants;
  readonly browser: Browser;
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
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const store = await openStore(options.config);
  try {
    return await compose(options, store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function compose({ config, issuer, warn }: GatewayOptions, store: Store): Promise<Gateway> {
  const { keyring, isNew } = await foundStore(store, config, now);
  if (isNew) warn(`the store ${config.store.url.path} is new and empty: nobody is a user yet; if there was one before, restore the backup`);
  const keytab = keytabFile(config.kerberos.keytab);
  const replayCacheFile = join(dirname(config.store.url.path), 'kerberos.rcache');
  const windows = config.kerberos.enabled ? windowsOf({ config, warn, store, keytab, replayCacheFile }) : undefined;

  const { realms } = config.kerberos;
  const resolving = resolver({
    directory: store,
    realms: () => (realms.length > 0 ? realms : keytab.realms()),
    unknownUsers: config.users.unknownUsers,
  });
  const audience = config.oauth.audience ?? issuer;
  const secrets = await openSecrets({ store, sealKey: config.store.sealKey });
  const ofGateway = {
    issuer, store, now,
    resolver: resolving,
    handles: handles(secrets.handleKey),
    reader: tokenReader({ keyring, issuer, audience, now }),
    passwords: passwordMechanism({
      store, now,
      digestKey: secrets.digestKey,
      limiter: attemptLimiter({ store, attempts: config.security.lockoutAttempts, minutes: config.security.lockoutMinutes }),
    }),
  };
  const clients = clientAuthentication({ clients: store, marks: store, issuer, tokenEndpoint: `${issuer}/api/auth/token`, now });
  return {
    issuer, audience, store, keyring, windows, clients,
    hostname: config.server.hostname.toLowerCase(),
    origins: store,
    grants: grants({
      ...ofGateway, clients,
      signer: tokenIssuer({ keyring, issuer, audience, lifetime: config.oauth.accessTokenLifetime, now }),
      lifetimes: {
        accessToken: config.oauth.accessTokenLifetime,
        refreshToken: config.oauth.refreshTokenLifetime,
        refreshIdle: config.oauth.refreshIdleLifetime ?? config.oauth.refreshTokenLifetime,
      },
    }),
    browser: browser({
      ...ofGateway,
      pinSignIn: config.users.pinSignIn,
      isWindowsOffered: (address) => windows !== undefined && config.security.windowsSignInNetworks.has(address),
      isWindowsReady: () => keytab.httpKeys().length > 0,
      sessionLifetime: config.oauth.sessionLifetime,
    }),
    health: () => health({ store, ...(windows === undefined ? {} : { kerberos: { replayCacheFile, keytab } }) }),
    close: () => store.close(),
  };
}

interface WindowsOptions extends Pick<GatewayOptions, 'config' | 'warn'> {
  readonly store: Store;
  readonly keytab: KeytabFile;
  readonly replayCacheFile: string;
}

function windowsOf({ config, warn, store, keytab, replayCacheFile }: WindowsOptions): Windows {
  const service = `HTTP/${config.server.hostname.toLowerCase()}`;
  for (const note of keytabNotes(keytab, service)) warn(note);
  const tickets = kerberos({
    keytab, service, now, warn,
    replayCache: `file2:${replayCacheFile}`,
    channelBinding: config.security.channelBinding,
    allowRc4: config.kerberos.allowRc4,
    markOnce: (mark, expiresAt) => store.markOnce(mark, expiresAt),
  });
  return { negotiate: negotiate({ kerberos: tickets, kerberosOnly: config.security.kerberosOnly }), handshakes: handshakes(HANDSHAKES) };
}
