// Silent Windows sign-in as clients do it: curl, npm kerberos and the own initiator, against a real KDC.

import t from 'tap';
import { createRequire } from 'node:module';
import type * as Kerberos from 'kerberos';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { challengeOf, keptConnections, send, signIn, type Answer } from '../realm/http.ts';
import { openSite } from '../realm/site.ts';
import { makeToken, makeTokens, startClient } from '../realm/tokens.ts';
import { loggedSince } from './refusal-answer.ts';

const { realm, gateway, ccache: alice } = await openSite(t, {
  config: '[Kerberos]\nRealms = MYQ.TEST', users: [['alice', '--full-name', 'Alice Example'], ['bob']],
});
const bob = await realm.kinit('bob');

const tokenOf = (answer: Answer): string => String(answer.json?.['access_token']);

/** The verified claims of the answer's access token. */
async function claimsOf(answer: Answer): Promise<Readonly<Record<string, unknown>>> {
  const jwks = (await send(gateway, '/.well-known/jwks.json')).json as unknown as JSONWebKeySet;
  const pinned = { issuer: gateway.issuer, audience: gateway.issuer, typ: 'at+jwt', algorithms: ['ES256'] };
  return (await jwtVerify(tokenOf(answer), createLocalJWKSet(jwks), pinned)).payload;
}

await t.test('a request without a credential is offered Negotiate, with a body that says what to do', async (t) => {
  const answer = await signIn(gateway);
  t.equal(answer.status, 401);
  t.equal(answer.headers['www-authenticate'], 'Negotiate');
  t.equal(answer.headers['cache-control'], 'no-store');
  const message = 'Sign in with a Kerberos ticket.';
  t.strictSame(answer.json, { error: 'login_required', error_description: message, code: 401, message, data: [] });
});

await t.test('an empty Negotiate header is no credential and is offered Negotiate', async (t) => {
  for (const value of ['Negotiate', 'Negotiate ', 'negotiate']) {
    const answer = await send(gateway, '/api/auth/negotiate', { method: 'POST', headers: { authorization: value } });
    t.match(answer, { status: 401, json: { error: 'login_required' }, headers: { 'www-authenticate': 'Negotiate' } }, JSON.stringify(value));
  }
});

await t.test('a SPNEGO token earns an access token whose claims say who signed in, how and for whom', async (t) => {
  const answer = await signIn(gateway, await makeToken(realm, alice));
  t.equal(answer.status, 200, answer.text);
  t.match(answer.json, { token_type: 'Bearer', expires_in: 1800, scope: 'openid profile jobs print user.session' });
  t.match(answer.headers, { 'cache-control': 'no-store', 'pragma': 'no-cache' });
  const claims = await claimsOf(answer);
  t.match(claims, { client_id: 'myq-desktop-client', preferred_username: 'alice', amr: ['wia'], cbt: 'none', scope: answer.json?.['scope'] });
  const { id } = JSON.parse(await gateway.cli('users', 'show', 'alice', '--json')) as { id: string };
  t.equal(claims['sub'], id);
  const { json } = await send(gateway, '/api/auth/userinfo', { headers: { authorization: `Bearer ${tokenOf(answer)}` } });
  t.strictSame(json, { sub: id, preferred_username: 'alice', name: 'Alice Example' });
});

await t.test('the log names who signed in and never the token', async (t) => {
  const before = gateway.log.length;
  const answer = await signIn(gateway, await makeToken(realm, alice));
  const line = await loggedSince(gateway, before, 'windows sign-in');
  t.match(line, { outcome: 'granted', mechanism: 'kerberos', user: 'alice@MYQ.TEST', channelBinding: 'none', client: '127.0.0.1' });
  t.notMatch(JSON.stringify(line), new RegExp(`YII|${tokenOf(answer).slice(0, 40)}`));
});

