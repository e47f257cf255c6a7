// Client assertions (RFC 7523): what is taken, once, and every forgery that is not.

import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { sampleClient } from '../stores/samples.ts';
import { jwkOf, pairs, setOf, signedJwt } from './keys.ts';
import { basic, issuer, keys, registered, secret, tokenEndpoint } from './registered.ts';

const FAILED = 'invalid_client 401';
const GOOD = 'signer by private_key_jwt';
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const es256 = { alg: 'ES256', kid: 'one' };

const request = (client_assertion: string) => ({ client_assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' });

async function signer(t: Test) {
  const set = await registered(t);
  /** Good claims, with these ones changed; undefined takes one away. */
  const claims = (change: Readonly<Record<string, unknown>> = {}) =>
    ({ iss: 'signer', sub: 'signer', aud: issuer, jti: randomUUID(), iat: set.now(), exp: set.now() + 60, ...change });
  const send = (jwt: string, more = {}): Promise<string> => set.outcome({ ...request(jwt), ...more });
  /** Signs with the first key. */
  const sign = (change: Readonly<Record<string, unknown>> = {}, header: object = es256): string =>
    signedJwt(header, claims(change), pairs.p256.privateKey, 'ES256');
  return { ...set, claims, send, sign };
}

t.test('each algorithm is taken with its key, by kid and without', async (t) => {
  const { claims, send } = await signer(t);
  for (const [alg, pair, kid] of [
    ['ES256', pairs.p256, 'one'], ['ES384', pairs.p384, 'two'], ['EdDSA', pairs.ed25519, 'three'], ['RS256', pairs.rsa, 'four'], ['PS256', pairs.rsa, 'four'],
  ] as const) {
    t.equal(await send(signedJwt({ alg, kid }, claims(), pair.privateKey)), GOOD, alg);
    t.equal(await send(signedJwt({ alg }, claims(), pair.privateKey)), GOOD, `${alg} without kid`);
    t.equal(await send(signedJwt({ alg, kid: 'nine' }, claims(), pair.privateKey)), FAILED, `${alg} with an unknown kid`);
    t.equal(await send(signedJwt({ alg, kid: kid === 'one' ? 'two' : 'one' }, claims(), pair.privateKey)), FAILED, `${alg} with another kid`);
  }
});

t.test('of several keys of one kind without a kid each is tried', async (t) => {
  const { store, claims, send } = await signer(t);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await store.addClient(sampleClient({ id: 'many', isPublic: false, jwks: setOf(jwkOf(other), jwkOf(pairs.p256), jwkOf(pairs.rsa)) }));
  const many = claims({ iss: 'many', sub: 'many' });
  for (const pair of [other, pairs.p256]) {
    t.equal(await send(signedJwt({ alg: 'ES256' }, { ...many, jti: randomUUID() }, pair.privateKey)), 'many by private_key_jwt');
  }
  t.equal(await send(signedJwt({ alg: 'ES256' }, many, stranger.privateKey)), FAILED);
});

t.test('a key is good for nothing but what its JWK says', async (t) => {
  const { store, claims, send } = await signer(t);
  await store.addClient(sampleClient({ id: 'strict', isPublic: false, jwks: setOf(jwkOf(pairs.rsa, { alg: 'PS256' })) }));
  const strict = claims({ iss: 'strict', sub: 'strict' });
  t.equal(await send(signedJwt({ alg: 'RS256' }, strict, pairs.rsa.privateKey)), FAILED);
  t.equal(await send(signedJwt({ alg: 'PS256' }, strict, pairs.rsa.privateKey)), 'strict by private_key_jwt');
});

t.test('the audience is the issuer or the token endpoint, and nobody else', async (t) => {
  const { send, sign } = await signer(t);
  for (const aud of [issuer, tokenEndpoint, [issuer], [tokenEndpoint]]) t.equal(await send(sign({ aud })), GOOD, JSON.stringify(aud));
  for (const aud of [
    undefined, null, '', 1, {}, [], true, [[issuer]], { 0: issuer, length: 1 },
    `${issuer}/`, issuer.toUpperCase(), `${tokenEndpoint}/`, `${tokenEndpoint}?x`, 'https://evil.example', 'signer', [issuer, issuer], [issuer, tokenEndpoint], [issuer, 'https://evil.example'], ['https://evil.example', issuer], [null, issuer], `${issuer} ${tokenEndpoint}`,
  ]) t.equal(await send(sign({ aud })), FAILED, JSON.stringify(aud));
});

t.test('times are checked with a minute for clocks that are apart', async (t) => {
  const { now, send, sign } = await signer(t);
  const time = now();
  for (const change of [
    { exp: time + 360 }, { exp: time - 59 }, { exp: time + 0.5 }, { exp: time + 60, nbf: time + 60, iat: time + 60 },
    { iat: undefined }, { iat: time - 1e6 }, { nbf: time - 1e6 }, { iat: 0 },
  ]) t.equal(await send(sign(change)), GOOD, JSON.stringify(change));
  for (const change of [
    ...[undefined, null, String(time + 60), [time + 60], {}, true].map((exp) => ({ exp })),
    ...[0, -1, time - 60, time - 3600, time + 361, time + 360.5, (time + 60) * 1000, 1e300].map((exp) => ({ exp })),
    ...[time + 61, String(time), null, [time], time * 1000].flatMap((at) => [{ nbf: at }, { iat: at }]),
  ]) t.equal(await send(sign(change)), FAILED, JSON.stringify(change));
  // A number past the range of doubles is read as infinite.
  const raw = `{"iss":"signer","sub":"signer","aud":"${issuer}","jti":"inf","exp":1e999}`;
  t.equal(await send(signedJwt(es256, raw, pairs.p256.privateKey)), FAILED, 'infinite exp');
});

t.test('issuer and subject are both the client, and jti is there', async (t) => {
  const { send, sign } = await signer(t);
  for (const change of [
    { iss: undefined }, { sub: undefined }, { iss: undefined, sub: undefined }, { iss: 'public' }, { sub: 'public' }, { iss: 'public', sub: 'public' }, { iss: 'confidential', sub: 'confidential' }, { iss: 'nobody', sub: 'nobody' },
    { iss: 'Signer', sub: 'Signer' }, { iss: ['signer'], sub: ['signer'] }, { iss: '', sub: '' }, { iss: 1, sub: 1 }, { iss: null, sub: null }, { iss: 'signer ', sub: 'signer ' }, { iss: 'signer\0', sub: 'signer\0' },
    { jti: undefined }, { jti: '' }, { jti: null }, { jti: 1 }, { jti: ['x'] }, { jti: 'x'.repeat(256) },
  ]) t.equal(await send(sign(change)), FAILED, JSON.stringify(change).slice(0, 60));
  t.equal(await send(sign({ jti: 'x'.repeat(255) })), GOOD, 'the longest jti');
  t.equal(await send(sign({ jti: 'ž"\\\0', other: { deep: [1] } })), GOOD, 'an odd jti, and a claim that nobody knows');
  t.equal(await send(sign(), { client_id: 'signer' }), GOOD, 'with the client_id beside it');
  t.equal(await send(sign(), { client_id: 'public' }), 'invalid_request 400', 'with another client_id beside it');
  t.equal(await send(sign(), { client_secret: secret }), 'invalid_request 400', 'with a secret beside it');
  t.equal(await send(sign(), { authorization: basic(`confidential:${secret}`) }), 'invalid_request 400', 'with Basic beside it');
});

t.test('forged headers and signatures are refused', async (t) => {
  const { claims, send, sign } = await signer(t);
  const [header = '', payload = '', signature = ''] = sign().split('.');
  const publicPem = pairs.p256.publicKey.export({ type: 'spki', format: 'pem' });
  const hmac = (head: object, key: string | Buffer): string => {
    const input = [head, claims()].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  };
  const unsigned = (head: object): string => `${[head, claims()].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
  const forged: readonly (readonly [string, string])[] = [
    ...['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => [
      [`alg ${alg}`, unsigned({ alg })], [`alg ${alg} with a signature`, `${unsigned({ alg })}${signature}`], [`alg ${alg} with a kid`, `${unsigned({ alg, kid: 'one' })}AA`],
    ] as const),
    ['HS256 with the public key as PEM', hmac({ alg: 'HS256', kid: 'one' }, publicPem)],
    ['HS256 with the public key as DER', hmac({ alg: 'HS256' }, pairs.p256.publicKey.export({ type: 'spki', format: 'der' }))],
    ['HS256 with the JWK set', hmac({ alg: 'HS256' }, keys)], ['HS256 with nothing', hmac({ alg: 'HS256' }, '')],
    ['ES256 with an HMAC', hmac(es256, publicPem)],
    ...[['ES384', 'ES256'], ['RS256', 'ES256'], ['EdDSA', 'ES256'], ['PS256', 'ES256'], ['ES256K', 'ES256'], ['RS384', 'ES256'], ['es256', 'ES256'], ['Ed25519', 'ES256']].map(([alg, real]) =>
      [`${String(alg)} in the header, ${String(real)} in truth`, signedJwt({ alg, kid: 'one' }, claims(), pairs.p256.privateKey, real)] as const),
    ['PKCS #1 under PS256', signedJwt({ alg: 'PS256' }, claims(), pairs.rsa.privateKey, 'RS256')],
    ['no alg', signedJwt({ kid: 'one' }, claims(), pairs.p256.privateKey, 'ES256')],
    ['alg as array', signedJwt({ alg: ['ES256'] }, claims(), pairs.p256.privateKey, 'ES256')],
    ['alg as null', signedJwt({ alg: null }, claims(), pairs.p256.privateKey, 'ES256')],
    ['another key', signedJwt(es256, claims(), stranger.privateKey)],
    ['another key, embedded', signedJwt({ ...es256, jwk: jwkOf({ ...stranger }) }, claims(), stranger.privateKey)],
    ['another key, embedded, without kid', signedJwt({ alg: 'ES256', jwk: jwkOf({ ...stranger }) }, claims(), stranger.privateKey)],
    ...['../../../dev/null', "' OR 1=1 --", '', '\0', '__proto__', 'constructor', 'one\0', 'ONE', 'x'.repeat(1000)].map((kid) =>
      [`kid ${JSON.stringify(kid).slice(0, 20)}`, signedJwt({ alg: 'ES256', kid }, claims(), pairs.p256.privateKey)] as const),
    ...[1, null, ['one'], { one: 1 }, true].map((kid) => [`kid ${JSON.stringify(kid)}`, signedJwt({ alg: 'ES256', kid }, claims(), pairs.p256.privateKey)] as const),
    ...[{ crit: ['exp'], exp: 1 }, { crit: [] }, { crit: ['b64'], b64: true }, { crit: ['b64'], b64: false }, { b64: false }, { b64: true }, { crit: null }, { crit: 'x' }].map((more) =>
      [JSON.stringify(more), signedJwt({ ...es256, ...more }, claims(), pairs.p256.privateKey)] as const),
    ...['at+jwt', 'dpop+jwt', 'oauth-authz-req+jwt', 'logout+jwt', 'JOSE', '', 1, null, 'xjwt', 'jwtx'].map((typ) =>
      [`typ ${String(typ)}`, signedJwt({ ...es256, typ }, claims(), pairs.p256.privateKey)] as const),
    ['no signature', `${header}.${payload}.`], ['two parts', `${header}.${payload}`], ['four parts', `${header}.${payload}.${signature}.x`], ['encrypted form', `${header}.${payload}.${signature}.x.y`],
    ['another payload', `${header}.${sign().split('.')[1] ?? ''}.${signature}`], ['a cut signature', `${header}.${payload}.${signature.slice(0, -4)}`],
    ['a zero signature', `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`], ['a signature in DER', `${header}.${payload}.${Buffer.from('3006020101020101', 'hex').toString('base64url')}`],
    ['padding', `${header}=.${payload}.${signature}`], ['blanks', ` ${header}.${payload}.${signature}`], ['a line end', `${header}.${payload}.${signature}\n`], ['blanks inside', `${header}. ${payload}.${signature}`],
    ['other letters', `${header}.${payload}.${signature}+/`], ['nothing', '..'], ['one dot', '.'], ['words', 'a.b.c'], ['JSON serialization', JSON.stringify({ payload, protected: header, signature })],
    ['a header that is an array', signedJwt('["ES256"]', claims(), pairs.p256.privateKey, 'ES256')], ['a header that is no JSON', signedJwt('ES256', claims(), pairs.p256.privateKey, 'ES256')],
    ['a header in another encoding', `${Buffer.from([0xff]).toString('base64url')}.${payload}.${signature}`],
  ];
  for (const [what, jwt] of forged) t.equal(await send(jwt), FAILED, what);
  t.ok(forged.length > 70, `${String(forged.length)} forgeries`);
  t.equal(await send(`${header}.${payload}.${signature}`), GOOD, 'the real one was not used up by its forgeries');
});

t.test('a payload that is no object is refused, signed as it may be', async (t) => {
  const { claims, send } = await signer(t);
  const good = JSON.stringify(claims());
  for (const payload of [`[${good}]`, '[]', 'null', '1', `"${'x'.repeat(20)}"`, JSON.stringify(good), '', ' ', 'x', good.slice(0, -1), `${good}x`, `\uFEFF${good}`]) {
    t.equal(await send(signedJwt(es256, payload, pairs.p256.privateKey)), FAILED, payload.slice(0, 20));
  }
  t.equal(await send(signedJwt(es256, ` ${good}\n`, pairs.p256.privateKey)), GOOD, 'blanks around it');
  const prototype = '{"__proto__":{"iss":"signer","sub":"signer"},"aud":"x"}';
  t.equal(await send(signedJwt(es256, prototype, pairs.p256.privateKey)), FAILED, 'claims of a prototype');
});

t.test('every character counts', async (t) => {
  const { send, sign } = await signer(t);
  const jwt = sign();
  // The last character of a signature has bits that mean nothing.
  for (let at = 0; at < jwt.length - 1; at += 5) {
    const changed = `${jwt.slice(0, at)}${jwt[at] === 'A' ? 'B' : 'A'}${jwt.slice(at + 1)}`;
    if (await send(changed) === GOOD) t.fail(`character ${String(at)}`);
  }
  t.equal(await send(jwt), GOOD);
});

t.test('what a header says of other keys is not followed', async (t) => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end(setOf(jwkOf({ ...stranger })));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => { server.close(); });
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/keys`;
  const { claims, send } = await signer(t);
  for (const more of [{ jku: url }, { x5u: url }, { jku: url, kid: 'one' }, { x5c: ['MIIB'] }]) {
    t.equal(await send(signedJwt({ alg: 'ES256', ...more }, claims(), stranger.privateKey)), FAILED, JSON.stringify(Object.keys(more)));
    t.equal(await send(signedJwt({ alg: 'ES256', ...more }, claims(), pairs.p256.privateKey)), GOOD, 'nor is it in the way of a good signature');
  }
  t.equal(asked, 0, 'nobody was asked');
});

t.test('an assertion is good once: later, from elsewhere in the same moment, and with another signature', async (t) => {
  const { send, sign, claims, pass, now } = await signer(t);
  const jwt = sign();
  t.equal(await send(jwt), GOOD);
  t.equal(await send(jwt), FAILED, 'again');
  t.equal(await send(sign({ jti: 'same' })), GOOD);
  t.equal(await send(sign({ jti: 'same', exp: now() + 200 })), FAILED, 'another assertion with the same jti');
  const raced = sign();
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => send(raced)));
  t.equal(outcomes.filter((one) => one === GOOD).length, 1, 'one of eight in parallel');
  const longest = sign({ exp: now() + 360 });
  t.equal(await send(longest), GOOD);
  for (const seconds of [359, 60, 1, 1]) {
    pass(seconds);
    t.equal(await send(longest), FAILED, `${String(seconds)} seconds later`);
  }
  t.equal(await send(signedJwt(es256, claims(), pairs.p256.privateKey)), GOOD, 'a fresh one goes on');
});

