// Entra ID: an ID token that a tenant of config.ini has issued to our application → Proof
// (Microsoft: "Secure applications and APIs by validating claims").

import { createHash } from 'node:crypto';
import { compactVerify, type CryptoKey, errors } from 'jose';
import type { EntraConfig } from '../config/load.ts';
import { guidOf, PERSONAL_ACCOUNTS } from '../guid.ts';
import type { GraphAbsence } from '../identity/entra-people.ts';
import { prove, type Proof } from '../identity/proof.ts';
import { refused, type Refusal } from '../identity/refusal.ts';
import { guidIn, type IdTokenClaims, readClaims, SKEW } from './entra/claims.ts';
import { type ReadIdToken, readIdToken, shown } from './entra/id-token.ts';

/** One section `[Entra]`, as far as a token is concerned. */
export interface TokenTenant {
  readonly settings: EntraConfig;
  /** Built of the configuration: nothing that a token or the network says changes it. */
  readonly issuer: string;
  /** SIDs that it tells of people and groups count. */
  readonly trustsSids: boolean;
  /** The key that Microsoft publishes for this tenant under this id. An outage throws UnavailableError. */
  key(kid: string): Promise<CryptoKey | undefined>;
  readonly graph: {
    /** All groups that a person is in, by object id, with the SIDs of those from a domain. An outage throws UnavailableError. */
    groups(object: string): Promise<{ readonly kind: 'found'; readonly groups: readonly string[] } | GraphAbsence>;
  };
}

