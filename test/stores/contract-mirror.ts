// The store contract's cases about users who are mirrored from a directory.

import type { Test } from 'tap';
import type { Mirrored } from '../../src/stores/mirror-store.ts';
import type { OpenBackend } from './backend.ts';
import { alice, mirror } from './mirror.ts';
import { sampleMirrored } from './samples.ts';

const { account } = alice;

export function mirrorCases(t: Test, open: OpenBackend): void {
  adding(t, open);
  adopting(t, open);
  disabling(t, open);
  races(t, open);
}

function adding(t: Test, open: OpenBackend): void {
  t.test('a person of a directory is added whole, then unchanged, and found by his SID when all else of him has changed', async (t) => {
    const { one, two, now, tick } = await open(t);
    const added = await mirror(t, one, alice, 'added', ['aliases', 'full name', 'e-mail', 'personal number', 'cards', 'PIN', 'scopes']);
    t.strictSame({ ...added, id: '', epoch: 0 }, {
      id: '', epoch: 0, name: 'Alice', fullName: 'Alice Žluť 🖨️', email: 'alice@example.com', personalNumber: '007', disabled: false,
      disabledInDirectory: false, scopes: ['reports', 'users'], aliases: ['alice', 'alice@MYQ.TEST'], account, createdAt: now(),
      hasPassword: false, hasPin: true, cards: 2, entraIds: [],
    });
    t.strictSame((await two.userById(added.id))?.account, account);
    t.strictSame(await two.userByAccount('', account?.sid ?? ''), await two.userById(added.id));
    for (const [directory, sid] of [['sales', account?.sid ?? ''], ['', 'S-1-5-21-1-2-3-1002'], ['', ''], ['', '%'], ['', `${account?.sid ?? ''} `]] as const) {
      t.equal(await two.userByAccount(directory, sid), undefined, `[${directory}] ${sid}`);
    }
    tick(10);
    t.strictSame(await mirror(t, two, alice, 'unchanged', []), added);
    const mixed = { ...alice, cards: ['card 2', 'card 1', 'card 2'], aliases: alice.aliases?.toReversed() };
    t.strictSame(await mirror(t, two, mixed, 'unchanged', []), added);
    t.strictSame(await mirror(t, two, sampleMirrored({ name: 'Alice' }), 'unchanged', []), added, 'what is left undefined is not touched');
    const changed = await mirror(t, two, sampleMirrored({
      name: 'alicia', aliases: ['alicia@MYQ.TEST'], fullName: null, email: 'new@example.com', personalNumber: null, disabled: true, cards: ['card 3'],
      pin: 'other', scopes: ['users', 'credit'],
    }), 'changed', ['name', 'aliases', 'full name', 'e-mail', 'personal number', 'disabled', 'cards', 'PIN', 'scopes']);
    t.match(changed, {
      id: added.id, name: 'alicia', aliases: ['alicia@MYQ.TEST'], fullName: undefined, email: 'new@example.com', personalNumber: undefined,
      disabled: true, disabledInDirectory: true, cards: 1, scopes: ['reports', 'users', 'credit'], account, createdAt: added.createdAt,
    });
    t.equal(await one.userByName('alice'), undefined);
    t.equal((await one.userByAccount('', account?.sid ?? ''))?.name, 'alicia');
    t.equal((await one.userByCard('card 3'))?.id, added.id);
    t.equal(await one.userByCard('card 1'), undefined);
    t.match(await mirror(t, one, sampleMirrored({ name: 'ALICIA' }), 'changed', ['name']), { name: 'ALICIA', epoch: changed.epoch });
  });

  t.test('with as little as a name somebody is added, too, and those of a directory are listed by name', async (t) => {
    const { one, two } = await open(t);
    const other = await mirror(t, one, sampleMirrored({ account: { directory: 'sales', sid: 'S-1-5-21-1-2-3-1001' }, name: 'carol' }), 'added', []);
    t.strictSame({ ...other, id: '', createdAt: 0, account: undefined }, {
      id: '', createdAt: 0, account: undefined, name: 'carol', fullName: undefined, email: undefined, personalNumber: undefined, disabled: false,
      disabledInDirectory: false, aliases: [], scopes: [], hasPassword: false, hasPin: false, cards: 0, epoch: 0, entraIds: [],
    });
    await one.addUser({ name: 'dave', aliases: [], scopes: [] });
    const disabled = sampleMirrored({ account: { directory: '', sid: 'S-2' }, name: 'bob', disabled: true });
    const bob = await mirror(t, one, disabled, 'added', ['disabled']);
    const { id } = await mirror(t, one, sampleMirrored({ name: 'Alice' }), 'added', []);
    t.strictSame(await two.mirroredUsers(''), [
      { id, name: 'Alice', sid: account?.sid, disabledInDirectory: false }, { id: bob.id, name: 'bob', sid: 'S-2', disabledInDirectory: true },
    ]);
    t.strictSame((await two.mirroredUsers('sales')).map(({ name }) => name), ['carol'], 'a SID means another account in another directory');
    t.strictSame(await two.mirroredUsers('nowhere'), []);
    await two.removeUser(bob.id);
    t.equal((await one.mirroredUsers('')).length, 1);
    t.not((await mirror(t, one, sampleMirrored({ account: { directory: '', sid: 'S-2' }, name: 'bob' }), 'added', [])).id, bob.id);
  });
}

