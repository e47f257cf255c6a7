// Sign-in by the browser against a real gateway, with answers that are right, changed, of others, late, or none.

import { mock } from 'node:test';
import { decodeJwt } from 'jose';
import t, { type Test } from 'tap';
import { browserMethod, type BrowserOptions } from '../../../src/client/browser/browser.ts';
import { ClientError, oneLine } from '../../../src/client/error.ts';
import type { Attempt } from '../../../src/client/method.ts';
import { addUser, PASSWORD } from '../../browser/place.ts';
import { send } from '../../realm/http.ts';
import { startGateway } from '../../realm/gateway.ts';
import { failureOf } from '../keep/failure.ts';
import { bring, isListening } from './asking.ts';
import { attemptAt, changed, fieldsOf, person } from './person.ts';

const gateway = await startGateway();
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
await addUser(gateway, 'mallory');
const alice = person(gateway, 'alice', PASSWORD);
const mallory = person(gateway, 'mallory', PASSWORD);

/** Begins a sign-in; `address` is that of the login page, once it is shown. */
async function begun(t: Test, options: BrowserOptions = {}, more: Partial<Attempt> = {}) {
  const { attempt, lines, sent } = attemptAt(t, gateway, more);
  let show: (address: string) => void = () => undefined;
  const shown = new Promise<string>((resolve) => { show = resolve; });
  const tokens = browserMethod({ open: async (address) => { show(address); }, ...options }).signIn(attempt);
  tokens.catch(() => undefined); // each test looks at it later
  const address = await shown;
  return { tokens, lines, sent, address, redirectUri: fieldsOf(address)['redirect_uri'] ?? '' };
}

type Begun = Awaited<ReturnType<typeof begun>>;

/** That it failed so, and that nothing of it is left. */
async function failed(t: Test, { tokens, redirectUri }: Begun, reason: string): Promise<ClientError> {
  const error = await failureOf(tokens);
  t.equal(error.reason, reason, error.message);
  t.equal(error.message, oneLine(error.message));
  t.notOk(await isListening(redirectUri), 'the port is free');
  return error;
}

t.test('a person who types name and password is signed in, and nothing secret is told', async (t) => {
  const { tokens, lines, sent, address, redirectUri } = await begun(t);
  const fields = fieldsOf(address);
  t.match(redirectUri, /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  t.match(fields, { response_type: 'code', client_id: 'myq-desktop-client', code_challenge_method: 'S256' });
  for (const name of ['state', 'nonce', 'code_challenge']) t.match(fields[name], /^[\w-]{43}$/, name);
  t.strictSame(Object.keys(fields).sort(), [
    'client_id', 'code_challenge', 'code_challenge_method', 'nonce', 'redirect_uri', 'response_type', 'scope', 'state',
  ]);
  const { address: back, answer } = await alice.signIn(address);
  const page = await bring(back);
  t.match(page, { status: 200, title: 'Signed in', sentence: 'You are signed in to print.myq.test. You can close this window.' });
  const { accessToken, idToken = '', refreshToken, scope, expiresAt } = await tokens;
  t.match(decodeJwt(accessToken), { preferred_username: 'alice', client_id: 'myq-desktop-client', amr: ['pwd'] });
  t.match(decodeJwt(idToken), { nonce: fields['nonce'], aud: 'myq-desktop-client' });
  t.equal(refreshToken, undefined);
  t.equal(scope, 'openid profile email jobs print user.session', 'all that alice has of what the client may ask for');
  t.ok(expiresAt > Date.now() + 1_700_000 && expiresAt <= Date.now() + 1_800_000);
  t.strictSame(sent, ['/api/auth/token']);
  const told = lines.join('\n');
  t.ok(told.includes(redirectUri), told);
  for (const secret of [fields['state'], fields['nonce'], fields['code_challenge'], answer['code'], accessToken, idToken]) t.notOk(told.includes(String(secret)));
  t.notOk(await isListening(redirectUri), 'the port is free');
});

t.test('scopes and wishes go to the login page as they were given', async (t) => {
  const wishes = { loginHint: 'alice & co', domainHint: 'example.com', language: 'cs en', prompt: 'login' };
  const { tokens, address } = await begun(t, wishes, { scope: 'jobs offline.access' });
  const fields = fieldsOf(address);
  t.match(fields, { login_hint: 'alice & co', domain_hint: 'example.com', ui_locales: 'cs en', prompt: 'login', scope: 'jobs offline.access' });
  t.notOk('nonce' in fields, 'without openid there is no ID token to carry it');
  await bring((await alice.signIn(changed(address, { domain_hint: undefined }))).address);
  const { refreshToken, idToken, scope } = await tokens;
  t.match(refreshToken, /.{40}/);
  t.equal(idToken, undefined);
  t.equal(scope, 'jobs offline.access');
});

t.test('strangers who call the listener end nothing', async (t) => {
  const { tokens, address, redirectUri } = await begun(t);
  const { address: back } = await alice.signIn(address);
  t.equal((await bring(redirectUri)).status, 400);
  t.equal((await bring(changed(back, { state: 'another' }))).status, 400);
  t.equal((await bring(changed(back, { state: undefined }))).status, 400);
  t.equal((await bring(`${redirectUri}?error=access_denied&iss=${encodeURIComponent(gateway.issuer)}`)).status, 400);
  t.equal((await bring(`${back}&code=another`)).status, 400);
  t.equal((await bring(back)).title, 'Signed in');
  t.match(decodeJwt((await tokens).accessToken), { preferred_username: 'alice' });
});

const wrong: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  'of another issuer': { iss: 'https://other.myq.test' },
  'of an issuer that is spelled differently': { iss: `${gateway.issuer}/` },
  'without an issuer': { iss: undefined },
  'with an error of another issuer': { iss: 'https://other.myq.test', code: undefined, error: 'access_denied' },
  'without a code': { code: undefined },
  'with an empty code': { code: '' },
  'with a token in place of the code': { code: undefined, access_token: 'x' },
};

