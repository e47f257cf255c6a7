// Faulty authorization requests of a proved client: it gets the error itself (RFC 6749 §4.1.2.1, RFC 9207, OIDC Core §3.1.2.6).

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import t from 'tap';
import { formPostOf, isErrorReply, isLoginPage } from './answers.ts';
import { answerOf, asking, clients, openProvider } from './provider.ts';

const provider = await openProvider(t);
const { authorize } = provider;
const [uri, origin] = ['https://app.example/cb', 'https://app.example'];

/** The right request with changes; undefined takes a parameter away. */
const changed = (change: Readonly<Record<string, string | undefined>>): string => {
  const query = new URLSearchParams(asking('web'));
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  }
  return query.toString();
};

t.test('the request without a fault shows the login page', async (t) => { isLoginPage(t, await authorize(changed({})), 200, origin); });

const long = 'x'.repeat(2049);
const faulty: readonly (readonly [title: string, error: string, change: Readonly<Record<string, string | undefined>>])[] = [
  ['no response_type', 'invalid_request', { response_type: undefined }],
  ['an empty response_type', 'invalid_request', { response_type: '' }],
  ['response_type=token', 'unsupported_response_type', { response_type: 'token' }],
  ['response_type=id_token', 'unsupported_response_type', { response_type: 'id_token' }],
  ['response_type=none', 'unsupported_response_type', { response_type: 'none' }],
  ['a hybrid response_type', 'unsupported_response_type', { response_type: 'code id_token' }],
  ['a response_type with token', 'unsupported_response_type', { response_type: 'code token' }],
  ['a response_type twice in one', 'unsupported_response_type', { response_type: 'code code' }],
  ['a response_type in another case', 'unsupported_response_type', { response_type: 'CODE' }],
  ['a response_type with a blank', 'unsupported_response_type', { response_type: 'code ' }],
  ['no scope', 'invalid_scope', { scope: undefined }],
  ['an empty scope', 'invalid_scope', { scope: '' }],
  ['a blank scope', 'invalid_scope', { scope: ' ' }],
  ['a scope with two blanks', 'invalid_scope', { scope: 'openid  jobs' }],
  ['a scope with a tab', 'invalid_scope', { scope: 'openid\tjobs' }],
  ['a scope with a line feed', 'invalid_scope', { scope: 'openid\njobs' }],
  ['a scope with a quote', 'invalid_scope', { scope: 'openid "jobs"' }],
  ['a scope with a backslash', 'invalid_scope', { scope: 'openid jo\\bs' }],
  ['a scope that is not ASCII', 'invalid_scope', { scope: 'openid úlohy' }],
  ['65 scopes', 'invalid_scope', { scope: Array.from({ length: 65 }, (_, index) => `s${String(index)}`).join(' ') }],
  ['response_mode=fragment', 'invalid_request', { response_mode: 'fragment' }],
  ['response_mode=web_message', 'invalid_request', { response_mode: 'web_message' }],
  ['response_mode=query.jwt', 'invalid_request', { response_mode: 'query.jwt' }],
  ['an unsigned request object', 'request_not_supported', { request: 'eyJhbGciOiJub25lIn0.e30.' }],
  ['a registration', 'registration_not_supported', { registration: '{"redirect_uris":["https://evil.example/cb"]}' }],
  ['an unknown prompt', 'invalid_request', { prompt: 'create' }],
  ['a known and an unknown prompt', 'invalid_request', { prompt: 'login create' }],
  ['a prompt in another case', 'invalid_request', { prompt: 'LOGIN' }],
  ['prompt=none with login', 'invalid_request', { prompt: 'none login' }],
  ['prompt=none with consent', 'invalid_request', { prompt: 'consent none' }],
  ['prompt=none twice in one', 'invalid_request', { prompt: 'none none' }],
  ['a negative max_age', 'invalid_request', { max_age: '-1' }],
  ['a max_age with a fraction', 'invalid_request', { max_age: '1.5' }],
  ['a max_age with an exponent', 'invalid_request', { max_age: '1e3' }],
  ['a max_age in words', 'invalid_request', { max_age: 'never' }],
  ['a max_age with a line feed', 'invalid_request', { max_age: '5\n' }],
  ['a max_age beyond numbers', 'invalid_request', { max_age: '9'.repeat(30) }],
  ['an id_token_hint that is no JWT', 'invalid_request', { id_token_hint: 'alice' }],
  ['a huge id_token_hint', 'invalid_request', { id_token_hint: `eyJhbGciOiJub25lIn0.${'A'.repeat(15_000)}.` }],
  ...['nonce', 'login_hint', 'ui_locales', 'theme', 'scope', 'prompt', 'code_challenge', 'response_mode', 'request_uri']
    .map((name) => [`a ${name} of 2049 characters`, 'invalid_request', { [name]: long }] as const),
];
for (const [title, error, change] of faulty) {
  t.test(`${title}: ${error}`, async (t) => { isErrorReply(t, provider, await authorize(changed(change)), uri, error); });
}

