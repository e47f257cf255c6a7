// Whom a proof means here, decided with a real store.

import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import type { Identity } from '../../src/identity/resolve.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import type { Store } from '../../src/stores/store.ts';
import { passwordProofOf, proofOf, resolverOf } from './people.ts';

const MYQ = ['MYQ.TEST'];
const BOTH = ['A.TEST', 'B.TEST'];

interface Options {
  readonly realms?: readonly string[];
  readonly unknownUsers?: 'Reject' | 'Create';
}

/** A store, and a sign-in that answers an identity or the reason why not. */
function setUp(t: Test, { realms = MYQ, unknownUsers = 'Reject' }: Options = {}) {
  const store = openSqlite(':memory:');
  t.teardown(() => store.close());
  const { prove: resolve, recall } = resolverOf({ directory: store, realms: () => realms, unknownUsers });
  const add = (name: string, ...aliases: readonly string[]): ReturnType<Store['addUser']> => store.addUser({ name, aliases, scopes: [] });
  const accepted = async (display: string): Promise<Identity> => {
    const answer = await resolve(proofOf(display));
    if (answer.kind === 'refused') throw new Error(`${answer.reason}: ${answer.detail}`);
    return answer;
  };
  const reason = async (display: string): Promise<string> => {
    const answer = await resolve(proofOf(display));
    return answer.kind === 'refused' ? answer.reason : 'accepted';
  };
  return { store, resolve, recall, add, accepted, reason };
}

t.test('a known principal is its user, with how and when he was proved', async (t) => {
  const { add, resolve } = setUp(t);
  const { id } = await add('alice', 'alice@MYQ.TEST');
  const proof = proofOf('Alice@MYQ.TEST');
  const identity = await resolve(proof);
  if (identity.kind === 'refused') return t.fail(identity.reason);
  t.equal(identity.user.id, id);
  t.equal(identity.authentication, proof.authentication);
  t.ok(Object.isFrozen(identity));
});

t.test('a user proved by a secret is himself, whatever realms there are and however his aliases are spelled', async (t) => {
  const { add, resolve } = setUp(t, { realms: [], unknownUsers: 'Create' });
  const alice = await add('alice');
  const proof = passwordProofOf(alice);
  const identity = await resolve(proof);
  if (identity.kind === 'refused') return t.fail(identity.reason);
  t.equal(identity.user.id, alice.id);
  t.strictSame(identity.authentication, { at: 1_700_000_000, methods: ['pwd'] });
  await add('mallory', alice.id);
  t.match(await resolve(passwordProofOf(alice)), { user: { id: alice.id } }, 'an alias that reads like his id changes nothing');
});

t.test('a user proved by a secret is refused when he is disabled, and when he was removed meanwhile, and nobody is made', async (t) => {
  const { add, resolve, store } = setUp(t, { unknownUsers: 'Create' });
  const alice = await add('alice', 'alice@MYQ.TEST');
  await store.setUserDisabled(alice.id, true);
  t.match(await resolve(passwordProofOf(alice)), { kind: 'refused', reason: 'user_disabled', user: 'alice', cure: /users enable alice/ });
  await store.removeUser(alice.id);
  t.match(await resolve(passwordProofOf(alice)), { kind: 'refused', reason: 'unknown_user', user: 'alice', cure: undefined });
  t.strictSame(await store.users(), []);
});

t.test('a bare alias is found in the only realm, and the full one comes first', async (t) => {
  const { add, accepted } = setUp(t);
  const bare = await add('alice', 'alice');
  t.equal((await accepted('alice@MYQ.TEST')).user.id, bare.id);
  const full = await add('alice smith', 'alice@MYQ.TEST');
  t.equal((await accepted('alice@MYQ.TEST')).user.id, full.id);
});