for (const [what, changes] of Object.entries(wrong)) {
  t.test(`an answer ${what} is none, and its code is not sent to anybody`, async (t) => {
    const sign = await begun(t);
    const { address } = await alice.signIn(sign.address);
    const page = await bring(changed(address, changes));
    t.strictSame([page.status, page.title], [400, 'Not signed in']);
    t.match(page.sentence, /^Sign-in did not succeed: the browser brought back what is no answer to this sign-in.*You can close this window and try again\.$/);
    await failed(t, sign, 'browser_answer_invalid');
    t.strictSame(sign.sent, []);
  });
}

t.test('a code of somebody else\'s sign-in signs nobody in', async (t) => {
  const [victim, own] = await Promise.all([begun(t), begun(t)]);
  const { answer } = await mallory.signIn(own.address);
  const back = changed(victim.redirectUri, { code: answer['code'], iss: answer['iss'], state: fieldsOf(victim.address)['state'] });
  t.equal((await bring(back)).title, 'Not signed in');
  const { server } = await failed(t, victim, 'refused');
  t.match(server, { status: 400, error: 'invalid_grant' });
  t.ok(await isListening(own.redirectUri), 'the other one goes on');
  await bring((await mallory.signIn(own.address)).address);
  t.match(decodeJwt((await own.tokens).accessToken), { preferred_username: 'mallory' });
});

t.test('nor does a code that somebody else got for the address of this sign-in', async (t) => {
  const [victim, own] = await Promise.all([begun(t), begun(t)]);
  const { address } = await mallory.signIn(changed(victim.address, { code_challenge: fieldsOf(own.address)['code_challenge'] }));
  t.equal((await bring(address)).title, 'Not signed in');
  t.match((await failed(t, victim, 'refused')).message, /code_verifier/);
  await mallory.signIn(own.address).then(({ address: back }) => bring(back));
  await own.tokens;
});

t.test('a code that was asked for with another nonce signs nobody in', async (t) => {
  const victim = await begun(t);
  const { address } = await mallory.signIn(changed(victim.address, { nonce: 'another' }));
  t.equal((await bring(address)).title, 'Not signed in');
  await failed(t, victim, 'browser_answer_invalid');
});

t.test('a computer whose clock is hours ahead is told so', async (t) => {
  const sign = await begun(t);
  const { address } = await alice.signIn(sign.address);
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 3 * 3_600_000 });
  t.teardown(() => { mock.timers.reset(); });
  t.match(await bring(address), { status: 400, sentence: /clock of this computer/ });
  await failed(t, sign, 'clock_skew');
});

t.test('what the gateway refuses, the error and the page say', async (t) => {
  const sign = await begun(t, { prompt: 'none' });
  const reply = await send(gateway, sign.address.slice(gateway.issuer.length));
  const page = await bring(String(reply.headers.location));
  t.strictSame([page.status, page.title], [400, 'Not signed in']);
  const { message } = await failed(t, sign, 'browser_refused');
  t.match(message, /^the gateway refused: nobody is signed in here/);
  t.ok(page.sentence.includes(message));
});

t.test('text of others in a refusal is one line, and no markup', async (t) => {
  const sign = await begun(t);
  const back = changed(sign.redirectUri, {
    error: 'access_denied', error_description: '<i>no</i>\n\u202Enever', iss: gateway.issuer, state: fieldsOf(sign.address)['state'],
  });
  t.match((await bring(back)).sentence, '&lt;i&gt;no&lt;/i&gt;\\u{a}\\u{202e}never');
  t.equal((await failed(t, sign, 'browser_refused')).message, 'the gateway refused: <i>no</i>\\u{a}\\u{202e}never');
});

