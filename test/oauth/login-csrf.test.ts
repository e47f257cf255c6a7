// Login CSRF and session fixation (RFC 6819 §4.4.1.8, §5.3.5; RFC 6265bis): nobody is signed in by a form that this browser was not given.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { handles } from '../../src/tokens/handle.ts';
import { openSecrets } from '../../src/tokens/secrets.ts';
import { cookiesOf, isLoginPage } from './answers.ts';
import { answerOf, asking, Cookies, type Fields, formTokenOf, openProvider, PASSWORD } from './provider.ts';

const provider = await openProvider(t);
const { authorize, gateway } = provider;
const web = asking('web');
const path = `/en/auth?${new URLSearchParams(web).toString()}`;
const [SESSION, FORM] = ['__Host-myq-session', '__Host-myq-form'] as const;

/** Makes what the gateway itself would have made at another time. */
const { config } = loadConfig(join(provider.directory, 'config.ini'));
const made = handles((await openSecrets({ store: gateway.store, sealKey: config.store.sealKey })).handleKey);
const seconds = Math.floor(Date.now() / 1000);

/** A browser that has the login page open. */
async function atLogin(given: Cookies = new Cookies()): Promise<{ readonly cookies: Cookies; readonly token: string }> {
  const page = await authorize({ ...web, prompt: 'login' }, { cookies: given });
  given.take(page);
  return { cookies: given, token: formTokenOf(page) };
}

const typed = (more: Fields = {}): Fields => ({ sign_in: 'password', user: 'alice', password: PASSWORD, ...more });

/** The page is shown anew, and nothing has happened. */
async function isRefused(t: Test, fields: Fields | string, headers: Fields): Promise<void> {
  const reply = await provider.form(path, fields, headers);
  isLoginPage(t, reply, 403, 'https://app.example');
  t.match(reply.body, /This page had been open for too long/);
  t.notMatch(reply.body, /value="alice"/, 'what was typed is not taken over');
}

const mutated = (text: string): string => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;

t.test('the form of this browser signs in', async (t) => {
  const { cookies, token } = await atLogin();
  t.equal((await provider.form(path, typed({ form_token: token }), cookies.header)).statusCode, 303);
});

t.test('it does so for an hour', async (t) => {
  const { cookies } = await atLogin();
  const token = made.mint('form', cookies.get(FORM) ?? '', seconds - 3500);
  t.equal((await provider.form(path, typed({ form_token: token }), cookies.header)).statusCode, 303);
});

