// openid-client as the judge: a person signs in, stays signed in and signs out, by every way in which a client can authenticate itself.
// The library has all its checks on, and the one of the ID token's signature too.

import { setTimeout as sleep } from 'node:timers/promises';
import { decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import t, { type Test } from 'tap';
import { afterLogout, methods, publishedFetch, redirectUri, registerEveryMethod, type ClientProofs, type Method } from './libraries.ts';
import type { Reply } from '../routes/app.ts';
import { Cookies, openProvider, type Fields, type Provider } from './provider.ts';

/** Opened first, since its key signs only after some seconds. */
const rs256 = await openProvider(t, { config: '[OAuth]\nSigningAlgorithm = RS256' });

const scope = 'openid profile email jobs offline_access';

const authentication = (method: Method, { secret, key }: ClientProofs): openid.ClientAuth => ({
  none: () => openid.None(),
  client_secret_basic: () => openid.ClientSecretBasic(secret),
  client_secret_post: () => openid.ClientSecretPost(secret),
  private_key_jwt: () => openid.PrivateKeyJwt(key),
})[method]();

const discover = (provider: Provider, method: Method, proofs: ClientProofs): Promise<openid.Configuration> =>
  openid.discovery(new URL(provider.gateway.issuer), method, undefined, authentication(method, proofs), {
    [openid.customFetch]: publishedFetch(provider), execute: [openid.enableNonRepudiationChecks],
  });

/** An authorization request as the library builds it, and what the answer must fit. */
async function asked(t: Test, provider: Provider, configuration: openid.Configuration, more: Fields = {}) {
  const verifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri, scope, state, nonce, max_age: '600',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
  });
  t.equal(`${url.origin}${url.pathname}`, `${provider.gateway.issuer}/en/auth`);
  const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, maxAge: 600, idTokenExpected: true };
  return { query: url.search.slice(1), checks };
}

const landed = (t: Test, reply: Reply, status: number): URL => {
  t.equal(reply.statusCode, status, reply.body);
  return new URL(reply.headers.location ?? 'none:');
};

/** What the library is told of tokens that are no longer good. */
async function areDead(t: Test, configuration: openid.Configuration, tokens: openid.TokenEndpointResponse, sub: string): Promise<void> {
  const { access_token: accessToken, refresh_token: refreshToken = '' } = tokens;
  await t.rejects(openid.fetchUserInfo(configuration, accessToken, sub), { cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }] });
  await t.rejects(openid.refreshTokenGrant(configuration, refreshToken), { cause: { error: 'invalid_grant', code: 400 } });
}

for (const method of methods) {
  t.test(`the whole life of a sign-in, with ${method}`, async (t) => {
    const provider = await openProvider(t);
    const proofs = await registerEveryMethod(provider);
    const configuration = await discover(provider, method, proofs);
    const cookies = new Cookies();

    const first = await asked(t, provider, configuration);
    const signedIn = landed(t, await provider.signIn(first.query, { cookies }), 303);
    const tokens = await openid.authorizationCodeGrant(configuration, signedIn, first.checks);
    const claims = tokens.claims();
    const person = { sub: provider.alice.id, preferred_username: 'alice', name: 'Alice Example', email: 'alice@example.com' };
    t.match(claims, { iss: provider.gateway.issuer, aud: method, ...person });
    t.match(tokens, { scope: 'openid profile email jobs offline.access', token_type: 'bearer', expires_in: 1800 });
    t.strictSame(await openid.fetchUserInfo(configuration, tokens.access_token, provider.alice.id), person);

    const refreshed = await openid.refreshTokenGrant(configuration, tokens.refresh_token ?? '', { scope: 'openid jobs' });
    t.match(refreshed, { scope: 'openid jobs' });
    t.match(refreshed.claims(), { sub: provider.alice.id, auth_time: claims?.auth_time, nonce: undefined });
    t.not(refreshed.refresh_token, tokens.refresh_token);
    await introspected(t, configuration, method, refreshed, provider.alice.id);

    await openid.tokenRevocation(configuration, refreshed.refresh_token ?? '');
    await areDead(t, configuration, refreshed, provider.alice.id);
    if (method !== 'none') t.strictSame(await openid.tokenIntrospection(configuration, refreshed.access_token), { active: false });

    const again = await asked(t, provider, configuration, { prompt: 'none', id_token_hint: tokens.id_token ?? '' });
    const remembered = landed(t, await provider.authorize(again.query, { cookies }), 302);
    const silent = await openid.authorizationCodeGrant(configuration, remembered, again.checks);
    t.match(await openid.fetchUserInfo(configuration, silent.access_token, provider.alice.id), { preferred_username: 'alice' });
    await signOut(t, provider, configuration, { cookies, idToken: silent.id_token ?? '' });
    await areDead(t, configuration, silent, provider.alice.id);
  });
}

