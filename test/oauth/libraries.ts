// For the standard client libraries: the gateway under its published address, and a client for each way to authenticate.

import type { webcrypto } from 'node:crypto';
import { newClientSecret, secretDigest } from '../../src/clients/secret.ts';
import type { Client } from '../../src/stores/client-store.ts';
import { gatewayFetch } from '../realm/oidc-client.ts';
import type { Provider } from './provider.ts';

export const redirectUri = 'https://judge.example/cb';
export const afterLogout = 'https://judge.example/bye';

type FetchOptions = Parameters<ReturnType<typeof gatewayFetch>>[1];

/** The `[customFetch]` of both libraries: the published port, which is not the one that a test listens on, leads there. */
export function publishedFetch({ gateway: { issuer }, target }: Provider): (url: string, options?: FetchOptions) => Promise<Response> {
  const reach = gatewayFetch(target);
  const listening = `https://${target.hostname}:${String(target.port)}`;
  return (url, options) => reach(url.startsWith(`${issuer}/`) ? `${listening}${url.slice(issuer.length)}` : url, options);
}

/** What the registered clients prove themselves with. */
export interface ClientProofs {
  readonly secret: string;
  readonly key: { readonly key: webcrypto.CryptoKey; readonly kid: string };
}

export const methods = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;

export type Method = (typeof methods)[number];

/** Registers a client for each way to authenticate, with the way's name for its id. */
export async function registerEveryMethod({ gateway: { store } }: Provider): Promise<ClientProofs> {
  const secret = newClientSecret();
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const jwks = JSON.stringify({ keys: [{ ...await crypto.subtle.exportKey('jwk', publicKey), kid: 'one' }] });
  for (const method of methods) {
    const isPublic = method === 'none';
    const client: Client = {
      id: method, name: method, isPublic, origins: [], redirectUris: [redirectUri], postLogoutRedirectUris: [afterLogout],
      grants: ['authorization_code', 'refresh_token', ...(isPublic ? [] : ['client_credentials'])],
      scopes: ['openid', 'profile', 'email', 'offline.access', 'jobs', 'users'],
      ...(method === 'private_key_jwt' ? { jwks } : {}),
    };
    await store.addClient(client, method.startsWith('client_secret') ? secretDigest(secret) : undefined);
  }
  return { secret, key: { key: privateKey, kid: 'one' } };
}
