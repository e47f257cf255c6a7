// A gateway in this process with users and clients of every kind, and the steps of the flows against it over real HTTPS.

import { createHash, randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import { newClientSecret, secretDigest } from '../../src/clients/secret.ts';
import { TOKEN_EXCHANGE } from '../../src/grants/token-exchange.ts';
import { hashPassword } from '../../src/identity/password-hash.ts';
import type { UserRecord } from '../../src/stores/user-store.ts';
import type { Client } from '../../src/stores/client-store.ts';
import { openApp, type AppOptions, type OpenApp, type Reply } from '../routes/app.ts';

export const PASSWORD = 'correct horse battery';

const base = { postLogoutRedirectUris: [], origins: [], redirectUris: [] };
const userScopes = ['openid', 'profile', 'email', 'offline.access', 'jobs', 'print', 'users'];

/** The clients that every provider has. */
export const clients = {
  /** Confidential, with everything. */
  web: {
    ...base, id: 'web', name: 'Web Print', isPublic: false, scopes: userScopes,
    grants: ['authorization_code', 'refresh_token', 'client_credentials', 'login_info', TOKEN_EXCHANGE],
    redirectUris: ['https://app.example/cb', 'https://app.example/cb?fixed=1'],
    postLogoutRedirectUris: ['https://app.example/bye'], origins: ['https://app.example'],
  },
  /** Confidential, another one. */
  other: {
    ...base, id: 'other', name: 'Other', isPublic: false, scopes: userScopes, grants: ['authorization_code', 'refresh_token', 'client_credentials'],
    redirectUris: ['https://other.example/cb'], origins: ['https://other.example'],
  },
  /** Public, in a browser. */
  spa: {
    ...base, id: 'spa', name: 'Print Page', isPublic: true, scopes: userScopes, grants: ['authorization_code', 'refresh_token'],
    redirectUris: ['https://spa.example/cb'], origins: ['https://spa.example'],
  },
  /** Public, on a desktop: loopback and a private-use scheme. */
  native: {
    ...base, id: 'native', name: 'Desktop', isPublic: true, scopes: userScopes, grants: ['authorization_code', 'refresh_token', 'login_info'],
    redirectUris: ['http://127.0.0.1/callback', 'http://[::1]/callback', 'http://localhost/callback', 'com.example.print:/cb'],
  },
  /** A service without users. */
  service: { ...base, id: 'service', name: 'Reports', isPublic: false, scopes: ['reports', 'users'], grants: ['client_credentials'] },
} as const satisfies Readonly<Record<string, Client>>;

export type ClientName = keyof typeof clients;

export type Fields = Readonly<Record<string, string>>;

export interface Provider extends OpenApp {
  readonly alice: UserRecord;
  readonly bob: UserRecord;
  /** The secrets of the confidential clients. */
  readonly secrets: Readonly<Record<'web' | 'other' | 'service', string>>;
  /** Asks for authorization; the query as it is. */
  authorize(query: string | Fields, how?: Asking): Promise<Reply>;
  /** Opens the login page and sends it. The reply is that of the form. */
  signIn(query: string | Fields, options?: SignIn): Promise<Reply>;
  /** A whole sign-in; gives the code. */
  code(query: Fields, options?: SignIn): Promise<string>;
  /** The token endpoint with a form; the client authenticates by Basic, a public one by its client_id. */
  token(client: ClientName, fields: Fields): Promise<Reply>;
  /** Any endpoint with a form and no authentication of its own. */
  form(url: string, fields: Fields | string, headers?: Fields): Promise<Reply>;
  /** The header that authenticates a confidential client. */
  basic(client: 'web' | 'other' | 'service'): Fields;
  /** Tokens by the code flow, with PKCE. */
  tokens(client: 'web' | 'other' | 'spa' | 'native', scope: string, options?: SignIn): Promise<Tokens>;
}

export interface Asking {
  readonly cookies?: Cookies;
  readonly lang?: string;
  readonly headers?: Fields;
}

export interface SignIn {
  readonly user?: string;
  readonly password?: string;
  readonly cookies?: Cookies;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly scope: string;
}

/** A browser's cookies: what answers set, requests send. */
export class Cookies {
  readonly #jar = new Map<string, string>();

  /** Takes the cookies of an answer. */
  take({ headers }: Reply): void {
    for (const line of headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/expires=Thu, 01 Jan 1970/i.test(line)) this.#jar.delete(name);
      else this.#jar.set(name, value);
    }
  }

  get(name: string): string | undefined {
    return this.#jar.get(name);
  }

  set(name: string, value: string): void {
    this.#jar.set(name, value);
  }

  get header(): Fields {
    return this.#jar.size === 0 ? {} : { cookie: [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ') };
  }
}

