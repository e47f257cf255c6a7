// The store contract's cases about changing a client.

import type { Test } from 'tap';
import type { Client, ClientProperties, ClientReplaced } from '../../src/stores/client-store.ts';
import type { Store } from '../../src/stores/store.ts';
import type { OpenBackend } from './backend.ts';
import { sampleClient, sampleParties, sampleRefreshGrant } from './samples.ts';

const client = sampleClient({ id: 'app', isPublic: false, jwks: '{"keys":[]}', origins: ['https://b.example', 'https://a.example'] });
const other: ClientProperties = {
  name: 'Žluť 🖨️', grants: ['client_credentials'], scopes: ['users', 'jobs'], redirectUris: ['https://new.example/'],
  postLogoutRedirectUris: ['https://new.example/bye', 'https://app.example/'], origins: ['https://c.example', 'https://a.example'],
};

export function clientChanges(t: Test, open: OpenBackend): void {
  t.test('a client is given other properties, and what it proves itself with and its grants stay', async (t) => {
    const { one, two, now, tick } = await open(t);
    const { alice } = await sampleParties(one);
    await one.addClient(client, 'digest');
    const former = await one.clientById('app');
    const grant = sampleRefreshGrant(alice.id, now(), { clientId: 'app' });
    await one.addGrant(grant);
    tick(10);
    t.equal(await two.replaceClient(former ?? client, other), 'replaced');
    t.strictSame(await one.clientById('app'), { ...former, ...other });
    t.match(former, { secretDigests: ['digest'], jwks: '{"keys":[]}', isPublic: false });
    t.match(await one.grantById(grant.id), { revoked: false, clientId: 'app' });
    for (const [origin, is] of [['https://a.example', true], ['https://b.example', false], ['https://c.example', true]] as const) {
      t.equal(await one.isOriginRegistered(origin), is, origin);
    }
    const bare: ClientProperties = { name: '', grants: [], scopes: [], redirectUris: [], postLogoutRedirectUris: [], origins: [] };
    t.equal(await one.replaceClient({ ...client, ...other }, { ...bare, id: 'sample-client', isPublic: true } as ClientProperties), 'replaced');
    t.strictSame(await two.clientById('app'), { ...former, ...bare }, 'nothing but the properties');
    t.match(await two.clientById('sample-client'), sampleClient(), 'another client is not touched');
  });

  t.test('nothing is written over a client that is not as it was read', async (t) => {
    const { one, two } = await open(t);
    await one.addClient(client, 'digest');
    const before = await one.clientById('app');
    for (const change of [
      { name: 'other' }, { isPublic: true }, { grants: ['refresh_token', 'authorization_code'] }, { scopes: ['openid'] }, { redirectUris: [] },
      { postLogoutRedirectUris: ['https://app.example/', 'https://b.example/'] }, { origins: ['https://a.example', 'https://b.example'] },
      { jwks: '{}' }, { jwks: undefined },
    ]) {
      t.equal(await two.replaceClient({ ...client, ...change }, other), 'stale', JSON.stringify(change));
      t.strictSame(await one.clientById('app'), before);
    }
    t.equal(await two.replaceClient({ ...client, id: 'nobody' }, other), 'no-client');
    t.equal(await one.clientById('nobody'), undefined);
    await one.setClientSecret('app', 'second');
    t.equal(await two.replaceClient(before ?? client, other), 'replaced', 'a new secret is another matter');
    t.match(await one.clientById('app'), { secretDigests: ['second'] });
    await one.removeClient('app');
    t.equal(await two.replaceClient({ ...client, ...other }, other), 'no-client');
    t.equal(await one.isOriginRegistered('https://c.example'), false);
  });

  t.test('of many changes at once, from both handles, none is lost', async (t) => {
    const { one, two } = await open(t);
    await one.addClient(client);
    const added = Array.from({ length: 24 }, (_, n) => `https://${String(n)}.example`);
    const outcomes: ClientReplaced[] = [];
    const addOrigin = async (store: Store, origin: string): Promise<void> => {
      const former: Client | undefined = await store.clientById('app');
      if (former === undefined) throw new Error('the client is gone');
      const outcome = await store.replaceClient(former, { ...former, origins: [...former.origins, origin] });
      outcomes.push(outcome);
      if (outcome === 'stale') await addOrigin(store, origin);
    };
    await Promise.all(added.map((origin, n) => addOrigin(n % 2 ? one : two, origin)));
    t.strictSame((await one.clientById('app'))?.origins.toSorted(), [...client.origins, ...added].toSorted());
    t.equal(outcomes.filter((outcome) => outcome === 'replaced').length, added.length);
    t.ok(outcomes.includes('stale'), 'they did meet');
  });
}