const parameters = [
  'response_type', 'response_mode', 'scope', 'nonce', 'code_challenge', 'code_challenge_method', 'prompt', 'max_age', 'login_hint', 'id_token_hint',
  'ui_locales', 'request', 'request_uri', 'registration', 'theme',
];
for (const name of parameters) {
  t.test(`${name} that came twice: invalid_request`, async (t) => {
    for (const second of ['x', '']) {
      const query = new URLSearchParams(changed({ [name]: asking('web')[name] ?? 'query' }));
      query.append(name, second);
      const reply = await authorize(query.toString());
      isErrorReply(t, provider, reply, uri, 'invalid_request');
      t.match(answerOf(reply)['error_description'], name, 'it is named');
    }
  });
}

t.test('a state that came twice is not given back: nobody knows which one is right', async (t) => {
  const reply = await authorize(`${changed({})}&state=another`);
  t.equal(reply.statusCode, 302);
  t.match(answerOf(reply), { error: 'invalid_request', iss: provider.gateway.issuer });
  t.notOk('state' in answerOf(reply));
});

t.test('a state that is too long is refused, and comes back whole', async (t) => {
  const answer = answerOf(await authorize(changed({ state: long })));
  t.equal(answer['error'], 'invalid_request');
  t.equal(answer['state'], long);
});

t.test('values of 2048 characters will do', async (t) => {
  for (const name of ['state', 'nonce', 'login_hint']) isLoginPage(t, await authorize(changed({ [name]: long.slice(1) })), 200, origin);
});

t.test('without a state there is none in the answer, and an empty one counts as none', async (t) => {
  for (const state of [undefined, '']) {
    const reply = await authorize(changed({ state, scope: undefined }));
    t.strictSame(Object.keys(answerOf(reply)), ['error', 'error_description', 'iss']);
  }
});

t.test('a request_uri is refused, and nobody fetches it', async (t) => {
  let connections = 0;
  const server = createServer((_request, response) => { response.end('eyJhbGciOiJub25lIn0.e30.'); });
  server.on('connection', () => { connections += 1; });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => { server.close(); });
  const address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  isErrorReply(t, provider, await authorize(changed({ request_uri: `${address}/request.jwt` })), uri, 'request_uri_not_supported');
  isErrorReply(t, provider, await authorize(changed({ request_uri: `${address}/r`, request: 'a.b.c' })), uri, 'request_not_supported');
  isErrorReply(t, provider, await authorize(changed({ registration: `{"jwks_uri":"${address}/jwks"}` })), uri, 'registration_not_supported');
  // Long enough for whoever would do it afterwards.
  await new Promise((resolve) => { setTimeout(resolve, 200); });
  t.equal(connections, 0);
  t.equal((await fetch(address)).status, 200);
  t.equal(connections, 1, 'though it could be reached');
});