t.test('who was disabled in between is not signed in, and the page does not say so', async (t) => {
  const sign = await begun(t);
  const { address } = await mallory.signIn(sign.address);
  await gateway.cli('users', 'disable', 'mallory');
  const page = await bring(address);
  await gateway.cli('users', 'enable', 'mallory');
  t.match(page, { status: 400, title: 'Not signed in', sentence: /the gateway refused/ });
  t.match((await failed(t, sign, 'refused')).server, { status: 400, error: 'invalid_grant' });
});

t.test('several sign-ins at once do not meet', async (t) => {
  const [one, two] = await Promise.all([begun(t), begun(t)]);
  t.not(one.redirectUri, two.redirectUri);
  const [his, hers] = await Promise.all([alice.signIn(one.address), mallory.signIn(two.address)]);
  const crossed = his.address.replace(one.redirectUri, two.redirectUri);
  t.equal((await bring(crossed)).title, 'This does not belong here');
  await Promise.all([bring(his.address), bring(hers.address)]);
  t.strictSame((await Promise.all([one.tokens, two.tokens])).map(({ accessToken }) => decodeJwt(accessToken)['preferred_username']), ['alice', 'mallory']);
});

t.test('after the time nobody is waited for, and the cure says what to look at', async (t) => {
  const sign = await begun(t, { timeout: 150 });
  const { cure } = await failed(t, sign, 'timed_out');
  t.match(cure, /error page.*http:\/\/127\.0\.0\.1\/callback/);
});

t.test('a time-out that is none is wrong use', async (t) => {
  for (const timeout of [0, -1, 0.5, Number.NaN, Infinity, 2 ** 31]) {
    t.throws(() => browserMethod({ timeout }), RangeError, String(timeout));
  }
});

t.test('the program can end it before it begins, while the person types, and while the code is redeemed', async (t) => {
  const before = attemptAt(t, gateway, { signal: AbortSignal.abort() });
  const never = browserMethod({ open: () => Promise.reject(new Error('it is shown')) }).signIn(before.attempt);
  t.equal((await failureOf(never)).reason, 'cancelled');

  const typing = new AbortController();
  const sign = await begun(t, {}, { signal: typing.signal });
  typing.abort();
  await failed(t, sign, 'cancelled');

  const own = new AbortController();
  const other = await begun(t, {}, { signal: own.signal });
  own.abort(new ClientError('signed_out', 'the person signs out'));
  await failed(t, other, 'signed_out');

  const changing = new AbortController();
  const tell = (line: string): void => { if (line.includes('is back')) setImmediate(() => { changing.abort(); }); };
  const slow = await begun(t, {}, { signal: changing.signal, tell });
  const { address } = await alice.signIn(slow.address);
  gateway.child.kill('SIGSTOP');
  const page = await bring(address).finally(() => gateway.child.kill('SIGCONT'));
  t.match(page, { status: 400, sentence: /the sign-in was cancelled/ });
  await failed(t, slow, 'cancelled');
});

t.test('an address that could not be shown ends it', async (t) => {
  for (const [open, cause] of [
    [async () => { throw new Error('no screen'); }, /no screen/],
    [() => { throw new Error('no screen at all'); }, /no screen at all/],
  ] as const) {
    const { attempt } = attemptAt(t, gateway);
    const error = await failureOf(browserMethod({ open }).signIn(attempt));
    t.equal(error.reason, 'browser_not_opened');
    t.match(String(error.cause), cause);
  }
});

t.test('who is back before the opener has ended is not kept waiting', async (t) => {
  let end: () => void = () => undefined;
  const stays = new Promise<void>((resolve) => { end = resolve; });
  let page: Promise<unknown> = Promise.resolve();
  const { attempt } = attemptAt(t, gateway);
  const tokens = await browserMethod({
    open: async (address) => {
      page = alice.signIn(address).then(({ address: back }) => bring(back));
      await stays;
    },
  }).signIn(attempt);
  t.match(decodeJwt(tokens.accessToken), { preferred_username: 'alice' });
  t.match(await page, { title: 'Signed in' });
  end();
});

t.test('a gateway that is away when the code arrives is told of as such', async (t) => {
  const sign = await begun(t);
  const { address } = await alice.signIn(sign.address);
  await gateway.stop();
  t.match(await bring(address), { status: 400, title: 'Not signed in', sentence: /cannot be reached|closed the connection/ });
  await failed(t, sign, 'unreachable');
});
