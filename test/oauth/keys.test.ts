// Keys that rotate while clients go on, and RS256 from end to end (RFC 7517, RFC 7518 §3.1, OIDC Core §10.1.1).

import { join } from 'node:path';
import { createLocalJWKSet, createRemoteJWKSet, customFetch, jwtVerify, type JSONWebKeySet } from 'jose';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { rotateKeys } from '../../src/tokens/key-rotation.ts';
import type { SigningAlgorithm } from '../../src/tokens/keyring.ts';
import { later } from './clock.ts';
import { decoded } from './own-jwt.ts';
import { answerOf, asking, Cookies, openProvider, type Provider } from './provider.ts';
import { accessOf, alive, refused } from './worth.ts';

const provider = await openProvider(t);
const kidOf = (token: string): string => String(decoded(token).header['kid']);

/** What `keys rotate` does, over the same store. */
async function rotate({ gateway: { store }, directory }: Provider, algorithm: SigningAlgorithm = 'ES256', revokeFormer = false): Promise<string> {
  const { config } = loadConfig(join(directory, 'config.ini'));
  const now = (): number => Math.floor(Date.now() / 1000);
  const { kid } = await rotateKeys({ store, sealKey: config.store.sealKey, algorithm, revokeFormer, now });
  return kid;
}

/** A service that verifies tokens with the published keys, which it fetches when it meets a kid that it does not know. */
function service({ ask, gateway: { issuer, audience } }: Provider) {
  let fetched = 0;
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    cooldownDuration: 0,
    [customFetch]: async (url) => {
      fetched += 1;
      const { pathname } = new URL(url);
      const reply = await ask({ url: pathname });
      return new Response(reply.body, { status: reply.statusCode });
    },
  });
  return {
    fetched: () => fetched,
    takes: (token: string) => jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt', currentDate: new Date(Date.now()) }).then(() => true, (error: Error) => error.message),
  };
}

async function published({ ask }: Provider): Promise<readonly (string | undefined)[]> {
  return (await ask({ url: '/.well-known/jwks.json' })).json<JSONWebKeySet>().keys.map(({ kid }) => kid);
}

t.test('keys rotate, and nobody notices who fetches them by kid', async (t) => {
  const { takes, fetched } = service(provider);
  const before = await provider.tokens('web', 'openid offline.access');
  t.equal(await takes(before.access_token), true);
  const kid = await rotate(provider);
  await t.test('a moment later it is published, and does not sign yet', async (t) => {
    later(t, 6);
    t.strictSame(await published(provider), [kid, kidOf(before.access_token)]);
    t.equal(kidOf((await provider.tokens('web', 'openid')).access_token), kidOf(before.access_token));
  });
  await t.test('then it signs, and what the former one signed stays good', async (t) => {
    later(t, 20);
    const after = await alive(t, provider, 'web', before, 'of the former key');
    t.strictSame([after.access_token, after.id_token].map(kidOf), [kid, kid]);
    t.equal(await takes(after.access_token), true);
    t.equal(await takes(before.access_token), true);
    t.equal(fetched(), 2, 'once for each');
    t.equal(await accessOf(provider, after.access_token), 'alive');
    t.match((await provider.form('/api/auth/revoke', { token: before.access_token }, provider.basic('web'))).statusCode, 200);
    t.equal(await accessOf(provider, before.access_token), 'dead', 'and it can be revoked');
  });
  await t.test('the former key goes when its last token has expired, and is still good for a hint', async (t) => {
    later(t, 86_400 + 30);
    t.strictSame(await published(provider), [kid]);
    t.equal(await accessOf(provider, before.access_token), 'dead');
    const reply = await provider.ask({ url: `/en/auth/logout?${new URLSearchParams({ id_token_hint: before.id_token, post_logout_redirect_uri: 'https://app.example/bye' }).toString()}` });
    t.equal(reply.headers.location, 'https://app.example/bye');
  });
});

t.test('a key that has leaked is worth nothing from then on', async (t) => {
  const leaked = await openProvider(t);
  const cookies = new Cookies();
  const tokens = await leaked.tokens('web', 'openid offline.access', { cookies });
  t.equal(await accessOf(leaked, tokens.access_token), 'alive');
  const kid = await rotate(leaked, 'ES256', true);
  later(t, 6);
  t.strictSame(await published(leaked), [kid]);
  t.equal(await accessOf(leaked, tokens.access_token), 'dead');
  t.match(answerOf(await leaked.authorize({ ...asking('web'), prompt: 'none', id_token_hint: tokens.id_token }, { cookies })), { error: 'invalid_request' });
  t.match((await leaked.ask({ url: `/en/auth/logout?id_token_hint=${tokens.id_token}`, headers: cookies.header })).body, 'Sign out?');
  const refreshed = await leaked.token('web', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
  t.equal(kidOf(refreshed.json<{ access_token: string }>().access_token), kid, 'refresh tokens are not signed with it');
});

t.test('RS256 is ES256 for whoever cannot do that', async (t) => {
  const rsa = await openProvider(t, { config: '[OAuth]\nSigningAlgorithm = RS256' });
  // `init` has made a key for ES256: the first one of the new algorithm signs after a moment.
  later(t, 20);
  await isRsa(t, rsa);
});

async function isRsa(t: Test, rsa: Provider): Promise<void> {
  const tokens = await rsa.tokens('web', 'openid profile offline.access');
  for (const [token, typ] of [[tokens.access_token, 'at+jwt'], [tokens.id_token, 'JWT']] as const) t.match(decoded(token).header, { alg: 'RS256', typ });
  const { keys } = (await rsa.ask({ url: '/.well-known/jwks.json' })).json<JSONWebKeySet>();
  const key = keys.find(({ kid }) => kid === kidOf(tokens.access_token));
  t.strictSame(Object.keys(key ?? {}).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
  t.equal(Buffer.from(key?.n ?? '', 'base64url').length, 256, 'RFC 7518 §3.3: 2048 bits');
  const options = { issuer: rsa.gateway.issuer, algorithms: ['RS256'], currentDate: new Date(Date.now()) };
  await t.resolves(jwtVerify(tokens.access_token, createLocalJWKSet({ keys }), { ...options, audience: rsa.gateway.audience }));
  await t.resolves(jwtVerify(tokens.id_token, createLocalJWKSet({ keys }), { ...options, audience: 'web' }));
  const next = await alive(t, rsa, 'web', tokens, 'RS256');
  const [header = '', claims = '', signature = ''] = next.access_token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  t.equal(await accessOf(rsa, `${header}.${claims}.${bytes.toString('base64url')}`), 'dead', 'a bit flipped');
  refused(t, await rsa.ask({ url: '/api/auth/userinfo', headers: { authorization: `Bearer ${next.id_token}` } }), 'invalid_token', 'an ID token', 401);
  const out = await rsa.ask({ url: `/en/auth/logout?${new URLSearchParams({ id_token_hint: next.id_token, post_logout_redirect_uri: 'https://app.example/bye' }).toString()}` });
  t.equal(out.headers.location, 'https://app.example/bye');
}
