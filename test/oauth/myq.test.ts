// MyQ's REST clients: the calls as MyQ's public documents write them, in JSON and without PKCE, state and OpenID Connect.

import { join } from 'node:path';
import t, { type Test } from 'tap';
import { clients } from '../../src/cli/clients.ts';
import type { Described } from '../../src/cli/clients-print.ts';
import { SECRET_REFUSED } from '../../src/identity/refusal.ts';
import { fed } from '../cli/fed.ts';
import type { Reply } from '../routes/app.ts';
import { answerOf, Cookies, openProvider, PASSWORD, type Fields } from './provider.ts';

const redirectUri = 'https://rest.example/cb';
const scopes = ['users', 'jobs', 'jobs.process', 'print.services', 'offline.access'];

const provider = await openProvider(t, { config: '[Kerberos]\nEnabled = False' });
const config = ['--config', join(provider.directory, 'config.ini')];

/** Runs `users` with this on its standard input. */
async function users(input: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await fed(input, 'users', ...config, ...args);
  if (code !== 0) throw new Error(stderr);
}

await users(PASSWORD, 'add', 'carol', '--password-stdin', ...['users', 'jobs.process'].flatMap((scope) => ['--scope', scope]));
await users('048213', 'pin', 'carol', '--pin-stdin');
await users('04A2B3C4', 'card', 'carol', '--add-stdin');
await users('917350', 'pin', 'alice', '--pin-stdin');
const application = JSON.parse(await clients.run([
  'add', 'REST API application', ...config, '--json', '--redirect-uri', redirectUri,
  ...['authorization_code', 'refresh_token', 'client_credentials', 'login_info'].flatMap((grant) => ['--grant', grant]),
  ...scopes.flatMap((scope) => ['--scope', scope]),
]) ?? '') as Described;
const { client_id: id, client_secret: secret = '' } = application;

/** POST /api/auth/token as MyQ's clients send it. */
const token = (fields: object): Promise<Reply> => provider.ask({
  method: 'POST', url: '/api/auth/token', headers: { 'content-type': 'application/json' },
  payload: JSON.stringify({ client_id: id, client_secret: secret, ...fields }),
});

interface MyqTokens {
  readonly access_token: string;
  readonly refresh_token?: string;
}

/** What must come; `user` is undefined if the client acts for itself. */
interface Wanted {
  readonly scope: string;
  readonly user: string | undefined;
  readonly refresh: boolean;
}

/** Checks that the answer is MyQ's and nothing else, and that the token is good for this user and scope; gives the tokens. */
async function granted(t: Test, reply: Reply, wanted: Wanted): Promise<MyqTokens> {
  t.equal(reply.statusCode, 200, reply.body);
  t.match(reply.headers, { 'content-type': /^application\/json/, 'cache-control': 'no-store' });
  const { access_token: access, refresh_token: refresh, ...rest } = reply.json<MyqTokens>();
  t.strictSame(rest, { token_type: 'Bearer', expires_in: 1800, scope: wanted.scope });
  t.equal(typeof refresh, wanted.refresh ? 'string' : 'undefined');
  const known = (await provider.form('/api/auth/introspect', { client_id: id, client_secret: secret, token: access })).json();
  t.match(known, { active: true, client_id: id, scope: wanted.scope });
  t.equal(known['username'], wanted.user);
  return { access_token: access, ...(refresh === undefined ? {} : { refresh_token: refresh }) };
}

/** Checks that the answer is MyQ's error object, with the words of RFC 6749 beside it. */
function refused(t: Test, reply: Reply, code: number, error: string, message: string | RegExp, what = error): void {
  t.equal(reply.statusCode, code, what);
  const body = reply.json();
  t.match(body['message'], message, what);
  t.strictSame(body, { code, message: body['message'], data: [], error, error_description: body['message'] }, what);
}

