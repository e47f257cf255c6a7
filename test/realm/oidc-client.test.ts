// The standard client libraries reach a gateway of a test by its name: keys, access token and user info, judged by their own code.

import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import t from 'tap';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { signIn } from './http.ts';
import { gatewayFetch } from './oidc-client.ts';
import { openSite } from './site.ts';
import { makeToken } from './tokens.ts';

const { gateway, realm, ccache } = await openSite(t, { users: [['alice', '--full-name', 'Alice Žlutá']] });
const { issuer } = gateway;
const reach = gatewayFetch(gateway);
const accessToken = String((await signIn(gateway, await makeToken(realm, ccache))).json?.['access_token']);

/** What both libraries are told of the server. */
const server = { issuer, jwks_uri: `${issuer}/.well-known/jwks.json`, userinfo_endpoint: `${issuer}/api/auth/userinfo` };

await t.test('oauth4webapi believes an access token by the keys that it fetches', async (t) => {
  const request = (token: string): Request => new Request('https://api.example/', { headers: { authorization: `Bearer ${token}` } });
  const claims = await oauth.validateJwtAccessToken(server, request(accessToken), issuer, { [oauth.customFetch]: reach });
  t.match(claims, { iss: issuer, aud: issuer, preferred_username: 'alice' });
  const forged = `${accessToken.slice(0, -20)}${'A'.repeat(20)}`;
  await t.rejects(oauth.validateJwtAccessToken(server, request(forged), issuer, { [oauth.customFetch]: reach }), { message: /signature/ });
});

await t.test('openid-client reads the user info, letters as they are', async (t) => {
  const configuration = new openid.Configuration(server, 'myq-desktop-client');
  configuration[openid.customFetch] = reach;
  const info = await openid.fetchUserInfo(configuration, accessToken, String(decodeJwt(accessToken).sub));
  t.match(info, { preferred_username: 'alice', name: 'Alice Žlutá' });
  await t.rejects(openid.fetchUserInfo(configuration, accessToken, 'somebody else'), { cause: { cause: { attribute: 'sub' } } });
});

await t.test('method, headers and body go out as fetch sends them, and the answer comes back as fetch has it', async (t) => {
  const headers = { authorization: `Bearer ${accessToken}` };
  const form = await reach(server.userinfo_endpoint, { method: 'POST', headers, body: new URLSearchParams({ a: 'ž' }) });
  t.equal(form.status, 200);
  t.match(form.headers.get('content-type'), /^application\/json/);
  t.match(await form.json(), { name: 'Alice Žlutá' });
  const text = await reach(server.userinfo_endpoint, { method: 'POST', headers: { ...headers, 'content-type': 'text/xml' }, body: '<a/>' });
  t.equal(text.status, 415, 'the content type is the one given');
  t.equal((await reach(server.userinfo_endpoint, { method: 'PUT', headers })).status, 405);
  t.equal((await reach(new Request(server.userinfo_endpoint, { headers }))).status, 200, 'a Request');

  const keys = await reach(new URL(server.jwks_uri));
  const etag = String(keys.headers.get('etag'));
  const kept = await reach(server.jwks_uri, { headers: { 'if-none-match': etag } });
  t.strictSame([kept.status, kept.body], [304, null]);
});

await t.test('a redirect is handed back with its cookies, or refused; it is never followed', async (t) => {
  const { caPem: ca, certificatePem: cert, privateKeyPem: key } = await createServerCertificate('print.myq.test');
  const redirecting = createServer({ cert, key }, (_request, response) => {
    response.writeHead(303, { location: '/elsewhere', 'set-cookie': ['a=1; Path=/', 'b=2; Path=/'] }).end();
  }).listen(0, '127.0.0.1');
  t.teardown(() => redirecting.close());
  await once(redirecting, 'listening');
  const { port } = redirecting.address() as AddressInfo;
  const fetchThere = gatewayFetch({ hostname: 'print.myq.test', port, ca });
  const url = `https://print.myq.test:${String(port)}/`;
  const answer = await fetchThere(url, { redirect: 'manual' });
  t.strictSame([answer.status, answer.headers.get('location'), answer.headers.getSetCookie()], [303, '/elsewhere', ['a=1; Path=/', 'b=2; Path=/']]);
  for (const redirect of ['follow', 'error', undefined] as const) {
    await t.rejects(fetchThere(url, { redirect }), new TypeError('fetch failed: unexpected redirect to /elsewhere'), String(redirect));
  }
});

await t.test('other origins, other authorities and a given-up request are errors', async (t) => {
  for (const url of ['https://print.myq.test/', `http://print.myq.test:${String(gateway.port)}/`, 'https://example.com/']) {
    await t.rejects(reach(url), new TypeError(`fetch failed: ${new URL(url).origin} is not the gateway ${issuer}`));
  }
  const stranger = gatewayFetch({ ...gateway, ca: (await createServerCertificate('print.myq.test')).caPem });
  await t.rejects(stranger(server.jwks_uri), { code: /CERT|VERIFY/ });
  await t.rejects(reach(server.jwks_uri, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});
