// The store contract's cases about mirrored people something of whom is somebody else's.

import type { Test } from 'tap';
import type { Mirrored } from '../../src/stores/mirror-store.ts';
import type { OpenBackend } from './backend.ts';
import { sampleMirrored } from './samples.ts';

const file = { account: undefined };

export function mirrorConflictCases(t: Test, open: OpenBackend): void {
  t.test('if something of a person is somebody else\'s nothing is written, and the answer names all of it', async (t) => {
    const { one, two } = await open(t);
    const bob = await one.addUser({ name: 'Bob', aliases: ['bobby', 'bob@MYQ.TEST'], scopes: [] });
    await one.changeCards(bob.id, { add: ['card'], remove: [] });
    await one.setPin(bob.id, 'pin');
    await one.mirrorUser(sampleMirrored({ aliases: ['alice@MYQ.TEST'], cards: ['own'], pin: 'own' }), false);
    const before = await two.users();
    const whole = { fullName: 'new', disabled: true, scopes: ['users'] };
    for (const [person, fields] of [
      [{ name: 'BOB' }, ['name']],
      [{ name: 'bobby' }, ['name']],
      [{ aliases: ['new', 'bobby', 'alice@MYQ.TEST', 'bob', 'bobby'] }, ['bobby', 'bob']],
      [{ aliases: ['bob@MYQ.TEST'] }, ['bob@MYQ.TEST']],
      [{ cards: ['new', 'card'], pin: null }, ['card']],
      [{ pin: 'pin', cards: [] }, ['PIN']],
      [{ name: 'bob', aliases: ['bob@MYQ.TEST'], cards: ['card', 'card'], pin: 'pin' }, ['name', 'bob@MYQ.TEST', 'card', 'PIN']],
      [{ ...file, name: 'bobby' }, ['name']],
      [{ ...file, name: 'new', aliases: ['alice'], cards: ['own'], pin: 'own' }, ['alice', 'card', 'PIN']],
      [{ ...file, name: 'bob', aliases: ['alice@MYQ.TEST', 'ALICE'] }, ['alice@MYQ.TEST', 'ALICE']],
    ] satisfies readonly (readonly [Partial<Mirrored>, readonly string[]])[]) {
      for (const dryRun of [true, false]) {
        const outcome = await two.mirrorUser(sampleMirrored({ ...whole, ...person }), dryRun);
        t.strictSame(outcome, { kind: 'conflict', fields }, JSON.stringify(person));
      }
      t.strictSame(await one.users(), before);
    }
    for (const digest of ['own', 'new']) t.equal((await one.userByCard(digest))?.name, digest === 'own' ? 'alice' : undefined);
  });

  t.test('a name that went to another account means another person', async (t) => {
    const { one } = await open(t);
    await one.mirrorUser(sampleMirrored({ aliases: ['alice@MYQ.TEST'] }), false);
    const before = await one.users();
    for (const account of [{ directory: '', sid: 'S-2' }, { directory: 'sales', sid: 'S-1-5-21-1-2-3-1001' }]) {
      for (const change of [{ fullName: 'new' }, { name: 'new', aliases: ['alice@MYQ.TEST'] }, { cards: ['new'], name: 'ALICE' }]) {
        t.strictSame(await one.mirrorUser(sampleMirrored({ account, ...change }), false), { kind: 'conflict', fields: ['account'] });
      }
    }
    t.strictSame(await one.users(), before);
    await one.mirrorUser(sampleMirrored({ name: 'alicia', aliases: ['alicia@MYQ.TEST'] }), false);
    const next = await one.mirrorUser(sampleMirrored({ account: { directory: '', sid: 'S-2' }, aliases: ['alice@MYQ.TEST'] }), false);
    t.equal(next.kind, 'added', 'once the former one has another name it is free');
    t.match(await one.users(), [{ name: 'alice', account: { sid: 'S-2' } }, { name: 'alicia', account: { sid: 'S-1-5-21-1-2-3-1001' } }]);
  });

  t.test('who has an alias of another realm is not taken for a person by the name alone', async (t) => {
    const sales = { account: { directory: 'sales', sid: 'S-9' }, name: 'Carol' };
    const given = ['carol@SALES.TEST', 'carol'];
    for (const [own, isTaken] of [
      [[], true], [['cary', 'caz@sales.test'], true], [['carol@SALES.TEST', 'carol@MYQ.TEST'], true], [['carol@MYQ.TEST'], false],
      [['caz@SALES.TEST', 'carol@MYQ.TEST'], false], [['carol@SALES.TEST.EXAMPLE'], false],
    ] as const) {
      const { one } = await open(t);
      // As from a first sign-in with the ticket of another domain, or by an admin.
      const carol = await one.addUser({ name: 'carol', aliases: own, scopes: [] });
      const before = await one.users();
      for (const dryRun of [true, false]) {
        const outcome = await one.mirrorUser(sampleMirrored({ ...sales, aliases: given }), dryRun);
        if (isTaken) t.match(outcome, { kind: 'changed', user: { id: carol.id, account: sales.account } }, own.join(' '));
        else t.strictSame(outcome, { kind: 'conflict', fields: ['name', 'carol'] }, own.join(' '));
      }
      if (!isTaken) t.strictSame(await one.users(), before);
    }
    const { one } = await open(t);
    await one.userForAlias('carol@MYQ.TEST', 'carol');
    t.strictSame(await one.mirrorUser(sampleMirrored(sales), false), { kind: 'conflict', fields: ['name'] }, 'no alias vouches for him');
    t.match(await one.mirrorUser(sampleMirrored({ ...sales, account: undefined }), false), { kind: 'unchanged' }, 'in a file the name is the key');
  });

  t.test('a name of one user and an alias of another make no third person', async (t) => {
    const { one } = await open(t);
    await one.addUser({ name: 'alice', aliases: [], scopes: [] });
    await one.addUser({ name: 'al', aliases: ['alice@MYQ.TEST'], scopes: [] });
    await one.addUser({ name: 'ali', aliases: ['alice@OTHER'], scopes: [] });
    const before = await one.users();
    for (const [person, fields] of [
      [{ aliases: ['alice@MYQ.TEST'] }, ['alice@MYQ.TEST']],
      [{ name: 'new', aliases: ['alice@MYQ.TEST', 'alice@OTHER'] }, ['alice@OTHER']],
      [{ name: 'new', aliases: ['alice', 'alice@OTHER'] }, ['alice']],
    ] as const) {
      t.strictSame(await one.mirrorUser(sampleMirrored(person), false), { kind: 'conflict', fields });
      t.strictSame(await one.users(), before);
    }
  });
}
