// Who the calling client is: each way of saying it, alone and mixed, and that all failures are alike.

import t from 'tap';
import type { ClientCredentials } from '../../src/clients/authenticate.ts';
import { newClientSecret, secretDigest } from '../../src/clients/secret.ts';
import { UnavailableError } from '../../src/errors.ts';
import { basic, formEncoded, registered, secret, strangeId, strangeSecret } from './registered.ts';

const FAILED = 'invalid_client 401';
const WRONG = 'invalid_request 400';
const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

t.test('a client is taken by the way that is its own', async (t) => {
  const { outcome } = await registered(t);
  for (const [request, wanted] of [
    [{ client_id: 'public' }, 'public by none'],
    [{ client_id: 'public', client_secret: '', client_assertion: '', client_assertion_type: '' }, 'public by none'],
    [{ authorization: basic(`confidential:${secret}`) }, 'confidential by client_secret_basic'],
    [{ authorization: [basic(`confidential:${secret}`)] }, 'confidential by client_secret_basic'],
    [{ authorization: basic(`confidential:${secret}`), client_id: 'confidential' }, 'confidential by client_secret_basic'],
    [{ authorization: basic(`confidential:${secret}`), client_id: '', client_secret: '' }, 'confidential by client_secret_basic'],
    [{ authorization: [], client_id: 'confidential', client_secret: secret }, 'confidential by client_secret_post'],
    [{ client_id: strangeId, client_secret: strangeSecret }, `${strangeId} by client_secret_post`],
    [{ authorization: basic(`${formEncoded(strangeId)}:${formEncoded(strangeSecret)}`) }, `${strangeId} by client_secret_basic`],
  ] as const) t.equal(await outcome(request), wanted, JSON.stringify(request).slice(0, 80));
});

t.test('what does not fit the client fails', async (t) => {
  const { outcome } = await registered(t);
  for (const request of [
    {}, { client_id: '' }, { client_id: 'nobody' }, { client_id: 'confidential' }, { client_id: 'signer' }, { client_id: 'no-secret' },
    { client_id: 'public', client_secret: secret }, { authorization: basic(`public:${secret}`) }, { authorization: basic('public:') },
    { client_id: 'confidential', client_secret: 'wrong' }, { client_id: 'confidential', client_secret: secret.toUpperCase() },
    { client_id: 'confidential', client_secret: `${secret} ` }, { client_id: 'confidential', client_secret: secretDigest(secret) },
    { client_id: 'Confidential', client_secret: secret }, { client_id: 'confidential ', client_secret: secret }, { client_id: 'confidential\0', client_secret: secret },
    { client_id: 'signer', client_secret: secret }, { authorization: basic(`signer:${secret}`) },
    { client_id: 'no-secret', client_secret: secret }, { authorization: basic('no-secret:') },
    { client_id: 'nobody', client_secret: secret }, { authorization: basic(`nobody:${secret}`) },
    { client_id: 'x'.repeat(100_000), client_secret: 'x'.repeat(100_000) }, { client_id: '\uD800' }, { client_id: 'žluť' }, { client_id: 'a\nb' },
    { client_id: "' OR 1=1 --", client_secret: secret }, { client_id: '%' }, { client_id: '__proto__' },
  ]) t.equal(await outcome(request), FAILED, JSON.stringify(request).slice(0, 80));
});

