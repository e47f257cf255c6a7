// All tenants of Microsoft Entra ID that config.ini names, asked over the network.

import { setTimeout as sleep } from 'node:timers/promises';
import type { CryptoKey } from 'jose';
import type { EntraConfig, ProxySettings } from '../config/load.ts';
import { UnavailableError } from '../errors.ts';
import { readCertificates } from '../tls/pem-files.ts';
import { graph, type Graph } from './graph.ts';
import { keys } from './keys.ts';
import { type EntraMetadata, metadata } from './metadata.ts';
import { issuerOf, sectionOf } from './settings.ts';
import { openWeb, type Web } from './web.ts';

export interface EntraTenant {
  readonly settings: EntraConfig;
  /** Built of the configuration: what the network says does not change it. */
  readonly issuer: string;
  /** What it says of SIDs counts. */
  readonly trustsSids: boolean;
  /** The key that the tenant publishes under this id. Rejects with UnavailableError if it cannot be told now. */
  key(kid: string): Promise<CryptoKey | undefined>;
  /** The same. */
  metadata(): Promise<EntraMetadata>;
  readonly graph: Graph;
  /** Verified TLS, in limited time, and no redirects: for libraries. */
  readonly fetch: Web['fetch'];
}

export interface Entra {
  readonly tenants: readonly EntraTenant[];
  /** By `entra` or `entra:<name>`: `ok`, or what is wrong in words for an administrator. Answers within a second. */
  health(): Promise<Readonly<Record<string, 'ok' | (string & {})>>>;
  close(): Promise<void>;
}

export interface EntraOptions {
  readonly tenants: readonly EntraConfig[];
  readonly proxy: ProxySettings;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

/** Opens them. Nothing of it waits for the network: a tenant that cannot be asked is warned of, and asked again when it is needed. */
export function openEntra({ tenants, proxy, now, warn }: EntraOptions): Entra {
  const isOne = new Set(tenants.map(({ tenantId }) => tenantId)).size === 1;
  const opened = tenants.map((settings) => openTenant(settings, { proxy, now, trustsSids: settings.trustOnPremisesSids ?? isOne }));
  let isClosed = false;
  for (const { tenant: { settings }, look } of opened) {
    void look().then((state) => {
      if (state !== 'ok' && !isClosed) warn(`[${sectionOf(settings.name)}] Entra ID cannot be asked: ${state}`);
    });
  }
  return {
    tenants: opened.map(({ tenant }) => tenant),
    health: async () => Object.fromEntries(await Promise.all(opened.map(async ({ tenant: { settings: { name } }, look }) =>
      [name === '' ? 'entra' : `entra:${name}`, await soon(look())] as const))),
    close: async () => {
      isClosed = true;
      await Promise.all(opened.map(({ web }) => web.close()));
    },
  };
}

interface Opened {
  readonly tenant: EntraTenant;
  readonly web: Web;
  /** Whether its metadata and keys are known. */
  look(): Promise<'ok' | (string & {})>;
}

/** Throws ConfigError for a CaFile that cannot be read. */
function openTenant(
  settings: EntraConfig, { proxy, now, trustsSids }: Pick<EntraOptions, 'proxy' | 'now'> & { readonly trustsSids: boolean },
): Opened {
  const { caFile, name } = settings;
  const ca = caFile === undefined ? undefined
    : readCertificates(caFile, `[${sectionOf(name)}] CaFile ${caFile}`).map((certificate) => certificate.toString());
  const web = openWeb({ section: sectionOf(name), ca, proxy });
  const published = metadata(settings, web, now);
  const ofTenant = keys(settings, web, published, now);
  return {
    web,
    tenant: {
      settings,
      issuer: issuerOf(settings),
      trustsSids,
      key: (kid) => ofTenant.key(kid),
      metadata: () => published.get(),
      graph: graph({ settings, web, metadata: published, now }),
      fetch: web.fetch,
    },
    look: async () => {
      try {
        await ofTenant.known();
        return 'ok';
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        const { detail, message, cure } = error;
        return `${detail ?? message}${cure === undefined ? '' : `; ${cure}`}`;
      }
    },
  };
}

/** Milliseconds that whoever asks for the health waits. */
const PATIENCE = 900;

function soon(answer: Promise<string>): Promise<string> {
  const patience = new AbortController();
  const late = sleep(PATIENCE, 'no answer yet', patience);
  return Promise.race([answer, late]).finally(() => { patience.abort(); });
}
