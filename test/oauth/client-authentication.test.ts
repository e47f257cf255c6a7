// How clients prove themselves at the endpoints, each way alone and all the wrong ones (RFC 6749 §2.3, §5.2; RFC 7523 §3; OIDC Core §9).

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import t from 'tap';
import { secretDigest } from '../../src/clients/secret.ts';
import { jwkOf, type Pair, pairs, setOf, signedJwt } from '../clients/keys.ts';
import { clients, openProvider, type Fields } from './provider.ts';
import { granted, refused } from './worth.ts';

const provider = await openProvider(t);
const { form, secrets, gateway: { store, issuer } } = provider;
const TOKEN = '/api/auth/token';
const wanted = { grant_type: 'client_credentials', scope: 'users' };
const authorization = (text: string): Fields => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const web = provider.basic('web');

await store.addClient({ ...clients.web, id: 'signer', name: 'Signer', jwks: setOf(jwkOf(pairs.p256, { kid: 'one' }), jwkOf(pairs.rsa, { kid: 'two' })) });
await store.addClient({ ...clients.service, id: 'odd ~id', name: 'Odd' }, secretDigest('a:b +%&ž='));

interface Claims { readonly [name: string]: unknown }

function assertion(change: Claims = {}, header: Claims = {}, pair: Pair = pairs.p256): Fields {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'signer', sub: 'signer', aud: issuer, jti: randomUUID(), exp: now + 60, ...change };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signedJwt({ alg: 'ES256', kid: 'one', ...header }, claims, pair.privateKey, pair === pairs.rsa ? 'RS256' : 'ES256'),
  };
}

t.test('every way that discovery names works, at every endpoint that takes it', async (t) => {
  const post = { client_id: 'web', client_secret: secrets.web };
  granted(t, await form(TOKEN, wanted, web), 'basic');
  granted(t, await form(TOKEN, { ...wanted, ...post }), 'post');
  granted(t, await form(TOKEN, { ...wanted, ...assertion() }), 'private_key_jwt');
  granted(t, await form(TOKEN, { ...wanted, ...assertion({ aud: `${issuer}${TOKEN}` }, { alg: 'RS256', kid: 'two' }, pairs.rsa) }), 'the URL as aud, RSA');
  granted(t, await form(TOKEN, { ...wanted, ...assertion(), client_id: 'signer' }), 'with its id beside it');
  const { access_token: token } = granted(t, await form(TOKEN, { ...wanted, ...assertion() }));
  for (const [what, fields, headers] of [['basic', {}, web], ['post', post, {}], ['private_key_jwt', assertion(), {}]] as const) {
    t.match((await form('/api/auth/introspect', { token, ...fields }, headers)).json(), { active: true, client_id: 'signer' }, what);
  }
  const revoke = await form('/api/auth/revoke', { token, ...assertion() });
  t.strictSame([revoke.statusCode, revoke.body], [200, '{}']);
  t.strictSame((await form('/api/auth/introspect', { token, ...assertion() })).json(), { active: false });
  t.equal((await form('/api/auth/revoke', { token: 'x', client_id: 'spa' })).statusCode, 200, 'none');
});

t.test('an assertion is good once, in series and in parallel, and across endpoints', async (t) => {
  const one = assertion();
  granted(t, await form(TOKEN, { ...wanted, ...one }));
  refused(t, await form(TOKEN, { ...wanted, ...one }), 'invalid_client', 'again', 401);
  refused(t, await form('/api/auth/introspect', { token: 'x', ...one }), 'invalid_client', 'at another endpoint', 401);
  refused(t, await form('/api/auth/revoke', { token: 'x', ...one }), 'invalid_client', 'at a third one', 401);
  const other = assertion();
  const replies = await Promise.all(Array.from({ length: 8 }, () => form(TOKEN, { ...wanted, ...other })));
  t.strictSame(replies.map(({ statusCode }) => statusCode).sort(), [200, 401, 401, 401, 401, 401, 401, 401]);
});