t.test('a realm that is not allowed is refused before anybody is looked for', async (t) => {
  const { add, reason, resolve, store } = setUp(t, { unknownUsers: 'Create' });
  await add('alice', 'alice@MYQ.TEST', 'alice@OTHER.TEST');
  t.equal(await reason('alice@OTHER.TEST'), 'realm_not_allowed');
  t.equal(await reason('alice@myq.test'), 'realm_not_allowed', 'realms are case-sensitive (RFC 4120 §6.1)');
  t.equal((await store.users()).length, 1, 'nobody was made');
  t.match(await resolve(proofOf('alice@OTHER.TEST')), { cure: /add OTHER\.TEST to \[Kerberos\] Realms; .*first give every user the alias user@REALM/ });
});

t.test('while no realm is known nobody comes in', async (t) => {
  const { add, reason } = setUp(t, { realms: [] });
  await add('alice', 'alice@MYQ.TEST', 'alice');
  t.equal(await reason('alice@MYQ.TEST'), 'realm_not_allowed');
});

t.test('unknown users are refused, with the command that adds them', async (t) => {
  const { store, resolve, reason } = setUp(t);
  t.equal(await reason('alice@MYQ.TEST'), 'unknown_user');
  t.match(
    await resolve(proofOf('alice@MYQ.TEST')),
    { cure: /^myq-gateway users add alice --alias alice@MYQ\.TEST/, detail: /alice@MYQ\.TEST or alice/ },
  );
  t.strictSame(await store.users(), []);
});

t.test('disabled users are refused until they are enabled again', async (t) => {
  const { add, store, reason } = setUp(t, { unknownUsers: 'Create' });
  const { id } = await add('alice', 'alice@MYQ.TEST');
  await store.setUserDisabled(id, true);
  t.equal(await reason('alice@MYQ.TEST'), 'user_disabled');
  await store.setUserDisabled(id, false);
  t.equal(await reason('alice@MYQ.TEST'), 'accepted');
});

t.test('alice of one realm is not alice of the other', async (t) => {
  const { add, accepted, reason } = setUp(t, { realms: BOTH });
  const a = await add('alice', 'alice@A.TEST');
  t.equal((await accepted('alice@A.TEST')).user.id, a.id);
  t.equal(await reason('alice@B.TEST'), 'unknown_user');
  const b = await add('alice of B', 'alice@B.TEST');
  t.equal((await accepted('alice@B.TEST')).user.id, b.id);
  await add('bob', 'bob');
  t.equal(await reason('bob@A.TEST'), 'unknown_user', 'a bare alias is nobody\'s while two realms may sign in');
});

t.test('Create makes a user at the first sign-in and finds him at the second', async (t) => {
  const { accepted, store } = setUp(t, { unknownUsers: 'Create' });
  const { user } = await accepted('Alice@MYQ.TEST');
  t.equal((await accepted('ALICE@MYQ.TEST')).user.id, user.id);
  t.match(await store.users(), [{ name: 'alice', aliases: ['alice@MYQ.TEST'], scopes: [], disabled: false }]);
});

t.test('Create with two realms makes two people of one name', async (t) => {
  const { accepted, store } = setUp(t, { realms: BOTH, unknownUsers: 'Create' });
  t.not((await accepted('alice@A.TEST')).user.id, (await accepted('alice@B.TEST')).user.id);
  t.strictSame((await store.users()).map(({ name }) => name), ['alice@A.TEST', 'alice@B.TEST']);
});

t.test('Create never takes over a user whose name is the same', async (t) => {
  const { add, accepted, store } = setUp(t, { unknownUsers: 'Create' });
  const old = await add('alice');
  const { user } = await accepted('alice@MYQ.TEST');
  t.not(user.id, old.id);
  t.equal(user.name, 'alice@MYQ.TEST');
  await store.changeAliases(user.id, { add: [], remove: ['alice@MYQ.TEST'] });
  const third = (await accepted('alice@MYQ.TEST')).user;
  t.equal(new Set([old.id, user.id, third.id]).size, 3);
  t.match(third.name, /^alice@MYQ\.TEST [0-9a-f-]{36}$/, 'both names are taken, and a sign-in still works');
});