t.test('several ways at once, or several clients, are a wrong request even if each of them is right', async (t) => {
  const { outcome } = await registered(t);
  const authorization = basic(`confidential:${secret}`);
  for (const request of [
    { authorization, client_secret: secret }, { authorization, client_id: 'confidential', client_secret: secret },
    { authorization, client_assertion: 'x', client_assertion_type: type }, { authorization, client_assertion_type: type }, { authorization, client_assertion: 'x' },
    { client_id: 'confidential', client_secret: secret, client_assertion: 'x', client_assertion_type: type },
    { authorization: [authorization, authorization] }, { authorization: [authorization, 'Bearer x'] },
    { authorization, client_id: 'public' }, { authorization, client_id: 'Confidential' }, { authorization, client_id: ' ' },
    { client_secret: secret }, { client_assertion: 'x' }, { client_assertion_type: type }, { client_assertion: 'x.y.z', client_assertion_type: 'urn:x' },
    { client_assertion: 'x.y.z', client_assertion_type: `${type} ` }, { client_assertion: 'x.y.z', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
  ]) t.equal(await outcome(request), WRONG, JSON.stringify(request).slice(0, 100));
});

t.test('Basic credentials are read strictly', async (t) => {
  const { outcome } = await registered(t);
  const good = basic(`confidential:${secret}`);
  const encoded = good.slice(6);
  for (const authorization of [`basic ${encoded}`, `BASIC ${encoded}`, `Basic   ${encoded}`]) {
    t.equal(await outcome({ authorization }), 'confidential by client_secret_basic', authorization.slice(0, 12));
  }
  const forSecret = (text: string | Uint8Array): string => basic(Buffer.concat([Buffer.from('confidential:'), Buffer.from(text)]));
  for (const authorization of [
    '', ' ', 'Basic', 'Basic ', 'Basic =', 'Basic ====', encoded, `Basic${encoded}`, `Basic\t${encoded}`, ` ${good}`, `${good} `, `${good} x`, `${good},${good}`, `${good}=`,
    `Basic ${encoded.replace(/.$/, '')}`, `Basic ${encoded.replace(/=+$/, '')}x`, `Basic "${encoded}"`, `Basic realm=${encoded}`, `Basic ${encoded}\n`, `Bearer ${encoded}`, `Negotiate ${encoded}`,
    `Digest ${encoded}`, `Basic Basic ${encoded}`, basic(''), basic(':'), basic('confidential'), basic(`:${secret}`), basic(`confidential ${secret}`), basic(`confidential%3A${secret}`),
    basic(`confidential:${secret}:`), basic(`confidential::${secret}`), basic(`confidential:${secret}\0`), basic(`confidential:${secret}\n`), basic(`confidential\0:${secret}`),
    basic(`\uFEFFconfidential:${secret}`), basic(`%EF%BB%BFconfidential:${secret}`), forSecret(`${secret}%00`), forSecret(`${secret}%`), forSecret(`${secret}%f`), forSecret(`${secret}%zz`), forSecret(`${secret}+`),
    forSecret(`${secret}%ff`), forSecret(`${secret}%C0%80`), forSecret(`${secret}%ED%A0%80`), forSecret(Buffer.from([0xff])), forSecret(Buffer.from([0xc0, 0x80])), forSecret(Buffer.from(secret, 'utf16le')),
    basic(Buffer.from(`confidential:${secret}`, 'utf16le')), basic('x'.repeat(100_000)), basic(`${'x'.repeat(100_000)}:x`),
    `Basic ${Buffer.from(`${formEncoded(strangeId)}:\u00ff\u00bf\u00be`, 'latin1').toString('base64url')}`,
  ]) t.equal(await outcome({ authorization }), FAILED, JSON.stringify(authorization).slice(0, 60));
  t.equal(await outcome({ authorization: basic(`%63onfidential:${secret}`) }), 'confidential by client_secret_basic', 'needless escapes mean the same');
  t.equal(await outcome({ authorization: basic(`${strangeId}:${strangeSecret}`) }), FAILED, 'what is not encoded is not what it looks');
});

t.test('a client that does not exist fails in the same words, and only the log knows', async (t) => {
  const { failure } = await registered(t);
  const requests: readonly (readonly [ClientCredentials, RegExp])[] = [
    [{ client_id: 'nobody', client_secret: secret }, /"nobody": it is unknown/],
    [{ client_id: 'confidential', client_secret: 'wrong-one' }, /"confidential": its secret is wrong/],
    [{ authorization: basic('confidential:wrong-one') }, /its secret is wrong/],
    [{ client_id: 'public', client_secret: 'wrong-one' }, /it is public and sent a secret/],
    [{ client_id: 'signer', client_secret: 'wrong-one' }, /it has registered keys and sent a secret/],
    [{ client_id: 'confidential' }, /it is confidential and sent no credentials/],
    [{ client_id: 'nobody' }, /it is unknown/],
    [{ client_id: 'no\u001b[31m\nbody\u202e' }, /^client "no\?\[31m\?body\?": it is unknown$/],
  ];
  for (const [request, detail] of requests) {
    const { error, statusCode, message, detail: logged = '' } = await failure(request);
    t.strictSame({ error, statusCode, message }, { error: 'invalid_client', statusCode: 401, message: 'Client authentication failed.' });
    t.match(logged, detail);
    t.notMatch(logged, /wrong-one|f{64}/, 'no secret in the log');
  }
  t.ok(((await failure({ client_id: 'x'.repeat(100_000) })).detail ?? '').length < 200, 'a huge id is cut in the log');
});

t.test('a secret that is being replaced is good beside the new one, and then no more', async (t) => {
  const { store, outcome, pass } = await registered(t);
  const next = newClientSecret();
  await store.setClientSecret('confidential', secretDigest(next), 1_800_000_000 + 3600);
  for (const client_secret of [secret, next]) t.equal(await outcome({ client_id: 'confidential', client_secret }), 'confidential by client_secret_post');
  t.equal(await outcome({ client_id: 'confidential', client_secret: 'third' }), FAILED);
  pass(3600);
  t.equal(await outcome({ client_id: 'confidential', client_secret: secret }), FAILED, 'the former one has ended');
  t.equal(await outcome({ client_id: 'confidential', client_secret: next }), 'confidential by client_secret_post');
  await store.setClientSecret('confidential', secretDigest('now'));
  t.equal(await outcome({ client_id: 'confidential', client_secret: next }), FAILED, 'at once');
  await store.removeClient('confidential');
  t.equal(await outcome({ client_id: 'confidential', client_secret: 'now' }), FAILED, 'removed');
});

t.test('what was authenticated cannot be changed, and an outage is no failure of the client', async (t) => {
  const { store, authenticate } = await registered(t);
  const authenticated = await authenticate({ client_id: 'public' });
  t.ok(Object.isFrozen(authenticated));
  await store.close();
  await t.rejects(authenticate({ client_id: 'public' }), UnavailableError);
  await t.rejects(authenticate({ client_id: 'nobody', client_secret: secret }), UnavailableError);
});
