// Groups and the state of accounts as rights: at the sign-in from the ticket or the directory, later from the directory.

import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import type { GroupRule } from '../../src/identity/rights.ts';
import type { ResolveOptions } from '../../src/identity/resolve.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { everyUsersScopes } from '../../src/tokens/scopes.ts';
import { accountOf, memoryDirectory } from './directory-of.ts';
import { passwordProofOf, proofOf, resolverOf } from './people.ts';

const OPERATORS = 'S-1-5-21-1-2-3-1500';
const OTHERS = 'S-1-5-21-1-2-3-1501';
const rules: readonly GroupRule[] = [
  { group: { kind: 'sid', sid: OPERATORS }, scopes: ['queues', 'printers'] },
  { group: { kind: 'name', name: 'MYQ\\Accountants' }, scopes: ['credit'] },
];
const AT = 1_700_000_000;

/** Alice, who is alice@MYQ.TEST, and a resolver; later options win. */
async function place(t: Test, options: Partial<ResolveOptions> = {}) {
  const store = openSqlite(':memory:');
  t.teardown(() => store.close());
  const alice = await store.addUser({ name: 'alice', aliases: ['alice@MYQ.TEST'], scopes: ['reports'] });
  const { prove, recall } = resolverOf({ directory: store, rules, warn: () => undefined, ...options });
  /** Beyond what everybody has, or the reason of the refusal. */
  const rights = (answer: Awaited<ReturnType<typeof prove>>): readonly string[] =>
    (answer.kind === 'refused' ? [answer.reason] : answer.rights.filter((scope) => !everyUsersScopes.includes(scope)));
  const signedIn = async (sids: readonly string[] = []) => {
    const identity = await prove(proofOf('alice@MYQ.TEST', { sids }));
    if (identity.kind === 'refused') throw new Error(identity.detail);
    return { userId: alice.id, epoch: identity.user.epoch, authentication: identity.authentication };
  };
  return { store, alice, prove, recall, rights, signedIn };
}

const own = accountOf('alice');

t.test('groups of the ticket give what the rules say, and nothing else', async (t) => {
  const { prove, rights } = await place(t);
  const of = async (...sids: readonly string[]) => rights(await prove(proofOf('alice@MYQ.TEST', { sids })));
  t.strictSame(await of(), ['reports']);
  t.strictSame(await of(own.sid, OTHERS), ['reports']);
  t.strictSame(await of(own.sid, OTHERS, OPERATORS), ['reports', 'queues', 'printers']);
  t.strictSame(await of(OPERATORS), ['reports'], 'the first is the user\'s own');
});

t.test('without groups in the proof the directory is asked', async (t) => {
  const accounts = memoryDirectory({ ...own, groups: [OPERATORS, OTHERS] });
  const { prove, rights } = await place(t, { accounts });
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST'))), ['reports', 'queues', 'printers']);
  accounts.people.set('alice', { ...own, groups: [] });
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST'))), ['reports']);
  accounts.people.set('alice', { ...own, disabled: true });
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST'))), ['user_disabled']);
  accounts.people.delete('alice');
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST'))), ['user_disabled'], 'a domain that does not know him signs nobody in');
});

t.test('groups of the ticket are enough: a directory that is out stops no such sign-in', async (t) => {
  const accounts = memoryDirectory({ ...own, groups: [OTHERS] });
  accounts.isOut = true;
  const { prove, rights } = await place(t, { accounts });
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST', { sids: [own.sid, OPERATORS] }))), ['reports', 'queues', 'printers']);
  await t.rejects(prove(proofOf('alice@MYQ.TEST')), UnavailableError, 'but without them nobody signs in as if he were in no group');
});

t.test('later the directory is asked again: what it took away is gone', async (t) => {
  const accounts = memoryDirectory({ ...own, groups: [OPERATORS] });
  const { recall, rights, signedIn } = await place(t, { accounts });
  const remembered = await signedIn([own.sid, OPERATORS]);
  t.strictSame(remembered.authentication.groups, [OPERATORS]);
  t.strictSame(rights(await recall(remembered)), ['reports', 'queues', 'printers']);
  accounts.people.set('alice', { ...own, groups: [OTHERS] });
  t.strictSame(rights(await recall(remembered)), ['reports']);
  accounts.people.set('alice', { ...own, disabled: true });
  t.strictSame(rights(await recall(remembered)), ['user_disabled']);
  accounts.people.delete('alice');
  t.strictSame(rights(await recall(remembered)), ['user_disabled']);
  accounts.isOut = true;
  await t.rejects(recall(remembered), UnavailableError);
});

