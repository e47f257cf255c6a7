// The grant of a Windows sign-in: which client, which scopes, and tokens at the end.

import { createSecretKey, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import t, { type Test } from 'tap';
import { clientAuthentication, type ClientCredentials } from '../../src/clients/authenticate.ts';
import { secretDigest } from '../../src/clients/secret.ts';
import { UnavailableError } from '../../src/errors.ts';
import { userTokens } from '../../src/grants/user-tokens.ts';
import { DESKTOP_CLIENT_ID, windowsSignIn } from '../../src/grants/windows-sign-in.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { handles } from '../../src/tokens/handle.ts';
import { tokenIssuer } from '../../src/tokens/issue.ts';
import { openKeyring } from '../../src/tokens/keyring.ts';
import { desktopClientScopes } from '../../src/tokens/scopes.ts';
import { proofOf, resolverOf } from '../identity/people.ts';
import { sampleClient } from '../stores/samples.ts';

const SECRET = 'a secret';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

async function setUp(t: Test) {
  const now = (): number => 1_700_000_000;
  const store = openSqlite(':memory:', { now });
  t.teardown(() => store.close());
  const issuer = 'https://gw';
  const keyring = await openKeyring({ store, sealKey: createSecretKey(randomBytes(32)), algorithm: 'ES256', now });
  const scopes = desktopClientScopes;
  await store.addClient(sampleClient({ id: DESKTOP_CLIENT_ID, scopes }));
  await store.addClient(sampleClient({ id: 'narrow', scopes: ['jobs'] }));
  await store.addClient(sampleClient({ id: 'without-refresh', scopes, grants: ['authorization_code'] }));
  await store.addClient(sampleClient({ id: 'exchange', scopes, grants: [EXCHANGE] }));
  await store.addClient(sampleClient({ id: 'confidential', scopes, isPublic: false }), secretDigest(SECRET));
  await store.addClient(sampleClient({ id: 'service', scopes: ['users'], isPublic: false, grants: ['client_credentials'] }), secretDigest(SECRET));
  const alice = await store.addUser({ name: 'alice', aliases: ['alice@MYQ.TEST'], scopes: ['users'] });
  const handle = handles(createSecretKey(randomBytes(32)));
  const grant = windowsSignIn({
    clients: clientAuthentication({ clients: store, marks: store, issuer, tokenEndpoint: `${issuer}/api/auth/token`, now }),
    resolver: resolverOf({ directory: store }),
    tokens: userTokens({
      store, handles: handle, now, lifetimes: { accessToken: 60, refreshToken: 3600, refreshIdle: 600 },
      signer: tokenIssuer({ keyring, issuer, audience: issuer, lifetime: 60, now }),
    }),
  });
  /** A whole sign-in of alice's. */
  const signIn = async (scope?: string, credentials: ClientCredentials = {}) => {
    const issued = await grant.issue(await grant.validate(scope, credentials), proofOf('alice@MYQ.TEST', { channelBinding: 'bound' }));
    if (issued.kind === 'refused') throw new Error(issued.reason);
    return issued.answer;
  };
  return { store, alice, grant, signIn, handle, now };
}

t.test('a request that names no client is the Desktop Client\'s', async (t) => {
  const { grant, alice } = await setUp(t);
  const signIn = await grant.validate(undefined, {});
  t.equal(signIn.client.id, DESKTOP_CLIENT_ID);
  t.equal(signIn.asked, undefined);
  const issued = await grant.issue(signIn, proofOf('alice@MYQ.TEST'));
  if (issued.kind === 'refused') return t.fail(issued.reason);
  t.equal(issued.identity.user.id, alice.id);
  t.match(decodeJwt(issued.answer.access_token), { sub: alice.id, client_id: DESKTOP_CLIENT_ID, scope: issued.answer.scope, amr: ['wia'], cbt: 'none' });
  t.equal(issued.answer.scope, 'openid profile jobs print user.session users');
  t.strictSame(Object.keys(issued.answer).sort(), ['access_token', 'expires_in', 'scope', 'token_type'], 'nothing is kept, so there is nothing to refresh');
});

t.test('a client and scopes can be named', async (t) => {
  const { signIn } = await setUp(t);
  const scope = async (...asked: Parameters<typeof signIn>): Promise<string> => (await signIn(...asked)).scope;
  t.equal(await scope(undefined, { client_id: 'narrow' }), 'jobs');
  t.equal(await scope('openid users reports'), 'openid users');
  t.equal(await scope('openid jobs', { client_id: 'exchange' }), 'openid jobs', 'any client that may act for users will do');
  await t.rejects(scope('reports'), { name: 'RequestError', error: 'invalid_scope', statusCode: 400 });
});

t.test('a confidential client proves itself in the body', async (t) => {
  const { signIn, grant } = await setUp(t);
  const { access_token: token } = await signIn('jobs', { client_id: 'confidential', client_secret: SECRET });
  t.equal(decodeJwt(token)['client_id'], 'confidential');
  for (const credentials of [
    { client_id: 'confidential' }, { client_id: 'confidential', client_secret: 'wrong' }, { client_id: 'confidential', client_secret: '' },
    { client_id: 'narrow', client_secret: SECRET }, { client_id: 'unknown' }, { client_id: 'unknown', client_secret: SECRET },
  ]) await t.rejects(grant.validate(undefined, credentials), { name: 'RequestError', error: 'invalid_client', statusCode: 401 }, JSON.stringify(credentials));
});

t.test('half of a client\'s credentials is not the Desktop Client', async (t) => {
  const { grant } = await setUp(t);
  for (const [credentials, error] of [
    [{ client_id: '' }, 'invalid_client'], [{ client_secret: SECRET }, 'invalid_request'],
    [{ client_assertion: 'x' }, 'invalid_request'], [{ client_assertion_type: 'x' }, 'invalid_request'],
  ] as const) await t.rejects(grant.validate(undefined, credentials), { name: 'RequestError', error }, JSON.stringify(credentials));
});

t.test('a client that acts only for itself gets no tokens for users', async (t) => {
  const { grant } = await setUp(t);
  await t.rejects(grant.validate('users', { client_id: 'service', client_secret: SECRET }), { name: 'RequestError', error: 'unauthorized_client', statusCode: 400 });
  await t.rejects(grant.validate('users', { client_id: 'service', client_secret: 'x' }), { name: 'RequestError', error: 'invalid_client' });
});

t.test('offline.access, or its other name, earns a refresh token, whose grant remembers the sign-in', async (t) => {
  const { store, signIn, handle, alice, now } = await setUp(t);
  for (const word of ['offline.access', 'offline_access']) {
    const answer = await signIn(`openid jobs ${word}`);
    t.equal(answer.scope, 'openid jobs offline.access');
    t.equal(answer.id_token, undefined, 'no authentication request of OpenID Connect, no ID token');
    const { id = '', generation } = handle.read('refresh', answer.refresh_token) ?? {};
    t.equal(generation, 1);
    t.match(await store.grantById(id), {
      clientId: DESKTOP_CLIENT_ID, userId: alice.id, epoch: alice.epoch, scopes: ['openid', 'jobs', 'offline.access'], code: undefined, sessionId: undefined,
      generation: 1, idleUntil: now() + 600, expiresAt: now() + 3600, authentication: { at: now(), methods: ['wia'], channelBinding: 'bound' },
    });
    t.equal(decodeJwt(answer.access_token)['grant_id'], id);
  }
});

t.test('a client without the grant refresh_token gets no refresh token, and is not told that it has one', async (t) => {
  const { signIn } = await setUp(t);
  for (const id of ['without-refresh', 'exchange']) {
    const answer = await signIn('openid offline_access', { client_id: id });
    t.match(answer, { scope: 'openid', refresh_token: undefined }, id);
    t.equal(decodeJwt(answer.access_token)['grant_id'], undefined);
    await t.rejects(signIn('offline.access', { client_id: id }), { name: 'RequestError', error: 'invalid_scope' });
  }
});

t.test('a wrong scope is refused before any credential is looked at', async (t) => {
  const { grant } = await setUp(t);
  for (const scope of ['', ' ', 'a  b', 'a"b']) {
    await t.rejects(grant.validate(scope, {}), { name: 'RequestError', error: 'invalid_scope' }, JSON.stringify(scope));
  }
});

t.test('whoever is not allowed gets the reason and no token', async (t) => {
  const { grant, store, alice } = await setUp(t);
  const signIn = await grant.validate(undefined, {});
  t.match(await grant.issue(signIn, proofOf('bob@MYQ.TEST')), { kind: 'refused', reason: 'unknown_user' });
  await store.setUserDisabled(alice.id, true);
  t.match(await grant.issue(signIn, proofOf('alice@MYQ.TEST')), { kind: 'refused', reason: 'user_disabled' });
});

t.test('a store that is out is a fault', async (t) => {
  const { grant, store } = await setUp(t);
  const signIn = await grant.validate(undefined, {});
  await store.close();
  await t.rejects(grant.validate(undefined, {}), UnavailableError);
  await t.rejects(grant.issue(signIn, proofOf('alice@MYQ.TEST')), UnavailableError);
});
