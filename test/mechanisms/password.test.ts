// Sign-in with secrets: who is proved by what, and that every refusal looks and costs the same.

import t from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { SECRET_REFUSED } from '../../src/identity/refusal.ts';
import { cardDigest, pinDigest } from '../../src/identity/pin-card.ts';
import type { SecretCredential } from '../../src/mechanisms/password-credential.ts';
import { alicePassword, CARD, PASSWORD, PIN, shown, site, WRONG } from './password-site.ts';

t.test('each kind of secret proves its owner, with the methods of RFC 8176', async (t) => {
  const { check, people, clock } = await site(t);
  for (const [credential, ...methods] of [
    [alicePassword(PASSWORD), 'pwd'],
    [{ kind: 'pin', pin: PIN }, 'pin'],
    [{ kind: 'card', card: CARD.toLowerCase() }, 'sc'],
    [{ kind: 'card-pin', card: CARD, pin: PIN }, 'sc', 'pin', 'mfa'],
    [{ kind: 'card-password', card: CARD, password: PASSWORD }, 'sc', 'pwd', 'mfa'],
  ] as const satisfies readonly (readonly [SecretCredential, ...string[]])[]) {
    const answer = await check(credential);
    t.strictSame(answer.kind === 'proved' && { ...answer.proof }, {
      mechanism: 'password', subject: { kind: 'user', id: people.alice.id, name: 'Alice', epoch: 1 },
      authentication: { at: clock.now, methods }, sids: [],
    }, credential.kind);
  }
});

t.test('the name may be typed in any case, as an alias, with blanks around it, or in decomposed letters', async (t) => {
  const { check, store, people } = await site(t);
  await store.changeAliases(people.alice.id, { add: ['žofie'], remove: [] });
  for (const name of ['Alice', 'ALICE', 'ally', 'a.smith@myq.test', 'A.Smith@MYQ.TEST', ' alice ', 'Žofie', 'žofie'.normalize('NFD')]) {
    const answer = await check(alicePassword(PASSWORD, name));
    t.equal(answer.kind === 'proved' && answer.proof.subject.kind === 'user' && answer.proof.subject.id, people.alice.id, JSON.stringify(name));
  }
});

