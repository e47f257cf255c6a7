// The store contract's cases about the secrets of users.

import type { Test } from 'tap';
import type { Store } from '../../src/stores/store.ts';
import type { OpenBackend } from './backend.ts';
import { sampleParties } from './samples.ts';

const long = `$argon2id$${'žluť🖨️'.repeat(2000)}`;

export function secretCases(t: Test, open: OpenBackend): void {
  passwords(t, open);
  pins(t, open);
  cards(t, open);
  cardRaces(t, open);
}

/** Runs the change, which must answer `answer`, and tells by how much his epoch rose. */
async function rise(t: Test, store: Store, id: string, change: () => Promise<string>, answer = 'changed'): Promise<number> {
  const before = (await store.userById(id))?.epoch ?? NaN;
  t.equal(await change(), answer);
  return ((await store.userById(id))?.epoch ?? NaN) - before;
}

function passwords(t: Test, open: OpenBackend): void {
  t.test('a password is kept as its hash, and each change raises the epoch', async (t) => {
    const { one, two } = await open(t);
    const { alice, bob } = await sampleParties(one);
    t.strictSame(await two.userSecrets(alice.id), { passwordHash: undefined, pinDigest: undefined });
    t.ok(await rise(t, two, alice.id, () => one.setPassword(alice.id, long)) > 0);
    t.strictSame(await two.userSecrets(alice.id), { passwordHash: long, pinDigest: undefined });
    t.match(await two.userByName('alice'), { hasPassword: true, hasPin: false, cards: 0 });
    t.ok(await rise(t, two, alice.id, () => one.setPassword(alice.id, long)) > 0, 'the same one, too');
    t.ok(await rise(t, two, alice.id, () => one.setPassword(alice.id, undefined)) > 0);
    t.strictSame(await two.userSecrets(alice.id), { passwordHash: undefined, pinDigest: undefined });
    t.match(await two.userById(bob.id), { epoch: 0 });
  });

  t.test('a user may come with a password, and an unknown one has no secrets', async (t) => {
    const { one, two } = await open(t);
    const user = await one.addUser({ name: 'carol', aliases: [], scopes: [], passwordHash: 'hash' });
    t.match(user, { hasPassword: true, epoch: 0 });
    t.match(await two.userSecrets(user.id), { passwordHash: 'hash' });
    t.equal(await two.userSecrets('nobody'), undefined);
    t.equal(await two.setPassword('nobody', 'hash'), 'no-user');
    t.equal(await two.setPin('nobody', 'digest'), 'no-user');
    t.equal(await two.changeCards('nobody', { add: ['digest'], remove: 'all' }), 'no-user');
    for (const digest of ['digest', '', 'undefined', 'null']) {
      t.equal(await one.userByPin(digest), undefined);
      t.equal(await one.userByCard(digest), undefined);
    }
  });
}

function pins(t: Test, open: OpenBackend): void {
  t.test('a PIN is one user\'s, and each change raises the epoch', async (t) => {
    const { one, two } = await open(t);
    const { alice, bob } = await sampleParties(one);
    t.ok(await rise(t, two, alice.id, () => one.setPin(alice.id, 'pin')) > 0);
    t.strictSame(await two.userByPin('pin'), await two.userById(alice.id));
    t.match(await two.userByName('alice'), { hasPin: true, hasPassword: false });
    t.match(await two.userSecrets(alice.id), { pinDigest: 'pin' });
    t.equal(await rise(t, two, bob.id, () => two.setPin(bob.id, 'pin'), 'taken'), 0);
    t.equal((await one.userByPin('pin'))?.id, alice.id);
    t.equal(await one.userByPin('PIN'), undefined);
    t.equal(await one.userByCard('pin'), undefined, 'a PIN is no card');
    t.ok(await rise(t, two, alice.id, () => one.setPin(alice.id, 'pin')) > 0, 'his own again');
    t.ok(await rise(t, two, alice.id, () => one.setPin(alice.id, undefined)) > 0);
    t.equal(await two.userByPin('pin'), undefined);
    t.equal(await two.setPin(bob.id, 'pin'), 'changed', 'what was taken away is free');
    t.equal(await two.setPin(alice.id, undefined), 'changed', 'many may have none');
    await one.removeUser(bob.id);
    t.equal(await two.userByPin('pin'), undefined);
    t.equal(await two.setPin(alice.id, 'pin'), 'changed');
  });

  t.test('of two users who get one PIN many times at once, from both handles, one has it', async (t) => {
    const { one, two } = await open(t);
    const { alice, bob } = await sampleParties(one);
    const results = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 4 < 2 ? one : two).setPin((n % 2 ? alice : bob).id, 'race')));
    const owner = (await one.userByPin('race'))?.id;
    results.forEach((result, n) => { t.equal(result, (n % 2 ? alice : bob).id === owner ? 'changed' : 'taken', String(n)); });
  });
}

