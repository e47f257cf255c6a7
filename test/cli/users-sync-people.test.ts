// Mirroring a whole directory: who goes first, who is in whose way, and how many may be gone at once.

import t, { type Test } from 'tap';
import { syncPeople, type Synced } from '../../src/cli/sync-directory.ts';
import type { MappedPerson } from '../../src/cli/sync-person.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { sampleMirrored } from '../stores/samples.ts';

/** A person of the realm MYQ.TEST, whose SID is made of a number. */
const person = (name: string, rid: number, change: Partial<MappedPerson> = {}): MappedPerson => {
  const ownAliases = [name, `${name}@MYQ.TEST`];
  return {
    ...sampleMirrored(), account: { directory: '', sid: `S-1-5-21-1-2-3-${String(rid)}` }, name, ownAliases, disabled: false,
    ...change, aliases: [...ownAliases, ...(change.aliases ?? [])],
  };
};
const crowd = (count: number): readonly MappedPerson[] => Array.from({ length: count }, (_, index) => person(`u${String(index)}`, 2000 + index));

function setUp(t: Test) {
  const store = openSqlite(':memory:', { now: () => 1 });
  t.teardown(() => store.close());
  const sync = (people: readonly MappedPerson[], options: { dryRun?: boolean; force?: boolean } = {}): Promise<Synced> =>
    syncPeople({ store, directory: '', dryRun: false, force: false, ...options }, people);
  const disabled = async (): Promise<readonly string[]> =>
    (await store.mirroredUsers('')).filter((user) => user.disabledInDirectory).map(({ name }) => name);
  return { store, sync, disabled };
}

t.test('who is gone is disabled, and enabled when he is back', async (t) => {
  const { sync, disabled } = setUp(t);
  await sync(crowd(4));
  const rest = crowd(4).slice(1);
  t.strictSame(await sync(rest, { dryRun: true }), {
    unchanged: 3, conflicts: [], withheld: [], changes: [{ name: 'u0', kind: 'disabled', what: ['disabled'] }],
  });
  t.strictSame(await disabled(), [], 'a dry run disables nobody');
  await sync(rest);
  t.strictSame(await disabled(), ['u0']);
  t.strictSame(await sync(rest), { unchanged: 3, conflicts: [], withheld: [], changes: [] }, 'once');
  t.strictSame((await sync(crowd(4))).changes, [{ name: 'u0', kind: 'changed', what: ['enabled'] }]);
  t.strictSame(await disabled(), []);
});

t.test('so many may be gone: five, or half of those who were there; more only by force', async (t) => {
  for (const [before, after, isTooMany] of [
    [5, 0, false], [6, 0, true], [6, 1, false], [12, 6, false], [12, 5, true], [11, 5, true],
  ] as const) {
    const { sync, disabled } = setUp(t);
    await sync(crowd(before));
    const gone = crowd(before).slice(after).map(({ name }) => name).sort();
    const { changes, withheld } = await sync(crowd(after));
    const what = `${String(before)} to ${String(after)}`;
    t.strictSame(withheld.toSorted(), isTooMany ? gone : [], what);
    t.equal(changes.length, isTooMany ? 0 : gone.length, what);
    t.strictSame((await disabled()).toSorted(), isTooMany ? [] : gone, what);
    await sync(crowd(after), { force: true });
    t.strictSame((await disabled()).toSorted(), gone, `${what}, by force`);
  }
});

t.test('those who were gone before do not count as half', async (t) => {
  const { sync, disabled } = setUp(t);
  await sync(crowd(40));
  await sync(crowd(10), { force: true });
  t.equal((await sync(crowd(2))).withheld.length, 8);
  t.equal((await disabled()).length, 30);
});

t.test('of two people with the same alias, card or PIN the second is a conflict, in a dry run, too', async (t) => {
  for (const [change, field] of [[{ aliases: ['shared'] }, 'shared'], [{ cards: ['card'] }, 'card'], [{ pin: 'pin' }, 'PIN']] as const) {
    const { store, sync } = setUp(t);
    const people = [person('alice', 1, change), person('bob', 2, change), person('carol', 3)];
    for (const dryRun of [true, false]) {
      const { changes, conflicts } = await sync(people, { dryRun });
      t.strictSame(conflicts, [{ name: 'bob', fields: [field] }]);
      t.strictSame(changes.map(({ name, kind }) => [name, kind]), [['alice', 'added'], ['carol', 'added']]);
    }
    t.strictSame((await store.users()).map(({ name }) => name), ['alice', 'carol']);
    // Whoever has it keeps it, in whatever order the directory tells them.
    t.strictSame((await sync([person('bob', 2, change), person('alice', 1, change)])).conflicts, [{ name: 'bob', fields: [field] }]);
  }
});

t.test('nobody gets an alias that is another one\'s by his very name', async (t) => {
  for (const alias of ['bob@MYQ.TEST', 'bob']) {
    const { store, sync } = setUp(t);
    for (const dryRun of [true, false]) {
      const { conflicts } = await sync([person('alice', 1, { aliases: [alias] }), person('bob', 2)], { dryRun });
      t.strictSame(conflicts, [{ name: 'alice', fields: [alias] }]);
    }
    t.equal((await store.userByAlias([alias]))?.name, 'bob');
  }
});

t.test('a name or an alias that moves to somebody else is his in the same run', async (t) => {
  const { store, sync } = setUp(t);
  await sync([person('alice', 1, { aliases: ['boss'] }), person('bob', 2)]);
  const { changes, conflicts } = await sync([person('bob', 2, { aliases: ['boss'] }), person('alice', 3), person('alice.old', 1)]);
  t.strictSame(conflicts, []);
  t.strictSame(changes.map(({ name, kind }) => [name, kind]), [['alice.old', 'changed'], ['alice', 'added'], ['bob', 'changed']]);
  t.equal((await store.userByAlias(['boss']))?.name, 'bob');
});

t.test('who is in conflict is disabled and enabled all the same', async (t) => {
  const { store, sync } = setUp(t);
  await store.addUser({ name: 'local', aliases: ['taken'], scopes: [] });
  await sync([person('alice', 1)]);
  for (const disabled of [true, false]) {
    const { changes, conflicts } = await sync([person('alice', 1, { aliases: ['taken'], disabled })]);
    t.strictSame(conflicts, [{ name: 'alice', fields: ['taken'] }]);
    t.strictSame(changes.flatMap(({ what }) => what), [disabled ? 'disabled' : 'enabled']);
    t.match(await store.userByName('alice'), { disabled, disabledInDirectory: disabled });
  }
});
