// A gateway in this process with a tenant of the stand-in for Entra ID, and the ways of its people to tokens.

import type { Test } from 'tap';
import { type App, type EntraStandIn, type Person, startEntra, type StandInTenant, TENANT } from '../realm/entra.ts';
import { type Fields, openProvider, type Provider } from '../oauth/provider.ts';
import type { Reply } from '../routes/app.ts';

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

export interface EntraSite {
  readonly entra: EntraStandIn;
  readonly tenant: StandInTenant;
  readonly app: App;
  readonly provider: Provider;
  /** Exchanges this token as the Desktop Client does. */
  exchange(idToken: string, fields?: Fields): Promise<Reply>;
  /** A fresh ID token, exchanged. */
  signIn(person: Person, changes?: Readonly<Record<string, unknown>>, fields?: Fields): Promise<Reply>;
  /** The reason of the last refusal in the log. */
  reason(): string | undefined;
}

export interface EntraSiteOptions {
  /** Lines of `[Entra]`. */
  readonly keys?: string;
  /** Other sections. */
  readonly config?: string;
  readonly entra?: EntraStandIn;
  /** There is no `[Entra]`. */
  readonly isOff?: boolean;
}

/** The redirect URI that gateways of these tests have. */
export const REDIRECT = 'https://print.myq.test:8090/auth';

/** Opens it. */
export async function openEntraSite(t: Test, { keys = '', config = '', entra: given, isOff = false }: EntraSiteOptions = {}): Promise<EntraSite> {
  const entra = given ?? await startEntra(t);
  const tenant = entra.tenant();
  const app = tenant.app({ redirectUris: [REDIRECT] });
  const provider = await openProvider(t, { config: `${isOff ? '' : sectionOf(entra, app, keys)}\n${config}` });
  const exchange: EntraSite['exchange'] = (idToken, fields = {}) => provider.form('/api/auth/token', {
    grant_type: EXCHANGE, client_id: 'myq-desktop-client', subject_token: idToken, subject_token_type: ID_TOKEN, ...fields,
  });
  return {
    entra, tenant, app, provider, exchange,
    signIn: async (person, changes, fields) => exchange(await tenant.idToken(person, app, changes), fields),
    reason: () => {
      const line = provider.log.findLast((one) => one.includes('"reason"'));
      return line === undefined ? undefined : (JSON.parse(line) as { reason: string }).reason;
    },
  };
}

/** `[Entra]` for this application. */
export function sectionOf({ authority, caFile }: EntraStandIn, { clientId, clientSecret }: App, keys = '', name = 'Entra', tenant = TENANT): string {
  return `[${name}]\nTenantId = ${tenant}\nClientId = ${clientId}\nClientSecret = ${clientSecret}\nAuthority = ${authority}\nCaFile = ${caFile}\n${keys}`;
}

/** The claims of an access token of ours. */
export function claimsOf(reply: Reply): Readonly<Record<string, unknown>> {
  const { access_token: token } = reply.json<{ access_token: string }>();
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Readonly<Record<string, unknown>>;
}