function adopting(t: Test, open: OpenBackend): void {
  t.test('a user without an account becomes that of the directory by his name, whatever its letters, or an alias with a realm', async (t) => {
    for (const [name, alias, what] of [
      ['Alice', 'other', ['account', 'aliases']], ['ALICE', 'alice', ['account', 'name', 'aliases']],
      ['al', 'alice@MYQ.TEST', ['account', 'name', 'aliases']], ['al', 'alice@OTHER', ['account', 'name', 'aliases']],
    ] as const) {
      const { one, two } = await open(t);
      const user = await one.addUser({ name, aliases: [alias], scopes: ['scan'], fullName: 'Kept', passwordHash: 'hash' });
      const person = { ...sampleMirrored({ name: 'Alice' }), aliases: ['alice', 'alice@MYQ.TEST', 'alice@OTHER'] };
      const adopted = await mirror(t, two, person, 'changed', what);
      t.strictSame(adopted, { ...user, name: 'Alice', aliases: [...new Set([...person.aliases, alias])].sort(), account });
      await mirror(t, one, person, 'unchanged', []);
    }
  });

  t.test('nobody is taken for a person because of a bare alias or a password', async (t) => {
    const { one } = await open(t);
    const al = await one.addUser({ name: 'al', aliases: ['ali'], scopes: [] });
    t.strictSame(await one.mirrorUser(sampleMirrored({ aliases: ['ali'] }), false), { kind: 'conflict', fields: ['ali'] });
    t.not((await mirror(t, one, sampleMirrored(), 'added', [])).id, al.id);
  });
}

function disabling(t: Test, open: OpenBackend): void {
  t.test('an admin\'s word and the directory\'s stand beside each other: either is enough', async (t) => {
    const { one, two } = await open(t);
    const { id, epoch } = await mirror(t, one, sampleMirrored(), 'added', []);
    const state = async (): Promise<readonly unknown[]> => {
      const user = await two.userByName('alice');
      return [user?.disabled, (await two.userById(id))?.disabled, user?.disabledInDirectory];
    };
    const gone = await mirror(t, one, sampleMirrored({ disabled: true }), 'changed', ['disabled']);
    t.ok(gone.epoch > epoch);
    await one.setUserDisabled(id, false);
    t.strictSame(await state(), [true, true, true], 'to enable him here does not enable him there');
    await one.setUserDisabled(id, true);
    const { epoch: raised } = await mirror(t, one, sampleMirrored({ disabled: false }), 'changed', ['enabled']);
    t.strictSame(await state(), [true, true, false]);
    await one.setUserDisabled(id, false);
    t.strictSame(await state(), [false, false, false]);
    t.equal((await two.userById(id))?.epoch, raised, 'to be enabled leaves the epoch');
    t.equal(await one.setDisabledInDirectory(id, true), true);
    t.strictSame(await state(), [true, true, true]);
    const again = (await two.userById(id))?.epoch ?? 0;
    t.ok(again > raised);
    t.equal(await one.setDisabledInDirectory(id, true), true);
    t.equal(await one.setDisabledInDirectory(id, false), true);
    t.strictSame(await state(), [false, false, false]);
    t.equal((await two.userById(id))?.epoch, again);
  });

  t.test('only who has an account is disabled in a directory', async (t) => {
    const { one } = await open(t);
    const { id } = await one.addUser({ name: 'alice', aliases: [], scopes: [] });
    for (const nobody of [id, 'nobody']) {
      t.equal(await one.setDisabledInDirectory(nobody, true), false);
      t.equal(await one.forgetAccount(nobody), false);
    }
    t.match(await one.userByName('alice'), { disabled: false, disabledInDirectory: false, epoch: 0 });
  });
}

function races(t: Test, open: OpenBackend): void {
  t.test('of many who mirror one person at once, from both handles, one adds him', async (t) => {
    const { one, two } = await open(t);
    const outcomes = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).mirrorUser(alice, n % 3 === 0)));
    t.equal(outcomes.filter(({ kind }, n) => n % 3 !== 0 && kind === 'added').length, 1);
    t.ok(outcomes.every(({ kind }) => kind === 'added' || kind === 'unchanged'));
    t.equal((await one.users()).length, 1);
  });

  t.test('of two people who get one alias, card and PIN at once, from both handles, one has all of it', async (t) => {
    const { one, two } = await open(t);
    const people = ['alice', 'bob'].map((name) =>
      sampleMirrored({ account: { directory: '', sid: name }, name, aliases: ['shared@MYQ.TEST'], cards: ['shared'], pin: 'shared' }));
    const outcomes = await Promise.all(Array.from({ length: 16 }, (_, n) =>
      (n % 4 < 2 ? one : two).mirrorUser(people[n % 2] as Mirrored, false)));
    const [user, ...others] = await one.users();
    t.strictSame(others, []);
    outcomes.forEach((outcome, n) => {
      t.equal(outcome.kind === 'conflict', people[n % 2]?.name !== user?.name, String(n));
    });
  });
}
