// The store contract's cases about clients and signing keys.

import type { Test } from 'tap';
import type { Client, StoredKey } from '../../src/stores/store.ts';
import type { OpenBackend } from './backend.ts';

const client: Client = {
  id: 'myq-desktop-client', name: 'MyQ Desktop "Client" Žluť', isPublic: true,
  redirectUris: ['http://127.0.0.1/callback', 'http://[::1]/callback'], scopes: ['openid', 'offline.access'],
};
const key = (kid: string, algorithm = 'ES256', createdAt = 1): StoredKey =>
  ({ kid, algorithm, publicJwk: `{"kid":"${kid}"}`, sealedPrivateKey: `sealed-${kid}`, createdAt });

export function clientCases(t: Test, open: OpenBackend): void {
  t.test('a client is registered once, and never changed by registering it again', async (t) => {
    const { one, two } = await open(t);
    t.equal(await two.clientById(client.id), undefined);
    t.equal(await one.addClient(client), true);
    t.strictSame(await two.clientById(client.id), client);
    t.equal(await two.addClient({ ...client, isPublic: false, scopes: ['users'] }), false);
    t.strictSame(await one.clientById(client.id), client);
    t.equal(await one.clientById(client.id.toUpperCase()), undefined, 'a client_id is case-sensitive (RFC 6749 §2.2)');
    await one.addClient({ id: 'bare', name: '', isPublic: false, redirectUris: [], scopes: [] });
    t.strictSame(await two.clientById('bare'), { id: 'bare', name: '', isPublic: false, redirectUris: [], scopes: [] });
  });

  t.test('of many who register one client at once, from both handles, one does it', async (t) => {
    const { one, two } = await open(t);
    const results = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).addClient({ ...client, name: String(n) })));
    t.equal(results.filter(Boolean).length, 1);
    t.equal((await one.clientById(client.id))?.name, String(results.indexOf(true)));
  });
}

export function keyCases(t: Test, open: OpenBackend): void {
  t.test('the first key of an algorithm stays the only one', async (t) => {
    const { one, two } = await open(t);
    t.strictSame(await one.signingKeys(), []);
    t.strictSame(await one.addFirstKey(key('a')), [key('a')]);
    t.strictSame(await two.addFirstKey(key('b')), [key('a')]);
    t.strictSame(await two.signingKeys(), [key('a')]);
  });

  t.test('another algorithm has a first key of its own, and the newest is listed first', async (t) => {
    const { one, two } = await open(t);
    await one.addFirstKey(key('a', 'ES256', 1));
    await two.addFirstKey(key('b', 'RS256', 2));
    t.strictSame((await one.signingKeys()).map(({ kid }) => kid), ['b', 'a']);
  });

  t.test('of many first keys at once, from both handles, one wins and all are told which', async (t) => {
    const { one, two } = await open(t);
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).addFirstKey(key(`k${String(n)}`))));
    const kept = await one.signingKeys();
    t.equal(kept.length, 1);
    for (const answer of answers) t.strictSame(answer, kept);
  });
}
