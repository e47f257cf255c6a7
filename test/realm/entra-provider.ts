// The OpenID provider behind the stand-in for Entra ID: oidc-provider, with Microsoft's paths, claims and errors around it.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportJWK } from 'jose';
import { type Configuration, interactionPolicy, Provider } from 'oidc-provider';
import { again, bodyOf, json } from './entra-http.ts';
import type { Person, TenantInside } from './entra-types.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Microsoft's `sub` differs for each application. */
export const pairwise = (object: string, clientId: string): string => createHash('sha256').update(`${object} ${clientId}`).digest('base64url');

/** What a tenant's tokens tell. */
const claimNames = [
  'sub', 'tid', 'oid', 'ver', 'nbf', 'uti', 'rh', 'aio', 'name', 'preferred_username', 'upn', 'email', 'xms_edov', 'groups', 'hasgroups', '_claim_names',
  '_claim_sources', 'roles', 'onprem_sid', 'acct', 'idp', 'amr', 'acrs', 'auth_time', 'login_hint', 'sid',
];

/** Answers everything of a tenant but its documents. The provider is made anew when keys or applications change. */
export function entraProvider(tenant: TenantInside): Answer {
  let made: { readonly provider: Provider; readonly revision: number } | undefined;
  const current = async (): Promise<Provider> => {
    if (made?.revision !== tenant.revision) made = { provider: await providerOf(tenant), revision: tenant.revision };
    return made.provider;
  };
  const mounted = `/${tenant.path}`;
  return async (request, response) => {
    const route = (request.url ?? '').slice(mounted.length).split('?')[0] ?? '';
    const body = request.method === 'POST' ? await bodyOf(request) : '';
    const provider = await current();
    if (route.startsWith('/interaction/')) return interact(tenant, provider, again(request, body, ''), response, body);
    if (route === '/oauth2/v2.0/token') {
      const form = new URLSearchParams(body);
      tenant.asked.push({ headers: request.headers, form });
      if (answerToken(tenant, response, form)) return undefined;
    }
    shapeAnswers(response);
    await provider.callback()(again(request, body, mounted), response);
  };
}

