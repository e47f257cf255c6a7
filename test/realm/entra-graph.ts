// Microsoft Graph of the stand-in for Entra ID: people and the groups that they are in.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from './entra-http.ts';
import type { GraphUser, TenantInside } from './entra-types.ts';

const refuse = (response: ServerResponse, status: number, code: string): void =>
  { json(response, status, { error: { code, message: code, innerError: { date: '2026-01-01T00:00:00' } } }); };

/** Answers `GET /v1.0/users/…`. Its pages are as long as the tenant's `graph.pageSize`. */
export function answerGraph(tenants: readonly TenantInside[], request: IncomingMessage, response: ServerResponse): void {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const tenant = tenants.find((one) => one.graph.tokens.has(token));
  if (tenant === undefined) return refuse(response, 401, 'InvalidAuthenticationToken');
  if (tenant.graph.isDenied) return refuse(response, 403, 'Authorization_RequestDenied');
  const url = new URL(request.url ?? '/', 'https://graph');
  const [, object = '', list] = /^\/v1\.0\/users\/([^/]+)(\/transitiveMemberOf)?$/.exec(url.pathname) ?? [];
  const person = tenant.people.get(object);
  const user = tenant.graph.users.get(object);
  if (person === undefined || user === undefined) return refuse(response, 404, 'Request_ResourceNotFound');
  if (list !== undefined) return answerGroups(tenant, user, { url, host: request.headers.host ?? '' }, response);
  const { memberOf: _, ...own } = user;
  const all: Readonly<Record<string, unknown>> = {
    id: object, userPrincipalName: person.claims['upn'] ?? person.claims['preferred_username'], displayName: person.claims['name'], mail: null, accountEnabled: true,
    onPremisesSamAccountName: null, onPremisesSecurityIdentifier: null, onPremisesDomainName: null, ...own,
  };
  const fields = url.searchParams.get('$select')?.split(',') ?? Object.keys(all);
  json(response, 200, { '@odata.context': 'users/$entity', ...Object.fromEntries(fields.map((name) => [name, all[name]])) });
}

function answerGroups(
  tenant: TenantInside, { memberOf = [] }: GraphUser, asked: { readonly url: URL; readonly host: string }, response: ServerResponse,
): void {
  const { searchParams } = asked.url;
  const size = Math.min(Number(searchParams.get('$top') ?? 100), tenant.graph.pageSize);
  const start = Number(searchParams.get('$skiptoken') ?? 0);
  const next = new URL(asked.url);
  next.searchParams.set('$skiptoken', String(start + size));
  json(response, 200, {
    '@odata.context': 'directoryObjects',
    ...(start + size < memberOf.length ? { '@odata.nextLink': tenant.graph.nextLink ?? `https://${asked.host}${next.pathname}${next.search}` } : {}),
    value: memberOf.slice(start, start + size).map(({ id, type = '#microsoft.graph.group', onPremisesSecurityIdentifier = null }) => ({
      '@odata.type': type, id, ...(tenant.graph.isLimited ? { displayName: null, onPremisesSecurityIdentifier: null } : { displayName: `Group ${id}`, onPremisesSecurityIdentifier }),
    })),
  });
}
