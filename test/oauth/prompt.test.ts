// When a session will do, when a page must be shown, and when none may be (OIDC Core §3.1.2.1: prompt, max_age, hints).

import { decodeJwt } from 'jose';
import t, { type Test } from 'tap';
import { elementsOf } from '../routes/pages/markup.ts';
import { formPostOf, isErrorReply, isLoginPage } from './answers.ts';
import { answerOf, asking, Cookies, type Fields, formTokenOf, openProvider, PASSWORD } from './provider.ts';

const provider = await openProvider(t);
const { authorize, gateway } = provider;
const [uri, origin, name] = ['https://app.example/cb', 'https://app.example', '__Host-myq-session'];
const web = asking('web');
const seconds = (): number => Math.floor(Date.now() / 1000);

/** A browser in which somebody signed in so many seconds ago. */
async function signedIn(t: Test, user: 'alice' | 'bob' = 'alice', age = 0): Promise<Cookies> {
  const cookies = new Cookies();
  t.equal((await provider.signIn(web, { cookies, user })).statusCode, 303);
  const id = gateway.browser.sessions.idOf(cookies.get(name)) ?? '';
  const session = await gateway.store.sessionById(id);
  if (session === undefined) throw new Error('nobody is signed in');
  if (age === 0) return cookies;
  await gateway.store.endSession(id);
  await gateway.store.addSession({ ...session, authentication: { ...session.authentication, at: seconds() - age } });
  return cookies;
}

/** When he signed in, as the client learns it. */
async function authTime(t: Test, code: string | undefined): Promise<number> {
  const reply = await provider.token('web', { grant_type: 'authorization_code', code: code ?? '', redirect_uri: uri });
  t.equal(reply.statusCode, 200, reply.body);
  return Number(decodeJwt(reply.json<{ readonly id_token: string }>().id_token)['auth_time']);
}

async function isCode(t: Test, given: Fields, cookies: Cookies): Promise<string> {
  const reply = await authorize(given, { cookies });
  t.equal(reply.statusCode, 302, 'a redirect and no page');
  t.match(answerOf(reply), { code: /^[\w-]{60,}$/, state: 'a state', iss: gateway.issuer });
  return answerOf(reply)['code'] ?? '';
}

t.test('prompt=none gets a code where somebody is signed in, and he stays who he was', async (t) => {
  const cookies = await signedIn(t, 'alice', 3600);
  const time = await authTime(t, await isCode(t, { ...web, prompt: 'none' }, cookies));
  t.ok(Math.abs(seconds() - 3600 - time) < 60, 'it is the time of the sign-in');
});

const noSession: readonly (readonly [title: string, cookies: (t: Test) => Promise<Cookies>])[] = [
  ['no cookie', async () => new Cookies()],
  ['an empty cookie', async () => having('')],
  ['a cookie of somebody\'s own making', async () => having('A'.repeat(70))],
  ['a code as the cookie', async () => having(await provider.code(web))],
  ['the token of a form as the cookie', async () => having(formTokenOf(await authorize(web)))],
  ['a mutated cookie', async (t) => {
    const value = (await signedIn(t)).get(name) ?? '';
    return having(`${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}`);
  }],
  ['the public id of a session as the cookie', async (t) => having(gateway.browser.sessions.idOf((await signedIn(t)).get(name)) ?? '')],
  ['a session that was ended', async (t) => {
    const cookies = await signedIn(t);
    t.ok(await gateway.store.endSession(gateway.browser.sessions.idOf(cookies.get(name)) ?? ''));
    return cookies;
  }],
  ['a session of a user whose password was changed', async (t) => {
    const cookies = await signedIn(t, 'bob');
    const hash = (await gateway.store.userSecrets(provider.bob.id))?.passwordHash;
    t.equal(await gateway.store.setPassword(provider.bob.id, hash), 'changed');
    return cookies;
  }],
  ['a session of a user who was disabled, even if he is enabled again', async (t) => {
    const cookies = await signedIn(t, 'bob');
    t.ok(await gateway.store.setUserDisabled(provider.bob.id, true));
    isErrorReply(t, provider, await authorize({ ...web, prompt: 'none' }, { cookies }), uri, 'login_required');
    t.ok(await gateway.store.setUserDisabled(provider.bob.id, false));
    return cookies;
  }],
];
function having(value: string): Cookies {
  const cookies = new Cookies();
  cookies.set(name, value);
  return cookies;
}
for (const [title, open] of noSession) {
  t.test(`${title}: prompt=none gets login_required, and otherwise the page is shown`, async (t) => {
    const cookies = await open(t);
    isErrorReply(t, provider, await authorize({ ...web, prompt: 'none' }, { cookies }), uri, 'login_required');
    isLoginPage(t, await authorize(web, { cookies }), 200, origin);
  });
}

t.test('prompt=none posts code and error alike with form_post', async (t) => {
  const asked = { ...web, prompt: 'none', response_mode: 'form_post' };
  t.match(formPostOf(t, await authorize(asked, { cookies: await signedIn(t) }), uri), { code: /.{60}/, state: 'a state' });
  t.match(formPostOf(t, await authorize(asked), uri), { error: 'login_required', state: 'a state' });
});

