// The domain's composition: configuration → store, keys, mechanisms, grants. Knows no HTTP; app.ts and the CLI stand on it.

import { browser, type Browser } from './authorization/browser.ts';
import { clientAuthentication, type ClientAuthentication } from './clients/authenticate.ts';
import type { Config, ProxySettings } from './config/load.ts';
import { openAccounts, type DirectoryAccounts } from './directory/accounts.ts';
import { openEntra, type Entra } from './entra/entra.ts';
import { grants, type Grants } from './grants/grants.ts';
import { health, type Health } from './health.ts';
import type { EntraPeople } from './identity/entra-people.ts';
import { resolver } from './identity/resolve.ts';
import { attemptLimiter } from './mechanisms/attempts.ts';
import { entraMechanism } from './mechanisms/entra.ts';
import { keytabFile } from './mechanisms/keytab-file.ts';
import { microsoftSignIn } from './mechanisms/microsoft.ts';
import { passwordMechanism } from './mechanisms/password.ts';
import { foundStore } from './new-store.ts';
import { openStore } from './stores/open.ts';
import type { ClientStore } from './stores/client-store.ts';
import type { Store } from './stores/store.ts';
import { handles } from './tokens/handle.ts';
import { tokenIssuer } from './tokens/issue.ts';
import type { Keyring } from './tokens/keyring.ts';
import { openSecrets } from './tokens/secrets.ts';
import { everyUsersScopes } from './tokens/scopes.ts';
import { tokenReader } from './tokens/verify.ts';
import { checkRights, userRules } from './user-rules.ts';
import { openWindows, type Windows } from './windows.ts';

export type { Windows } from './windows.ts';

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
  /** For what is asked of Entra ID. */
  readonly proxy: ProxySettings;
  /** For what is worth a look though nothing failed. */
  readonly warn: (message: string) => void;
}

/** Seconds since the epoch. */
const now = (): number => Math.floor(Date.now() / 1000);

/** Composes a gateway. Throws UnavailableError or ConfigError if it cannot work; nothing stays open then. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, proxy, warn } = options;
  checkRights(config);
  const opened = new AsyncDisposableStack();
  try {
    const store = opened.adopt(await openStore(config), (one) => one.close());
    const accounts = opened.adopt(openAccounts({ directories: config.directories, now, warn }), (one) => { one.close(); });
    const entra = opened.adopt(openEntra({ tenants: config.tenants, proxy, now, warn }), (one) => one.close());
    return await compose(options, { store, accounts, entra, opened });
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** What is open below the gateway; all of `opened` closes with it, the last first. */
interface Opened {
  readonly store: Store;
  readonly accounts: DirectoryAccounts;
  readonly entra: Entra;
  readonly opened: AsyncDisposableStack;
}

async function compose({ config, issuer, warn }: GatewayOptions, { store, accounts, entra, opened }: Opened): Promise<Gateway> {
  const { keyring, isNew } = await foundStore(store, config, now);
  if (isNew) warn(`the store ${config.store.url.path} is new and empty: nobody is a user yet; if there was one before, restore the backup`);
  const keytab = keytabFile(config.kerberos.keytab);
  const limiter = attemptLimiter({ store, attempts: config.security.lockoutAttempts, minutes: config.security.lockoutMinutes });
  const rules = userRules(config, () => keytab.realms());
  const windows = await openWindows({ config, store, keytab, accounts, realms: rules.realms, limiter, warn, now });
  opened.defer(() => windows?.ntlmHelpers?.close());
  const resolving = resolver({
    directory: store, accounts, now, warn,
    entra: entraPeople(config, entra),
    ...rules,
    rules: config.rights,
    everybody: everyUsersScopes,
    groupLifetime: config.oauth.sessionLifetime,
  });
  const audience = config.oauth.audience ?? issuer;
  const secrets = await openSecrets({ store, sealKey: config.store.sealKey });
  const ofGateway = {
    issuer, audience, store, now,
    resolver: resolving,
    entra: entraMechanism({ tenants: entra.tenants, hasRules: config.rights.length > 0, now }),
    handles: handles(secrets.handleKey),
    reader: tokenReader({ keyring, issuer, audience, now }),
    passwords: passwordMechanism({ store, now, accounts, limiter, realms: rules.realms, digestKey: secrets.digestKey }),
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
      microsoft: microsoftSignIn({ tenants: entra.tenants, entra: ofGateway.entra, redirectUri: `${issuer}/auth`, now }),
      handleKey: secrets.handleKey,
      pinSignIn: config.users.pinSignIn,
      isWindowsOffered: (address) => windows !== undefined && config.security.windowsSignInNetworks.has(address),
      isWindowsReady: () => keytab.httpKeys().length > 0,
      sessionLifetime: config.oauth.sessionLifetime,
    }),
    health: () => health({ store, accounts, entra, keytab, windows }),
    close: () => opened.disposeAsync(),
  };
}

/** The rules of the tenants, and what Microsoft Graph tells. */
function entraPeople({ tenants }: Config, entra: Entra): EntraPeople {
  const sectionOf = (name: string) => {
    const found = entra.tenants.find(({ settings }) => settings.name === name);
    if (found === undefined) throw new Error(`there is no section of Entra ID called "${name}"`);
    return found;
  };
  return {
    isAllowed: (tenant) => tenants.some(({ tenantId }) => tenantId === tenant),
    mayRefresh: (tenant) => tenants.some(({ tenantId, allowRefresh }) => tenantId === tenant && allowRefresh),
    rulesOf: (section) => {
      const { settings, trustsSids } = sectionOf(section);
      return { ...settings, trustsSids };
    },
    person: (section, object) => sectionOf(section).graph.person(object),
  };
}