t.test('without a directory the groups of the ticket count for their time', async (t) => {
  let now = AT;
  const { recall, rights, signedIn } = await place(t, { now: () => now, groupLifetime: 3600 });
  const remembered = await signedIn([own.sid, OPERATORS, OTHERS]);
  t.strictSame(remembered.authentication.groups, [OPERATORS], 'only those that a rule names are kept');
  t.strictSame(rights(await recall(remembered)), ['reports', 'queues', 'printers']);
  now = AT + 3599;
  t.strictSame(rights(await recall(remembered)), ['reports', 'queues', 'printers']);
  now = AT + 3600;
  t.strictSame(rights(await recall(remembered)), ['reports']);
});

t.test('a rule by name is looked up; while that cannot be, it gives nothing, and says so once', async (t) => {
  const accounts = memoryDirectory({ ...own, groups: [OTHERS] });
  const warnings: string[] = [];
  const { recall, rights, signedIn } = await place(t, { accounts, warn: (message) => { warnings.push(message); } });
  const remembered = await signedIn([own.sid]);
  for (let again = 0; again < 2; again++) t.strictSame(rights(await recall(remembered)), ['reports']);
  t.strictSame(warnings.length, 1);
  t.match(warnings, [/MYQ\\Accountants gives nobody anything: no directory has that group/]);
  accounts.groups.set('MYQ\\Accountants', OTHERS);
  t.strictSame(rights(await recall(remembered)), ['reports', 'credit']);
});

t.test('a user with a password here and no account there is left alone', async (t) => {
  const accounts = memoryDirectory();
  const { store, prove, recall, rights } = await place(t, { accounts });
  const bob = await store.addUser({ name: 'bob', aliases: ['bob'], scopes: [] });
  const identity = await prove(passwordProofOf(bob));
  t.strictSame(rights(identity), []);
  t.strictSame(rights(await recall({ userId: bob.id, epoch: bob.epoch, authentication: { at: AT, methods: ['pwd'] } })), []);
});

t.test('whoever came by the password of a domain is missed when his account is gone, whatever groups he was in', async (t) => {
  const accounts = memoryDirectory(own);
  const { prove, recall, rights, alice } = await place(t, { accounts });
  const identity = await prove(passwordProofOf(alice, [own.sid, OTHERS]));
  if (identity.kind === 'refused') throw new Error(identity.detail);
  t.strictSame(identity.authentication.groups, [], 'a list, though no rule names one of them');
  const remembered = { userId: alice.id, epoch: alice.epoch, authentication: identity.authentication };
  t.strictSame(rights(await recall(remembered)), ['reports']);
  accounts.people.delete('alice');
  t.strictSame(rights(await recall(remembered)), ['user_disabled']);
});

t.test('a name that was given to somebody else is not the one whom it meant before', async (t) => {
  const accounts = memoryDirectory(own);
  const { store, prove, recall, rights, alice } = await place(t, { accounts });
  const person = {
    account: { directory: '', sid: own.sid }, name: 'alice', aliases: ['alice@MYQ.TEST'], fullName: undefined, email: undefined, personalNumber: undefined,
    disabled: undefined, cards: undefined, pin: undefined, entraId: undefined, scopes: undefined,
  };
  t.match(await store.mirrorUser(person, false), { kind: 'changed' });
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST', { sids: [own.sid] }))), ['reports']);
  const stranger = 'S-1-5-21-1-2-3-4711';
  t.match(await prove(proofOf('alice@MYQ.TEST', { sids: [stranger] })), { reason: 'unknown_user', cure: /--no-account/ });
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST', { sids: ['S-1-5-21-9-9-9-1005'] }))), ['reports'], 'an alias in another domain is the admin\'s word');
  accounts.people.set('alice', { ...own, sid: stranger });
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST'))), ['unknown_user'], 'without a SID in the proof, too');
  t.strictSame(rights(await recall({ userId: alice.id, epoch: alice.epoch, authentication: { at: AT, methods: ['wia'] } })), ['user_disabled']);
});