for (const prompt of ['login', 'select_account', 'login consent']) {
  t.test(`prompt=${prompt} shows the page to who is signed in, and tells the new time`, async (t) => {
    const cookies = await signedIn(t, 'alice', 3600);
    const asked = { ...web, prompt };
    isLoginPage(t, await authorize(asked, { cookies }), 200, origin);
    isLoginPage(t, await authorize(asked, { cookies }), 200, origin);
    const reply = await provider.signIn(asked, { cookies });
    t.equal(reply.statusCode, 303);
    t.ok(seconds() - await authTime(t, answerOf(reply)['code']) < 60, 'he has just signed in');
    isLoginPage(t, await authorize(asked, { cookies }), 200, origin);
  });
}

t.test('prompt=consent is given without a question', async (t) => { await isCode(t, { ...web, prompt: 'consent' }, await signedIn(t)); });

const ages: readonly (readonly [maxAge: string, isEnough: boolean])[] = [['0', false], ['1', false], ['3599', false], ['3700', true], ['999999999', true]];
for (const [maxAge, isEnough] of ages) {
  t.test(`max_age=${maxAge} ${isEnough ? 'takes' : 'does not take'} a sign-in of an hour ago`, async (t) => {
    const cookies = await signedIn(t, 'alice', 3600);
    const asked = { ...web, max_age: maxAge };
    if (isEnough) await isCode(t, asked, cookies);
    else {
      isLoginPage(t, await authorize(asked, { cookies }), 200, origin);
      isErrorReply(t, provider, await authorize({ ...asked, prompt: 'none' }, { cookies }), uri, 'login_required');
    }
  });
}

t.test('max_age=0 means prompt=login, even for who signed in a moment ago', async (t) => {
  const cookies = await signedIn(t);
  isLoginPage(t, await authorize({ ...web, max_age: '0' }, { cookies }), 200, origin);
  isErrorReply(t, provider, await authorize({ ...web, max_age: '0', prompt: 'none' }, { cookies }), uri, 'login_required');
  const reply = await provider.signIn({ ...web, max_age: '0' }, { cookies });
  t.ok(seconds() - await authTime(t, answerOf(reply)['code']) < 60, 'the sign-in itself is fresh enough');
});

t.test('prompt=login with max_age that would do still shows the page', async (t) => {
  isLoginPage(t, await authorize({ ...web, prompt: 'login', max_age: '3600' }, { cookies: await signedIn(t) }), 200, origin);
});

t.test('id_token_hint: only whom the client expects gets a code', async (t) => {
  const { id_token: hint } = await provider.tokens('web', 'openid');
  const asked = { ...web, id_token_hint: hint };
  await isCode(t, { ...asked, prompt: 'none' }, await signedIn(t, 'alice'));
  const cookies = await signedIn(t, 'bob');
  isErrorReply(t, provider, await authorize({ ...asked, prompt: 'none' }, { cookies }), uri, 'login_required');
  isLoginPage(t, await authorize(asked, { cookies }), 200, origin);
  const wrong = await provider.signIn(asked, { user: 'bob', cookies });
  t.equal(wrong.statusCode, 303);
  const { error_description: description, ...answer } = answerOf(wrong);
  t.strictSame(answer, { error: 'login_required', state: 'a state', iss: gateway.issuer });
  t.notMatch(description, /alice|bob/, 'nor does it say who came instead');
  t.match(answerOf(await provider.signIn(asked, { user: 'alice', cookies })), { code: /.{60}/ });
});

t.test('id_token_hint of a user who was removed fits nobody', async (t) => {
  const carol = await gateway.store.addUser({ name: 'carol', aliases: [], scopes: [], passwordHash: (await gateway.store.userSecrets(provider.alice.id))?.passwordHash });
  const { id_token: hint } = await provider.tokens('web', 'openid', { user: 'carol' });
  t.ok(await gateway.store.removeUser(carol.id));
  isErrorReply(t, provider, await authorize({ ...web, id_token_hint: hint, prompt: 'none' }, { cookies: await signedIn(t) }), uri, 'login_required');
});

for (const hint of ['bob', 'Bob Example', 'bob@myq.test', '"><script>alert(1)</script>', '\' autofocus onfocus=\'alert(1)']) {
  t.test(`login_hint stands in the field of the name and signs nobody in: ${JSON.stringify(hint)}`, async (t) => {
    const page = await authorize({ ...web, login_hint: hint });
    isLoginPage(t, page, 200, origin);
    const fields = elementsOf(page.body).filter(({ attributes }) => attributes.get('name') === 'user');
    t.strictSame(fields.map(({ attributes }) => attributes.get('value')), [hint]);
  });
}

t.test('login_hint of somebody else does not change who is signed in', async (t) => {
  const code = await isCode(t, { ...web, login_hint: 'bob' }, await signedIn(t, 'alice'));
  const reply = await provider.token('web', { grant_type: 'authorization_code', code, redirect_uri: uri });
  t.equal(decodeJwt(reply.json<{ readonly id_token: string }>().id_token).sub, provider.alice.id);
});

t.test('what was typed wins over login_hint', async (t) => {
  const reply = await provider.signIn({ ...web, login_hint: 'bob' }, { user: 'alice', password: PASSWORD });
  const tokens = await provider.token('web', { grant_type: 'authorization_code', code: answerOf(reply)['code'] ?? '', redirect_uri: uri });
  t.equal(decodeJwt(tokens.json<{ readonly id_token: string }>().id_token).sub, provider.alice.id);
});
