// What tokens are worth and how refusals look, asked of the endpoints as clients and services would ask; and parties to spoil.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Test } from 'tap';
import { newClientSecret, secretDigest } from '../../src/clients/secret.ts';
import type { Client } from '../../src/stores/client-store.ts';
import type { UserRecord } from '../../src/stores/user-store.ts';
import type { Reply } from '../routes/app.ts';
import type { ClientName, Fields, Provider, Tokens } from './provider.ts';

/** The answer is this error, as the one object that both worlds read; no cache keeps it, and it leads nowhere. */
export function refused(t: Test, reply: Reply, error: string, what: string, status = 400): void {
  const body = reply.json();
  const { message } = body;
  t.equal(reply.statusCode, status, what);
  t.strictSame(body, { error, error_description: message, code: status, message, data: [] }, what);
  t.match(message, /^\S.{5,}/, what);
  t.match(reply.headers, { 'cache-control': 'no-store', 'content-type': /^application\/json/ }, what);
  t.notOk('location' in reply.headers, what);
}

/** The answer carries tokens. */
export function granted(t: Test, reply: Reply, what = 'granted'): Tokens {
  t.equal(reply.statusCode, 200, `${what} ${reply.statusCode === 200 ? '' : reply.body}`);
  t.match(reply.headers, { 'cache-control': 'no-store', pragma: 'no-cache' }, what);
  return reply.json<Tokens>();
}

/** `alive` if userinfo takes the access token and a service is told that it is active, `dead` if neither; else what was answered. */
export async function accessOf({ ask, form, basic }: Provider, token: string): Promise<string> {
  const userinfo = await ask({ url: '/api/auth/userinfo', headers: { authorization: `Bearer ${token}` } });
  const introspection = await form('/api/auth/introspect', { token }, basic('web'));
  const isActive = introspection.json()['active'] === true;
  if (userinfo.statusCode === 200 && isActive) return 'alive';
  const challenge = userinfo.headers['www-authenticate'] ?? '';
  if (userinfo.statusCode === 401 && challenge.startsWith('Bearer error="invalid_token"') && introspection.body === '{"active":false}') return 'dead';
  return `${String(userinfo.statusCode)} ${userinfo.body} ${introspection.body}`;
}

/** Uses a refresh token. */
export function refresh({ token }: Provider, client: ClientName, refreshToken: string, more: Fields = {}): Promise<Reply> {
  return token(client, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
}

/** Nothing of these tokens is good any more: userinfo, introspection, refresh. */
export async function dead(t: Test, provider: Provider, client: ClientName, tokens: Tokens, what: string): Promise<void> {
  t.equal(await accessOf(provider, tokens.access_token), 'dead', `${what}: the access token is dead`);
  refused(t, await refresh(provider, client, tokens.refresh_token), 'invalid_grant', `${what}: the refresh token is dead`);
}

/** All of these tokens are good. Answers those of the next refresh. */
export async function alive(t: Test, provider: Provider, client: ClientName, tokens: Tokens, what: string): Promise<Tokens> {
  t.equal(await accessOf(provider, tokens.access_token), 'alive', `${what}: the access token is alive`);
  return granted(t, await refresh(provider, client, tokens.refresh_token), `${what}: the refresh token is alive`);
}

/** The claims of a JWT, unverified. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>;
}

/** Another user with alice's password. */
export async function somebody({ gateway: { store }, alice }: Provider, scopes: readonly string[] = []): Promise<UserRecord> {
  const secrets = await store.userSecrets(alice.id);
  return store.addUser({ name: `user-${randomBytes(6).toString('hex')}`, aliases: [], scopes, passwordHash: secrets?.passwordHash });
}

/** Registers one more client, or again one that was removed; gives the header that authenticates it. */
export async function register({ gateway: { store } }: Provider, client: Client, secret = newClientSecret()): Promise<Fields> {
  await store.addClient(client, client.isPublic ? undefined : secretDigest(secret));
  return { authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}` };
}

/** Changes rows of the store beside the gateway, as another process over the same file would. */
export function changeStore({ directory }: Provider, sql: string, ...values: readonly string[]): void {
  using database = new DatabaseSync(join(directory, 'data/gateway.db'), { timeout: 1000 });
  const { changes } = database.prepare(sql).run(...values);
  if (changes === 0) throw new Error(`nothing was changed by ${sql}`);
}
