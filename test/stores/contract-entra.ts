// The store contract's cases about persons of Entra ID: whom they are here, once and for ever.

import type { Test } from 'tap';
import type { EntraId, KnownUser } from '../../src/identity/user.ts';
import type { Store } from '../../src/stores/store.ts';
import type { UserRecord } from '../../src/stores/user-store.ts';
import type { OpenBackend } from './backend.ts';
import { changing, mirroring } from './contract-entra-changes.ts';
import { inFile } from './mirror.ts';
import { sampleMirrored, samplePerson } from './samples.ts';

const nothing = { fullName: undefined, email: undefined };

/** As resolving sees him. */
const known = ({ id, name, fullName, email, disabled, scopes, epoch, account }: UserRecord): KnownUser =>
  ({ id, name, fullName, email, disabled, scopes, epoch, account });

export function entraCases(t: Test, open: OpenBackend): void {
  finding(t, open);
  names(t, open);
  pairing(t, open);
  pairingAtOnce(t, open);
  making(t, open);
  makingAtOnce(t, open);
  changing(t, open);
  mirroring(t, open);
}

async function userOf(store: Store, name: string, ...aliases: readonly string[]): Promise<UserRecord> {
  return store.addUser({ name, aliases, scopes: [] });
}

function finding(t: Test, open: OpenBackend): void {
  t.test('a user is found by the SID of his account, whatever the directory and his name', async (t) => {
    const { one, two } = await open(t);
    await one.mirrorUser(sampleMirrored(), false);
    await one.mirrorUser(sampleMirrored({ account: { directory: 'sales', sid: 'S-1-5-21-9-9-9-1001' }, name: 'bob' }), false);
    t.equal((await two.userBySid('S-1-5-21-9-9-9-1001'))?.name, 'bob');
    await one.mirrorUser(sampleMirrored({ name: 'alicia' }), false);
    const alicia = await one.userByName('alicia') as UserRecord;
    t.strictSame(await two.userBySid('S-1-5-21-1-2-3-1001'), known(alicia));
    for (const sid of ['', '%', 'S-1-5-21-1-2-3-100', 'S-1-5-21-1-2-3-1001 ', 's-1-5-21-1-2-3-1001']) t.equal(await two.userBySid(sid), undefined, sid);
    await one.forgetAccount(alicia.id);
    t.equal(await two.userBySid('S-1-5-21-1-2-3-1001'), undefined);
  });

  t.test('a user is found by the person that he is, by tenant and object together', async (t) => {
    const { one, two } = await open(t);
    const alice = await userOf(one, 'alice');
    t.equal(await one.pairEntra(alice.id, samplePerson('a')), 'paired');
    t.strictSame(await two.userByEntraId(samplePerson('a')), known(alice));
    t.strictSame(await two.userByName('alice'), { ...alice, entraIds: [samplePerson('a')] }, 'and an admin sees it');
    const { tenant, object } = samplePerson('a');
    for (const id of [
      samplePerson('b'), samplePerson('a', 'other'), { tenant: object, object: tenant }, { tenant, object: '' }, { tenant: '', object },
      { tenant, object: object.toUpperCase() }, { tenant: '%', object: '%' },
    ]) t.equal(await two.userByEntraId(id), undefined, JSON.stringify(id));
    await one.setUserDisabled(alice.id, true);
    t.match(await two.userByEntraId(samplePerson('a')), { id: alice.id, disabled: true }, 'disabled, he is still found');
  });

  t.test('who is removed is that person no more, and another one can be', async (t) => {
    const { one, two } = await open(t);
    const [alice, bob] = [await userOf(one, 'alice'), await userOf(one, 'bob')];
    for (const tenant of ['one', 'two']) await one.pairEntra(alice.id, samplePerson('a', tenant));
    t.equal(await two.pairEntra(bob.id, samplePerson('a', 'one')), 'other');
    await two.removeUser(alice.id);
    t.equal(await one.userByEntraId(samplePerson('a', 'one')), undefined);
    t.equal(await one.pairEntra(bob.id, samplePerson('a', 'one')), 'paired');
    const next = await two.userForEntra(samplePerson('a', 'two'), ['alice'], nothing);
    t.match(next, { name: 'alice' });
    t.not(next.id, alice.id, 'his sub is never given again');
  });
}

