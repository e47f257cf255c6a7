// The store contract's cases about changing the aliases of a user.

import type { Test } from 'tap';
import { ConflictError, type Store } from '../../src/stores/store.ts';
import type { UserRecord } from '../../src/stores/user-store.ts';
import type { OpenBackend } from './backend.ts';

interface People {
  readonly one: Store;
  readonly two: Store;
  readonly alice: UserRecord;
  readonly bob: UserRecord;
  /** The aliases of both, as the other handle sees them. */
  aliases(): Promise<readonly (readonly string[])[]>;
}

export function aliasChanges(t: Test, open: OpenBackend): void {
  const people = async (t: Test): Promise<People> => {
    const { one, two } = await open(t);
    return {
      one, two,
      alice: await one.addUser({ name: 'alice', aliases: ['a', 'a2'], scopes: [] }),
      bob: await one.addUser({ name: 'bob', aliases: ['b'], scopes: [] }),
      aliases: async () => (await two.users()).map((user) => user.aliases),
    };
  };

  t.test('aliases are given and taken as one step', async (t) => {
    const { one, two, alice, bob, aliases } = await people(t);
    const changed = await one.changeAliases(alice.id, { add: ['new', 'a', 'new'], remove: ['a2', 'a2'] });
    t.strictSame(changed, { kind: 'changed', user: { ...alice, aliases: ['a', 'new'] } });
    t.strictSame(await aliases(), [['a', 'new'], ['b']]);
    t.strictSame(await two.aliasesOf(alice.id), ['a', 'new'], 'sorted');
    t.equal(await two.userByAlias(['a2']), undefined);
    t.match(await two.changeAliases(bob.id, { add: ['a2'], remove: [] }), { user: { aliases: ['a2', 'b'] } }, 'what was taken is free');
    t.match(await two.changeAliases(bob.id, { add: ['b'], remove: ['b'] }), { user: { aliases: ['a2', 'b'] } }, 'taken, then given');
    t.match(await two.changeAliases(bob.id, { add: [], remove: [] }), { kind: 'changed' });
    t.match(await two.changeAliases(bob.id, { add: [], remove: ['a2', 'b'] }), { user: { aliases: [] } });
  });

  t.test('if one part fails nothing is written, and the answer names all that stood in the way', async (t) => {
    const { one, alice, bob, aliases } = await people(t);
    const before = await aliases();
    for (const [change, taken, absent] of [
      [{ add: ['new'], remove: ['nothere'] }, [], ['nothere']],
      [{ add: ['new', 'b'], remove: ['a'] }, ['b'], []],
      [{ add: ['b', 'new', 'b'], remove: ['x', 'a', 'b', 'x'] }, ['b'], ['x', 'b']],
      [{ add: ['new'], remove: ['new'] }, [], ['new']],
      [{ add: [], remove: ['A'] }, [], ['A']],
    ] as const) {
      t.strictSame(await one.changeAliases(alice.id, change), { kind: 'refused', taken, absent });
      t.strictSame(await aliases(), before);
    }
    await one.removeUser(bob.id);
    t.strictSame(await one.changeAliases(bob.id, { add: ['new'], remove: ['b'] }), { kind: 'no-user' });
    t.equal(await one.userByAlias(['new', 'b']), undefined);
  });

  t.test('the name of somebody else is no alias, and an alias of somebody else is no name', async (t) => {
    const { one, two, alice, bob, aliases } = await people(t);
    const before = await aliases();
    t.strictSame(await one.changeAliases(bob.id, { add: ['alice'], remove: [] }), { kind: 'refused', taken: ['alice'], absent: [] });
    t.match(await two.changeAliases(alice.id, { add: ['alice'], remove: ['a', 'a2'] }), { kind: 'changed' }, 'his own is');
    await two.changeAliases(alice.id, { add: ['a', 'a2'], remove: ['alice'] });
    await t.rejects(one.addUser({ name: 'B', aliases: [], scopes: [] }), ConflictError);
    await t.rejects(one.addUser({ name: 'new', aliases: ['bob'], scopes: [] }), ConflictError);
    t.match((await two.userForAlias('new@REALM', 'b')).name, 'new@REALM', 'who comes by himself gets another one');
    t.strictSame((await aliases()).slice(0, 2), before);
  });

  t.test('of many who give one alias to two users at once, from both handles, one user has it', async (t) => {
    const { one, two, alice, bob } = await people(t);
    const results = await Promise.all(Array.from({ length: 16 }, (_, n) =>
      (n % 4 < 2 ? one : two).changeAliases((n % 2 ? alice : bob).id, { add: ['shared', `${String(n)}`], remove: [] })));
    const owner = (await one.userByAlias(['shared']))?.id;
    results.forEach((result, n) => {
      t.equal(result.kind, (n % 2 ? alice : bob).id === owner ? 'changed' : 'refused', String(n));
    });
    t.equal((await two.users()).flatMap((user) => user.aliases).length, 3 + 1 + 8, 'who lost has got nothing of it');
  });
}
