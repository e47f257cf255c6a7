// What a Windows sign-in may say beside its ticket: client and scope, as JSON or as a form.

import t from 'tap';
import { decodeJwt } from 'jose';
import { send, signIn, type Answer } from '../realm/http.ts';
import { openSite } from '../realm/site.ts';
import { makeTokens } from '../realm/tokens.ts';

const { realm, gateway, ccache } = await openSite(t, { users: [['alice'], ['bob', '--scope', 'users']] });
const alices = [...await makeTokens(realm, ccache, 24)];
const bobs = [...await makeTokens(realm, await realm.kinit('bob'), 3)];

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';
const post = (tokens: string[], type: string | undefined, body: string | undefined): Promise<Answer> =>
  signIn(gateway, tokens.pop(), { ...(body === undefined ? {} : { body }), headers: type === undefined ? {} : { 'content-type': type } });
const scopes = (words: string): string => new URLSearchParams({ scope: words }).toString();

const taken: readonly (readonly [title: string, type: string | undefined, body: string | undefined, scope: string])[] = [
  ['no body at all', undefined, undefined, 'openid profile jobs print user.session'],
  ['the JSON type and no body', json, '', 'openid profile jobs print user.session'],
  ['the form type and no body', form, '', 'openid profile jobs print user.session'],
  ['an empty object', json, '{}', 'openid profile jobs print user.session'],
  ['JSON null', json, 'null', 'openid profile jobs print user.session'],
  ['parameters without a value, which count as absent (RFC 6749 §3.2)', form, 'client_id=&client_secret=&scope=', 'openid profile jobs print user.session'],
  ['the same in JSON', json, '{"client_id":"","scope":""}', 'openid profile jobs print user.session'],
  ['client and scope as JSON', `${json}; charset=utf-8`, '{"client_id":"myq-desktop-client","scope":"openid jobs"}', 'openid jobs'],
  ['client and scope as a form', form, 'client_id=myq-desktop-client&scope=openid+jobs', 'openid jobs'],
  ['a parameter that it does not know', form, 'scope=jobs&device=7', 'jobs'],
  ['a scope twice, which counts once', form, scopes('jobs print jobs'), 'jobs print'],
  ['a scope that nobody knows, which is left out', form, scopes('openid frobnicate'), 'openid'],
  ['scopes that the user lacks, which are left out', form, scopes('openid users credit'), 'openid'],
  ['scopes that the client lacks, which are left out', form, scopes('openid impersonate'), 'openid'],
];
for (const [title, type, body, scope] of taken) {
  await t.test(`a sign-in takes ${title}`, async (t) => {
    const answer = await post(alices, type, body);
    t.match(answer, { status: 200, json: { scope } }, answer.text);
    const claims = decodeJwt(String(answer.json?.['access_token']));
    t.match(claims, { scope, client_id: 'myq-desktop-client', preferred_username: 'alice' });
  });
}

await t.test('a user with a further right is granted it', async (t) => {
  t.equal((await post(bobs, form, scopes('openid users credit'))).json?.['scope'], 'openid users');
  t.equal((await post(bobs, undefined, undefined)).json?.['scope'], 'openid profile jobs print user.session users', 'and has it when no scope is asked for');
});

