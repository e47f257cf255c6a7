// One field for PINs and cards: digits that are both say who is there only if they are the same person's.

import t from 'tap';
import { SECRET_REFUSED } from '../../src/identity/refusal.ts';
import { cardDigest, pinDigest } from '../../src/identity/pin-card.ts';
import { PIN, shown, site } from './password-site.ts';

t.test('one\'s own PIN that is one\'s own card number, too: it is a PIN', async (t) => {
  const { check, store, digestKey, people } = await site(t);
  await store.changeCards(people.alice.id, { add: [cardDigest(digestKey, PIN)], remove: [] });
  t.match(await check({ kind: 'pin-or-card', text: PIN }), {
    kind: 'proved', proof: { subject: { id: people.alice.id }, authentication: { methods: ['pin'] } },
  });
});

t.test('one\'s PIN that is another one\'s card number signs in neither of them', async (t) => {
  const { check, store, digestKey, people } = await site(t);
  await store.changeCards(people.bob.id, { add: [cardDigest(digestKey, PIN)], remove: [] });
  const answer = await check({ kind: 'pin-or-card', text: PIN });
  t.strictSame(answer, { kind: 'refused', reason: 'wrong_secret', detail: 'no user has that PIN or card' });
  t.equal(shown(answer), JSON.stringify({ class: 'credential', sentence: SECRET_REFUSED }));
  t.match(await check({ kind: 'pin', pin: PIN }), { kind: 'proved', proof: { subject: { id: people.alice.id } } }, 'where it is clear what it is, it is good');
  t.match(await check({ kind: 'card', card: PIN }), { kind: 'proved', proof: { subject: { id: people.bob.id } } });
  await store.changeCards(people.bob.id, { add: [], remove: 'all' });
  t.match(await check({ kind: 'pin-or-card', text: PIN }), { kind: 'proved', proof: { subject: { id: people.alice.id } } }, 'nor any longer than that');
});

t.test('nor does it if one of the two is disabled: it is still not clear who is there', async (t) => {
  const { outcome, store, digestKey, people } = await site(t);
  await store.changeCards(people.carol.id, { add: [cardDigest(digestKey, PIN)], remove: [] });
  t.equal(await outcome({ kind: 'pin-or-card', text: PIN }), 'wrong_secret');
});

t.test('such a number counts against the client that sends it', async (t) => {
  const { outcome, store, digestKey, people } = await site(t);
  await store.changeCards(people.bob.id, { add: [cardDigest(digestKey, PIN)], remove: [] });
  const tries = await Promise.all(Array.from({ length: 201 }, async (_, index) =>
    outcome({ kind: 'pin-or-card', text: PIN }, `198.51.100.${String(index % 250)}`, 'page')));
  t.equal(tries.filter((one) => one === 'wrong_secret').length, 200);
  t.equal(tries.filter((one) => one === 'sign_in_paused').length, 1);
});

t.test('digits that are nobody\'s PIN, or can be none, may be a card', async (t) => {
  const { check, store, digestKey, people } = await site(t);
  await store.setPin(people.bob.id, pinDigest(digestKey, '739154'));
  for (const card of ['00739154', '7391', '7391547391547']) {
    await store.changeCards(people.alice.id, { add: [cardDigest(digestKey, card)], remove: [] });
    t.match(await check({ kind: 'pin-or-card', text: card }), {
      kind: 'proved', proof: { subject: { id: people.alice.id }, authentication: { methods: ['sc'] } },
    }, card);
  }
});