t.test('somebody who has no rules and no account costs the directory nothing at the sign-in', async (t) => {
  const accounts = memoryDirectory(own);
  const { prove } = await place(t, { accounts, rules: [] });
  t.match(await prove(proofOf('alice@MYQ.TEST')), { kind: 'identity' });
  t.equal(accounts.asked, 0);
});

t.test('the directory knows better than a ticket, which is some hours old', async (t) => {
  const accounts = memoryDirectory({ ...own, groups: [OPERATORS] });
  const { prove, rights } = await place(t, { accounts });
  const foreign = 'S-1-5-21-9-9-9-1500';
  const signIn = async (...groups: readonly string[]) => prove(proofOf('alice@MYQ.TEST', { sids: [own.sid, ...groups] }));
  t.strictSame(rights(await signIn()), ['reports', 'queues', 'printers'], 'a group that is newer than the ticket');
  accounts.people.set('alice', { ...own, groups: [] });
  t.strictSame(rights(await signIn(OPERATORS, foreign)), ['reports'], 'a group that he has left');
  accounts.people.set('alice', { ...own, disabled: true });
  t.strictSame(rights(await signIn(OPERATORS)), ['user_disabled']);
  accounts.people.set('alice', { ...own, sid: 'S-1-5-21-1-2-3-4711' });
  t.match(await signIn(OPERATORS), { reason: 'unknown_user', detail: /by now/ });
  accounts.people.delete('alice');
  t.strictSame(rights(await signIn(OPERATORS)), ['user_disabled']);
});

t.test('groups of other domains are the ticket\'s to tell', async (t) => {
  const foreign = 'S-1-5-21-9-9-9-1500';
  const accounts = memoryDirectory({ ...own, groups: [] });
  const { prove, rights } = await place(t, { accounts, rules: [{ group: { kind: 'sid', sid: foreign }, scopes: ['scan'] }] });
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST', { sids: [own.sid, foreign] }))), ['reports', 'scan']);
});

t.test('nobody with a ticket waits for a directory that does not answer', async (t) => {
  const accounts = memoryDirectory(own);
  accounts.byPrincipal = () => new Promise(() => undefined);
  const { prove, rights } = await place(t, { accounts });
  const begin = performance.now();
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST', { sids: [own.sid, OPERATORS] }))), ['reports', 'queues', 'printers']);
  t.ok(performance.now() - begin < 1000);
  const again = performance.now();
  await prove(proofOf('alice@MYQ.TEST', { sids: [own.sid, OPERATORS] }));
  t.ok(performance.now() - again < 200, 'and after the first nobody waits at all');
  accounts.byPrincipal = async () => ({ kind: 'found', account: { ...own, groups: [] } });
  t.strictSame(rights(await prove(proofOf('alice@MYQ.TEST', { sids: [own.sid, OPERATORS] }))), ['reports'], 'its word counts as soon as it comes');
});

t.test('whoever has his password here comes in while the directory is out, and is in no group then', async (t) => {
  const accounts = memoryDirectory(accountOf('desk', { groups: [OPERATORS] }));
  const { store, prove, recall, rights } = await place(t, { accounts });
  const desk = await store.addUser({ name: 'desk', aliases: ['desk'], scopes: ['scan'] });
  const remembered = { userId: desk.id, epoch: desk.epoch, authentication: { at: AT, methods: ['pwd'] } };
  t.strictSame(rights(await prove(passwordProofOf(desk))), ['scan', 'queues', 'printers']);
  accounts.isOut = true;
  t.strictSame(rights(await prove(passwordProofOf(desk))), ['scan']);
  t.strictSame(rights(await recall(remembered)), ['scan']);
  await t.rejects(recall({ ...remembered, authentication: { at: AT, methods: ['pwd'], groups: [] } }), UnavailableError, 'but not by a password of the domain');
});

t.test('whoever is of two realms is not missed in the one that a directory serves', async (t) => {
  const { store, recall, rights } = await place(t, { accounts: memoryDirectory(), realms: () => ['MYQ.TEST', 'OTHER.TEST'] });
  const both = await store.addUser({ name: 'both', aliases: ['both@MYQ.TEST', 'both@OTHER.TEST'], scopes: ['scan'] });
  t.strictSame(rights(await recall({ userId: both.id, epoch: both.epoch, authentication: { at: AT, methods: ['wia'], groups: [] } })), ['scan']);
});