function cards(t: Test, open: OpenBackend): void {
  t.test('cards are given and taken as one step, and taking one raises the epoch', async (t) => {
    const { one, two } = await open(t);
    const { alice } = await sampleParties(one);
    const change = (add: readonly string[], remove: readonly string[] | 'all') => () => one.changeCards(alice.id, { add, remove });
    const count = async (): Promise<unknown> => (await two.userByName('alice'))?.cards;
    t.equal(await rise(t, two, alice.id, change(['a', 'b', 'a'], [])), 0);
    t.equal(await count(), 2);
    t.strictSame(await two.userByCard('b'), await two.userById(alice.id));
    t.equal(await two.userByPin('b'), undefined, 'a card is no PIN');
    t.equal(await rise(t, two, alice.id, change(['a', long], [])), 0, 'what he has already is no fault');
    t.equal((await two.userByCard(long))?.id, alice.id);
    t.ok(await rise(t, two, alice.id, change(['c'], ['a', 'a', long])) > 0);
    t.equal(await two.userByCard('a'), undefined);
    t.equal(await count(), 2);
    t.ok(await rise(t, two, alice.id, change(['b'], ['b'])) > 0, 'taken, then given');
    t.equal(await count(), 2);
    t.ok(await rise(t, two, alice.id, change(['c', 'd'], 'all')) > 0);
    t.strictSame(await Promise.all(['b', 'c', 'd'].map(async (digest) => (await two.userByCard(digest))?.id)), [undefined, alice.id, alice.id]);
    await change([], 'all')();
    t.equal(await rise(t, two, alice.id, change([], 'all')), 0, 'there was none to take');
    t.equal(await count(), 0);
  });

  t.test('if one part fails no card moves and no epoch rises', async (t) => {
    const { one, two } = await open(t);
    const { alice, bob } = await sampleParties(one);
    await one.changeCards(alice.id, { add: ['a', 'a2'], remove: [] });
    await one.changeCards(bob.id, { add: ['b'], remove: [] });
    for (const [add, remove, answer] of [
      [['new', 'b'], [], 'taken'], [['b'], 'all', 'taken'], [['b', 'new'], ['a'], 'taken'],
      [['new'], ['a', 'nothere'], 'absent'], [['new'], ['b'], 'absent'], [['new'], ['new'], 'absent'], [[], ['A'], 'absent'],
    ] as const) {
      t.equal(await rise(t, two, alice.id, () => one.changeCards(alice.id, { add, remove }), answer), 0);
      const owners = await Promise.all(['a', 'a2', 'b', 'new'].map(async (digest) => (await two.userByCard(digest))?.id));
      t.strictSame(owners, [alice.id, alice.id, bob.id, undefined]);
    }
  });
}

function cardRaces(t: Test, open: OpenBackend): void {
  t.test('of two users who get one card many times at once, from both handles, one has it', async (t) => {
    const { one, two } = await open(t);
    const { alice, bob } = await sampleParties(one);
    const results = await Promise.all(Array.from({ length: 16 }, (_, n) =>
      (n % 4 < 2 ? one : two).changeCards((n % 2 ? alice : bob).id, { add: ['shared', String(n)], remove: [] })));
    const owner = (await one.userByCard('shared'))?.id;
    results.forEach((result, n) => { t.equal(result, (n % 2 ? alice : bob).id === owner ? 'changed' : 'taken', String(n)); });
    t.strictSame((await two.users()).map((user) => user.cards).sort(), [0, 9], 'who lost has got nothing of it');
  });

  t.test('a removed user takes his cards along, and they are free', async (t) => {
    const { one, two } = await open(t);
    const { alice, bob } = await sampleParties(one);
    await one.changeCards(alice.id, { add: ['a', 'a2'], remove: [] });
    await one.removeUser(alice.id);
    t.equal(await two.userByCard('a'), undefined);
    t.equal(await two.userSecrets(alice.id), undefined);
    t.equal(await two.changeCards(bob.id, { add: ['a'], remove: [] }), 'changed');
    t.equal((await one.userByCard('a'))?.id, bob.id);
  });
}