async function providerOf(tenant: TenantInside): Promise<Provider> {
  const { kid, privateKey } = tenant.current;
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  const cookie = (name: string): string => `${name}-${tenant.id.slice(0, 8)}`;
  const configuration: Configuration = {
    clients: [...tenant.apps.values()].map(({ clientId, clientSecret, redirectUris }) => ({
      client_id: clientId, client_secret: clientSecret, redirect_uris: [...redirectUris], token_endpoint_auth_method: 'client_secret_post' as const,
      grant_types: redirectUris.length === 0 ? [] : ['authorization_code'], response_types: redirectUris.length === 0 ? [] : ['code'],
    })),
    jwks: { keys: [{ ...await exportJWK(privateKey), kid, use: 'sig', alg: 'RS256' }] },
    claims: { openid: claimNames },
    conformIdTokenClaims: false,
    routes: { authorization: '/oauth2/v2.0/authorize', token: '/oauth2/v2.0/token', jwks: '/discovery/keys' },
    cookies: { keys: [randomBytes(16).toString('hex')], names: { session: cookie('session'), interaction: cookie('interaction'), resume: cookie('resume') } },
    ttl: { IdToken: 4500, AccessToken: 4500, AuthorizationCode: 600, Interaction: 600, Session: 86_400, Grant: 86_400 },
    features: { devInteractions: { enabled: false } },
    interactions: { policy, url: (_context, { uid }) => `/${tenant.path}/interaction/${uid}` },
    extraParams: ['domain_hint'],
    findAccount: (context, object) => accountOf(tenant, tenant.people.get(object), context.oidc.client?.clientId ?? ''),
    loadExistingGrant: async ({ oidc }) => {
      const [clientId, accountId] = [oidc.client?.clientId ?? '', oidc.session?.accountId ?? ''];
      // A second tab must not take the first one's away.
      const known = await oidc.provider.Grant.find(oidc.session?.grantIdFor(clientId) ?? '');
      if (known?.accountId === accountId) return known;
      const grant = new oidc.provider.Grant({ clientId, accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  };
  return new Provider(tenant.issuer, configuration);
}

function accountOf(tenant: TenantInside, person: Person | undefined, clientId: string) {
  if (person === undefined) return undefined;
  const { object } = person;
  const sub = pairwise(object, clientId);
  const app = tenant.apps.get(clientId);
  // It writes the rest itself.
  const all: Readonly<Record<string, unknown>> = app === undefined ? {} : tenant.claimsFor(person, app);
  const { iss: _i, aud: _a, exp: _e, iat: _t, ...claims } = all;
  return { accountId: object, claims: () => ({ ...claims, sub }) };
}

/** The page on which somebody chooses his account, or goes back. */
async function interact(
  tenant: TenantInside, provider: Provider, request: IncomingMessage, response: ServerResponse, body: string,
): Promise<void> {
  const { prompt, params } = await provider.interactionDetails(request, response);
  const form = new URLSearchParams(body);
  if (request.method === 'POST') {
    const person = tenant.people.get(form.get('account') ?? '');
    const error = person === undefined ? 'AADSTS65004: User declined to consent to access the app.' : person.refusedBy;
    const amr = person?.claims['amr'] as string[] | undefined;
    const login = { accountId: person?.object ?? '', ...(amr === undefined ? {} : { amr }) };
    const result = error === undefined ? { login, select_account: {} } : { error: 'access_denied', error_description: error };
    shapeAnswers(response);
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
  const { login_hint: hint = '' } = params as { readonly login_hint?: string };
  const people = [...tenant.people.values()].map(({ object, claims }) => ({ object, name: String(claims['preferred_username']) }))
    .sort((a, b) => Number(b.name === hint) - Number(a.name === hint));
  const buttons = people.map(({ object, name }) => `<button name="account" value="${object}">${name}</button>`).join('\n');
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><title>Sign in to your account</title>
<h1>${prompt.name === 'select_account' ? 'Pick an account' : 'Sign in'}</h1>
<form method="post">${buttons}<button name="account" value="">Cancel</button></form>`);
}

/** Microsoft names its own session, and says so if somebody went back. */
function shapeAnswers(response: ServerResponse): void {
  const setHeader = response.setHeader.bind(response);
  response.setHeader = (name, value) => setHeader(name, name.toLowerCase() === 'location' ? shaped(String(value)) : value);
}

function shaped(location: string): string {
  if (!URL.canParse(location)) return location;
  const url = new URL(location);
  if (!url.searchParams.has('code') && !url.searchParams.has('error')) return location;
  url.searchParams.delete('iss');
  if (url.searchParams.has('code')) url.searchParams.set('session_state', randomUUID());
  if (url.searchParams.get('error_description')?.includes('AADSTS65004') === true) url.searchParams.set('error_subcode', 'cancel');
  return url.href;
}

/** Answers what oidc-provider does not: tokens for Graph, and Microsoft's own errors. False: it is for the provider. */
function answerToken(tenant: TenantInside, response: ServerResponse, form: URLSearchParams): boolean {
  const app = tenant.apps.get(form.get('client_id') ?? '');
  const fail = (status: number, error: string, code: number, text: string): true => {
    json(response, status, {
      error, error_description: `AADSTS${String(code)}: ${text} Trace ID: ${randomUUID()} Correlation ID: ${randomUUID()} Timestamp: 2026-01-01 00:00:00Z`,
      error_codes: [code], timestamp: '2026-01-01 00:00:00Z', trace_id: randomUUID(), correlation_id: randomUUID(),
    });
    return true;
  };
  if (app === undefined) return fail(400, 'unauthorized_client', 700016, 'Application was not found in the directory.');
  if (form.get('client_secret') !== app.clientSecret) {
    return form.get('client_secret') === 'expired' ? fail(401, 'invalid_client', 7000222, 'The provided client secret keys are expired.')
      : fail(401, 'invalid_client', 7000215, 'Invalid client secret provided. Ensure the secret being sent is the client secret value.');
  }
  if (form.get('grant_type') !== 'client_credentials') return false;
  if (form.get('scope') !== `https://${new URL(tenant.authority).host}/.default`) return fail(400, 'invalid_scope', 1002012, 'The provided value for scope is not valid.');
  const token = `graph-${randomBytes(24).toString('base64url')}`;
  tenant.graph.tokens.add(token);
  json(response, 200, { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: token });
  return true;
}
