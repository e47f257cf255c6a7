// The store contract's cases about who says whom a user is in Entra ID: an admin, or a file.

import type { Test } from 'tap';
import type { Mirrored } from '../../src/stores/mirror-store.ts';
import type { OpenBackend } from './backend.ts';
import { inFile, mirror } from './mirror.ts';
import { sampleMirrored, samplePerson } from './samples.ts';

export function changing(t: Test, open: OpenBackend): void {
  t.test('an admin ties a user to a person and looses him, and the epoch rises only with one that is lost', async (t) => {
    const { one, two } = await open(t);
    const { id } = await one.addUser({ name: 'alice', aliases: [], scopes: [] });
    const [a, b, c] = [samplePerson('a'), samplePerson('b'), samplePerson('c', 'other')];
    const inOrder = [a, c].toSorted((x, y) => (x.tenant < y.tenant ? -1 : 1));
    for (const [add, remove, entraIds, epoch] of [
      [[], 'all', [], 0], [[a], 'none', [a], 0], [[a, a], 'none', [a], 0], [[], 'none', [a], 0], [[a], 'all', [a], 0], [[c], 'none', inOrder, 0],
      [[b], 'none', inOrder.map((person) => (person === a ? b : person)), 1], [[c], 'all', [c], 2], [[b, a], 'none', inOrder, 2], [[], 'all', [], 3], [[], 'all', [], 3],
      [[a, c], 'none', inOrder, 3], [[b], 'all', [b], 4],
    ] as const) {
      t.equal(await two.changeEntraIds(id, { add, remove }), 'changed');
      t.match(await one.userByName('alice'), { epoch }, `${String(add.length)} ${remove}`);
      t.strictSame((await one.userByName('alice'))?.entraIds, entraIds);
    }
    t.equal(await one.userByEntraId(a), undefined);
    t.equal((await one.userByEntraId(b))?.id, id);
  });

  t.test('if one of them is somebody else nothing is written, and for nobody there is nothing', async (t) => {
    const { one, two } = await open(t);
    const alice = await one.addUser({ name: 'alice', aliases: [], scopes: [] });
    const bob = await one.addUser({ name: 'bob', aliases: [], scopes: [] });
    await one.pairEntra(alice.id, samplePerson('a'));
    await one.pairEntra(bob.id, samplePerson('b'));
    const before = await one.users();
    for (const remove of ['all', 'none'] as const) {
      for (const add of [[samplePerson('b')], [samplePerson('c', 'other'), samplePerson('b')], [samplePerson('b'), samplePerson('c')]]) {
        t.equal(await two.changeEntraIds(alice.id, { add, remove }), 'taken');
        t.strictSame(await one.users(), before);
      }
      t.equal(await two.changeEntraIds('nobody', { add: [samplePerson('c')], remove }), 'no-user');
    }
    t.equal(await one.userByEntraId(samplePerson('c')), undefined);
    await one.removeUser(bob.id);
    t.equal(await two.changeEntraIds(bob.id, { add: [], remove: 'all' }), 'no-user');
    t.equal(await two.changeEntraIds(alice.id, { add: [samplePerson('b')], remove: 'none' }), 'changed', 'who was removed is nobody');
  });

  t.test('of many who tie one person to two users at once, from both handles, one user is him', async (t) => {
    const { one, two } = await open(t);
    const users = await Promise.all(['alice', 'bob'].map((name) => one.addUser({ name, aliases: [], scopes: [] })));
    const results = await Promise.all(Array.from({ length: 16 }, (_, n) =>
      (n % 4 < 2 ? one : two).changeEntraIds(users[n % 2]?.id ?? '', { add: [samplePerson('a'), samplePerson(String(n), 'other')], remove: 'none' })));
    const owner = (await one.userByEntraId(samplePerson('a')))?.id;
    results.forEach((result, n) => { t.equal(result, users[n % 2]?.id === owner ? 'changed' : 'taken', String(n)); });
    t.strictSame((await two.users()).map(({ entraIds }) => entraIds.length).toSorted(), [0, 2], 'who lost has got nothing of it');
  });
}

