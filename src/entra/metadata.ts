// A tenant's OpenID metadata (OpenID Connect Discovery §4, Microsoft: "OpenID configuration document"): where its endpoints and keys are.

import type { EntraConfig } from '../config/load.ts';
import { UnavailableError } from '../errors.ts';
import { OUT } from './failure.ts';
import { type JsonObject, objectOf } from './json.ts';
import { refreshed, type Refreshed } from './refreshed.ts';
import { issuerOf, sectionOf } from './settings.ts';
import type { Web } from './web.ts';

export interface EntraMetadata {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly keysUri: string;
  /** Host of Microsoft Graph, which every cloud has its own of; with a port if it is not that of HTTPS. */
  readonly graphHost: string;
}

const HOUR = 3600;
const AGES = { renewedAfter: 12 * HOUR, freshFor: 24 * HOUR, keptFor: 7 * 24 * HOUR, pause: 5, renewPause: 5 };

/** Asked for when it is first needed. */
export function metadata(settings: EntraConfig, web: Web, now: () => number): Refreshed<EntraMetadata> {
  const { authority, tenantId } = settings;
  const what = `the OpenID metadata of tenant ${tenantId}`;
  return refreshed({
    ...AGES, now,
    look: async () => {
      const answer = await web.ask(`${authority}/${tenantId}/v2.0/.well-known/openid-configuration`);
      // Microsoft answers 400 for a tenant that it does not know, other authorities 404.
      if (answer.status === 400 || answer.status === 404) throw wrong(`${what}: there is none (${codeIn(answer.text)})`, settings);
      return read(objectOf(answer, what), settings, what);
    },
  });
}

/** Throws UnavailableError for a document that is not this tenant's, or leads elsewhere. */
function read(document: JsonObject, settings: EntraConfig, what: string): EntraMetadata {
  const { authority } = settings;
  const issuers = [issuerOf(settings), `${authority}/{tenantid}/v2.0`];
  if (!issuers.includes(document['issuer'] as string)) throw wrong(`${what}: the issuer is not ${issuerOf(settings)}`, settings);
  const uri = (name: string): string => {
    const value = document[name];
    if (typeof value === 'string' && URL.canParse(value) && new URL(value).origin === authority) return value;
    throw wrong(`${what}: ${name} is no address of ${authority}`, settings);
  };
  return {
    authorizationEndpoint: uri('authorization_endpoint'),
    tokenEndpoint: uri('token_endpoint'),
    keysUri: uri('jwks_uri'),
    graphHost: graphHostIn(document, settings, what),
  };
}

function graphHostIn({ msgraph_host: host = 'graph.microsoft.com' }: JsonObject, settings: EntraConfig, what: string): string {
  if (typeof host === 'string' && /^[a-z\d.-]{1,253}(?::\d{1,5})?$/i.test(host) && URL.canParse(`https://${host}`)) return host.toLowerCase();
  throw wrong(`${what}: msgraph_host is no host`, settings);
}

const codeIn = (text: string): string => /AADSTS\d{4,8}/.exec(text)?.[0] ?? 'without a code';

const wrong = (detail: string, { name }: EntraConfig): UnavailableError =>
  new UnavailableError(OUT, { detail, cure: `see TenantId and Authority in [${sectionOf(name)}]` });