t.test('two clients may use the same jti', async (t) => {
  const { store, send, sign } = await signer(t);
  await store.addClient(sampleClient({ id: 'other', isPublic: false, jwks: keys }));
  t.equal(await send(sign({ jti: 'x' })), GOOD);
  t.equal(await send(sign({ jti: 'x', iss: 'other', sub: 'other' })), 'other by private_key_jwt');
});

t.test('a huge assertion is refused unread', async (t) => {
  const { failure, send, sign } = await signer(t);
  const room = 8192 - sign({ pad: '' }).length;
  t.equal(await send(sign({ pad: 'x'.repeat(Math.floor(room * 0.75) - 3) })), GOOD, 'just small enough');
  t.match((await failure(request(sign({ pad: 'x'.repeat(8192) })))).detail, /longer than 8192/);
  t.match((await failure(request('x'.repeat(5_000_000)))).detail, /longer than 8192/);
});

t.test('the log says what was wrong, the answer does not', async (t) => {
  const { failure, sign } = await signer(t);
  for (const [jwt, detail] of [
    [sign({ aud: 'x' }), /aud is not just one of/], [sign({ exp: 1 }), /it has expired/], [sign({ exp: 1e10 }), /more than 300 seconds ahead/], [sign({ iat: 1e10 }), /iat is in the future/],
    [sign({ jti: 1 }), /jti is no text/], [sign({}, { alg: 'ES256', kid: 'nine' }), /not by a registered key/], [sign({ iss: 'confidential', sub: 'confidential' }), /it has no registered keys/],
    [sign({ iss: 'nobody', sub: 'nobody' }), /it is unknown/],
  ] as const) {
    const { message, detail: logged } = await failure(request(jwt));
    t.equal(message, 'Client authentication failed.');
    t.match(logged, detail);
  }
});
