// The limits on guessing as they show at the sign-in: parallel guesses, the pause and its end, and what is never told.

import t from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { SECRET_REFUSED } from '../../src/identity/refusal.ts';
import type { SecretCredential } from '../../src/mechanisms/password-credential.ts';
import { resolverOf } from '../identity/people.ts';
import { alicePassword, ATTEMPTS, CARD, MINUTES, PASSWORD, PIN, shown, site, WRONG } from './password-site.ts';

const wrongPin = (n: number): SecretCredential => ({ kind: 'pin', pin: String(500_000 + n * 7) });

t.test('of 40 guesses in parallel only as many as are allowed meet the real hash, and all cost one verification', async (t) => {
  const { outcome, verified } = await site(t);
  const outcomes = await Promise.all(Array.from({ length: 40 }, (_, n) => outcome(alicePassword(n === 39 ? PASSWORD : `${WRONG} ${String(n)}`))));
  t.equal(outcomes.filter((one) => one === 'wrong_secret').length, ATTEMPTS);
  t.equal(outcomes.filter((one) => one === 'sign_in_paused').length, 40 - ATTEMPTS, 'the right one among them');
  t.equal(verified.filter(({ real }) => real).length, ATTEMPTS);
  t.equal(verified.length, 40);
});

t.test('during a pause the right password is refused in the same words, at the same cost; the pause ends by itself', async (t) => {
  const { check, outcome, verified, clock } = await site(t);
  const wrong = await check(alicePassword(WRONG));
  for (let tries = 1; tries < ATTEMPTS; tries++) await check(alicePassword(WRONG));
  const before = verified.length;
  const paused = await check(alicePassword(PASSWORD), '198.51.100.1');
  t.match(paused, { kind: 'refused', reason: 'sign_in_paused', user: 'Alice' });
  t.equal(shown(paused), shown(wrong));
  t.equal(shown(paused), JSON.stringify({ class: 'credential', sentence: SECRET_REFUSED }));
  t.strictSame(verified.slice(before), [{ password: PASSWORD, real: false }]);
  clock.now += MINUTES * 60 - 1;
  t.equal(await outcome(alicePassword(PASSWORD)), 'sign_in_paused');
  clock.now += 1;
  t.equal(await outcome(alicePassword(PASSWORD)), 'proved');
});

t.test('all names of a user have one counter, and it holds for his PIN and his card, too', async (t) => {
  const { outcome } = await site(t);
  for (const name of ['alice', 'ALLY', 'a.smith@myq.test', 'Alice', 'ally']) t.equal(await outcome(alicePassword(WRONG, name)), 'wrong_secret');
  for (const name of ['alice', 'ally', 'a.smith@MYQ.TEST']) t.equal(await outcome(alicePassword(PASSWORD, name)), 'sign_in_paused', name);
  for (const credential of [
    { kind: 'pin', pin: PIN }, { kind: 'card', card: CARD }, { kind: 'card-pin', card: CARD, pin: PIN },
    { kind: 'card-password', card: CARD, password: PASSWORD },
  ] as const satisfies readonly SecretCredential[]) t.equal(await outcome(credential), 'sign_in_paused', credential.kind);
  t.equal(await outcome(alicePassword(PASSWORD, 'carol')), 'wrong_secret', 'others are not paused');
});

t.test('an unknown name is paused like a known one, in whatever case', async (t) => {
  const { outcome, verified } = await site(t);
  const outcomes = [];
  for (const name of ['nobody', 'NOBODY', 'Nobody', ' nobody', 'nobody', 'nobody']) outcomes.push(await outcome(alicePassword(WRONG, name)));
  t.strictSame(outcomes, [...Array.from({ length: ATTEMPTS }, () => 'wrong_secret'), 'sign_in_paused']);
  t.equal(verified.length, 6);
});

t.test('somebody\'s id typed as a name does not count against him', async (t) => {
  const { outcome, people } = await site(t);
  for (let tries = 0; tries < ATTEMPTS; tries++) await outcome(alicePassword(WRONG, people.alice.id));
  t.equal(await outcome(alicePassword(PASSWORD)), 'proved');
});

t.test('success forgets the failures of the user, so that slips over a day do not add up', async (t) => {
  const { outcome } = await site(t);
  for (let round = 0; round < 3; round++) {
    for (let tries = 1; tries < ATTEMPTS; tries++) t.equal(await outcome(alicePassword(WRONG)), 'wrong_secret');
    t.equal(await outcome(alicePassword(PASSWORD)), 'proved');
  }
});

t.test('the right password of a disabled user forgets nothing', async (t) => {
  const { outcome, check, store, people } = await site(t);
  for (let tries = 0; tries < ATTEMPTS; tries++) t.equal(await outcome(alicePassword(PASSWORD, 'carol')), 'wrong_secret');
  await store.setUserDisabled(people.carol.id, false);
  t.match(await check(alicePassword(PASSWORD, 'carol')), { reason: 'sign_in_paused' });
});