for (const mechanism of ['spnego', 'krb5'] as const) {
  await t.test(`the client verifies the gateway by the mutual-authentication token (${mechanism})`, async (t) => {
    await using client = await startClient(realm, alice, { mechanism });
    const answer = await signIn(gateway, client.token);
    t.equal(answer.status, 200, answer.text);
    t.strictSame(await client.step(challengeOf(answer) ?? ''), { done: true, token: '' });
  });
}

await t.test('a mutual-authentication token of another handshake does not convince the client', async (t) => {
  await using client = await startClient(realm, alice);
  t.equal((await signIn(gateway, client.token)).status, 200);
  const other = await signIn(gateway, await makeToken(realm, alice));
  t.match(await client.step(challengeOf(other) ?? ''), { refused: /gss_init_sec_context/ });
});

await t.test('curl --negotiate signs in', async (t) => {
  const printed = await realm.exec('curl', [
    '--silent', '--show-error', '--negotiate', '-u', ':', '--cacert', gateway.caFile, '-X', 'POST', '--noproxy', '*',
    '--resolve', `${gateway.hostname}:${String(gateway.port)}:127.0.0.1`, '--write-out', '\n%{http_code}', `${gateway.issuer}/api/auth/negotiate`,
  ], { env: { KRB5CCNAME: alice } });
  const [body = '', status] = printed.split('\n');
  t.equal(status, '200', body);
  t.match(JSON.parse(body), { token_type: 'Bearer', access_token: /^ey/ });
});

await t.test('npm kerberos signs in and verifies the gateway', async (t) => {
  // Before the first GSSAPI call of this process, which reads them once.
  Object.assign(process.env, realm.environment, { KRB5CCNAME: alice });
  const kerberos = createRequire(import.meta.url)('kerberos') as typeof Kerberos;
  const client = await kerberos.initializeClient('HTTP@print.myq.test', { mechOID: kerberos.GSS_MECH_OID_SPNEGO });
  const answer = await signIn(gateway, String(await client.step('')));
  t.equal(answer.status, 200, answer.text);
  await client.step(challengeOf(answer) ?? '');
  t.ok(client.contextComplete);
});

await t.test('no identity survives on a kept connection', async (t) => {
  const agent = keptConnections();
  t.teardown(() => { agent.destroy(); });
  t.match(await signIn(gateway, await makeToken(realm, alice), { agent }), { status: 200, headers: { connection: 'keep-alive' } });
  t.match(await signIn(gateway, undefined, { agent }), { status: 401, headers: { 'www-authenticate': 'Negotiate' } });
  t.equal((await send(gateway, '/api/auth/userinfo', { agent })).status, 401);
  const next = await signIn(gateway, await makeToken(realm, bob), { agent });
  t.equal((await claimsOf(next))['preferred_username'], 'bob', 'the next sign-in on it is another person');
});

await t.test('twenty sign-ins at once on a few connections all get their own user', async (t) => {
  const agent = keptConnections(4);
  t.teardown(() => { agent.destroy(); });
  const [alices, bobs] = await Promise.all([makeTokens(realm, alice, 10), makeTokens(realm, bob, 10)]);
  const tokens = alices.flatMap((token, index) => [{ user: 'alice', token }, { user: 'bob', token: bobs[index] }]);
  const users = await Promise.all(tokens.map(async ({ token }) => (await claimsOf(await signIn(gateway, token, { agent })))['preferred_username']));
  t.strictSame(users, tokens.map(({ user }) => user));
});

await t.test('only POST signs in', async (t) => {
  const get = await send(gateway, '/api/auth/negotiate', { headers: { authorization: `Negotiate ${await makeToken(realm, alice)}` } });
  t.match(get, { status: 405, headers: { allow: 'POST', 'cache-control': 'no-store' }, json: { error: 'invalid_request', code: 405 } });
  t.equal(get.headers['www-authenticate'], undefined);
  for (const method of ['PUT', 'DELETE']) t.match(await send(gateway, '/api/auth/negotiate', { method }), { status: 405, headers: { allow: 'POST' } }, method);
});

t.end();