async function introspected(
  t: Test, configuration: openid.Configuration, method: Method, tokens: openid.TokenEndpointResponse, sub: string,
): Promise<void> {
  const ask = (token = ''): Promise<openid.IntrospectionResponse> => openid.tokenIntrospection(configuration, token);
  if (method === 'none') {
    await t.rejects(ask(tokens.access_token), { cause: { error: 'unauthorized_client', code: 403 } }, 'anybody could pose as a public client');
    return;
  }
  t.match(await ask(tokens.access_token), { active: true, client_id: method, username: 'alice', scope: 'openid jobs', sub });
  t.match(await ask(tokens.refresh_token), { active: true, client_id: method, username: 'alice', sub });
}

/** Signs out, and then shows the old cookie again, as a thief would. */
async function signOut(
  t: Test, provider: Provider, configuration: openid.Configuration, browser: { readonly cookies: Cookies; readonly idToken: string },
): Promise<void> {
  const { cookies, idToken } = browser;
  const state = openid.randomState();
  const url = openid.buildEndSessionUrl(configuration, { id_token_hint: idToken, post_logout_redirect_uri: afterLogout, state });
  t.equal(`${url.origin}${url.pathname}`, `${provider.gateway.issuer}/en/auth/logout`);
  const session = cookies.get('__Host-myq-session');
  const reply = await provider.ask({ url: `${url.pathname}${url.search}`, headers: cookies.header });
  t.equal(landed(t, reply, 302).href, `${afterLogout}?state=${state}`);
  cookies.take(reply);
  t.strictSame([typeof session, cookies.get('__Host-myq-session')], ['string', undefined], 'the browser forgets the session');

  const { query, checks } = await asked(t, provider, configuration, { prompt: 'none' });
  cookies.set('__Host-myq-session', session ?? '');
  const answer = landed(t, await provider.authorize(query, { cookies }), 302);
  await t.rejects(openid.authorizationCodeGrant(configuration, answer, checks),
    { error: 'login_required', code: 'OAUTH_AUTHORIZATION_RESPONSE_ERROR' }, 'and so does the gateway');
}

t.test('the answer comes as a form that posts itself', async (t) => {
  const provider = await openProvider(t);
  const configuration = await discover(provider, 'client_secret_basic', await registerEveryMethod(provider));
  const { query, checks } = await asked(t, provider, configuration, { response_mode: 'form_post' });
  const page = await provider.signIn(query);
  t.strictSame([page.statusCode, page.headers.location], [200, undefined]);
  t.equal(/<form method="post" action="([^"]*)"/.exec(page.body)?.[1], redirectUri);
  const hidden = [...page.body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
    .map(([, name = '', value = '']): [string, string] => [name, value]);
  t.strictSame(hidden.map(([name]) => name).sort(), ['code', 'iss', 'state']);
  const posted = new Request(redirectUri, { method: 'POST', body: new URLSearchParams(hidden) });
  const tokens = await openid.authorizationCodeGrant(configuration, posted, checks);
  t.equal(tokens.claims()?.sub, provider.alice.id);
});

t.test('what does not belong to the request is found by the library, so it is really in the answer', async (t) => {
  const provider = await openProvider(t);
  const configuration = await discover(provider, 'none', await registerEveryMethod(provider));
  const { query, checks } = await asked(t, provider, configuration);
  const cookies = new Cookies();
  const answer = landed(t, await provider.signIn(query, { cookies }), 303);
  const changed = (name: string, value: string): URL => {
    const url = new URL(answer);
    url.searchParams.set(name, value);
    return url;
  };
  await t.rejects(openid.authorizationCodeGrant(configuration, changed('state', 'another'), checks), { code: 'OAUTH_INVALID_RESPONSE', cause: { message: /unexpected "state"/ } });
  await t.rejects(openid.authorizationCodeGrant(configuration, changed('iss', 'https://other.example'), checks), { code: 'OAUTH_INVALID_RESPONSE', cause: { message: /unexpected "iss"/ } });
  await t.rejects(openid.authorizationCodeGrant(configuration, answer, { ...checks, expectedNonce: 'another' }), { code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED', cause: { message: /"nonce"/ } });
  const second = await asked(t, provider, configuration);
  const unproved = landed(t, await provider.authorize(second.query, { cookies }), 302);
  const strange = { ...second.checks, pkceCodeVerifier: openid.randomPKCECodeVerifier() };
  await t.rejects(openid.authorizationCodeGrant(configuration, unproved, strange), { cause: { error: 'invalid_grant', code: 400 } });
});

t.test('RS256, once it signs', async (t) => {
  const configuration = await discover(rs256, 'client_secret_basic', await registerEveryMethod(rs256));
  const algorithms = async (): Promise<readonly unknown[]> => {
    const { query, checks } = await asked(t, rs256, configuration);
    const tokens = await openid.authorizationCodeGrant(configuration, landed(t, await rs256.signIn(query), 303), checks);
    t.equal(tokens.claims()?.sub, rs256.alice.id);
    return [tokens.access_token, tokens.id_token ?? ''].map((token) => decodeProtectedHeader(token).alg);
  };
  // The key that `init` made signs until every process has seen the other one.
  let signed = await algorithms();
  for (let tries = 0; tries < 30 && signed.includes('ES256'); tries++) {
    await sleep(500);
    signed = await algorithms();
  }
  t.strictSame(signed, ['RS256', 'RS256']);
});