export interface EntraMechanismOptions {
  readonly tenants: readonly TokenTenant[];
  /** Whether `[Rights]` has rules: without them nobody's groups matter. */
  readonly hasRules: boolean;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** A good token. */
export interface ProvedIdToken {
  readonly kind: 'proved';
  readonly proof: Proof;
  readonly settings: EntraConfig;
  /**
   * By when an answer that is given at `now` has to end: the token's `exp`, and while that is past within the skew, when it is our clock
   * that may be ahead, the end of that. Undefined: it has expired. All in seconds since the epoch.
   */
  endsBy(now: number): number | undefined;
  /** Of header and payload: the signature could be written in several ways. */
  readonly mark: Uint8Array;
  /** From when on the token is refused for its age anyway. */
  readonly markedUntil: number;
  /** `auth_time`; the token need not tell it. */
  readonly authenticatedAt: number | undefined;
}

export interface EntraMechanism {
  /**
   * Checks the token. Its own words choose among the tenants of config.ini and among the keys that these publish, and nothing else: no
   * issuer and no address is ever taken from it. An outage of Microsoft that stands in the way throws UnavailableError.
   */
  check(idToken: string, about: { readonly nonce: string | undefined }): Promise<ProvedIdToken | Refusal>;
}

/** Builds the mechanism. */
export function entraMechanism({ tenants, hasRules, now }: EntraMechanismOptions): EntraMechanism {
  return {
    check: async (text, { nonce }) => {
      const read = readIdToken(text);
      if (read.kind === 'refused') return read;
      const tenant = tenantOf(tenants, read.payload);
      if ('kind' in tenant) return tenant;
      const forgery = await signatureFault(tenant, text, read);
      if (forgery !== undefined) return forgery;
      const time = now();
      const claims = readClaims(read.payload, { issuer: tenant.issuer, settings: tenant.settings, nonce, now: time });
      if (claims.kind === 'refused') return claims;
      const groups = hasRules ? await groupsOf(tenant, claims) : [];
      if ('kind' in groups) return groups;
      return {
        kind: 'proved',
        proof: proofOf(tenant, claims, { groups, now: time }),
        settings: tenant.settings,
        endsBy: (at) => [claims.expiresAt, claims.expiresAt + SKEW].find((end) => end > at),
        mark: createHash('sha256').update(`entra\0${read.signed}`).digest(),
        markedUntil: claims.expiresAt + SKEW,
        authenticatedAt: claims.authenticatedAt,
      };
    },
  };
}

/** Claims that access tokens have, and ID tokens of version 2.0 have not. */
const ofAccessTokens = ['scp', 'azp', 'appid'];

/** The section that a token says it is for, or why there is none. */
function tenantOf(tenants: readonly TokenTenant[], payload: ReadIdToken['payload']): TokenTenant | Refusal {
  const { aud, iss, ver, tid, idtyp } = payload;
  if (idtyp === 'app') return refused('app_only_token', 'idtyp is app');
  const odd = ofAccessTokens.filter((name) => Object.hasOwn(payload, name));
  if (odd.length > 0) return refused('not_an_id_token', `it has ${odd.join(' ')}`);
  if (ver !== '2.0') return refused('id_token_version', `ver is ${shown(ver)}`, 'ask for it at the endpoint /oauth2/v2.0/ (MSAL does)');
  const id = guidIn(payload, 'tid');
  if (id === undefined) return refused('id_token_malformed', `tid is no GUID: ${shown(tid)}`);
  if (id === PERSONAL_ACCOUNTS) return refused('personal_account', 'tid is that of personal accounts');
  const ofTenant = tenants.filter(({ settings }) => settings.tenantId === id);
  if (ofTenant.length === 0) {
    return refused('tenant_not_allowed', `no section has TenantId ${id}`, tenants.length === 0 ? 'if its people shall sign in: [Entra] with its TenantId and ClientId'
      : 'if its people shall sign in: a section [Entra:NAME] with its TenantId and ClientId, or this as the TenantId of the one that there is');
  }
  const tenant = ofTenant.find(({ settings }) => settings.clientId === aud);
  if (tenant === undefined) {
    return refused('id_token_audience', `aud is ${shown(aud)}, and ClientId is ${ofTenant.map(({ settings }) => settings.clientId).join(' or ')}`,
      'let the client ask for it with the ClientId of config.ini');
  }
  return iss === tenant.issuer ? tenant : refused('id_token_issuer', `iss is ${shown(iss)}, and must be ${tenant.issuer}`);
}

async function signatureFault(tenant: TokenTenant, text: string, { kid }: ReadIdToken): Promise<Refusal | undefined> {
  const key = await tenant.key(kid);
  if (key === undefined) return refused('id_token_key_unknown', `the tenant publishes no key ${shown(kid)}`);
  try {
    await compactVerify(text, key, { algorithms: ['RS256'] });
    return undefined;
  } catch (error) {
    // jose's own errors all say that the signature is not good; anything else is a fault of ours.
    if (error instanceof errors.JOSEError) return refused('id_token_signature', `by the key ${shown(kid)}`);
    throw error;
  }
}

async function groupsOf({ graph }: TokenTenant, claims: IdTokenClaims): Promise<readonly string[] | Refusal> {
  const { groups, object, userPrincipalName: user } = claims;
  if (groups !== 'overage') return groups;
  const told = await graph.groups(object);
  if (told.kind === 'found') return told.groups;
  if (told.kind === 'absent') return refused('unknown_user', 'Entra ID has no such person any more', undefined, user);
  // Without his groups he would lose rights, and nobody would know why.
  return refused('groups_unknown', `he is in more groups than a token holds, and ${told.detail}`, told.cure, user);
}

function proofOf(
  { settings, trustsSids }: TokenTenant, claims: IdTokenClaims,
  { groups, now }: { readonly groups: readonly string[]; readonly now: number },
): Proof {
  const { tenant, object, userPrincipalName, displayName, email, isGuest, sid, authenticatedAt, issuedAt, methods } = claims;
  return prove({
    mechanism: 'entra',
    subject: { kind: 'entra', person: { id: { tenant, object }, section: settings.name, userPrincipalName, displayName, email, isGuest } },
    authentication: { at: Math.min(authenticatedAt ?? issuedAt, now), methods, entra: { tenant, at: Math.min(issuedAt, now) } },
    sids: sid === undefined || !trustsSids || isGuest ? [] : [sid],
    tenantGroups: trustsSids ? groups : groups.filter((group) => guidOf(group) !== undefined),
  });
}