const refused: readonly (readonly [title: string, type: string, body: string, status: number, error: string, message: RegExp])[] = [
  ['a client that nobody registered', form, 'client_id=nobody', 401, 'invalid_client', /^Client authentication failed\.$/],
  ['a public client with a secret', form, 'client_id=myq-desktop-client&client_secret=x', 401, 'invalid_client', /^Client authentication failed\.$/],
  ['a secret without a client', form, 'client_secret=x', 400, 'invalid_request', /client_id/],
  ['an assertion of no known type', form, 'client_assertion=x&client_assertion_type=y', 400, 'invalid_request', /client_assertion_type/],
  ['a scope that is a blank', json, '{"scope":" "}', 400, 'invalid_scope', /scope/],
  ['a scope with a quotation mark', form, scopes('openid "jobs"'), 400, 'invalid_scope', /scope/],
  ['scopes with two blanks between', form, scopes('openid  jobs'), 400, 'invalid_scope', /scope/],
  ['scopes with a line break', form, scopes('openid\njobs'), 400, 'invalid_scope', /scope/],
  ['a scope beyond ASCII', form, scopes('jöbs'), 400, 'invalid_scope', /scope/],
  ['more scopes than there can be', form, scopes(Array.from({ length: 65 }, (_, index) => `s${String(index)}`).join(' ')), 400, 'invalid_scope', /scope/],
  ['a doubled client_id', form, 'client_id=myq-desktop-client&client_id=other', 400, 'invalid_request', /client_id/],
  ['a doubled scope', form, 'scope=jobs&scope=print', 400, 'invalid_request', /scope/],
  ['a scope that is a list', json, '{"scope":["jobs"]}', 400, 'invalid_request', /scope/],
  ['a client_id that is a number', json, '{"client_id":7}', 400, 'invalid_request', /client_id/],
  ['a client_id that is null', json, '{"client_id":null}', 400, 'invalid_request', /client_id/],
  ['a client_id of 300 characters', form, `client_id=${'c'.repeat(300)}`, 400, 'invalid_request', /client_id/],
  ['a JSON list', json, '[]', 400, 'invalid_request', /body/],
  ['a JSON text', json, '"openid"', 400, 'invalid_request', /body/],
  ['JSON that is cut off', json, '{"scope":"jobs"', 400, 'invalid_request', /JSON/],
  ['JSON that reaches for the prototype', json, '{"__proto__":{"scope":"jobs"}}', 400, 'invalid_request', /./],
  ['a body that is too large', json, JSON.stringify({ scope: 'x'.repeat(70_000) }), 413, 'invalid_request', /too large/],
  ['a form that is too large', form, `scope=${'x'.repeat(70_000)}`, 413, 'invalid_request', /too large/],
  ['a type that it does not read', 'application/xml', '<scope>jobs</scope>', 415, 'invalid_request', /./],
];
for (const [title, type, body, status, error, message] of refused) {
  await t.test(`a sign-in refuses ${title}, with or without a ticket, and does not use the ticket up`, async (t) => {
    for (const token of [undefined, alices.at(-1)]) {
      const answer = await post(token === undefined ? [] : [token], type, body);
      t.match(answer, { status, json: { error, code: status, message, data: [] } }, answer.text);
      t.equal(answer.json?.['error_description'], answer.json?.['message']);
      t.equal(answer.json?.['reason'], undefined);
      t.equal(answer.headers['www-authenticate'], undefined);
      t.equal(answer.headers['cache-control'], 'no-store');
      t.notMatch(answer.text, /node_modules|\/tmp|FST_/);
    }
  });
}

await t.test('the ticket that came with every refused request still signs in', async (t) => {
  t.equal((await post(alices, undefined, undefined)).status, 200);
});

await t.test('a sign-in for which no scope is left is refused after the ticket, without a challenge', async (t) => {
  const answer = await post(alices, form, scopes('impersonate users'));
  t.match(answer, { status: 400, json: { error: 'invalid_scope', message: /none of the scopes/ } }, answer.text);
  t.equal(answer.headers['www-authenticate'], undefined);
});

await t.test('with offline_access the client stays signed in without a further ticket', async (t) => {
  const answer = await post(alices, form, scopes('openid jobs offline_access'));
  t.match(answer, { status: 200, json: { scope: 'openid jobs offline.access', refresh_token: /^[\w-]{70}$/ } }, answer.text);
  const refresh = (token: unknown): Promise<Answer> => send(gateway, '/api/auth/token', {
    headers: { 'content-type': form },
    body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'myq-desktop-client', refresh_token: String(token) }).toString(),
  });
  const next = await refresh(answer.json?.['refresh_token']);
  t.match(next, { status: 200, json: { scope: 'openid jobs offline.access', refresh_token: /./ } }, next.text);
  t.match(decodeJwt(String(next.json?.['access_token'])), { preferred_username: 'alice', amr: ['wia'], cbt: 'none' });
  t.match(await refresh(answer.json?.['refresh_token']), { status: 400, json: { error: 'invalid_grant' } }, 'each is good once');
});

interface Registered {
  readonly client_id: string;
  readonly client_secret: string;
}

await t.test('a confidential client authenticates in the body, and one that acts only for itself signs nobody in', async (t) => {
  const add = async (...args: readonly string[]): Promise<Registered> => JSON.parse(await gateway.cli('clients', 'add', ...args, '--json')) as Registered;
  const portal = await add('Portal', '--grant', 'login_info', '--scope', 'openid', '--scope', 'jobs');
  const service = await add('Reports', '--grant', 'client_credentials', '--scope', 'users');
  const body = ({ client_id: id, client_secret: secret }: Registered, change = secret): string =>
    new URLSearchParams({ client_id: id, ...(change === '' ? {} : { client_secret: change }) }).toString();

  for (const wrong of ['', 'wrong', service.client_secret]) {
    const answer = await post(alices.slice(-1), form, body(portal, wrong));
    t.match(answer, { status: 401, json: { error: 'invalid_client' } }, answer.text);
    t.equal(answer.headers['www-authenticate'], undefined, 'another ticket would not help');
  }
  const refused = await post(alices.slice(-1), form, body(service));
  t.match(refused, { status: 400, json: { error: 'unauthorized_client' } }, refused.text);
  const taken = await post(alices, form, body(portal));
  t.match(taken, { status: 200, json: { scope: 'openid jobs' } }, taken.text);
  t.match(decodeJwt(String(taken.json?.['access_token'])), { client_id: portal.client_id, preferred_username: 'alice' });
});

t.end();