const forms: readonly (readonly [title: string, make: () => Promise<{ readonly fields: Fields | string; readonly headers: Fields }>])[] = [
  ['neither token nor cookie', async () => ({ fields: typed(), headers: {} })],
  ['a token without the cookie', async () => ({ fields: typed({ form_token: (await atLogin()).token }), headers: {} })],
  ['the cookie without a token', async () => ({ fields: typed(), headers: (await atLogin()).cookies.header })],
  ['an empty token', async () => ({ fields: typed({ form_token: '' }), headers: (await atLogin()).cookies.header })],
  ['the token of another browser', async () => ({ fields: typed({ form_token: (await atLogin()).token }), headers: (await atLogin()).cookies.header })],
  ['the cookie as the token', async () => {
    const { cookies } = await atLogin();
    return { fields: typed({ form_token: cookies.get(FORM) ?? '' }), headers: cookies.header };
  }],
  ['the token as the cookie, too', async () => {
    const { token } = await atLogin();
    return { fields: typed({ form_token: token }), headers: { cookie: `${FORM}=${token}` } };
  }],
  ['a mutated token', async () => {
    const { cookies, token } = await atLogin();
    return { fields: typed({ form_token: mutated(token) }), headers: cookies.header };
  }],
  ['a token whose seal was changed', async () => {
    const { cookies, token } = await atLogin();
    return { fields: typed({ form_token: `${token.slice(0, -4)}AAAA` }), headers: cookies.header };
  }],
  ['a token that was cut off', async () => {
    const { cookies, token } = await atLogin();
    return { fields: typed({ form_token: token.slice(0, -1) }), headers: cookies.header };
  }],
  ['a token with a blank', async () => {
    const { cookies, token } = await atLogin();
    return { fields: typed({ form_token: `${token} ` }), headers: cookies.header };
  }],
  ['the token twice', async () => {
    const { cookies, token } = await atLogin();
    return { fields: new URLSearchParams([...Object.entries(typed()), ['form_token', token], ['form_token', token]]).toString(), headers: cookies.header };
  }],
  ['the token of a page that was open for more than an hour', async () => {
    const { cookies } = await atLogin();
    return { fields: typed({ form_token: made.mint('form', cookies.get(FORM) ?? '', seconds - 3601) }), headers: cookies.header };
  }],
  ['a code as the token', async () => {
    const { cookies } = await atLogin();
    return { fields: typed({ form_token: await provider.code(web) }), headers: cookies.header };
  }],
  ['a session as the token, and its id as the cookie', async () => {
    const cookies = new Cookies();
    await provider.signIn(web, { cookies });
    const session = cookies.get(SESSION) ?? '';
    return { fields: typed({ form_token: session }), headers: { cookie: `${FORM}=${gateway.browser.sessions.idOf(session) ?? ''}` } };
  }],
  ['a mutated cookie', async () => {
    const { cookies, token } = await atLogin();
    cookies.set(FORM, mutated(cookies.get(FORM) ?? ''));
    return { fields: typed({ form_token: token }), headers: cookies.header };
  }],
  ['an empty cookie', async () => ({ fields: typed({ form_token: (await atLogin()).token }), headers: { cookie: `${FORM}=` } })],
  ['the cookie under the name without its prefix', async () => {
    const { cookies, token } = await atLogin();
    return { fields: typed({ form_token: token }), headers: { cookie: `myq-form=${cookies.get(FORM) ?? ''}` } };
  }],
];
for (const [title, make] of forms) {
  t.test(`a form with ${title} changes nothing`, async (t) => {
    const { fields, headers } = await make();
    await isRefused(t, fields, headers);
  });
}

t.test('a form from elsewhere does not end the session that is there', async (t) => {
  const cookies = new Cookies();
  await provider.signIn(web, { cookies });
  const before = cookies.get(SESSION);
  // The browser keeps a Lax cookie back from another site's POST; even one that sent it would change nothing.
  await isRefused(t, typed({ user: 'bob' }), { cookie: `${SESSION}=${before ?? ''}` });
  t.equal((await authorize({ ...web, prompt: 'none' }, { cookies })).statusCode, 302);
  t.match(answerOf(await authorize({ ...web, prompt: 'none' }, { cookies })), { code: /.{60}/ });
});

t.test('a refused form costs the user no try', async (t) => {
  for (let tries = 0; tries < 8; tries += 1) await isRefused(t, typed({ password: 'wrong' }), {});
  t.equal((await provider.signIn(web)).statusCode, 303);
});

t.test('the page that follows a refused form works', async (t) => {
  const cookies = new Cookies();
  const refused = await provider.form(path, typed(), cookies.header);
  cookies.take(refused);
  t.equal((await provider.form(path, typed({ form_token: formTokenOf(refused) }), cookies.header)).statusCode, 303);
});

t.test('several tabs of one browser share the cookie, and each form works', async (t) => {
  const first = await atLogin();
  const second = await atLogin(first.cookies);
  for (const { token } of [first, second]) {
    t.equal((await provider.form(path, typed({ form_token: token }), first.cookies.header)).statusCode, 303);
  }
});

t.test('a cookie that is none of ours is replaced, and one of ours is kept', async (t) => {
  for (const planted of ['', 'x', 'A'.repeat(21), `${'A'.repeat(21)}B`, 'é', '"><script>']) {
    const page = await authorize(web, { headers: { cookie: `${FORM}=${encodeURIComponent(planted)}` } });
    const cookies = new Cookies();
    cookies.take(page);
    t.match(cookies.get(FORM), /^[\w-]{22}$/);
    t.not(cookies.get(FORM), planted);
  }
  const { cookies } = await atLogin();
  const kept = cookies.get(FORM);
  cookies.take(await authorize(web, { cookies }));
  t.equal(cookies.get(FORM), kept);
});

