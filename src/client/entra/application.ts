// Which application of which tenant the ID tokens are for: the client's own configuration says so, for the gateway publishes none of it.

import { ClientError, oneLine } from '../error.ts';

export interface EntraApplication {
  /** Directory (tenant) ID, or a domain of the tenant. */
  readonly tenantId: string;
  /** Application (client) ID: the gateway's `[Entra] ClientId`. */
  readonly clientId: string;
  /** Of a national cloud, as in `https://login.microsoftonline.us`. Default `https://login.microsoftonline.com`. */
  readonly authority?: string | undefined;
}

const GLOBAL = 'https://login.microsoftonline.com';
const guid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const domain = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/** "Any tenant" and "personal accounts", in Microsoft's words, and the tenant of personal accounts: such tokens the gateway refuses. */
const noTenants = ['common', 'organizations', 'consumers', '9188040d-6c67-4c5b-b112-36a304b66dad'];

/**
 * The tenant's own authority, as in `https://login.microsoftonline.com/72f988bf-…`: with `/common` a person of another tenant would get a
 * token, which the gateway refuses.
 * @throws ClientError `entra_not_configured` if something is missing or cannot be what it is said to be
 */
export function authorityOf(application: EntraApplication | undefined): string {
  // What a program without types gives may be anything.
  const { tenantId, clientId, authority = GLOBAL } = (application ?? {}) as Partial<Record<keyof EntraApplication, unknown>>;
  if (typeof tenantId !== 'string' || tenantId === '') throw wrong('no tenant (tenantId) is configured');
  if (typeof clientId !== 'string' || clientId === '') throw wrong('no application (clientId) is configured');
  if (noTenants.includes(tenantId.toLowerCase())) throw wrong(`"${tenantId}" is no tenant of an organisation`);
  if (!guid.test(tenantId) && !domain.test(tenantId)) throw wrong(`the tenant must be a GUID or a domain name, and is "${oneLine(tenantId)}"`);
  if (!guid.test(clientId)) throw wrong(`the application must be a GUID, and is "${oneLine(clientId)}"`);
  return `${originOf(authority)}/${tenantId.toLowerCase()}`;
}

/** Whether a token of this tenant cannot be meant. A domain name tells nothing of that. */
export const isOtherTenant = ({ tenantId }: EntraApplication, tid: string): boolean =>
  guid.test(tenantId) && tenantId.toLowerCase() !== tid.toLowerCase();

function originOf(authority: unknown): string {
  const url = typeof authority === 'string' && URL.canParse(authority) ? new URL(authority) : undefined;
  if (url?.protocol !== 'https:' || url.href !== `${url.origin}/`) throw wrong(`the authority must be like ${GLOBAL}, and is "${oneLine(String(authority))}"`);
  return url.origin;
}

const wrong = (what: string): ClientError => new ClientError('entra_not_configured', `Entra ID sign-in is not set up in this client: ${what}`, {
  cure: 'Give the client the TenantId, the ClientId and, in a national cloud, the Authority of the gateway\'s section [Entra].',
});
