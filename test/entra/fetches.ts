// How often a gateway has asked the stand-in for Entra ID, tokens by a key of one's choice, and what the checks of the gateway say.

import type { SigningKey } from '../realm/entra-keys.ts';
import type { Person } from '../realm/entra.ts';
import type { EntraSite } from './site.ts';

/** Of the keys. */
export const KEYS = /\/discovery\/v2\.0\/keys$/;
/** Of the metadata. */
export const METADATA = /\/\.well-known\/openid-configuration$/;

/** How often it was asked for. */
export const fetches = ({ entra }: Pick<EntraSite, 'entra'>, what = KEYS): number => entra.requests.filter(({ path }) => what.test(path)).length;

/** A fresh ID token by this key, which is said to have this id. */
export const signedBy = ({ tenant, app }: EntraSite, person: Person, key: SigningKey, kid = key.kid): Promise<string> =>
  tenant.sign({ typ: 'JWT', alg: 'RS256', kid }, tenant.claimsFor(person, app), key);

/** The check of Entra ID, as an administrator sees it. */
export const checkOf = async ({ provider }: EntraSite): Promise<string | undefined> => (await provider.gateway.health()).checks['entra'];

/** Exchanges all at once; gives each different outcome with how often there was it. */
export async function tally(site: EntraSite, tokens: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const reply of await Promise.all(tokens.map((token) => site.exchange(token)))) {
    const { reason, error } = reply.json<{ readonly reason?: string; readonly error?: string }>();
    const outcome = [String(reply.statusCode), reason ?? error ?? []].flat().join(' ');
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}