t.test('a planted session is never adopted, and what was planted is dead afterwards', async (t) => {
  const stranger = new Cookies();
  t.equal((await provider.signIn(web, { cookies: stranger, user: 'bob' })).statusCode, 303);
  const planted: readonly string[] = [randomBytes(16).toString('base64url'), randomBytes(52).toString('base64url'), 'A'.repeat(70), '', stranger.get(SESSION) ?? ''];
  for (const value of planted) {
    const cookies = new Cookies();
    cookies.set(SESSION, value);
    const reply = await provider.signIn({ ...web, prompt: 'login' }, { cookies });
    t.equal(reply.statusCode, 303);
    const mine = cookies.get(SESSION) ?? '';
    t.match(mine, /^[\w-]{70}$/);
    t.not(mine, value);
    t.not(gateway.browser.sessions.idOf(mine), gateway.browser.sessions.idOf(value), 'the id is another one as well');
    const who = new Cookies();
    who.set(SESSION, value);
    t.equal(answerOf(await authorize({ ...web, prompt: 'none' }, { cookies: who }))['error'], 'login_required', 'whoever planted it has nothing');
    t.equal((await gateway.browser.sessions.recall(mine))?.identity.user.name, 'alice');
  }
});

t.test('a session that nobody has is not made by asking for it', async (t) => {
  const id = randomBytes(16).toString('base64url');
  const cookies = new Cookies();
  cookies.set(SESSION, id);
  t.equal((await provider.signIn({ ...web, prompt: 'login' }, { cookies })).statusCode, 303);
  t.equal(await gateway.store.sessionById(id), undefined);
});

t.test('every sign-in has a new id, and ends the former session of this browser', async (t) => {
  const cookies = new Cookies();
  await provider.signIn(web, { cookies });
  const former = cookies.get(SESSION) ?? '';
  await provider.signIn({ ...web, prompt: 'login' }, { cookies });
  t.not(cookies.get(SESSION), former);
  t.equal(await gateway.browser.sessions.recall(former), undefined);
  t.equal((await gateway.browser.sessions.recall(cookies.get(SESSION)))?.identity.user.name, 'alice');
});

t.test('a failed sign-in leaves the session as it was', async (t) => {
  const cookies = new Cookies();
  await provider.signIn(web, { cookies });
  const before = cookies.get(SESSION);
  t.equal((await provider.signIn({ ...web, prompt: 'login' }, { cookies, password: 'wrong' })).statusCode, 403);
  t.equal(cookies.get(SESSION), before);
  t.equal((await gateway.browser.sessions.recall(before))?.identity.user.name, 'alice');
});

t.test('when somebody else signs in, the codes of the one before are dead', async (t) => {
  const cookies = new Cookies();
  const code = await provider.code(web, { cookies, user: 'bob' });
  await provider.signIn({ ...web, prompt: 'login' }, { cookies, user: 'alice' });
  const reply = await provider.token('web', { grant_type: 'authorization_code', code, redirect_uri: 'https://app.example/cb' });
  t.equal(reply.statusCode, 400);
  t.equal(reply.json()['error'], 'invalid_grant');
});

t.test('cookies are for this host alone, over TLS, out of reach of scripts, and end with the browser', async (t) => {
  const cookies = new Cookies();
  const page = await authorize(web, { cookies });
  const reply = await provider.signIn(web, { cookies });
  const lines = [...cookiesOf(page).values(), ...cookiesOf(reply).values()];
  t.strictSame([...cookiesOf(page).keys()], [FORM]);
  t.strictSame([...cookiesOf(reply).keys()], [SESSION]);
  for (const line of lines) t.match(line, /^__Host-myq-(?:session|form)=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
});

t.test('the answer to the form is 303, so that the password is not posted on', async (t) => {
  const reply = await provider.signIn(web);
  t.equal(reply.statusCode, 303);
  t.match(reply.headers.location, /^https:\/\/app\.example\/cb\?code=/);
  t.notMatch(reply.headers.location, /correct|horse|form_token/);
  t.equal(reply.headers['cache-control'], 'no-store');
  t.equal(reply.headers['referrer-policy'], 'no-referrer');
});