t.test('the client is an upper-case GUID with a secret in hexadecimal digits', async (t) => {
  t.match(id, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  t.match(secret, /^[0-9a-f]{64}$/);
});

t.test('client_credentials', async (t) => {
  await granted(t, await token({ grant_type: 'client_credentials', scope: 'users jobs.process print.services' }),
    { scope: 'users jobs.process print.services', user: undefined, refresh: false });
  await granted(t, await token({ grant_type: 'client_credentials', scope: 'users reports offline.access' }),
    { scope: 'users', user: undefined, refresh: false });
  refused(t, await token({ grant_type: 'client_credentials', scope: 'reports' }), 400, 'invalid_scope', /none of the scopes/);
});

const logins: readonly (readonly [what: string, info: object])[] = [
  ['a card', { type: 1, card: '04A2B3C4' }],
  ['a PIN', { type: 2, pin: '048213' }],
  ['user and password', { type: 3, user: 'carol', pwd: PASSWORD }],
  ['a card and a PIN', { type: 4, card: '04A2B3C4', pin: '048213' }],
  ['a card and a password', { type: 5, card: '04A2B3C4', pwd: PASSWORD }],
];

for (const [what, info] of logins) {
  t.test(`login_info with ${what}`, async (t) => {
    await granted(t, await token({ grant_type: 'login_info', scope: 'users jobs.process', login_info: info }),
      { scope: 'users jobs.process', user: 'carol', refresh: false });
    const kept = await granted(t, await token({ grant_type: 'login_info', scope: 'jobs offline.access print.services', login_info: info }),
      { scope: 'jobs offline.access', user: 'carol', refresh: true });
    await granted(t, await token({ grant_type: 'refresh_token', refresh_token: kept.refresh_token }),
      { scope: 'jobs offline.access', user: 'carol', refresh: true });
  });
}

t.test('login_info that is wrong', async (t) => {
  for (const [what, info] of [
    ['an unknown user', { type: 3, user: 'nobody', pwd: PASSWORD }],
    ['a wrong password', { type: 3, user: 'carol', pwd: 'wrong' }],
    ['an unknown card', { type: 1, card: '04FFFFFF' }],
    ['an unknown PIN', { type: 2, pin: '123456' }],
    ['the PIN of somebody else', { type: 4, card: '04A2B3C4', pin: '917350' }],
    ['a wrong password with a card', { type: 5, card: '04A2B3C4', pwd: 'wrong' }],
  ] as const) {
    refused(t, await token({ grant_type: 'login_info', login_info: info }), 400, 'invalid_grant', SECRET_REFUSED, what);
  }
  for (const [info, words] of [
    [undefined, 'login_info is missing'],
    [{ type: 6, card: '04A2B3C4' }, /login_info.type must be 1 \(card\)/],
    [{ user: 'carol', pwd: PASSWORD }, 'login_info must have required property \'type\'.'],
    [{ type: 1, card: 12_345_678 }, 'login_info.card must be one text.'],
    [{ type: 3, username: 'carol', password: PASSWORD }, /type 3 needs the text user and the text pwd/],
    [{ type: 4, card: '04A2B3C4' }, /type 4 needs the text pin/],
  ] as const) {
    refused(t, await token({ grant_type: 'login_info', login_info: info }), 400, 'invalid_request', words, JSON.stringify(info));
  }
  await granted(t, await token({ grant_type: 'login_info', scope: 'users', login_info: { type: 3, user: 'carol', pwd: PASSWORD } }),
    { scope: 'users', user: 'carol', refresh: false });
});

/** MyQ's authorization request has neither PKCE nor state. */
const asking = (scope: string): Fields => ({ response_type: 'code', client_id: id, redirect_uri: redirectUri, scope, theme: 'dark' });

t.test('authorization_code: 303 after the login form, 302 Found with a session, and nothing but the code and iss', async (t) => {
  const cookies = new Cookies();
  const page = await provider.authorize(asking('users'), { cookies });
  t.equal(page.statusCode, 200);
  t.match(page.body, /<html lang="en" data-theme="dark">/);
  for (const [status, reply] of [
    [303, await provider.signIn(asking('users jobs.process print.services'), { user: 'carol', cookies })],
    [302, await provider.authorize(asking('users jobs.process print.services'), { cookies })],
  ] as const) {
    t.equal(reply.statusCode, status);
    const answer = answerOf(reply);
    t.equal(reply.headers.location?.split('?')[0], redirectUri);
    t.strictSame(Object.keys(answer), ['code', 'iss']);
    const fields = { grant_type: 'authorization_code', code: answer['code'], redirect_uri: redirectUri };
    refused(t, await token({ ...fields, redirect_uri: undefined }), 400, 'invalid_request', /redirect_uri is missing/);
    refused(t, await token({ ...fields, redirect_uri: `${redirectUri}/` }), 400, 'invalid_grant', /redirect_uri differs/);
    await granted(t, await token({ ...fields, scope: 'reports' }), { scope: 'users jobs.process', user: 'carol', refresh: false });
    refused(t, await token(fields), 400, 'invalid_grant', /the code is not valid, was used or has expired/);
  }
});

t.test('refresh_token: with offline.access, each good once', async (t) => {
  const { code } = answerOf(await provider.signIn(asking('jobs offline.access')));
  const wanted = { scope: 'jobs offline.access', user: 'alice', refresh: true };
  const first = await granted(t, await token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }), wanted);
  const second = await granted(t, await token({ grant_type: 'refresh_token', refresh_token: first.refresh_token }), wanted);
  t.not(second.refresh_token, first.refresh_token);
  for (const [what, spent] of [['used before', first], ['its successor, then', second]] as const) {
    const reply = await token({ grant_type: 'refresh_token', refresh_token: spent.refresh_token });
    refused(t, reply, 400, 'invalid_grant', /the refresh token is not valid, was used or has expired/, what);
  }
});

