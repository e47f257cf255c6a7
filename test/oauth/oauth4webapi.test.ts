// oauth4webapi as the judge: each message of the flows one by one, with the library's own checks of every answer.

import * as oauth from 'oauth4webapi';
import t, { type Test } from 'tap';
import type { Reply } from '../routes/app.ts';
import { methods, publishedFetch, redirectUri, registerEveryMethod, type Method } from './libraries.ts';
import { Cookies, openProvider } from './provider.ts';

const provider = await openProvider(t);
const { gateway: { issuer }, alice } = provider;
const { secret, key } = await registerEveryMethod(provider);
const reach = { [oauth.customFetch]: publishedFetch(provider) };

const server = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer), reach));
const authentication: Readonly<Record<Method, oauth.ClientAuth>> = {
  none: oauth.None(),
  client_secret_basic: oauth.ClientSecretBasic(secret),
  client_secret_post: oauth.ClientSecretPost(secret),
  private_key_jwt: oauth.PrivateKeyJwt(key),
};

const invalidToken = { code: oauth.WWW_AUTHENTICATE_CHALLENGE, cause: [{ parameters: { error: 'invalid_token' } }] };

/** An authorization request, and what its answer must fit. */
async function asked(client: oauth.Client, more: Readonly<Record<string, string>> = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const fields = {
    response_type: 'code', client_id: client.client_id, redirect_uri: redirectUri, scope: 'openid profile email jobs offline_access', state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
  };
  return { query: new URLSearchParams(fields).toString(), state, nonce, verifier };
}

const exchanged = (client: oauth.Client, method: Method, parameters: URLSearchParams, verifier: string): Promise<Response> =>
  oauth.authorizationCodeGrantRequest(server, client, authentication[method], parameters, redirectUri, verifier, reach);

/** The tokens for the answer to a request. */
async function redeemed(client: oauth.Client, method: Method, request: Awaited<ReturnType<typeof asked>>, answer: Reply) {
  const { state, nonce, verifier } = request;
  const parameters = oauth.validateAuthResponse(server, client, new URL(answer.headers.location ?? 'none:'), state);
  const response = await exchanged(client, method, parameters, verifier);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(server, response, reach);
  return { tokens, parameters };
}

/** What a service that is shown the access token learns from it, by the keys that it fetches. */
const shown = (token: string): Promise<oauth.JWTAccessTokenClaims> => {
  const request = new Request('https://api.example/jobs', { headers: { authorization: `Bearer ${token}` } });
  return oauth.validateJwtAccessToken(server, request, issuer, reach);
};

async function introspected(client: oauth.Client, method: Method, token: string): Promise<oauth.IntrospectionResponse> {
  const response = await oauth.introspectionRequest(server, client, authentication[method], token, reach);
  return oauth.processIntrospectionResponse(server, client, response);
}

async function refreshed(client: oauth.Client, method: Method, token: string): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.refreshTokenGrantRequest(server, client, authentication[method], token, reach);
  return oauth.processRefreshTokenResponse(server, client, response);
}

async function userInfo(client: oauth.Client, token: string): Promise<oauth.UserInfoResponse> {
  return oauth.processUserInfoResponse(server, client, alice.id, await oauth.userInfoRequest(server, client, token, reach));
}

for (const method of methods) {
  t.test(`a person signs in, with ${method}`, async (t) => {
    const client = { client_id: method };
    const request = await asked(client);
    const answer = await provider.signIn(request.query);
    t.equal(answer.statusCode, 303);
    const { tokens, parameters } = await redeemed(client, method, request, answer);
    t.strictSame([...parameters.keys()].sort(), ['code', 'iss', 'state']);
    t.match(oauth.getValidatedIdTokenClaims(tokens), { aud: method, sub: alice.id, nonce: request.nonce, email: 'alice@example.com' });
    t.strictSame(await userInfo(client, tokens.access_token),
      { sub: alice.id, preferred_username: 'alice', name: 'Alice Example', email: 'alice@example.com' });
    t.match(await shown(tokens.access_token),
      { iss: issuer, aud: issuer, sub: alice.id, client_id: method, scope: 'openid profile email jobs offline.access' });
    await kept(t, client, method, tokens);

    const second = await exchanged(client, method, parameters, request.verifier);
    const refused = oauth.processAuthorizationCodeResponse(server, client, second, { expectedNonce: request.nonce });
    await t.rejects(refused, { cause: { error: 'invalid_grant', code: 400 } }, 'a code is good once');
    await t.rejects(userInfo(client, tokens.access_token), invalidToken, 'and who brings it twice loses what came of it');
  });
}

