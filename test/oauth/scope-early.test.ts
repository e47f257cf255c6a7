// What is told at once instead of later: scopes that nobody could have, and bodies that are none (RFC 6749 §3.3, §4.1.2.1).

import t from 'tap';
import { cookiesOf, formPostOf, isErrorReply, isLoginPage } from './answers.ts';
import { answerOf, asking, clients, Cookies, formTokenOf, openProvider, PASSWORD, type Fields } from './provider.ts';
import { refused, register } from './worth.ts';

const provider = await openProvider(t);
const { authorize, form, ask } = provider;
const [uri] = clients.web.redirectUris;
const web = asking('web');
const TOKEN = '/api/auth/token';

t.test('a scope that the client cannot have at all is refused before any login page', async (t) => {
  const cookies = new Cookies();
  t.equal((await provider.signIn(web, { cookies })).statusCode, 303);
  for (const scope of ['reports', 'no-such-scope', 'reports credit no-such-scope', 'OPENID', 'jobs,print', 'openid+jobs']) {
    isErrorReply(t, provider, await authorize({ ...web, scope }), uri, 'invalid_scope');
    isErrorReply(t, provider, await authorize({ ...web, scope, prompt: 'login' }), uri, 'invalid_scope');
    isErrorReply(t, provider, await authorize({ ...web, scope, prompt: 'none' }), uri, 'invalid_scope');
    isErrorReply(t, provider, await authorize({ ...web, scope }, { cookies }), uri, 'invalid_scope');
  }
  t.match(formPostOf(t, await authorize({ ...web, scope: 'reports', response_mode: 'form_post' }), uri), { error: 'invalid_scope', state: 'a state' });
});

t.test('so is offline_access alone, for a client that may not refresh', async (t) => {
  await register(provider, { ...clients.web, id: 'online', grants: ['authorization_code'] });
  for (const scope of ['offline_access', 'offline.access', 'offline_access reports']) {
    isErrorReply(t, provider, await authorize({ ...web, client_id: 'online', scope }), uri, 'invalid_scope');
  }
  isLoginPage(t, await authorize({ ...web, client_id: 'online', scope: 'offline_access jobs' }), 200, 'https://app.example');
  isLoginPage(t, await authorize({ ...web, scope: 'offline_access' }), 200, 'https://app.example');
});

t.test('one scope that somebody could have is enough for the page', async (t) => {
  for (const scope of ['reports jobs', 'no-such-scope openid', 'users']) isLoginPage(t, await authorize({ ...web, scope }), 200, 'https://app.example');
});

t.test('a form that is sent to such an address signs nobody in', async (t) => {
  const cookies = new Cookies();
  const page = await authorize(web, { cookies });
  cookies.take(page);
  const address = `/en/auth?${new URLSearchParams({ ...web, scope: 'reports' }).toString()}`;
  const reply = await form(address, { form_token: formTokenOf(page), sign_in: 'password', user: 'alice', password: PASSWORD }, cookies.header);
  t.equal(reply.statusCode, 303);
  t.match(answerOf(reply), { error: 'invalid_scope', state: 'a state' });
  t.notOk(cookiesOf(reply).has('__Host-myq-session'));
});

t.test('a scope that only this user lacks is told after his sign-in, which is good for other clients', async (t) => {
  const cookies = new Cookies();
  const reply = await provider.signIn({ ...web, scope: 'users' }, { user: 'bob', cookies });
  t.equal(reply.statusCode, 303);
  t.match(answerOf(reply), { error: 'invalid_scope', error_description: /to this user/, state: 'a state' });
  t.match(answerOf(await authorize({ ...web, prompt: 'none' }, { cookies })), { code: /^[\w-]{70}$/ });
});

t.test('JSON that is sent as a form is told so', async (t) => {
  const body = JSON.stringify({ grant_type: 'client_credentials', scope: 'users', redirect_uri: 'https://a.example/?a=b&c=d' });
  for (const text of [body, ` \n${body}`, '{', '{}']) {
    const reply = await form(TOKEN, text, provider.basic('service'));
    refused(t, reply, 'invalid_request', text);
    t.match(reply.json()['message'], /looks like JSON.*send application\/json/, text);
  }
  for (const text of ['x=%7B', 'scope={"a":1}', '[{', 'grant_type=']) {
    const reply = await form(TOKEN, text, provider.basic('service'));
    refused(t, reply, 'invalid_request', text);
    t.equal(reply.json()['message'], 'grant_type is missing', text);
  }
});

t.test('an empty body is told so', async (t) => {
  const headers = provider.basic('service');
  for (const url of [TOKEN, '/api/auth/introspect', '/api/auth/revoke']) {
    for (const [what, more, payload] of [
      ['JSON of nothing', { 'content-type': 'application/json' }, ''], ['null', { 'content-type': 'application/json' }, 'null'],
      ['a list', { 'content-type': 'application/json' }, '[]'], ['no type', {}, undefined],
    ] as readonly (readonly [string, Fields, string | undefined])[]) {
      const reply = await ask({ method: 'POST', url, headers: { ...headers, ...more }, ...(payload === undefined ? {} : { payload }) });
      refused(t, reply, 'invalid_request', `${url}: ${what}`);
      t.equal(reply.json()['message'], 'The body is empty, or no object.', `${url}: ${what}`);
    }
  }
});