function names(t: Test, open: OpenBackend): void {
  t.test('somebody is found by an alias, else by his name, and it is told who gave it', async (t) => {
    const { one, two } = await open(t);
    const admin = await userOf(one, 'admin', 'a1', 'a2');
    const bare = await userOf(one, 'bare@example.com');
    const mixed = await userOf(one, 'mixed', 'm@ADMIN.TEST');
    await one.mirrorUser(inFile({ name: 'mixed', aliases: ['m@FILE.TEST'] }), false);
    await one.mirrorUser(sampleMirrored({ name: 'mixed', aliases: ['m@ADMIN.TEST', 'm@MYQ.TEST'] }), false);
    const came = await one.userForAlias('came@MYQ.TEST', 'came');
    const mixedSources = ['admin', 'directory', 'file'];
    for (const [name, alias, id, given, sources] of [
      ['nobody', 'a1', admin.id, 'admin', ['admin']],
      ['ADMIN', undefined, admin.id, undefined, ['admin']],
      ['Admin', 'nobody', admin.id, undefined, ['admin']],
      ['BARE@example.COM', 'bare@EXAMPLE.COM', bare.id, undefined, []],
      ['nobody', 'm@ADMIN.TEST', mixed.id, 'admin', mixedSources],
      ['nobody', 'm@FILE.TEST', mixed.id, 'file', mixedSources],
      ['nobody', 'm@MYQ.TEST', mixed.id, 'directory', mixedSources],
      ['mixed', undefined, mixed.id, undefined, mixedSources],
      ['came@myq.test', 'came@MYQ.TEST', came.id, 'sign-in', ['sign-in']],
      ['came', 'came', came.id, undefined, ['sign-in']],
      ['mixed', 'a1', admin.id, 'admin', ['admin']],
    ] as const) {
      const expected = { user: await one.userById(id), given, sources, tenants: [] };
      t.strictSame(await two.userByAnyName(name, alias), expected, `${name}, ${String(alias)}`);
    }
    await one.pairEntra(bare.id, samplePerson('bare'));
    t.match(await two.userByAnyName('bare@example.com', undefined), { user: { id: bare.id }, tenants: [samplePerson('bare').tenant] });
    for (const [name, alias] of [['nobody', undefined], ['nobody', 'a1 '], ['', ''], ['%', '%'], ['a1', undefined]] as const) {
      t.equal(await two.userByAnyName(name, alias), undefined, `"${name}", "${String(alias)}"`);
    }
  });
}

function pairing(t: Test, open: OpenBackend): void {
  t.test('a user becomes a person once: again is no fault, another one is refused, and nothing is written then', async (t) => {
    const { one, two } = await open(t);
    const [alice, bob] = [await userOf(one, 'alice', 'alice'), await userOf(one, 'bob')];
    t.equal(await one.pairEntra(alice.id, samplePerson('a')), 'paired');
    t.equal(await two.pairEntra(alice.id, samplePerson('a')), 'paired');
    const before = await one.users();
    t.strictSame(before, [{ ...alice, entraIds: [samplePerson('a')] }, bob], 'the epoch stays');
    for (const [id, person] of [
      [alice.id, samplePerson('b')], [bob.id, samplePerson('a')], ['nobody', samplePerson('c')], ['', samplePerson('c')], ['nobody', samplePerson('a')],
    ] as const) {
      t.equal(await two.pairEntra(id, person), 'other');
      t.strictSame(await one.users(), before);
    }
    t.equal(await one.userByEntraId(samplePerson('b')), undefined);
    t.equal(await two.pairEntra(bob.id, samplePerson('b')), 'paired');
    t.equal(await two.pairEntra(alice.id, samplePerson('a', 'other')), 'paired', 'in another tenant he is a person of his own');
    t.strictSame((await one.userByName('alice'))?.entraIds, [samplePerson('a'), samplePerson('a', 'other')].toSorted((x, y) => (x.tenant < y.tenant ? -1 : 1)));
  });
}

function pairingAtOnce(t: Test, open: OpenBackend): void {
  t.test('of two users who become one person at once, from both handles, one does', async (t) => {
    const { one, two } = await open(t);
    const users = [await userOf(one, 'alice'), await userOf(one, 'bob')];
    const results = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 4 < 2 ? one : two).pairEntra(users[n % 2]?.id ?? '', samplePerson('a'))));
    const owner = (await one.userByEntraId(samplePerson('a')))?.id;
    t.ok(users.some(({ id }) => id === owner));
    results.forEach((result, n) => { t.equal(result, users[n % 2]?.id === owner ? 'paired' : 'other', String(n)); });
    t.equal((await two.users()).flatMap(({ entraIds }) => entraIds).length, 1);
  });

  t.test('of two persons of a tenant who become one user at once, from both handles, one does', async (t) => {
    const { one, two } = await open(t);
    const { id } = await userOf(one, 'alice');
    const people = [samplePerson('a'), samplePerson('b')] as const;
    const results = await Promise.all(Array.from({ length: 16 }, (_, n) =>
      (n % 4 < 2 ? one : two).pairEntra(id, people[n % 2] as EntraId)));
    const entraIds = (await two.userByName('alice'))?.entraIds ?? [];
    t.equal(entraIds.length, 1);
    results.forEach((result, n) => { t.equal(result, people[n % 2]?.object === entraIds[0]?.object ? 'paired' : 'other', String(n)); });
  });
}

