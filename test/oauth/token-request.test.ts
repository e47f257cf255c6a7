// What is no token request at all: each gets the one error object and harms nothing (RFC 6749 §3.2, §5.2).

import t from 'tap';
import { openProvider, type Fields } from './provider.ts';
import { granted, refused } from './worth.ts';

const provider = await openProvider(t);
const { form, ask } = provider;
const TOKEN = '/api/auth/token';
const web = provider.basic('web');
const wanted = { grant_type: 'client_credentials' };
const post = (payload: string | undefined, type: string | undefined, headers: Fields = web) =>
  ask({ method: 'POST', url: TOKEN, headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) }, ...(payload === undefined ? {} : { payload }) });
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

t.test('grant_type', async (t) => {
  for (const [what, body, error] of [
    ['missing', 'scope=users', 'invalid_request'],
    ['empty', 'grant_type=', 'invalid_request'],
    ['twice', 'grant_type=client_credentials&grant_type=client_credentials', 'invalid_request'],
    ['twice, differently', 'grant_type=client_credentials&grant_type=refresh_token', 'invalid_request'],
    ['as a list of PHP', 'grant_type%5B%5D=client_credentials', 'invalid_request'],
    ['huge', `grant_type=${'x'.repeat(129)}`, 'invalid_request'],
    ['in another case', 'grant_type=CLIENT_CREDENTIALS', 'unsupported_grant_type'],
    ['with a blank', 'grant_type=client_credentials+', 'unsupported_grant_type'],
    ['with a NUL', 'grant_type=client_credentials%00', 'unsupported_grant_type'],
    ['with a line end', 'grant_type=client_credentials%0A', 'unsupported_grant_type'],
    ...['password', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code', 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', '<script>alert(1)</script>'].map((name) => [name, `grant_type=${encodeURIComponent(name)}`, 'unsupported_grant_type'] as const),
  ] as const) {
    const reply = await form(TOKEN, body, web);
    refused(t, reply, error, what);
    t.notMatch(reply.body, '<script>', 'what was sent is not sent back');
  }
});

t.test('a client has only its own grants', async (t) => {
  for (const [client, grantType] of [
    ['service', 'authorization_code'], ['service', 'refresh_token'], ['service', 'login_info'], ['other', 'login_info'], ['spa', 'login_info'], ['spa', 'client_credentials'],
    ['native', 'client_credentials'],
  ] as const) refused(t, await provider.token(client, { grant_type: grantType }), 'unauthorized_client', `${client} ${grantType}`);
});

t.test('a body of another type is 415', async (t) => {
  const body = new URLSearchParams(wanted).toString();
  for (const type of [
    'text/plain', 'multipart/form-data; boundary=x', 'application/xml', 'application/json-patch+json', 'application/jsonx', 'application/octet-stream', 'x', '*/*',
    'application/x-www-form-urlencodedx', 'text/plain; application/json', 'application/csp-report', `,${FORM}`,
  ]) refused(t, await post(body, type), 'invalid_request', type, 415);
  refused(t, await post(body, undefined), 'invalid_request', 'none', 415);
});

t.test('the types that are taken, however they are spelled', async (t) => {
  for (const type of [FORM, `${FORM}; charset=UTF-8`, `${FORM};charset=utf-8`, 'Application/X-WWW-Form-Urlencoded', `${FORM} ; x=y`]) {
    granted(t, await post(new URLSearchParams(wanted).toString(), type), type);
  }
  for (const type of [JSON_TYPE, `${JSON_TYPE}; charset=utf-8`, `${JSON_TYPE};charset="UTF-8"`, 'APPLICATION/JSON']) {
    granted(t, await post(JSON.stringify(wanted), type), type);
  }
});

t.test('a body that is no JSON object is 400', async (t) => {
  const good = JSON.stringify(wanted);
  for (const body of [
    '', '[]', `[${good}]`, 'null', '1', 'true', '"grant_type=client_credentials"', '{', good.slice(0, -1), `${good}}`, `${good}${good}`, `${good}\0`, '{\'grant_type\':\'x\'}', '{grant_type:1}', `\uFEFF[${good}]`,
    '{"grant_type":"client_credentials",}', 'undefined', 'NaN', 'grant_type=client_credentials', '{"grant_type":"\u0001"}',
  ]) refused(t, await post(body, JSON_TYPE), 'invalid_request', JSON.stringify(body.slice(0, 40)));
});

t.test('what is no text where a text belongs is 400', async (t) => {
  for (const name of ['grant_type', 'scope', 'code', 'redirect_uri', 'code_verifier', 'refresh_token', 'client_id', 'client_assertion', 'client_assertion_type']) {
    for (const value of [1, null, true, [], ['x'], {}, { toString: 'x' }]) {
      const reply = await post(JSON.stringify({ ...wanted, [name]: value }), JSON_TYPE);
      refused(t, reply, 'invalid_request', `${name}: ${JSON.stringify(value)}`);
      t.match(reply.json()['message'], `${name} must be one text.`);
    }
  }
});