t.test('twenty first sign-ins of one person at once make one user', async (t) => {
  const { resolve, store } = setUp(t, { unknownUsers: 'Create' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => resolve(proofOf('alice@MYQ.TEST'))));
  t.equal(new Set(answers.map((answer) => answer.kind === 'refused' ? answer.reason : answer.user.id)).size, 1);
  t.equal((await store.users()).length, 1);
});

t.test('a store that is out is a fault, not a refusal', async (t) => {
  const { store, resolve } = setUp(t);
  await store.close();
  await t.rejects(resolve(proofOf('alice@MYQ.TEST')), UnavailableError);
});

/** What a session or a grant keeps of somebody who has signed in. */
async function remembered(t: Test) {
  const { store, recall, add } = setUp(t);
  const { id, epoch } = await add('alice', 'alice@MYQ.TEST');
  const kept = { userId: id, epoch, authentication: { at: 1_600_000_000, methods: ['pwd', 'mfa'] } };
  return { store, kept, answer: (change: Partial<typeof kept> = {}) => recall({ ...kept, ...change }) };
}

t.test('who signed in before is recalled as he is now, with how and when he proved himself then', async (t) => {
  const { store, kept, answer } = await remembered(t);
  await store.changeAliases(kept.userId, { add: ['al'], remove: ['alice@MYQ.TEST'] });
  const identity = await answer();
  if (identity.kind === 'refused') return t.fail(identity.reason);
  t.match(identity.user, { id: kept.userId, name: 'alice', disabled: false });
  t.equal(identity.authentication, kept.authentication);
  t.ok(Object.isFrozen(identity));
});

t.test('who was disabled is not recalled, and what began before that stays ended when he is enabled again', async (t) => {
  const { store, kept, answer } = await remembered(t);
  await store.setUserDisabled(kept.userId, true);
  t.match(await answer(), { kind: 'refused', reason: 'user_disabled', user: 'alice', cure: /users enable alice/ });
  await store.setUserDisabled(kept.userId, false);
  t.match(await answer(), { kind: 'refused', reason: 'sign_in_ended', user: 'alice' });
  const { epoch = NaN } = await store.userById(kept.userId) ?? {};
  t.match(await answer({ epoch }), { kind: 'identity' }, 'a sign-in from then on counts');
});

t.test('each change of a secret that could shut a thief out ends what began before', async (t) => {
  for (const [what, change] of [
    ['a password', ({ store, kept }) => store.setPassword(kept.userId, 'x')],
    ['no password', ({ store, kept }) => store.setPassword(kept.userId, undefined)],
    ['a PIN', ({ store, kept }) => store.setPin(kept.userId, 'x')],
    ['a card that is taken', async ({ store, kept }) => {
      await store.changeCards(kept.userId, { add: ['x'], remove: [] });
      return store.changeCards(kept.userId, { add: [], remove: 'all' });
    }],
  ] as const satisfies readonly (readonly [string, (site: Awaited<ReturnType<typeof remembered>>) => Promise<string>])[]) {
    const site = await remembered(t);
    t.equal(await change(site), 'changed', what);
    t.match(await site.answer(), { kind: 'refused', reason: 'sign_in_ended' }, what);
  }
});

t.test('an epoch that is not his is never recalled, whether older or newer', async (t) => {
  const { kept, answer } = await remembered(t);
  for (const epoch of [kept.epoch - 1, kept.epoch + 1, NaN]) t.match(await answer({ epoch }), { kind: 'refused', reason: 'sign_in_ended' }, String(epoch));
});

t.test('who was removed is not recalled, not even when somebody of his name comes after him', async (t) => {
  const { store, kept, answer } = await remembered(t);
  await store.removeUser(kept.userId);
  await store.addUser({ name: 'alice', aliases: ['alice@MYQ.TEST'], scopes: [] });
  t.match(await answer(), { kind: 'refused', reason: 'unknown_user' });
  t.match(await answer({ userId: 'alice' }), { kind: 'refused', reason: 'unknown_user' }, 'a name is no id');
});

t.test('recalling from a store that is out is a fault, too', async (t) => {
  const { store, answer } = await remembered(t);
  await store.close();
  await t.rejects(answer(), UnavailableError);
});