t.test('an address that fails for many names is paused for all, others are not, and its own successes do not count', async (t) => {
  const { outcome } = await site(t, { verify: async (password, phc) => phc !== undefined && password === PASSWORD });
  for (let n = 0; n < 60; n++) t.equal(await outcome(alicePassword(PASSWORD)), 'proved');
  const outcomes = [];
  for (let n = 0; n < 52; n++) outcomes.push(await outcome(alicePassword(WRONG, `user${String(n)}`)));
  t.equal(outcomes.filter((one) => one === 'wrong_secret').length, 50);
  t.equal(await outcome(alicePassword(PASSWORD)), 'sign_in_paused');
  t.equal(await outcome(alicePassword(PASSWORD), '::ffff:192.0.2.1'), 'sign_in_paused');
  t.equal(await outcome(alicePassword(PASSWORD), '192.0.2.2'), 'proved');
});

t.test('a client through which PINs are guessed from many addresses is paused, for the right PIN too; a password goes on', async (t) => {
  const { outcome } = await site(t);
  const outcomes = [];
  for (let n = 0; n < 205; n++) outcomes.push(await outcome(wrongPin(n), `198.51.100.${String(n)}`));
  t.equal(outcomes.filter((one) => one === 'wrong_secret').length, 200);
  t.equal(await outcome({ kind: 'pin', pin: PIN }), 'sign_in_paused');
  t.equal(await outcome({ kind: 'card', card: CARD }), 'sign_in_paused');
  t.equal(await outcome({ kind: 'pin-or-card', text: PIN }), 'sign_in_paused');
  t.equal(await outcome({ kind: 'pin', pin: PIN }, '192.0.2.1', 'other terminal'), 'proved');
  t.equal(await outcome(alicePassword(PASSWORD)), 'proved');
});

t.test('a PIN guessed for a card counts for its owner, from wherever', async (t) => {
  const { outcome } = await site(t);
  for (let n = 0; n < ATTEMPTS; n++) {
    t.equal(await outcome({ kind: 'card-pin', card: CARD, pin: String(500_000 + n * 7) }, `198.51.100.${String(n)}`, `terminal ${String(n)}`), 'wrong_secret');
  }
  t.equal(await outcome({ kind: 'card-pin', card: CARD, pin: PIN }), 'sign_in_paused');
});

t.test('neither a card nor a PIN forgives wrong passwords, and a password forgives no wrong PINs', async (t) => {
  const { outcome } = await site(t, { verify: async (password, phc) => phc !== undefined && password === PASSWORD });
  const card = { kind: 'card', card: CARD } as const;
  const wrongly = async (): Promise<void> => {
    t.equal(await outcome(alicePassword(WRONG)), 'wrong_secret');
    t.equal(await outcome({ kind: 'card-pin', card: CARD, pin: '500007' }), 'wrong_secret');
  };
  for (let n = 0; n < ATTEMPTS - 1; n++) {
    await wrongly();
    t.equal(await outcome(card), 'proved');
  }
  t.equal(await outcome({ kind: 'card-pin', card: CARD, pin: PIN }), 'proved');
  t.equal(await outcome(alicePassword(WRONG)), 'wrong_secret', 'the fifth');
  for (const right of [alicePassword(PASSWORD), card, { kind: 'card-pin', card: CARD, pin: PIN } as const]) t.equal(await outcome(right), 'sign_in_paused');
});

t.test('a password that was changed while it was checked signs nobody in', async (t) => {
  const { check, store, people } = await site(t, {
    verify: async () => {
      await store.setPassword(people.alice.id, 'another hash');
      return true;
    },
  });
  const outcome = await check(alicePassword(PASSWORD));
  const resolve = resolverOf({ directory: store, realms: () => [] });
  if (outcome.kind !== 'proved') throw new Error('the check itself knows nothing of it');
  t.match(await resolve.prove(outcome.proof), { kind: 'refused', reason: 'sign_in_ended' });
  t.match(await resolve.prove((await check(alicePassword(PASSWORD)) as typeof outcome).proof), { kind: 'refused' });
});

t.test('a try that could not be verified does not count', async (t) => {
  let out = true;
  const { check, outcome } = await site(t, {
    verify: async () => {
      if (out) throw new UnavailableError('Too many passwords are being checked.');
      return true;
    },
  });
  for (let tries = 0; tries < ATTEMPTS * 11; tries++) await t.rejects(check(alicePassword(PASSWORD)), UnavailableError);
  out = false;
  t.equal(await outcome(alicePassword(PASSWORD)), 'proved');
});