t.test('a missing scope is said at the authorization request, before anybody signs in', async (t) => {
  const reply = await provider.authorize({ response_type: 'code', client_id: id, redirect_uri: redirectUri, theme: 'dark' });
  t.equal(reply.statusCode, 302);
  t.match(answerOf(reply), { error: 'invalid_scope', error_description: /scope is missing/, code: undefined });
});

t.test('what is wrong with a call is one object with code, message and data', async (t) => {
  const grant = { grant_type: 'client_credentials', scope: 'users' };
  for (const [what, fields] of [
    ['a wrong secret', { client_secret: '0'.repeat(64) }],
    ['no secret', { client_secret: undefined }],
    ['an unknown client', { client_id: '7B4CD3C2-F57E-4D52-A90A-23EED001CE81' }],
  ] as const) {
    refused(t, await token({ ...grant, ...fields }), 401, 'invalid_client', 'Client authentication failed.', what);
  }
  refused(t, await token({ scope: 'users' }), 400, 'invalid_request', 'grant_type is missing');
  refused(t, await token({ grant_type: 'password', username: 'carol', password: PASSWORD }),
    400, 'unsupported_grant_type', /grant_type must be one of .*login_info/);
  refused(t, await token({ ...grant, scope: ['users'] }), 400, 'invalid_request', 'scope must be one text.');
  for (const [payload, type, code] of [['{"grant_type":', 'application/json', 400], ['null', 'application/json', 400], ['<a/>', 'text/xml', 415]] as const) {
    const reply = await provider.ask({ method: 'POST', url: '/api/auth/token', headers: { 'content-type': type }, payload });
    refused(t, reply, code, 'invalid_request', /^[A-Z].*/, payload);
  }
});

t.test('GET /api/server/status is 1', async (t) => {
  const reply = await provider.ask({ url: '/api/server/status' });
  t.strictSame([reply.statusCode, reply.body], [200, '1']);
});