export function mirroring(t: Test, open: OpenBackend): void {
  t.test('a file or a directory says whom somebody is, and what it does not say stays', async (t) => {
    for (const source of [inFile, sampleMirrored]) {
      const { one, two } = await open(t);
      const { id, epoch } = await mirror(t, one, source({ aliases: ['alice'], entraId: samplePerson('a'), personalNumber: '1', scopes: ['users'] }), 'added',
        ['aliases', 'personal number', 'Entra ID', 'scopes']);
      t.equal((await two.userByEntraId(samplePerson('a')))?.id, id);
      await mirror(t, two, source({ entraId: samplePerson('a') }), 'unchanged', []);
      t.match(await mirror(t, two, source({ email: 'a@b' }), 'changed', ['e-mail']), { entraIds: [samplePerson('a')] });
      const second = await mirror(t, two, source({ entraId: samplePerson('a', 'other') }), 'changed', ['Entra ID']);
      t.match(second, { epoch, entraIds: { length: 2 } }, 'of another tenant he can be one, too');
      const other = await mirror(t, two, source({ entraId: samplePerson('b') }), 'changed', ['Entra ID']);
      t.ok(other.epoch > epoch, 'whoever was signed in as the former person is out');
      t.strictSame(new Set(other.entraIds), new Set([samplePerson('b'), samplePerson('a', 'other')]));
      t.equal(await one.userByEntraId(samplePerson('a')), undefined);
    }
  });

  t.test('a user who is there is tied by it, and so is one who came by himself', async (t) => {
    const { one, two } = await open(t);
    const alice = await one.addUser({ name: 'Alice', aliases: ['alice'], scopes: [] });
    t.strictSame(await mirror(t, two, inFile({ entraId: samplePerson('a') }), 'changed', ['Entra ID']), { ...alice, entraIds: [samplePerson('a')] });
    const came = await one.userForEntra(samplePerson('b'), ['bob'], { fullName: undefined, email: undefined });
    await mirror(t, two, inFile({ name: 'bob', entraId: samplePerson('b') }), 'unchanged', []);
    t.match(await mirror(t, two, inFile({ name: 'bob', entraId: samplePerson('b'), personalNumber: '7' }), 'changed', ['personal number']), { id: came.id });
  });

  t.test('who came by himself is nobody whom a file or a directory names by his bare name, until an admin says so', async (t) => {
    const { one, two } = await open(t);
    const came = await one.userForEntra(samplePerson('b'), ['bob'], { fullName: undefined, email: undefined });
    const before = await two.users();
    for (const person of [
      inFile({ name: 'bob', scopes: ['users'] }), inFile({ name: 'BOB', entraId: samplePerson('c') }), inFile({ name: 'bob', aliases: ['bob', 'bobby'] }),
      sampleMirrored({ name: 'bob' }), sampleMirrored({ name: 'bob', aliases: ['bob', 'bob@MYQ.TEST'], disabled: true }),
    ]) {
      for (const dryRun of [true, false]) t.strictSame(await two.mirrorUser(person, dryRun), { kind: 'conflict', fields: ['stranger'] });
    }
    t.strictSame(await one.users(), before);
    await one.changeAliases(came.id, { add: ['bob'], remove: [] });
    t.match(await two.mirrorUser(sampleMirrored({ name: 'bob', aliases: ['bob', 'bob@MYQ.TEST'] }), false), { kind: 'changed', user: { id: came.id } });
  });

  t.test('a person who is somebody else is a conflict, and nothing is written', async (t) => {
    const { one, two } = await open(t);
    const bob = await one.addUser({ name: 'bob', aliases: ['bob', 'bobby'], scopes: [] });
    await one.setPin(bob.id, 'pin');
    await one.pairEntra(bob.id, samplePerson('b'));
    await mirror(t, one, inFile({ aliases: ['alice'], entraId: samplePerson('a') }), 'added', ['aliases', 'Entra ID']);
    const before = await two.users();
    for (const [person, fields] of [
      [inFile({ entraId: samplePerson('b'), email: 'new@b' }), ['Entra ID']],
      [inFile({ name: 'new', entraId: samplePerson('b') }), ['Entra ID']],
      [sampleMirrored({ name: 'new', entraId: samplePerson('a') }), ['Entra ID']],
      [inFile({ name: 'bob', entraId: samplePerson('a'), disabled: true }), ['Entra ID']],
      [inFile({ aliases: ['alice', 'bobby'], pin: 'pin', entraId: samplePerson('b') }), ['bobby', 'PIN', 'Entra ID']],
    ] as const) {
      for (const dryRun of [true, false]) t.strictSame(await two.mirrorUser(person, dryRun), { kind: 'conflict', fields }, fields.join());
      t.strictSame(await one.users(), before);
    }
  });

  t.test('of two people who are said to be one person at once, from both handles, one is', async (t) => {
    const { one, two } = await open(t);
    const people = ['alice', 'bob'].map((name) => inFile({ name, aliases: [`${name}@MYQ.TEST`], entraId: samplePerson('a') }));
    const outcomes = await Promise.all(Array.from({ length: 16 }, (_, n) =>
      (n % 4 < 2 ? one : two).mirrorUser(people[n % 2] as Mirrored, false)));
    const [user, ...others] = await one.users();
    t.strictSame([others, user?.entraIds], [[], [samplePerson('a')]]);
    outcomes.forEach((outcome, n) => {
      if (people[n % 2]?.name === user?.name) t.ok(['added', 'unchanged'].includes(outcome.kind), String(n));
      else t.strictSame(outcome, { kind: 'conflict', fields: ['Entra ID'] }, String(n));
    });
  });
}
