// The store contract's cases about what each source of a mirrored user takes back: a directory, a file, an admin.

import type { Test } from 'tap';
import type { OpenBackend } from './backend.ts';
import { alice, inFile, mirror } from './mirror.ts';
import { sampleMirrored } from './samples.ts';

const { account } = alice;

export function mirrorSourceCases(t: Test, open: OpenBackend): void {
  lists(t, open);
  secrets(t, open);
  files(t, open);
  forgetting(t, open);
}

function lists(t: Test, open: OpenBackend): void {
  t.test('of aliases and cards the source\'s own are replaced, and an admin\'s stay', async (t) => {
    const { one, two } = await open(t);
    const { id } = await one.addUser({ name: 'alice', aliases: ['admin', 'both'], scopes: [] });
    await one.changeCards(id, { add: ['admin card', 'both card'], remove: [] });
    const cards = async () => (await Promise.all(['admin card', 'both card', 'given', 'next'].map((card) => two.userByCard(card)))).map((user) => user?.id);
    await mirror(t, one, sampleMirrored({ aliases: ['both', 'given'], cards: ['both card', 'given'] }), 'changed', ['account', 'aliases', 'cards']);
    t.strictSame(await two.aliasesOf(id), ['admin', 'both', 'given']);
    await mirror(t, one, sampleMirrored({ aliases: ['next'], cards: ['next'] }), 'changed', ['aliases', 'cards']);
    t.strictSame(await two.aliasesOf(id), ['admin', 'both', 'next']);
    t.strictSame(await cards(), [id, id, undefined, id]);
    await mirror(t, one, sampleMirrored({ aliases: [], cards: [] }), 'changed', ['aliases', 'cards']);
    t.strictSame(await two.aliasesOf(id), ['admin', 'both']);
    t.strictSame(await cards(), [id, id, undefined, undefined]);
    await mirror(t, one, sampleMirrored({ aliases: [], cards: [] }), 'unchanged', []);
  });

  t.test('what an admin gives after the source has is the admin\'s', async (t) => {
    const { one } = await open(t);
    const { id } = await mirror(t, one, sampleMirrored({ aliases: ['a', 'b'], cards: ['a', 'b'], pin: 'pin' }), 'added', ['aliases', 'cards', 'PIN']);
    t.match(await one.changeAliases(id, { add: ['a'], remove: [] }), { kind: 'changed', user: { aliases: ['a', 'b'] } });
    t.equal(await one.changeCards(id, { add: ['a'], remove: [] }), 'changed');
    t.equal(await one.setPin(id, 'pin'), 'changed');
    t.match(await mirror(t, one, sampleMirrored({ aliases: [], cards: [], pin: null }), 'changed', ['aliases', 'cards']), { aliases: ['a'], cards: 1, hasPin: true });
    t.equal((await one.userByCard('a'))?.id, id);
  });

  t.test('the alias of a first sign-in is the directory\'s once that gives it, and goes with it', async (t) => {
    const { one, two } = await open(t);
    const { id } = await one.userForAlias('alice@MYQ.TEST', 'alice');
    const later = await one.userForAlias('bob@MYQ.TEST', 'bob');
    await mirror(t, one, sampleMirrored({ aliases: ['alice@MYQ.TEST'] }), 'changed', ['account']);
    await mirror(t, one, sampleMirrored({ name: 'alicia', aliases: ['alicia@MYQ.TEST'] }), 'changed', ['name', 'aliases']);
    t.strictSame(await two.aliasesOf(id), ['alicia@MYQ.TEST']);
    const bob = { ...sampleMirrored({ name: 'bob' }), account: { directory: '', sid: 'S-2' } };
    await mirror(t, one, { ...bob, aliases: ['bob@MYQ.TEST'] }, 'changed', ['account']);
    await mirror(t, one, bob, 'unchanged', []);
    t.strictSame(await two.aliasesOf(later.id), ['bob@MYQ.TEST'], 'nothing was said of it');
    await mirror(t, one, { ...bob, aliases: [] }, 'changed', ['aliases']);
  });
}

function secrets(t: Test, open: OpenBackend): void {
  t.test('a new PIN takes the place of any, none takes away only the source\'s own, and each change raises the epoch', async (t) => {
    const { one, two } = await open(t);
    const { id } = await one.addUser({ name: 'alice', aliases: [], scopes: [], passwordHash: 'hash' });
    await one.setPin(id, 'admin');
    let { epoch } = await mirror(t, one, sampleMirrored({ pin: null }), 'changed', ['account']);
    t.equal((await two.userByPin('admin'))?.id, id);
    await mirror(t, one, sampleMirrored({ pin: 'admin' }), 'unchanged', []);
    await mirror(t, one, sampleMirrored({ pin: null }), 'unchanged', []);
    for (const pin of ['given', 'other', null]) {
      const user = await mirror(t, one, sampleMirrored({ pin }), 'changed', ['PIN']);
      t.ok(user.epoch > epoch);
      ({ epoch } = user);
      t.strictSame(await two.userSecrets(id), { passwordHash: 'hash', pinDigest: pin ?? undefined });
    }
    await one.setPin(id, 'again');
    await mirror(t, one, sampleMirrored({ pin: null }), 'unchanged', []);
  });

  t.test('a card taken away raises the epoch, and nothing else that is no secret', async (t) => {
    const { one } = await open(t);
    const { epoch } = await mirror(t, one, sampleMirrored({ cards: ['a'] }), 'added', ['cards']);
    t.match(await mirror(t, one, { ...alice, name: 'al', pin: undefined, cards: ['a', 'b'] }, 'changed',
      ['name', 'aliases', 'full name', 'e-mail', 'personal number', 'cards', 'scopes']), { epoch });
    const raised = await mirror(t, one, sampleMirrored({ name: 'al', aliases: [], fullName: null, cards: ['b'] }), 'changed', ['aliases', 'full name', 'cards']);
    t.ok(raised.epoch > epoch);
  });
}