/** A PKCE pair (RFC 7636 §4): the secret, and the parameters that go ahead of it. */
export interface Pkce {
  readonly verifier: string;
  readonly challenge: { readonly code_challenge: string; readonly code_challenge_method: string };
}

export function pkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' } };
}

/** An authorization request of this client that is right; without PKCE. */
export function asking(client: 'web' | 'other' | 'spa' | 'native', scope = 'openid jobs'): Fields {
  return { response_type: 'code', client_id: client, redirect_uri: clients[client].redirectUris[0], scope, state: 'a state', nonce: 'a nonce' };
}

/** The parameters that an answer carries to the client in the query. */
export function answerOf(reply: Reply): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(reply.headers.location ?? 'none:').searchParams);
}

/** The hidden token of a page with a form. */
export function formTokenOf(page: Reply): string {
  return /name="form_token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
}

const query = (given: string | Fields): string => (typeof given === 'string' ? given : new URLSearchParams(given).toString());
const encoded = { 'content-type': 'application/x-www-form-urlencoded' };

/** Opens it. Everything ends with the test. */
export async function openProvider(t: Test, options: AppOptions = {}): Promise<Provider> {
  const app = await openApp(t, options);
  const { store } = app.gateway;
  const secrets = { web: newClientSecret(), other: newClientSecret(), service: newClientSecret() };
  for (const client of Object.values(clients)) {
    await store.addClient(client, client.isPublic ? undefined : secretDigest(secrets[client.id as keyof typeof secrets]));
  }
  const passwordHash = await hashPassword(PASSWORD);
  const alice = await store.addUser({ name: 'alice', aliases: ['alice', 'alice@MYQ.TEST'], fullName: 'Alice Example', email: 'alice@example.com', scopes: ['users'], passwordHash });
  const bob = await store.addUser({ name: 'bob', aliases: ['bob'], scopes: [], passwordHash });

  const authorize: Provider['authorize'] = (given, { cookies, lang = 'en', headers = {} } = {}) =>
    app.ask({ url: `/${lang}/auth?${query(given)}`, headers: { ...cookies?.header, ...headers } });
  const form: Provider['form'] = (url, fields, headers = {}) =>
    app.ask({ method: 'POST', url, headers: { ...encoded, ...headers }, payload: query(fields) });
  const basic: Provider['basic'] = (client) =>
    ({ authorization: `Basic ${Buffer.from(`${client}:${secrets[client]}`).toString('base64')}` });
  const signIn: Provider['signIn'] = async (given, { user = 'alice', password = PASSWORD, cookies = new Cookies() } = {}) => {
    const page = await authorize(given, { cookies });
    cookies.take(page);
    const reply = await form(`/en/auth?${query(given)}`, { form_token: formTokenOf(page), sign_in: 'password', user, password }, cookies.header);
    cookies.take(reply);
    return reply;
  };
  const code: Provider['code'] = async (given, how) => answerOf(await signIn(given, how))['code'] ?? '';
  const token: Provider['token'] = (client, fields) => (client in secrets
    ? form('/api/auth/token', fields, basic(client as keyof typeof secrets)) : form('/api/auth/token', { client_id: client, ...fields }));
  return {
    ...app, alice, bob, secrets, authorize, signIn, code, token, form, basic,
    tokens: async (client, scope, how) => {
      const { verifier, challenge } = pkce();
      const asked = { ...asking(client, scope), ...challenge };
      const reply = await token(client, {
        grant_type: 'authorization_code', code: await code(asked, how), redirect_uri: clients[client].redirectUris[0], code_verifier: verifier,
      });
      t.equal(reply.statusCode, 200, reply.body);
      return reply.json<Tokens>();
    },
  };
}