t.test('keys of prototypes are nothing special in a form, and refused in JSON', async (t) => {
  for (const name of ['__proto__', 'constructor', 'constructor.prototype', '__proto__[grant_type]', 'toString', 'hasOwnProperty']) {
    granted(t, await form(TOKEN, `${new URLSearchParams(wanted).toString()}&${encodeURIComponent(name)}=refresh_token`, web), name);
  }
  for (const body of ['{"__proto__":{"grant_type":"client_credentials"}}', '{"grant_type":"client_credentials","__proto__":null}',
    '{"grant_type":"client_credentials","constructor":{"prototype":{"scope":"users"}}}', '{"grant_type":"client_credentials","x":{"__proto__":1}}']) {
    refused(t, await post(body, JSON_TYPE), 'invalid_request', body);
  }
  t.equal(({} as Record<string, unknown>)['grant_type'], undefined);
  t.equal(({} as Record<string, unknown>)['scope'], undefined);
});

t.test('huge and deep bodies', async (t) => {
  refused(t, await form(TOKEN, `${new URLSearchParams(wanted).toString()}&x=${'y'.repeat(100 * 1024)}`, web), 'invalid_request', '100 KiB of form', 413);
  refused(t, await post(JSON.stringify({ ...wanted, x: 'y'.repeat(100 * 1024) }), JSON_TYPE), 'invalid_request', '100 KiB of JSON', 413);
  for (const [open, close] of [['[', ']'], ['{"a":', '}']] as const) {
    const deep = `${open.repeat(5000)}1${close.repeat(5000)}`;
    granted(t, await post(`{"grant_type":"client_credentials","x":${deep}}`, JSON_TYPE), 'deep, where nobody looks');
    refused(t, await post(`{"grant_type":${deep}}`, JSON_TYPE), 'invalid_request', 'deep, as grant_type');
    refused(t, await post(`{"grant_type":"login_info","login_info":${deep}}`, JSON_TYPE), 'invalid_request', 'deep, as login_info');
  }
  granted(t, await form(TOKEN, `${new URLSearchParams(wanted).toString()}${'&x'.repeat(20_000)}`, web), 'very many parameters');
});

t.test('escapes that are none', async (t) => {
  for (const [value, error] of [['%', 'unsupported_grant_type'], ['%zz', 'unsupported_grant_type'], ['%f', 'unsupported_grant_type'], ['%ff', 'unsupported_grant_type'], ['%u0041', 'unsupported_grant_type'],
    ['%C0%80', 'unsupported_grant_type'], ['%ED%A0%80', 'unsupported_grant_type']] as const) refused(t, await form(TOKEN, `grant_type=${value}`, web), error, value);
  for (const scope of ['%', '%ff', '%00', 'users%00', 'users%0d%0ax:y', '%C5%BE', 'users%22', 'users%5C']) {
    refused(t, await form(TOKEN, `grant_type=client_credentials&scope=${scope}`, web), 'invalid_scope', scope);
  }
  granted(t, await form(TOKEN, '%67rant_type=client%5Fcredentials&scope=%75sers', web), 'needless ones mean the same');
});

t.test('no body, and bodies in other methods', async (t) => {
  refused(t, await post(undefined, undefined), 'invalid_request', 'nothing');
  refused(t, await post('', FORM), 'invalid_request', 'an empty form');
  refused(t, await form(TOKEN, '&&&=&=x', web), 'invalid_request', 'a form of nothing');
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
    const reply = await ask({ method, url: `${TOKEN}?grant_type=client_credentials`, headers: web });
    refused(t, reply, 'invalid_request', method, 405);
    t.equal(reply.headers['allow'], 'POST', method);
  }
  refused(t, await form(`${TOKEN}/`, wanted, web), 'not_found', 'a slash more', 404);
  refused(t, await form('/API/auth/token', wanted, web), 'not_found', 'capitals', 404);
});

t.test('what is sent twice is refused, of every parameter that is read', async (t) => {
  const { access_token: token } = granted(t, await form(TOKEN, wanted, web));
  for (const name of ['scope', 'code', 'redirect_uri', 'code_verifier', 'refresh_token', 'login_info']) {
    refused(t, await form(TOKEN, `${new URLSearchParams(wanted).toString()}&${name}=users&${name}=users`, web), 'invalid_request', name);
  }
  for (const url of ['/api/auth/introspect', '/api/auth/revoke']) refused(t, await form(url, `token=${token}&token=${token}`, web), 'invalid_request', url);
});