/** Refreshes, and revokes: first the access token alone, then everything. */
async function kept(t: Test, client: oauth.Client, method: Method, tokens: oauth.TokenEndpointResponse): Promise<void> {
  const revoke = async (token: string): Promise<void> =>
    oauth.processRevocationResponse(await oauth.revocationRequest(server, client, authentication[method], token, reach));
  const next = await refreshed(client, method, tokens.refresh_token ?? '');
  t.match(oauth.getValidatedIdTokenClaims(next), { sub: alice.id, aud: method });
  t.match(await userInfo(client, next.access_token), { preferred_username: 'alice' });
  if (method !== 'none') {
    t.match(await introspected(client, method, next.access_token),
      { active: true, iss: issuer, client_id: method, username: 'alice', token_type: 'Bearer' });
    t.match(await introspected(client, method, next.refresh_token ?? ''), { active: true, client_id: method });
    t.strictSame(await introspected(client, method, tokens.refresh_token ?? ''), { active: false }, 'the one before');
  }
  await revoke(next.access_token);
  await t.rejects(userInfo(client, next.access_token), invalidToken);
  t.match(await userInfo(client, tokens.access_token), { sub: alice.id }, 'the other one lives on');
  const last = await refreshed(client, method, next.refresh_token ?? '');
  await revoke(last.refresh_token ?? '');
  await t.rejects(userInfo(client, last.access_token), invalidToken);
  await t.rejects(refreshed(client, method, last.refresh_token ?? ''), { cause: { error: 'invalid_grant', code: 400 } });
  await revoke('what is no token');
}

t.test('a service gets a token for itself, by every way to prove itself', async (t) => {
  for (const method of methods) {
    const client = { client_id: method };
    const response = await oauth.clientCredentialsGrantRequest(server, client, authentication[method], { scope: 'users jobs' }, reach);
    if (method === 'none') {
      await t.rejects(oauth.processClientCredentialsResponse(server, client, response), { cause: { error: 'unauthorized_client', code: 400 } });
      continue;
    }
    const tokens = await oauth.processClientCredentialsResponse(server, client, response);
    t.strictSame([tokens.scope, tokens.expires_in, tokens.refresh_token, tokens.id_token], ['users jobs', 1800, undefined, undefined], method);
    t.match(await shown(tokens.access_token), { sub: method, client_id: method, scope: 'users jobs' });
    t.match(await introspected(client, method, tokens.access_token), { active: true, sub: method, client_id: method });
    await t.rejects(userInfo(client, tokens.access_token), { cause: [{ parameters: { error: 'insufficient_scope' } }] }, 'there is no user behind it');
  }
});

t.test('an error at the authorization endpoint is one to the library, with iss and state', async (t) => {
  const client = { client_id: 'none' };
  const { query, state } = await asked(client, { prompt: 'none' });
  const answer = await provider.authorize(query, { cookies: new Cookies() });
  t.equal(answer.statusCode, 302);
  t.throws(() => oauth.validateAuthResponse(server, client, new URL(answer.headers.location ?? 'none:'), state),
    { error: 'login_required', code: oauth.AUTHORIZATION_RESPONSE_ERROR });
});

t.test('a changed access token, and an ID token in its place, are no access tokens to a service', async (t) => {
  const client = { client_id: 'client_secret_post' };
  const request = await asked(client);
  const { tokens } = await redeemed(client, 'client_secret_post', request, await provider.signIn(request.query));
  const [header, , signature] = tokens.access_token.split('.');
  const claims = { ...await shown(tokens.access_token), scope: 'users reports' };
  await t.rejects(shown(`${header ?? ''}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature ?? ''}`), { message: /signature/ });
  await t.rejects(shown(tokens.id_token ?? ''), { message: /unexpected JWT "typ"/ });
  t.strictSame(await introspected(client, 'client_secret_post', tokens.id_token ?? ''), { active: false });
});
