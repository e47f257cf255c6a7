// One tenant of the stand-in for Entra ID: its people, applications, keys and tokens, and its endpoints.

import { randomBytes, randomUUID } from 'node:crypto';
import { SignJWT, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { json } from './entra-http.ts';
import { published, rsaKey, type SigningKey } from './entra-keys.ts';
import { entraProvider, pairwise } from './entra-provider.ts';
import type { App, Person, StandInTenant, TenantInside } from './entra-types.ts';

const seconds = (): number => Math.floor(Date.now() / 1000);

/** The one key of all tenants of a process at first. */
let first: SigningKey | undefined;

export function standInTenant(authority: string, id: string, path = id): TenantInside {
  const issuer = `${authority}/${id}/v2.0`;
  const people = new Map<string, Person>();
  const apps = new Map<string, App>();
  let current = first ??= rsaKey();
  let keys: readonly SigningKey[] = [current];
  let revision = 0;
  const ownKeys = (): JWK[] => keys.map((key) => published(key, `${authority}/{tenantid}/v2.0`));
  const sign: StandInTenant['sign'] = (header, payload, { privateKey } = current) =>
    new SignJWT(payload as JWTPayload).setProtectedHeader(header as unknown as JWTHeaderParameters).sign(privateKey);
  const tenant: TenantInside = {
    id, issuer, people, apps, path, authority, sign,
    keySet: { extra: [], replaced: undefined }, asked: [],
    graph: { users: new Map(), tokens: new Set(), isDenied: false, isLimited: false, pageSize: 999, nextLink: undefined },
    get current() { return current; },
    get revision() { return revision; },
    app: ({ clientId = randomUUID(), clientSecret = randomBytes(20).toString('base64url'), redirectUris = [] } = {}) => {
      const app = { clientId, clientSecret, redirectUris };
      apps.set(clientId, app);
      revision++;
      return app;
    },
    person: (claims, { refusedBy, ...user } = {}) => {
      const object = claims.oid ?? randomUUID();
      const person = { object, refusedBy, claims: { name: 'Alice Example', preferred_username: 'alice@example.com', ...claims, oid: object } };
      people.set(object, person);
      tenant.graph.users.set(object, user);
      return person;
    },
    claimsFor: ({ object, claims }, { clientId }, changes = {}) => {
      const now = seconds();
      const all = {
        aud: clientId, iss: issuer, iat: now, nbf: now, exp: now + 4500, aio: randomBytes(30).toString('base64'),
        rh: `1.${randomBytes(20).toString('base64url')}.`, sub: pairwise(object, clientId), tid: id, uti: randomBytes(16).toString('base64url'), ver: '2.0',
        ...claims, ...changes,
      };
      return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    },
    idToken: (person, app, changes) => sign({ typ: 'JWT', alg: 'RS256', kid: current.kid }, tenant.claimsFor(person, app, changes)),
    rotate: ({ keep = true, key = rsaKey() } = {}) => {
      keys = keep ? [...keys, key] : [key];
      current = key;
      revision++;
      return key;
    },
    answer: async (request, response) => {
      const [route = ''] = (request.url ?? '').slice(path.length + 1).split('?');
      if (route === '/v2.0/.well-known/openid-configuration') return json(response, 200, documentOf(tenant));
      const { replaced, extra } = tenant.keySet;
      if (route === '/discovery/v2.0/keys') return json(response, 200, replaced ?? { keys: [...ownKeys(), ...extra] });
      return provider(request, response);
    },
  };
  const provider = entraProvider(tenant);
  return tenant;
}

function documentOf({ authority, issuer, path }: TenantInside): object {
  return {
    token_endpoint: `${authority}/${path}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic', 'self_signed_tls_client_auth'],
    jwks_uri: `${authority}/${path}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer,
    request_uri_parameter_supported: false,
    userinfo_endpoint: `https://${new URL(authority).host}/oidc/userinfo`,
    authorization_endpoint: `${authority}/${path}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${authority}/${path}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${authority}/${path}/oauth2/v2.0/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'acr', 'nonce', 'preferred_username', 'name', 'tid', 'ver', 'at_hash', 'c_hash', 'email'],
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: new URL(authority).host,
    rbac_url: 'https://pas.windows.net',
  };
}