function making(t: Test, open: OpenBackend): void {
  t.test('a new user is that person, has what is told of him and no alias, and is the same the next time', async (t) => {
    const { one, two, now, tick } = await open(t);
    const made = await one.userForEntra(samplePerson('a'), ['alice@example.com'], { fullName: 'Alice Žlutá', email: 'alice@example.com' });
    const record = await two.userByName('ALICE@EXAMPLE.COM') as UserRecord;
    t.strictSame(made, known(record));
    t.strictSame({ ...record, id: '' }, {
      id: '', name: 'alice@example.com', fullName: 'Alice Žlutá', email: 'alice@example.com', disabled: false, scopes: [], epoch: 0, account: undefined,
      aliases: [], createdAt: now(), hasPassword: false, hasPin: false, cards: 0, personalNumber: undefined, entraIds: [samplePerson('a')],
      disabledInDirectory: false,
    });
    tick(10);
    t.strictSame(await two.userForEntra(samplePerson('a'), ['renamed@example.com'], { fullName: 'Renamed', email: undefined }), made);
    t.equal((await two.users()).length, 1);
    const plain = await two.userForEntra(samplePerson('a', 'other'), ['plain'], nothing);
    t.match(plain, { name: 'plain', fullName: undefined, email: undefined });
    t.not(plain.id, made.id, 'an object of another tenant is somebody else');
  });

  t.test('a new user takes no name that anybody goes by, in whatever spelling', async (t) => {
    const { one, two } = await open(t);
    await userOf(one, 'Alice@Example.com');
    await userOf(one, 'bob', 'b.example@MYQ.TEST', 'bobby');
    const taken = ['alice@example.com', 'ALICE@EXAMPLE.COM', 'BOB', 'bobby', 'Bobby', 'b.example@myq.test', 'B.EXAMPLE@MYQ.TEST'];
    let count = 0;
    for (const name of taken) {
      t.equal((await two.userForEntra(samplePerson(`first ${name}`), [name, `free ${String(count)}`], nothing)).name, `free ${String(count)}`, name);
      const last = await two.userForEntra(samplePerson(`last ${name}`), ['bob', name], nothing);
      t.match(last.name, new RegExp(`^${name.replaceAll('.', '\\.')} [\\da-f-]{36}$`), `${name}, made unique`);
      count += 1;
    }
    t.equal((await one.users()).length, 2 + 2 * taken.length);
    t.strictSame(await one.aliasesOf((await one.userByName('bob'))?.id ?? ''), ['b.example@MYQ.TEST', 'bobby']);
  });

  t.test('nobody gets the name of one who came from Entra ID, as a name or an alias', async (t) => {
    const { one, two } = await open(t);
    const made = await one.userForEntra(samplePerson('a'), ['alice'], nothing);
    t.match(await two.userForAlias('alice@MYQ.TEST', 'alice'), { name: 'alice@MYQ.TEST' });
    const bob = await userOf(two, 'bob');
    t.strictSame(await two.changeAliases(bob.id, { add: ['alice'], remove: [] }), { kind: 'refused', taken: ['alice'], absent: [] });
    await t.rejects(userOf(two, 'ALICE'));
    t.equal((await one.userByEntraId(samplePerson('a')))?.id, made.id);
  });
}

function makingAtOnce(t: Test, open: OpenBackend): void {
  t.test('of many at once for one person, from both handles, all get one user', async (t) => {
    const { one, two } = await open(t);
    const users = await Promise.all(Array.from({ length: 24 }, (_, n) =>
      (n % 2 ? one : two).userForEntra(samplePerson('a'), [`name ${String(n)}`, 'last'], { fullName: String(n), email: undefined })));
    t.equal(new Set(users.map((user) => JSON.stringify(user))).size, 1);
    t.strictSame((await one.users()).map(({ entraIds }) => entraIds), [[samplePerson('a')]]);
  });

  t.test('of many persons at once with one name, from both handles, each is a user of his own, and one has the name', async (t) => {
    const { one, two } = await open(t);
    const users = await Promise.all(Array.from({ length: 16 }, (_, n) =>
      (n % 2 ? one : two).userForEntra(samplePerson(String(n)), [n % 3 === 0 ? 'ALICE' : 'alice', 'alice'], nothing)));
    t.equal(new Set(users.map(({ id }) => id)).size, 16);
    t.equal(users.filter(({ name }) => name.toLowerCase() === 'alice').length, 1);
    t.equal(new Set(users.map(({ name }) => name.toLowerCase())).size, 16);
    for (const [n, user] of users.entries()) t.strictSame(await one.userByEntraId(samplePerson(String(n))), user);
  });
}
