// GET and POST /api/auth/userinfo: claims by scopes, and challenges as RFC 6750 has them.

import t from 'tap';
import { sampleClient, sampleGrant } from '../stores/samples.ts';
import { goodClaims, signed } from '../tokens/bearers.ts';
import { openApp } from './app.ts';

const { ask, gateway } = await openApp(t);
const alice = await gateway.store.addUser({ name: 'alice', aliases: [], scopes: [], fullName: 'Alice Žlutá', email: 'alice@example.com' });
const url = '/api/auth/userinfo';

async function bearer(scope: string, sub = alice.id): Promise<string> {
  return `Bearer ${await signed(gateway, { ...goodClaims(gateway, sub), scope })}`;
}

t.test('the claims follow the scopes of the token, by GET and by POST', async (t) => {
  for (const [scope, claims] of [
    ['openid', {}],
    ['openid profile', { preferred_username: 'alice', name: 'Alice Žlutá' }],
    ['email openid', { email: 'alice@example.com' }],
    ['jobs openid email profile', { preferred_username: 'alice', name: 'Alice Žlutá', email: 'alice@example.com' }],
  ] as const) {
    for (const method of ['GET', 'POST'] as const) {
      const answer = await ask({ method, url, headers: { authorization: await bearer(scope) } });
      t.equal(answer.statusCode, 200);
      t.strictSame(answer.json(), { sub: alice.id, ...claims }, `${method} ${scope}`);
      t.match(answer.headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    }
  }
});

t.test('POST takes a form or nothing as its body, and refuses what it cannot read', async (t) => {
  const authorization = await bearer('openid');
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const post = async (headers: Readonly<Record<string, string>>, payload: string): Promise<number> =>
    (await ask({ method: 'POST', url, headers: { authorization, ...headers }, payload })).statusCode;
  t.equal(await post(form, ''), 200);
  t.equal(await post(form, 'x=1'), 200);
  t.equal(await post({ 'content-type': 'application/json' }, ''), 200);
  t.equal(await post({ 'content-type': 'application/json' }, '{'), 400);
  t.equal(await post({ 'content-type': 'text/xml' }, '<a/>'), 415);
  t.equal(await post(form, `x=${'y'.repeat(70_000)}`), 413);
});

t.test('without a token the challenge names no error', async (t) => {
  for (const headers of [{}, { authorization: '' }, { authorization: 'Basic YTpi' }, { authorization: 'Negotiate YTpi' }]) {
    const answer = await ask({ url, headers });
    t.equal(answer.statusCode, 401);
    t.equal(answer.headers['www-authenticate'], 'Bearer', JSON.stringify(headers));
    t.equal(answer.headers['cache-control'], 'no-store');
    t.match(answer.json(), { error: 'invalid_token', code: 401, data: [] });
  }
});

t.test('a bad token is told by the challenge, not what is wrong with it', async (t) => {
  const bad = [await bearer('openid'), 'Bearer x', 'Bearer'].map((text, n) => n === 0 ? `${text.slice(0, -20)}AAAAAAAAAAAAAAAAAAAA` : text);
  const answers = await Promise.all(bad.map((authorization) => ask({ url, headers: { authorization } })));
  for (const answer of answers) {
    t.equal(answer.statusCode, 401);
    t.match(answer.headers['www-authenticate'], /^Bearer error="invalid_token", error_description="[^"\\]+"$/);
  }
  t.equal(new Set(answers.map(({ body }) => body)).size, 1);
});

t.test('a token without the scope openid is 403 insufficient_scope', async (t) => {
  for (const scope of ['profile email', 'openidx', 'OPENID', '']) {
    const answer = await ask({ url, headers: { authorization: await bearer(scope) } });
    t.equal(answer.statusCode, 403, scope);
    t.match(answer.headers['www-authenticate'], /^Bearer error="insufficient_scope"/);
    t.match(answer.json(), { error: 'insufficient_scope', code: 403, message: /openid/ });
  }
});

t.test('two Authorization headers are one too many, whichever is good', async (t) => {
  const good = await bearer('openid');
  for (const authorization of [[good, good], [good, 'Basic YTpi'], ['Bearer x', good]]) {
    const answer = await ask({ url, headers: { authorization } });
    t.equal(answer.statusCode, 400);
    t.match(answer.json(), { error: 'invalid_request', message: 'The request has more than one Authorization header.' });
  }
});

t.test('a token of a user who was disabled or removed is good for nothing from that moment', async (t) => {
  const bob = await gateway.store.addUser({ name: 'bob', aliases: [], scopes: [] });
  const headers = { authorization: await bearer('openid', bob.id) };
  const status = async (): Promise<number> => (await ask({ url, headers })).statusCode;
  t.equal(await status(), 200);
  await gateway.store.setUserDisabled(bob.id, true);
  t.equal(await status(), 401);
  t.match((await ask({ url, headers })).headers['www-authenticate'], /^Bearer error="invalid_token"/);
  await gateway.store.setUserDisabled(bob.id, false);
  t.equal(await status(), 200);
  await gateway.store.removeUser(bob.id);
  t.equal(await status(), 401);
  await gateway.store.addUser({ name: 'bob', aliases: [], scopes: [] });
  t.equal(await status(), 401, 'the new bob is somebody else');
});

t.test('a token that was revoked, or whose client was removed, is good for nothing; another one of the same user still is', async (t) => {
  const { store } = gateway;
  await store.addClient(sampleClient({ id: 'app' }));
  const token = async (claims: Readonly<Record<string, unknown>>): Promise<string> => `Bearer ${await signed(gateway, { ...goodClaims(gateway, alice.id), ...claims })}`;
  const [revoked, ofClient, other] = [await token({ jti: 'gone' }), await token({ client_id: 'app' }), await token({ jti: 'stays' })];
  const statuses = (): Promise<readonly number[]> =>
    Promise.all([revoked, ofClient, other].map(async (authorization) => (await ask({ url, headers: { authorization } })).statusCode));
  t.strictSame(await statuses(), [200, 200, 200]);
  await store.revokeAccessToken('gone', Math.floor(Date.now() / 1000) + 600);
  await store.removeClient('app');
  t.strictSame(await statuses(), [401, 401, 200]);
});

t.test('a token of a grant dies with it, and is no good if it is not that user\'s and that client\'s', async (t) => {
  const { store } = gateway;
  const now = Math.floor(Date.now() / 1000);
  await store.addClient(sampleClient());
  const carol = await store.addUser({ name: 'carol', aliases: [], scopes: [] });
  const grant = sampleGrant(carol.id, now);
  await store.addGrant(grant);
  const status = async (claims: Readonly<Record<string, unknown>> = {}): Promise<number> => {
    const usual = { ...goodClaims(gateway, carol.id), client_id: grant.clientId, grant_id: grant.id };
    return (await ask({ url, headers: { authorization: `Bearer ${await signed(gateway, { ...usual, ...claims })}` } })).statusCode;
  };
  t.equal(await status(), 200);
  t.equal(await status({ sub: alice.id }), 401);
  t.equal(await status({ client_id: 'myq-desktop-client' }), 401);
  t.equal(await status({ grant_id: 'another' }), 401);
  await store.setPassword(carol.id, 'changed');
  t.equal(await status(), 401, 'her password was changed');
  const next = sampleGrant(carol.id, now, { epoch: (await store.userById(carol.id))?.epoch ?? NaN });
  await store.addGrant(next);
  t.equal(await status({ grant_id: next.id }), 200);
  await store.revokeGrant(next.id);
  t.equal(await status({ grant_id: next.id }), 401, 'the grant was revoked');
});

t.test('a client\'s token for itself speaks of nobody', async (t) => {
  const authorization = `Bearer ${await signed(gateway, { ...goodClaims(gateway, 'myq-desktop-client'), scope: 'openid' })}`;
  const answer = await ask({ url, headers: { authorization } });
  t.match(answer.json(), { error: 'invalid_token', code: 401 });
});

t.test('other methods and paths say so', async (t) => {
  const put = await ask({ method: 'PUT', url });
  t.equal(put.statusCode, 405);
  t.equal(put.headers['allow'], 'GET, POST');
  t.equal((await ask({ url: `${url}/` })).statusCode, 404);
});

t.test('a store that is out is 503 for a good token, and says nothing of its place', async (t) => {
  const { ask, gateway, directory, log } = await openApp(t);
  const authorization = `Bearer ${await signed(gateway, goodClaims(gateway, 'id'))}`;
  await gateway.store.close();
  const answer = await ask({ url, headers: { authorization } });
  t.equal(answer.statusCode, 503);
  t.match(answer.headers, { 'retry-after': '5', 'cache-control': 'no-store' });
  t.match(answer.json(), { error: 'temporarily_unavailable', reason: 'backend_unavailable' });
  t.notMatch(answer.body, directory);
  t.match(log.join(''), /the store failed in \w+/);
});
