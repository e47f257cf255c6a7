// The login form: whatever is wrong reads the same, and guessing is limited (OWASP ASVS 2.2.1, RFC 6819 §4.4.3).

import t, { type Test } from 'tap';
import type { Reply } from '../routes/app.ts';
import { isErrorPage, isLoginPage } from './answers.ts';
import { answerOf, asking, Cookies, formTokenOf, openProvider, PASSWORD } from './provider.ts';

const provider = await openProvider(t);
const { store } = provider.gateway;
const web = asking('web');
const url = `/en/auth?${new URLSearchParams(web).toString()}`;
const SENTENCE = 'The user name or password is not right, or sign-in is paused; try again in some minutes.';

const passwordHash = (await store.userSecrets(provider.alice.id))?.passwordHash;
for (const name of ['locked', 'patient', 'parallel']) await store.addUser({ name, aliases: [], scopes: [], passwordHash });
const disabled = await store.addUser({ name: 'disabled', aliases: [], scopes: [], passwordHash });
await store.setUserDisabled(disabled.id, true);
await store.addUser({ name: 'keyless', aliases: [], scopes: [] });

const cookies = new Cookies();
const page = await provider.authorize(web, { cookies });
cookies.take(page);
const send = (user: string, password = PASSWORD): Promise<Reply> =>
  provider.form(url, { form_token: formTokenOf(page), sign_in: 'password', user, password }, cookies.header);

/** The page without what was typed and without the token of the form. */
const bare = ({ body }: Reply, user: string): string => body.replaceAll(formTokenOf({ body } as Reply), 'TOKEN').replaceAll(`value="${user}"`, 'value="NAME"');

/** Why sign-ins were refused, as only the log tells, from this line on. */
const reasons = (from = 0): readonly string[] =>
  provider.log.slice(from).flatMap((line) => (JSON.parse(line) as { readonly reason?: string }).reason ?? []);

function isRefused(t: Test, reply: Reply): void {
  isLoginPage(t, reply, 403, 'https://app.example');
  t.ok(reply.body.includes(SENTENCE));
}

t.test('wrong, unknown, locked, disabled and without a password: one status, one page, the same headers', async (t) => {
  for (let tries = 0; tries < 5; tries += 1) isRefused(t, await send('locked', 'wrong'));
  const replies: readonly (readonly [user: string, reply: Reply])[] = [
    ['alice', await send('alice', 'wrong')],
    ['nobody', await send('nobody')],
    ['locked', await send('locked')],
    ['disabled', await send('disabled')],
    ['keyless', await send('keyless', '')],
  ];
  const [[first, expected]] = replies as [(typeof replies)[number]];
  const headersOf = ({ headers }: Reply) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !['date', 'content-length', 'x-request-id'].includes(name)));
  for (const [user, reply] of replies) {
    isRefused(t, reply);
    t.equal(bare(reply, user), bare(expected, first), user);
    t.strictSame(headersOf(reply), headersOf(expected), user);
  }
  t.strictSame(reasons().slice(-5), ['wrong_secret', 'wrong_secret', 'sign_in_paused', 'wrong_secret', 'wrong_secret'], 'the log tells them apart');
});

t.test('the right password during a lock is refused like a wrong one, and the lock is for that user only', async (t) => {
  for (const password of [PASSWORD, 'wrong']) isRefused(t, await send('locked', password));
  t.equal((await send('alice')).statusCode, 303);
});

t.test('another spelling of the name is no way around the lock', async (t) => {
  for (const name of ['LOCKED', ' locked ', 'Locked']) isRefused(t, await send(name));
});

t.test('nor is the form of another client, language or browser', async (t) => {
  const reply = await provider.signIn(asking('other'), { user: 'locked' });
  t.equal(reply.statusCode, 403);
  const other = new Cookies();
  const german = await provider.authorize(web, { lang: 'de', cookies: other });
  other.take(german);
  t.equal((await provider.form(url.replace('/en/', '/de/'), { form_token: formTokenOf(german), sign_in: 'password', user: 'locked', password: PASSWORD }, other.header)).statusCode, 403);
});

t.test('nor the token endpoint, which counts the same tries', async (t) => {
  const reply = await provider.token('web', { grant_type: 'login_info', login_info: JSON.stringify({ type: 3, user: 'locked', pwd: PASSWORD }) });
  t.equal(reply.statusCode, 400);
  t.equal(reply.json()['error'], 'invalid_grant');
});

t.test('the right password in time clears what failed before', async (t) => {
  for (let round = 0; round < 2; round += 1) {
    for (let tries = 0; tries < 4; tries += 1) isRefused(t, await send('patient', 'wrong'));
    t.equal((await send('patient')).statusCode, 303);
  }
});

t.test('of many guesses at once no more are looked at than one after the other', async (t) => {
  const before = provider.log.length;
  const replies = await Promise.all(Array.from({ length: 12 }, (_, index) => send('parallel', `wrong ${String(index)}`)));
  for (const reply of replies) isRefused(t, reply);
  const logged = reasons(before);
  t.equal(logged.filter((reason) => reason === 'wrong_secret').length, 5);
  t.equal(logged.filter((reason) => reason === 'sign_in_paused').length, 7);
  isRefused(t, await send('parallel'));
});

t.test('names in other spellings are the same user', async (t) => {
  for (const name of ['ALICE', ' alice ', 'alice@MYQ.TEST']) {
    const reply = await send(name);
    t.equal(reply.statusCode, 303, name);
    t.match(answerOf(reply), { code: /.{60}/ });
  }
});

for (const [title, user, password] of [
  ['an empty name', '', PASSWORD], ['an empty password', 'alice', ''], ['a blank after the password', 'alice', `${PASSWORD} `],
  ['the password in another case', 'alice', PASSWORD.toUpperCase()], ['a huge name', 'a'.repeat(30_000), PASSWORD], ['a huge password', 'alice', 'x'.repeat(30_000)],
  ['a name with a NUL', 'alice\0', PASSWORD], ['a pattern for a name', 'ali%', PASSWORD], ['SQL for a name', "' OR '1'='1", PASSWORD],
] as const) {
  t.test(`${title} is refused with the same sentence`, async (t) => {
    isRefused(t, await send(user, password));
    t.equal((await send('alice')).statusCode, 303);
  });
}

t.test('where PIN sign-in is off, no PIN or card is looked at', async (t) => {
  t.notMatch(page.body, /pin_or_card/);
  const reply = await provider.form(url, { form_token: formTokenOf(page), sign_in: 'pin', pin_or_card: '482913' }, cookies.header);
  isErrorPage(t, reply, 400, 'invalid_request');
});

t.test('no log line has a name that nobody has, or a password', async (t) => {
  t.strictSame(provider.log.filter((line) => /correct horse|wrong \d|' OR '|"nobody"|xxxx/.test(line)), []);
});
