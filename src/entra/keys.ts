// The keys with which Microsoft signs a tenant's tokens (RFC 7517; Microsoft: "Signing key rollover").

import { importJWK, type CryptoKey, type JWK } from 'jose';
import type { EntraConfig } from '../config/load.ts';
import { UnavailableError } from '../errors.ts';
import { OUT } from './failure.ts';
import { type JsonObject, objectOf } from './json.ts';
import type { EntraMetadata } from './metadata.ts';
import { refreshed, type Refreshed } from './refreshed.ts';
import { issuerOf } from './settings.ts';
import type { Web } from './web.ts';

export interface TenantKeys {
  /**
   * The key with this id; undefined if the tenant publishes none. One that is not known yet is looked for at once, but not again and again:
   * strangers can send any id. Rejects with UnavailableError if the keys cannot be had, or a newer set that may have it.
   */
  key(kid: string): Promise<CryptoKey | undefined>;
  /** Resolves if there are keys. Rejects with UnavailableError if not, or if the newest ones could not be had. */
  known(): Promise<void>;
}

const HOUR = 3600;
/** A key that was taken away counts for an hour at most, and while Microsoft is out for a day. */
const AGES = { renewedAfter: HOUR / 2, freshFor: HOUR, keptFor: 24 * HOUR, pause: 5, renewPause: 30 };

/** Asked for when first needed. */
export function keys(settings: EntraConfig, web: Web, metadata: Refreshed<EntraMetadata>, now: () => number): TenantKeys {
  const what = `the keys of tenant ${settings.tenantId}`;
  const published = refreshed({
    ...AGES, now,
    look: async () => read(objectOf(await web.ask((await metadata.get()).keysUri), what), settings, what),
  });
  return {
    key: async (kid) => {
      const known = (await published.get()).get(kid);
      return known ?? (await published.renew())?.get(kid);
    },
    known: async () => {
      await published.get();
      // It may be over: nobody else looks before the keys are old, or one is missed.
      if (published.outage !== undefined) await published.renew();
      if (published.outage !== undefined) throw published.outage;
    },
  };
}

/** Throws UnavailableError for a set that is none, or has no key to verify with: what was known before is better. */
async function read({ keys: all }: JsonObject, settings: EntraConfig, what: string): Promise<ReadonlyMap<string, CryptoKey>> {
  if (!Array.isArray(all)) throw new UnavailableError(OUT, { detail: `${what}: there is no list of keys` });
  const usable = all.filter((key: unknown) => isUsable(key, settings)) as readonly (JWK & { readonly kid: string })[];
  const byId = new Map<string, CryptoKey>();
  for (const { kid, kty, n, e } of usable) {
    if (byId.has(kid)) throw new UnavailableError(OUT, { detail: `${what}: two keys have one id` });
    byId.set(kid, await imported({ kty, n, e } as JWK, what));
  }
  if (byId.size === 0) throw new UnavailableError(OUT, { detail: `${what}: there is no RSA key for signatures` });
  return byId;
}

const isAbsentOr = (value: unknown, expected: string): boolean => value === undefined || value === expected;

/** An RSA key for RS256 signatures of at least 2048 bits, which is this tenant's. Others are published, too, and passed over. */
function isUsable(key: unknown, settings: EntraConfig): boolean {
  if (typeof key !== 'object' || key === null) return false;
  const { kty, use, alg, kid, n, e, issuer } = key as JsonObject;
  const isRsa = kty === 'RSA' && typeof n === 'string' && typeof e === 'string' && isAbsentOr(use, 'sig') && isAbsentOr(alg, 'RS256');
  if (!isRsa || typeof kid !== 'string' || bitsOf(n) < 2048) return false;
  // Microsoft: "validate the signing key issuer".
  return issuer === undefined || (typeof issuer === 'string' && issuer.replace('{tenantid}', settings.tenantId) === issuerOf(settings));
}

/** Of the number, however many zeros stand before it. */
const bitsOf = (n: string): number => Buffer.from(n, 'base64url').toString('hex').replace(/^0+/, '').length * 4;

async function imported(jwk: JWK, what: string): Promise<CryptoKey> {
  try {
    return await importJWK(jwk, 'RS256') as CryptoKey;
  } catch (cause) {
    throw new UnavailableError(OUT, { detail: `${what}: a key is damaged`, cause });
  }
}