t.test('wrong, unknown, unusable, without a password and disabled: one sentence, one verification, no secret in the log', async (t) => {
  const { check, verified } = await site(t);
  for (const [credential, detail, real] of [
    [alicePassword(WRONG), /^the password is wrong$/, true],
    [alicePassword(''), /^the password is wrong$/, true],
    [alicePassword('x'.repeat(10_000)), /^the password is wrong$/, true],
    [alicePassword(WRONG, 'zaphod'), /^the name typed is nobody's, neither as a name nor as an alias$/, false],
    [alicePassword(PASSWORD, 'zaphod'), /^the name typed is nobody's, neither as a name nor as an alias$/, false],
    [alicePassword(PASSWORD, 'bob'), /^the user has no password$/, false],
    [alicePassword(PASSWORD, 'carol'), /^the user is disabled$/, true],
    [alicePassword(WRONG, 'carol'), /^the password is wrong$/, true],
    ...['', ' ', 'host/ws1', 'MYQ\\alice', 'alice\0', 'ali\u200Bce', 'WS1$', 'a@b@c', 'x'.repeat(300), 'x'.repeat(100_000)]
      .map((name) => [alicePassword(PASSWORD, name), /^the name typed (?:can be nobody's$|has a backslash)/, false] as const),
    [{ kind: 'card-password', card: CARD, password: WRONG }, /^the password is wrong$/, true],
    [{ kind: 'card-password', card: '04FFFFFF', password: PASSWORD }, /^no user has that card$/, false],
    [{ kind: 'card-password', card: 'x y', password: PASSWORD }, /^no user has that card$/, false],
  ] as const satisfies readonly (readonly [SecretCredential, RegExp, boolean])[]) {
    const before = verified.length;
    const answer = await check(credential, `198.51.100.${String(before)}`);
    const what = JSON.stringify(credential).replace(/[^ -~]/gu, '?').slice(0, 70);
    t.strictSame(answer.kind === 'refused' && answer.reason, 'wrong_secret', what);
    t.match(answer, { detail }, what);
    t.equal(shown(answer), JSON.stringify({ class: 'credential', sentence: SECRET_REFUSED }), what);
    t.strictSame(verified.slice(before).map((one) => one.real), [real], `${what}: one verification`);
    t.notOk([PASSWORD, WRONG, CARD, 'zaphod'].some((secret) => JSON.stringify(answer).includes(secret)), `${what}: nothing typed`);
  }
});

t.test('a PIN or card of nobody, or with the wrong second half, is refused with the same sentence', async (t) => {
  const { check } = await site(t);
  for (const [credential, detail] of [
    [{ kind: 'pin', pin: '048214' }, /no user has that PIN/],
    [{ kind: 'pin', pin: '' }, /no user has that PIN/],
    [{ kind: 'pin', pin: ` ${PIN}` }, /no user has that PIN/],
    [{ kind: 'pin', pin: CARD }, /no user has that PIN/],
    [{ kind: 'pin', pin: '0'.repeat(100_000) }, /no user has that PIN/],
    [{ kind: 'card', card: '04A2B3C5' }, /no user has that card/],
    [{ kind: 'card', card: PIN }, /no user has that card/],
    [{ kind: 'card', card: '' }, /no user has that card/],
    [{ kind: 'card-pin', card: CARD, pin: '048214' }, /not that of the card's owner/],
    [{ kind: 'card-pin', card: CARD, pin: '' }, /not that of the card's owner/],
    [{ kind: 'card-pin', card: '04A2B3C5', pin: PIN }, /no user has that card/],
  ] as const satisfies readonly (readonly [SecretCredential, RegExp])[]) {
    const answer = await check(credential);
    const what = JSON.stringify(credential).replace(/[^ -~]/gu, '?').slice(0, 70);
    t.match(answer, { kind: 'refused', reason: 'wrong_secret', detail }, what);
    t.equal(shown(answer), JSON.stringify({ class: 'credential', sentence: SECRET_REFUSED }), what);
    t.notOk([PIN, CARD, '048214'].some((secret) => JSON.stringify(answer).includes(secret)), `${what}: nothing typed`);
  }
});

t.test('one field takes a PIN or a card number, and digits that are nobody\'s PIN may be a card', async (t) => {
  const { check, store, digestKey, people } = await site(t);
  await store.changeCards(people.bob.id, { add: [cardDigest(digestKey, '00739154')], remove: [] });
  for (const [text, id, method] of [[PIN, people.alice.id, 'pin'], [CARD.toLowerCase(), people.alice.id, 'sc'], ['00739154', people.bob.id, 'sc']] as const) {
    t.match(await check({ kind: 'pin-or-card', text }), { kind: 'proved', proof: { subject: { id }, authentication: { methods: [method] } } }, method);
  }
  for (const text of ['', '048214', '04A2B3C5', 'x'.repeat(100_000)]) {
    const answer = await check({ kind: 'pin-or-card', text });
    t.strictSame(answer, { kind: 'refused', reason: 'wrong_secret', detail: 'no user has that PIN or card' });
    t.equal(shown(answer), JSON.stringify({ class: 'credential', sentence: SECRET_REFUSED }));
  }
});

t.test('a card does not go with another one\'s PIN', async (t) => {
  const { outcome, store, digestKey, people } = await site(t);
  await store.setPin(people.bob.id, pinDigest(digestKey, '739154'));
  await store.changeCards(people.bob.id, { add: [cardDigest(digestKey, 'B0B0B0B0')], remove: [] });
  t.equal(await outcome({ kind: 'card-pin', card: 'B0B0B0B0', pin: '739154' }), 'proved');
  t.equal(await outcome({ kind: 'card-pin', card: 'B0B0B0B0', pin: PIN }), 'wrong_secret');
  t.equal(await outcome({ kind: 'card-pin', card: CARD, pin: '739154' }), 'wrong_secret');
});

t.test('a disabled owner is refused with his PIN and card, too', async (t) => {
  const { check, store, people } = await site(t);
  await store.setUserDisabled(people.alice.id, true);
  for (const credential of [
    { kind: 'pin', pin: PIN }, { kind: 'card', card: CARD }, { kind: 'card-pin', card: CARD, pin: PIN },
    { kind: 'card-password', card: CARD, password: PASSWORD },
  ] as const satisfies readonly SecretCredential[]) {
    t.match(await check(credential), {
      kind: 'refused', reason: 'wrong_secret', detail: 'the user is disabled', cure: 'myq-gateway users enable Alice', user: 'Alice',
    }, credential.kind);
  }
});

t.test('a refusal tells the admin whom it was and what to do, where it is known', async (t) => {
  const { check } = await site(t);
  t.strictSame(await check(alicePassword(PASSWORD, 'bob')), {
    kind: 'refused', reason: 'wrong_secret', detail: 'the user has no password', cure: 'myq-gateway users password bob', user: 'bob',
  });
  t.strictSame(await check(alicePassword(WRONG, 'ally')), { kind: 'refused', reason: 'wrong_secret', detail: 'the password is wrong', user: 'Alice' });
});

t.test('a store that is out is thrown, whatever was typed', async (t) => {
  const { check, store } = await site(t);
  await store.close();
  for (const credential of [alicePassword(PASSWORD), { kind: 'pin', pin: PIN }, { kind: 'card', card: CARD }] as const satisfies readonly SecretCredential[]) {
    await t.rejects(check(credential), UnavailableError, credential.kind);
  }
});