function files(t: Test, open: OpenBackend): void {
  t.test('a file finds a user by his name only and does not rename him', async (t) => {
    const { one } = await open(t);
    const al = await one.addUser({ name: 'al', aliases: ['alice@MYQ.TEST'], scopes: [] });
    t.strictSame(await one.mirrorUser(inFile({ aliases: ['alice@MYQ.TEST'] }), false), { kind: 'conflict', fields: ['alice@MYQ.TEST'] });
    const added = await mirror(t, one, inFile({ personalNumber: '1' }), 'added', ['personal number']);
    t.not(added.id, al.id);
    t.strictSame(added.account, undefined);
    t.strictSame(await mirror(t, one, inFile({ name: 'ALICE' }), 'unchanged', []), added);
  });

  t.test('a file changes only what it says of a user of a directory, and each takes back only what it gave itself', async (t) => {
    const { one, two } = await open(t);
    const { id } = await mirror(t, one, alice, 'added', ['aliases', 'full name', 'e-mail', 'personal number', 'cards', 'PIN', 'scopes']);
    const given = await mirror(t, one, inFile({ aliases: ['file'], cards: ['file'], email: null, scopes: [] }), 'changed', ['aliases', 'e-mail', 'cards']);
    t.match(given, { id, account, aliases: ['alice', 'alice@MYQ.TEST', 'file'], cards: 3, fullName: alice.fullName, scopes: alice.scopes });
    await mirror(t, one, inFile({ pin: null }), 'unchanged', []);
    t.match(await mirror(t, one, { ...alice, aliases: [], cards: [] }, 'changed', ['aliases', 'e-mail', 'cards']), { aliases: ['file'], cards: 1 });
    t.match(await mirror(t, one, inFile({ aliases: [], cards: [], pin: 'file' }), 'changed', ['aliases', 'cards', 'PIN']), { aliases: [], cards: 0 });
    await mirror(t, one, sampleMirrored({ name: 'Alice', pin: null }), 'unchanged', []);
    t.equal((await two.userByPin('file'))?.id, id);
  });

  t.test('who is disabled in a file is enabled by it or by an admin, and not by his directory', async (t) => {
    const { one } = await open(t);
    const { id, epoch } = await mirror(t, one, sampleMirrored({ disabled: false }), 'added', []);
    const disabled = await mirror(t, one, inFile({ disabled: true }), 'changed', ['disabled']);
    t.match(disabled, { disabled: true, disabledInDirectory: false });
    t.ok(disabled.epoch > epoch);
    t.match(await mirror(t, one, sampleMirrored({ disabled: false }), 'unchanged', []), { disabled: true });
    t.match(await mirror(t, one, inFile({ disabled: false }), 'changed', ['enabled']), { disabled: false, epoch: disabled.epoch });
    await mirror(t, one, inFile({ disabled: true }), 'changed', ['disabled']);
    await one.setUserDisabled(id, false);
    t.match(await one.userByName('alice'), { disabled: false });
    await one.setUserDisabled(id, true);
    t.match(await mirror(t, one, inFile({ disabled: false }), 'unchanged', []), { disabled: true }, 'an admin\'s own word stands');
  });
}

function forgetting(t: Test, open: OpenBackend): void {
  t.test('whose account is forgotten keeps all that he has as an admin\'s, and can be found by his name again', async (t) => {
    const { one, two } = await open(t);
    const user = await mirror(t, one, { ...alice, disabled: true }, 'added',
      ['aliases', 'full name', 'e-mail', 'personal number', 'disabled', 'cards', 'PIN', 'scopes']);
    t.equal(await two.forgetAccount(user.id), true);
    t.equal(await two.forgetAccount(user.id), false);
    t.strictSame(await one.userByName('alice'), { ...user, account: undefined, disabledInDirectory: false });
    t.strictSame(await one.mirroredUsers(''), []);
    await one.setUserDisabled(user.id, false);
    t.match(await one.userByName('alice'), { disabled: false });
    const given = sampleMirrored({ name: 'Alice', aliases: ['alice@MYQ.TEST'], cards: [], pin: null });
    const anew = { ...given, account: { directory: 'sales', sid: 'S-9' } };
    const adopted = await mirror(t, one, anew, 'changed', ['account']);
    t.match(adopted, { id: user.id, aliases: user.aliases, cards: 2, hasPin: true, account: anew.account });
  });
}
