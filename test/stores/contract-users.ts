// The store contract's cases about users and aliases.

import type { Test } from 'tap';
import type { KnownUser } from '../../src/identity/user.ts';
import { ConflictError, type Store } from '../../src/stores/store.ts';
import type { NewUser, UserRecord } from '../../src/stores/user-store.ts';
import type { OpenBackend } from './backend.ts';
import { aliasChanges } from './contract-aliases.ts';
import { userChanges } from './contract-user-changes.ts';

const alice: NewUser = {
  name: 'Alice', aliases: ['alice', 'alice@MYQ.TEST'], fullName: 'Alice Example', email: 'alice@example.com', scopes: ['jobs', 'reports'],
};
const newUser = (name: string, ...aliases: readonly string[]): NewUser => ({ name, aliases, scopes: [] });

/** Every way in which a user can be looked at. */
async function views(store: Store, user: UserRecord): Promise<readonly unknown[]> {
  return Promise.all([store.userById(user.id), store.userByName(user.name), store.userByAlias(user.aliases), store.users()]);
}

export function userCases(t: Test, open: OpenBackend): void {
  adding(t, open);
  conflicts(t, open);
  races(t, open);
  aliasChanges(t, open);
  changes(t, open);
  userChanges(t, open);
  content(t, open);
}

function adding(t: Test, open: OpenBackend): void {
  t.test('a user added by one handle is seen whole by the other', async (t) => {
    const { one, two, now, tick } = await open(t);
    tick(1000);
    const added = await one.addUser(alice);
    t.match(added, { ...alice, disabled: false, createdAt: now(), epoch: 0, hasPassword: false, hasPin: false, cards: 0 });
    t.match(added.id, /^\S{8,}$/);
    const { id, name, fullName, email, disabled, scopes, epoch, account } = added;
    const known: KnownUser = { id, name, fullName, email, disabled, scopes, epoch, account };
    t.strictSame([account, added.personalNumber, added.disabledInDirectory], [undefined, undefined, false]);
    t.strictSame(await two.userByName('alice'), added);
    t.strictSame(await two.aliasesOf(added.id), alice.aliases);
    t.strictSame(await two.users(), [added]);
    for (const found of [
      await two.userById(added.id), await two.userByAlias(['alice']), await two.userByAlias(['nobody', 'alice@MYQ.TEST']),
    ]) {
      t.strictSame(found, known);
    }
  });

  t.test('what is absent is undefined, false or empty', async (t) => {
    const { one } = await open(t);
    t.equal(await one.userById('nobody'), undefined);
    t.equal(await one.userByName('nobody'), undefined);
    t.equal(await one.userByAlias([]), undefined);
    t.strictSame(await one.aliasesOf('nobody'), []);
    t.equal(await one.userByAlias(['nobody', '', '%', '_']), undefined);
    t.strictSame(await one.users(), []);
    t.equal(await one.setUserDisabled('nobody', true), false);
    t.strictSame(await one.changeAliases('nobody', { add: ['alias'], remove: ['other'] }), { kind: 'no-user' });
    t.equal(await one.userByAlias(['alias']), undefined);
    t.equal(await one.removeUser('nobody'), false);
    t.match(await one.addUser(newUser('bare')), { fullName: undefined, email: undefined, aliases: [], scopes: [] });
  });

  t.test('the first alias that matches wins, and users are listed by name', async (t) => {
    const { one } = await open(t);
    const second = await one.addUser(newUser('b', 'second'));
    const first = await one.addUser(newUser('A', 'first'));
    t.equal((await one.userByAlias(['first', 'second']))?.id, first.id);
    t.equal((await one.userByAlias(['second', 'first']))?.id, second.id);
    t.strictSame((await one.users()).map(({ name }) => name), ['A', 'b']);
  });
}

function conflicts(t: Test, open: OpenBackend): void {
  t.test('names are unique without regard to case, aliases as they are, and a conflict leaves nothing behind', async (t) => {
    const { one, two } = await open(t);
    await one.addUser(alice);
    await one.addUser(newUser('Žofie'));
    const before = await one.users();
    for (const [user, taken] of [
      [newUser('ALICE', 'fresh'), 'ALICE'], [newUser('žofie', 'fresh'), 'žofie'], [newUser('fresh', 'fresh', 'alice'), 'alice'],
      [newUser('fresh', 'alice@MYQ.TEST'), 'alice@MYQ.TEST'], [newUser('fresh', 'twice', 'twice'), 'twice'],
    ] as const) {
      const error = await two.addUser(user).catch((cause: unknown) => cause);
      t.ok(error instanceof ConflictError, user.name);
      t.equal((error as ConflictError).taken, taken);
      t.strictSame(await one.users(), before);
      t.equal(await one.userByAlias(['fresh', 'twice']), undefined);
    }
    t.equal((await two.addUser(newUser('fresh', 'fresh'))).name, 'fresh', 'what lost is free for others');
  });

}