t.test('an assertion that is not quite right', async (t) => {
  const now = Math.floor(Date.now() / 1000);
  const { client_assertion: good = '' } = assertion();
  for (const [what, fields] of Object.entries<Fields>({
    'another aud': assertion({ aud: 'https://other.example' }), 'the introspection endpoint as aud': assertion({ aud: `${issuer}/api/auth/introspect` }),
    'two aud': assertion({ aud: [issuer, 'https://other.example'] }), 'no aud': assertion({ aud: undefined }),
    'expired': assertion({ exp: now - 61 }), 'for a day': assertion({ exp: now + 86_400 }), 'for ever': assertion({ exp: undefined }), 'exp as text': assertion({ exp: String(now + 60) }),
    'from the future': assertion({ nbf: now + 120 }), 'no jti': assertion({ jti: undefined }), 'another sub': assertion({ sub: 'web' }), 'of a client with a secret': assertion({ iss: 'web', sub: 'web' }),
    'of a public client': assertion({ iss: 'spa', sub: 'spa' }), 'of nobody': assertion({ iss: 'nobody', sub: 'nobody' }),
    'another key': assertion({}, {}, generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    'alg none': { ...assertion(), client_assertion: signedJwt({ alg: 'none' }, { iss: 'signer', sub: 'signer' }, pairs.p256.privateKey, 'ES256') },
    'its own key': assertion({}, { kid: undefined, jwk: jwkOf(pairs.p256) }, pairs.rsa), 'crit': assertion({}, { crit: ['x'], x: 1 }),
    'no signature': { ...assertion(), client_assertion: good.replace(/[^.]+$/, '') }, 'not a JWT': { ...assertion(), client_assertion: 'x' },
    'an access token': { ...assertion(), client_assertion: granted(t, await form(TOKEN, wanted, web)).access_token },
  })) refused(t, await form(TOKEN, { ...wanted, ...fields }), 'invalid_client', what, 401);
});

t.test('ways that do not go together, or are not the client\'s', async (t) => {
  const { client_assertion_type: type = '', client_assertion: jwt = '' } = assertion();
  for (const [what, fields, headers, error] of [
    ['Basic and post', { client_id: 'web', client_secret: secrets.web }, web, 'invalid_request'],
    ['Basic and an assertion', assertion(), web, 'invalid_request'],
    ['post and an assertion', { client_id: 'signer', client_secret: 'x', ...assertion() }, {}, 'invalid_request'],
    ['Basic and another client_id', { client_id: 'other' }, web, 'invalid_request'],
    ['an assertion and another client_id', { client_id: 'web', ...assertion() }, {}, 'invalid_request'],
    ['a secret without client_id', { client_secret: secrets.web }, {}, 'invalid_request'],
    ['an assertion without its type', { client_assertion: jwt }, {}, 'invalid_request'],
    ['a type without its assertion', { client_assertion_type: type }, {}, 'invalid_request'],
    ['another type', { client_assertion: jwt, client_assertion_type: `${type} ` }, {}, 'invalid_request'],
    ['nothing', {}, {}, 'invalid_client'],
    ['a confidential client without its secret', { client_id: 'web' }, {}, 'invalid_client'],
    ['a signing client without its assertion', { client_id: 'signer' }, {}, 'invalid_client'],
    ['a signing client with a secret', { client_id: 'signer', client_secret: 'x' }, {}, 'invalid_client'],
    ['a public client with a secret', { client_id: 'spa', client_secret: secrets.web }, {}, 'invalid_client'],
    ['another client\'s secret', { client_id: 'web', client_secret: secrets.other }, {}, 'invalid_client'],
    ['the digest of the secret', { client_id: 'web', client_secret: secretDigest(secrets.web) }, {}, 'invalid_client'],
    ['an id in capitals', { client_id: 'WEB', client_secret: secrets.web }, {}, 'invalid_client'],
    ['an id with a NUL', { client_id: 'web\0', client_secret: secrets.web }, {}, 'invalid_client'],
    ['a Bearer token', {}, { authorization: `Bearer ${secrets.web}` }, 'invalid_client'],
  ] as const) {
    const reply = await form(TOKEN, { ...wanted, ...fields }, headers);
    refused(t, reply, error, what, error === 'invalid_client' ? 401 : 400);
    t.notOk('www-authenticate' in reply.headers, `${what}: Basic was not refused, so it is not offered`);
  }
});

t.test('who tried Basic in vain learns how it is spelled', async (t) => {
  for (const [what, headers] of [
    ['a wrong secret', authorization('web:wrong')], ['an unknown client', authorization(`nobody:${secrets.web}`)], ['no colon', authorization('web')], ['nothing', authorization('')],
    ['an empty secret', authorization('web:')], ['a public client', authorization('spa:')], ['no base64', { authorization: 'Basic !' }], ['small letters', { authorization: 'basic x' }],
    ['a blank more in the secret', authorization(`web:${secrets.web}+`)], ['a broken escape', authorization(`web:${secrets.web}%`)], ['not UTF-8', authorization('web:%ff')],
  ] as const) {
    const reply = await form(TOKEN, wanted, headers);
    refused(t, reply, 'invalid_client', what, 401);
    t.equal(reply.headers['www-authenticate'], 'Basic realm="token", charset="UTF-8"', what);
  }
});

t.test('the answer does not tell whether the client exists', async (t) => {
  const [unknown, wrong] = [await form(TOKEN, wanted, authorization(`nobody:${secrets.web}`)), await form(TOKEN, wanted, authorization('web:wrong'))];
  t.equal(unknown.body, wrong.body);
  t.strictSame(Object.keys(unknown.headers), Object.keys(wrong.headers));
  const [unknownPost, wrongPost] = [{ client_id: 'nobody', client_secret: 'x' }, { client_id: 'web', client_secret: 'x' }];
  t.equal((await form(TOKEN, { ...wanted, ...unknownPost })).body, (await form(TOKEN, { ...wanted, ...wrongPost })).body);
  t.equal((await form(TOKEN, { ...wanted, client_id: 'nobody' })).body, (await form(TOKEN, { ...wanted, client_id: 'web' })).body);
  t.equal((await form(TOKEN, { grant_type: 'no-such-grant' }, authorization('web:wrong'))).json()['error'], 'invalid_client', 'who it is comes first');
});

t.test('id and secret are form-encoded in Basic, each', async (t) => {
  const fields = { grant_type: 'client_credentials' };
  granted(t, await form(TOKEN, fields, authorization('odd+%7Eid:a%3Ab+%2B%25%26%C5%BE%3D')));
  granted(t, await form(TOKEN, fields, authorization('%6fdd%20~id:a%3ab%20%2B%25%26ž%3D')), 'more and fewer escapes');
  for (const text of ['odd ~id:a:b +%&ž=', 'odd+%7Eid:a:b+%2B%25%26%C5%BE%3D=', 'odd+~id%3Aa%3Ab+%2B%25%26%C5%BE%3D', 'odd+~id:a%3Ab%2B+%25%26%C5%BE%3D']) {
    refused(t, await form(TOKEN, fields, authorization(text)), 'invalid_client', text, 401);
  }
});

t.test('JSON says the same as a form', async (t) => {
  const json = (body: object, headers: Fields = {}) =>
    provider.ask({ method: 'POST', url: TOKEN, headers: { 'content-type': 'application/json', ...headers }, payload: JSON.stringify({ ...wanted, ...body }) });
  granted(t, await json({ client_id: 'web', client_secret: secrets.web }), 'post');
  granted(t, await json({}, web), 'basic');
  granted(t, await json(assertion()), 'private_key_jwt');
  granted(t, await json({ client_id: 'web', client_secret: '' }, web), 'empty means absent');
  refused(t, await json({ client_id: 'web', client_secret: 'x' }), 'invalid_client', 'wrong', 401);
  refused(t, await json({ client_id: 'web', client_secret: secrets.web }, web), 'invalid_request', 'two ways');
  for (const value of [1, null, true, ['web'], { id: 'web' }]) {
    refused(t, await json({ client_id: value, client_secret: secrets.web }), 'invalid_request', JSON.stringify(value));
    refused(t, await json({ client_id: 'web', client_secret: value }), 'invalid_request', JSON.stringify(value));
  }
});

t.test('what came twice is refused, whichever is right', async (t) => {
  const body = new URLSearchParams({ ...wanted, client_id: 'web', client_secret: secrets.web }).toString();
  for (const more of ['client_id=web', 'client_id=other', 'client_secret=x', `client_secret=${secrets.web}`, 'client_id=', 'client_id%5B%5D=web&client_id=web']) {
    refused(t, await form(TOKEN, `${body}&${more}`), 'invalid_request', more);
  }
  const { authorization: good = '' } = web;
  for (const values of [[good, good], [good, 'Basic eDp4'], ['Bearer x', good]]) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: values };
    refused(t, await provider.ask({ method: 'POST', url: TOKEN, headers, payload: new URLSearchParams(wanted).toString() }), 'invalid_request', values.join(' and ').slice(0, 20));
  }
});

t.test('nothing is read from the address', async (t) => {
  const query = new URLSearchParams({ ...wanted, client_id: 'web', client_secret: secrets.web }).toString();
  refused(t, await form(`${TOKEN}?${query}`, wanted), 'invalid_client', 'RFC 6749 §2.3.1', 401);
  refused(t, await form(`${TOKEN}?${query}`, '', web), 'invalid_request', 'grant_type');
  refused(t, await form('/api/auth/introspect?token=x', {}, web), 'invalid_request', 'token');
});
