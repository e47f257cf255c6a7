// The store contract's cases about clients, their secrets and origins.

import type { Test } from 'tap';
import type { OpenBackend } from './backend.ts';
import { clientChanges } from './contract-client-changes.ts';
import { sampleClient, sampleParties, sampleRefreshGrant } from './samples.ts';

const client = sampleClient({
  name: 'Tiskový "Client" Žluť 🖨️', redirectUris: ['http://127.0.0.1/callback', 'http://[::1]/callback', `https://app.example/${'x'.repeat(10_000)}`],
  postLogoutRedirectUris: ['https://b.example/', 'https://a.example/'], origins: ['https://b.example', 'https://a.example'],
  jwks: '{"keys": [{"kty": "EC", "kid": "Žluť"}]}',
});
const bare = sampleClient({
  id: 'bare', name: '', isPublic: false, grants: [], scopes: [], redirectUris: [], postLogoutRedirectUris: [], origins: [],
});

export function clientCases(t: Test, open: OpenBackend): void {
  registering(t, open);
  secrets(t, open);
  removal(t, open);
  clientChanges(t, open);
}

function registering(t: Test, open: OpenBackend): void {
  t.test('a client is registered once, and never changed by registering it again', async (t) => {
    const { one, two, now, tick } = await open(t);
    const record = { ...client, secretDigests: [], createdAt: now() };
    t.equal(await two.clientById(client.id), undefined);
    t.equal(await one.addClient(client), true);
    tick(10);
    t.strictSame(await two.clientById(client.id), record);
    t.equal(await two.addClient({ ...client, isPublic: false, origins: ['https://late.example'] }, 'late'), false);
    t.strictSame(await one.clientById(client.id), record);
    t.equal(await two.isOriginRegistered('https://late.example'), false);
    t.equal(await one.clientById(client.id.toUpperCase()), undefined, 'a client_id is case-sensitive (RFC 6749 §2.2)');
    t.equal(await one.addClient(bare, 'digest'), true);
    t.strictSame(await two.clientById('bare'), { ...bare, secretDigests: ['digest'], createdAt: now() });
  });

  t.test('clients are listed by name, those of one name by id', async (t) => {
    const { one, two } = await open(t);
    t.strictSame(await two.clients(), []);
    for (const [id, name] of [['3', 'B'], ['2', 'A'], ['1', 'B'], ['4', 'Ž']] as const) await one.addClient({ ...bare, id, name }, id);
    const listed = await two.clients();
    t.strictSame(listed.map(({ id }) => id), ['2', '1', '3', '4']);
    t.strictSame(listed[1], await one.clientById('1'));
  });

  t.test('of many who register one client at once, from both handles, one does it', async (t) => {
    const { one, two } = await open(t);
    const results = await Promise.all(Array.from({ length: 16 }, (_, n) =>
      (n % 2 ? one : two).addClient({ ...client, name: String(n) }, String(n))));
    t.equal(results.filter(Boolean).length, 1);
    const winner = String(results.indexOf(true));
    t.match(await one.clientById(client.id), { name: winner, secretDigests: [winner] });
  });

  t.test('an origin is registered while a client has it, exactly as written', async (t) => {
    const { one, two } = await open(t);
    await one.addClient({ ...bare, id: 'a', origins: ['https://a.example', 'https://shared.example', 'https://a.example'] });
    await one.addClient({ ...bare, id: 'b', origins: ['https://shared.example'] });
    t.strictSame((await two.clientById('a'))?.origins, ['https://a.example', 'https://shared.example']);
    for (const origin of ['https://a.example', 'https://shared.example']) t.equal(await two.isOriginRegistered(origin), true);
    for (const origin of ['', 'null', 'https://a.example/', 'https://A.example', 'https://a.exampl', 'https://%', 'a.example']) {
      t.equal(await two.isOriginRegistered(origin), false, origin);
    }
    await two.removeClient('a');
    t.equal(await one.isOriginRegistered('https://a.example'), false);
    t.equal(await one.isOriginRegistered('https://shared.example'), true);
  });
}

function secrets(t: Test, open: OpenBackend): void {
  t.test('a new secret ends the former ones at once, or at the time given if they would be good longer', async (t) => {
    const { one, two, now, tick } = await open(t);
    const digests = async (): Promise<unknown> => (await two.clientById('bare'))?.secretDigests;
    await one.addClient(bare, 'first');
    t.equal(await one.setClientSecret('bare', 'second'), true);
    t.strictSame(await digests(), ['second']);
    await one.setClientSecret('bare', 'third', now() + 60);
    t.strictSame(await digests(), ['third', 'second']);
    await one.setClientSecret('bare', 'fourth', now() + 100);
    t.strictSame(await digests(), ['fourth', 'third', 'second']);
    tick(60);
    t.strictSame(await digests(), ['fourth', 'third'], 'its end was not put off');
    await one.setClientSecret('bare', 'third', now() + 10);
    t.strictSame(await digests(), ['third', 'fourth'], 'given again, it is no former one');
    tick(10);
    t.strictSame(await digests(), ['third']);
    t.strictSame((await two.clients())[0]?.secretDigests, ['third']);
    await one.setClientSecret('bare', 'last', now() - 1);
    t.strictSame(await digests(), ['last']);
    t.equal(await one.setClientSecret('nobody', 'digest'), false);
    t.equal(await two.clientById('nobody'), undefined);
  });

  t.test('secrets changed often, from both handles, leave one that is good', async (t) => {
    const { one, two, tick } = await open(t);
    await one.addClient(bare, 'first');
    await one.addClient({ ...bare, id: 'other' }, 'other');
    await Promise.all(Array.from({ length: 150 }, (_, n) => {
      tick(1);
      return (n % 2 ? one : two).setClientSecret('bare', String(n));
    }));
    t.strictSame((await one.clientById('bare'))?.secretDigests, ['149']);
    t.strictSame((await one.clientById('other'))?.secretDigests, ['other']);
  });
}

function removal(t: Test, open: OpenBackend): void {
  t.test('a removed client takes its secrets and grants along; other clients keep theirs', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    await one.addClient(bare, 'digest');
    const [gone, kept] = [sampleRefreshGrant(alice.id, now(), { clientId: 'bare' }), sampleRefreshGrant(alice.id, now())];
    for (const grant of [gone, kept]) await one.addGrant(grant);
    t.equal(await two.removeClient('bare'), true);
    t.equal(await two.removeClient('bare'), false);
    t.equal(await one.clientById('bare'), undefined);
    t.equal(await one.grantById(gone.id), undefined);
    t.equal(await one.rotateRefresh(gone.id, 1, now() + 60), 'gone');
    t.match(await one.grantById(kept.id), { revoked: false });
    await one.addGrant({ ...gone, id: 'late' });
    t.equal(await one.grantById('late'), undefined, 'a grant that comes after the removal is none');
    await one.addClient(bare);
    t.strictSame((await two.clientById('bare'))?.secretDigests, []);
    t.equal(await one.grantById(gone.id), undefined);
  });
}