t.test('an id_token_hint must be an ID token of this gateway: invalid_request', async (t) => {
  const { access_token: accessToken, id_token: idToken, refresh_token: refreshToken } = await provider.tokens('web', 'openid offline.access');
  isLoginPage(t, await authorize(changed({ id_token_hint: idToken })), 200, origin);
  const [head = '', body = '', signature = ''] = idToken.split('.');
  const none = Buffer.from(JSON.stringify({ ...decodeProtectedHeader(idToken), alg: 'none' })).toString('base64url');
  const sub = Buffer.from(JSON.stringify({ ...decodeJwt(idToken), sub: provider.bob.id })).toString('base64url');
  const foreign = new SignJWT(decodeJwt(idToken)).setProtectedHeader({ ...decodeProtectedHeader(idToken), alg: 'ES256' });
  const hints: Readonly<Record<string, string>> = {
    'an access token': accessToken,
    'a refresh token': refreshToken,
    'signed by another key under our key id': await foreign.sign(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    'unsigned': `${none}.${body}.`,
    'without its signature': `${head}.${body}.`,
    'with the name of somebody else': `${head}.${sub}.${signature}`,
    'with a mutated signature': `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'cut off': idToken.slice(0, -20),
    'with a blank before it': ` ${idToken}`,
  };
  for (const [what, hint] of Object.entries(hints)) {
    t.comment(what);
    isErrorReply(t, provider, await authorize(changed({ id_token_hint: hint })), uri, 'invalid_request');
  }
});

t.test('a client without the grant: unauthorized_client', async (t) => {
  await provider.gateway.store.addClient({ ...clients.web, id: 'nocode', grants: ['refresh_token', 'client_credentials'] });
  isErrorReply(t, provider, await authorize(changed({ client_id: 'nocode' })), uri, 'unauthorized_client');
});

t.test('scopes that nobody can grant are refused once somebody is signed in: invalid_scope', async (t) => {
  const reply = await provider.signIn({ ...asking('web'), scope: 'reports nonsense' });
  t.equal(reply.statusCode, 303);
  t.match(answerOf(reply), { error: 'invalid_scope', state: 'a state', iss: provider.gateway.issuer });
  t.notOk('code' in answerOf(reply));
});

t.test('a scope that the user does not have is left out, and none is given that was not asked for', async (t) => {
  t.equal((await provider.tokens('web', 'openid offline.access users nonsense', { user: 'bob' })).scope, 'openid offline.access');
});

t.test('unknown parameters are ignored, twice or not, whatever they are called', async (t) => {
  const more = 'foo=1&foo=2&claims=%7B%7D&acr_values=x&display=popup&resource=https%3A%2F%2Fevil.example&__proto__=x&constructor=y&client_id[]=other&Scope=x&lang=cs';
  isLoginPage(t, await authorize(`${changed({})}&${more}`), 200, origin);
});

t.test('empty parameters mean absent ones', async (t) => {
  const empty = parameters.filter((name) => !['response_type', 'scope'].includes(name)).map((name) => [name, '']);
  isLoginPage(t, await authorize(changed(Object.fromEntries(empty) as Readonly<Record<string, string>>)), 200, origin);
});

t.test('with form_post the error is posted by a page that runs nothing else', async (t) => {
  for (const [error, change] of [['invalid_scope', { scope: undefined }], ['login_required', { prompt: 'none' }], ['unsupported_response_type', { response_type: 'token' }]] as const) {
    const { error_description: description, ...fields } = formPostOf(t, await authorize(changed({ response_mode: 'form_post', ...change })), uri);
    t.strictSame(fields, { error, state: 'a state', iss: provider.gateway.issuer });
    t.match(description, /.{10}/);
  }
});

t.test('with form_post the code is posted, too, and stands in no header', async (t) => {
  const reply = await provider.signIn({ ...asking('web'), response_mode: 'form_post' });
  const { code = '', ...fields } = formPostOf(t, reply, uri);
  t.match(code, /^[\w-]{60,}$/);
  t.strictSame(fields, { state: 'a state', iss: provider.gateway.issuer });
  t.notOk(JSON.stringify(reply.headers).includes(code));
});