function races(t: Test, open: OpenBackend): void {
  t.test('of many who add one name or one alias at once, from both handles, one wins', async (t) => {
    const { one, two } = await open(t);
    for (const make of [
      (n: number) => newUser(n % 2 ? 'ALICE' : 'alice', `alias-${String(n)}`), (n: number) => newUser(`user-${String(n)}`, 'shared'),
    ]) {
      const results = await Promise.allSettled(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).addUser(make(n))));
      t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      t.ok(results.every((result) => result.status === 'fulfilled' || result.reason instanceof ConflictError));
    }
    t.equal((await one.users()).length, 2);
  });

  t.test('many first sign-ins under one alias at once, from both handles, make one user', async (t) => {
    const { one, two } = await open(t);
    const users = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).userForAlias('alice@MYQ.TEST', 'alice')));
    t.equal(new Set(users.map(({ id }) => id)).size, 1);
    t.match(await one.users(), [{ name: 'alice', aliases: ['alice@MYQ.TEST'] }]);
  });

  t.test('a first sign-in never gets a name that somebody has', async (t) => {
    const { one, two } = await open(t);
    const ids = [(await one.addUser(newUser('Alice'))).id];
    ids.push((await two.userForAlias('alice@A', 'alice')).id);
    t.equal((await one.userByAlias(['alice@A']))?.name, 'alice@A');
    await one.addUser(newUser('ALICE@B'));
    ids.push((await two.userForAlias('alice@B', 'alice')).id);
    t.equal(new Set(ids).size, 3);
    t.equal(new Set((await one.users()).map(({ name }) => name.toLowerCase())).size, 4);
  });
}

function changes(t: Test, open: OpenBackend): void {
  t.test('disabling is seen at once by the other handle, in every view', async (t) => {
    const { one, two } = await open(t);
    const user = await one.addUser(alice);
    const states = async (): Promise<unknown> => (await views(two, user)).flat().map((seen) => (seen as UserRecord).disabled);
    t.strictSame(await states(), [false, false, false, false]);
    t.equal(await one.setUserDisabled(user.id, true), true);
    t.strictSame(await states(), [true, true, true, true]);
    t.equal(await two.setUserDisabled(user.id, false), true);
    t.equal((await one.userById(user.id))?.disabled, false);
  });

  t.test('disabling raises the epoch, enabling leaves it, and nobody else\'s moves', async (t) => {
    const { one, two } = await open(t);
    const user = await one.addUser(alice);
    const other = await one.addUser(newUser('bob'));
    await one.setUserDisabled(user.id, true);
    const raised = (await two.userById(user.id))?.epoch ?? 0;
    t.ok(raised > user.epoch);
    await two.setUserDisabled(user.id, false);
    t.equal((await one.userById(user.id))?.epoch, raised);
    await one.changeAliases(user.id, { add: ['new'], remove: ['alice'] });
    t.equal((await two.userByName('alice'))?.epoch, raised, 'an alias is no secret');
    t.equal((await two.userById(other.id))?.epoch, other.epoch);
  });

  t.test('a removed user takes his aliases along, and one who is added again is somebody else', async (t) => {
    const { one, two } = await open(t);
    const first = await one.addUser(alice);
    t.equal(await one.removeUser(first.id), true);
    t.strictSame(await views(two, first), [undefined, undefined, undefined, []]);
    t.equal(await two.removeUser(first.id), false);
    t.strictSame(await two.aliasesOf(first.id), []);
    const second = await two.addUser(alice);
    t.not(second.id, first.id);
    t.equal(await one.userById(first.id), undefined);
    t.equal((await one.userByAlias(['alice']))?.id, second.id);
  });
}

function content(t: Test, open: OpenBackend): void {
  t.test('texts come back as they went in', async (t) => {
    const { one, two } = await open(t);
    const sql = "Robert'); DROP TABLE users;--";
    for (const [n, text] of [
      'Žofie Nová', '李小龍 🖨️', 'e\u0301', '\u202Eabc', sql, 'a\tb\nc', '"%_\\', '0', 'NULL', 'x'.repeat(64 * 1024),
    ].entries()) {
      const user = {
        name: `user ${String(n)} ${text}`, aliases: [`${text}@${String(n)}`], fullName: text, email: text, scopes: ['a:b', "c'd"],
      };
      const { id } = await one.addUser(user);
      t.match(await two.userByName(user.name), user, text.slice(0, 40));
      t.equal((await two.userByAlias(user.aliases))?.id, id);
      t.equal(await two.userByName(`${user.name} `), undefined);
    }
    t.equal((await one.users()).length, 10);
  });
}
