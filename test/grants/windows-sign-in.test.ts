// The grant of a Windows sign-in: which client, which scopes, and a token at the end.

import { createSecretKey, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { DESKTOP_CLIENT_ID, windowsSignIn } from '../../src/grants/windows-sign-in.ts';
import { resolver } from '../../src/identity/resolve.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { tokenIssuer } from '../../src/tokens/issue.ts';
import { openKeyring } from '../../src/tokens/keyring.ts';
import { desktopClientScopes } from '../../src/tokens/scopes.ts';
import { proofOf } from '../identity/people.ts';

async function setUp(t: Test) {
  const store = openSqlite(':memory:');
  t.teardown(() => store.close());
  const now = (): number => 1_700_000_000;
  const keyring = await openKeyring({ store, sealKey: createSecretKey(randomBytes(32)), algorithm: 'ES256', now });
  const client = { name: 'c', redirectUris: [], scopes: desktopClientScopes };
  await store.addClient({ ...client, id: DESKTOP_CLIENT_ID, isPublic: true });
  await store.addClient({ ...client, id: 'narrow', isPublic: true, scopes: ['jobs'] });
  await store.addClient({ ...client, id: 'confidential', isPublic: false });
  const alice = await store.addUser({ name: 'alice', aliases: ['alice@MYQ.TEST'], scopes: ['users'] });
  const grant = windowsSignIn({
    clients: store,
    resolve: resolver({ directory: store, realms: () => ['MYQ.TEST'], unknownUsers: 'Reject' }),
    issuer: tokenIssuer({ keyring, issuer: 'https://gw', audience: 'https://gw', lifetime: 60, now }),
  });
  return { store, alice, grant };
}

t.test('a request that names no client is the Desktop Client\'s', async (t) => {
  const { grant, alice } = await setUp(t);
  const signIn = await grant.validate({});
  t.equal(signIn.client.id, DESKTOP_CLIENT_ID);
  t.equal(signIn.asked, undefined);
  const issued = await grant.issue(signIn, proofOf('alice@MYQ.TEST'));
  if (issued.kind === 'refused') return t.fail(issued.reason);
  t.equal(issued.identity.user.id, alice.id);
  t.match(decodeJwt(issued.answer.access_token), { sub: alice.id, client_id: DESKTOP_CLIENT_ID, scope: issued.answer.scope });
  t.equal(issued.answer.scope, 'openid profile jobs print user.session users');
});

t.test('a client and scopes can be named', async (t) => {
  const { grant } = await setUp(t);
  const issue = async (request: Parameters<typeof grant.validate>[0]): Promise<string> => {
    const issued = await grant.issue(await grant.validate(request), proofOf('alice@MYQ.TEST'));
    return issued.kind === 'refused' ? issued.reason : issued.answer.scope;
  };
  t.equal(await issue({ client_id: 'narrow' }), 'jobs');
  t.equal(await issue({ scope: 'openid users reports' }), 'openid users');
  t.equal(await issue({ scope: 'openid offline_access' }), 'openid', 'there are no refresh tokens here');
  await t.rejects(issue({ scope: 'reports' }), { name: 'RequestError', error: 'invalid_scope', statusCode: 400 });
  await t.rejects(issue({ scope: 'offline.access' }), { name: 'RequestError', error: 'invalid_scope' });
});

t.test('a wrong request is refused before any credential is looked at', async (t) => {
  const { grant } = await setUp(t);
  await t.rejects(grant.validate({ client_id: 'unknown' }), { name: 'RequestError', error: 'invalid_client', statusCode: 400 });
  await t.rejects(grant.validate({ client_id: '' }), { name: 'RequestError', error: 'invalid_client', statusCode: 400 });
  await t.rejects(grant.validate({ client_id: 'confidential' }), { name: 'RequestError', error: 'invalid_client', statusCode: 400 });
  await t.rejects(grant.validate({ scope: '' }), { name: 'RequestError', error: 'invalid_scope' });
});

t.test('whoever is not allowed gets the reason and no token', async (t) => {
  const { grant, store, alice } = await setUp(t);
  const signIn = await grant.validate({});
  t.match(await grant.issue(signIn, proofOf('bob@MYQ.TEST')), { kind: 'refused', reason: 'unknown_user' });
  await store.setUserDisabled(alice.id, true);
  t.match(await grant.issue(signIn, proofOf('alice@MYQ.TEST')), { kind: 'refused', reason: 'user_disabled' });
});

t.test('a store that is out is a fault', async (t) => {
  const { grant, store } = await setUp(t);
  const signIn = await grant.validate({});
  await store.close();
  await t.rejects(grant.validate({}), UnavailableError);
  await t.rejects(grant.issue(signIn, proofOf('alice@MYQ.TEST')), UnavailableError);
});
