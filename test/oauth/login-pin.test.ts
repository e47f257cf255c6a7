// PIN and card on the login page, with [Users] PinSignIn = True: who has one is signed in by it alone, and guessing is limited.

import { join } from 'node:path';
import { decodeJwt } from 'jose';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { cardDigest, pinDigest } from '../../src/identity/pin-card.ts';
import { openSecrets } from '../../src/tokens/secrets.ts';
import type { Reply } from '../routes/app.ts';
import { elementsOf } from '../routes/pages/markup.ts';
import { isLoginPage } from './answers.ts';
import { answerOf, asking, Cookies, formTokenOf, openProvider } from './provider.ts';

const provider = await openProvider(t, { config: '[Users]\nPinSignIn = True' });
const { store } = provider.gateway;
const { config } = loadConfig(join(provider.directory, 'config.ini'));
const { digestKey } = await openSecrets({ store, sealKey: config.store.sealKey });
const [PIN, CARD, SHARED] = ['482913', 'A1B2C3D4', '77120934'] as const;
await store.setPin(provider.alice.id, pinDigest(digestKey, PIN));
await store.changeCards(provider.alice.id, { add: [cardDigest(digestKey, CARD), cardDigest(digestKey, SHARED)], remove: [] });
await store.setPin(provider.bob.id, pinDigest(digestKey, SHARED));

const web = asking('web');
const cookies = new Cookies();
const page = await provider.authorize(web, { cookies });
cookies.take(page);
const send = (text: string): Promise<Reply> => provider.form(`/en/auth?${new URLSearchParams(web).toString()}`,
  { form_token: formTokenOf(page), sign_in: 'pin', pin_or_card: text }, cookies.header);

/** The page without the token of its form. */
const bare = (reply: Reply): string => reply.body.replaceAll(formTokenOf(reply), 'TOKEN');

/** What the ID token tells of the sign-in. */
async function claims(t: Test, reply: Reply) {
  t.equal(reply.statusCode, 303);
  const tokens = await provider.token('web', { grant_type: 'authorization_code', code: answerOf(reply)['code'] ?? '', redirect_uri: 'https://app.example/cb' });
  return decodeJwt(tokens.json<{ readonly id_token: string }>().id_token);
}

t.test('the page has a field for it, which shows nothing of what is typed', async (t) => {
  const [field, ...more] = elementsOf(page.body).filter(({ attributes }) => attributes.get('name') === 'pin_or_card');
  t.strictSame(more, []);
  t.equal(field?.attributes.get('type'), 'password');
});

t.test('a PIN signs in, and the token says that it was one', async (t) => {
  t.match(await claims(t, await send(PIN)), { sub: provider.alice.id, amr: ['pin'] });
});

t.test('a card signs in, in either letter case', async (t) => {
  for (const card of [CARD, CARD.toLowerCase()]) t.match(await claims(t, await send(card)), { sub: provider.alice.id, amr: ['sc'] });
});

const wrong: readonly (readonly [title: string, text: string])[] = [
  ['nothing', ''], ['a PIN that nobody has', '593871'], ['a card that nobody has', 'FFFFFFFF'], ['a short PIN', '48291'], ['a PIN with a blank', `${PIN} `],
  ['a PIN in other digits', '４８２９１３'], ['a PIN with a sign', `+${PIN}`], ['a number that is one\'s card and another one\'s PIN', SHARED],
  ['very much', '4'.repeat(30_000)], ['a name', 'alice'], ['hostile text', '"><script>alert(1)</script>'], ['a pattern', '%'],
];
for (const [title, text] of wrong) {
  t.test(`${title} signs nobody in, and does not come back`, async (t) => {
    const reply = await send(text);
    isLoginPage(t, reply, 403, 'https://app.example');
    t.match(reply.body, /The name, password, PIN or card is not right, or sign-in is paused/);
    if (text !== '') t.notOk(elementsOf(reply.body).some(({ attributes }) => attributes.get('value') === text));
  });
}

t.test('a PIN does not pass as a password, nor a password as a PIN', async (t) => {
  t.equal((await provider.signIn(web, { user: 'alice', password: PIN })).statusCode, 403);
  t.equal((await send('correct horse battery')).statusCode, 403);
});

t.test('the PIN of who is disabled is refused with the same page', async (t) => {
  const before = await send('593871');
  await store.setUserDisabled(provider.alice.id, true);
  const reply = await send(PIN);
  isLoginPage(t, reply, 403, 'https://app.example');
  t.equal(bare(reply), bare(before));
  await store.setUserDisabled(provider.alice.id, false);
});

t.test('going through PINs pauses the client, the right one included', async (t) => {
  const before = provider.log.length;
  const guesses = await Promise.all(Array.from({ length: 60 }, (_, index) => send(String(300_000 + index * 7919))));
  t.strictSame([...new Set(guesses.map(({ statusCode }) => statusCode))], [403]);
  const paused = provider.log.slice(before).filter((line) => line.includes('sign_in_paused')).length;
  t.ok(paused >= 10, `${String(paused)} were not looked at`);
  const reply = await send(PIN);
  isLoginPage(t, reply, 403, 'https://app.example');
  t.match(reply.body, /or sign-in is paused/);
});

t.test('no log line has a PIN or a card', async (t) => {
  t.strictSame(provider.log.filter((line) => new RegExp(`${PIN}|${CARD}|${SHARED}|593871`, 'i').test(line)), []);
});
