// GET /.well-known/jwks.json: the keys, and how long anybody may keep them.

import { importJWK, type JSONWebKeySet } from 'jose';
import t from 'tap';
import { openApp } from './app.ts';

const { ask, gateway } = await openApp(t);
const url = '/.well-known/jwks.json';
const first = await ask({ url });

t.test('the key set is published as such, for everybody, for a moment', async (t) => {
  t.equal(first.statusCode, 200);
  t.match(first.headers, {
    'content-type': 'application/jwk-set+json', 'cache-control': 'public, max-age=5, must-revalidate', etag: /^"[\w-]{43}"$/,
    'x-content-type-options': 'nosniff',
  });
  const { keys } = first.json<JSONWebKeySet>();
  t.equal(keys.length, 1);
  for (const key of keys) {
    t.strictSame(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'], 'no private member');
    t.equal(key.kid, (await gateway.keyring.current()).kid);
    await t.resolves(importJWK(key, 'ES256'));
  }
});

t.test('whoever has it already gets 304 without a body', async (t) => {
  const etag = String(first.headers['etag']);
  for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag}`, '*']) {
    const answer = await ask({ url, headers: { 'if-none-match': tag } });
    t.equal(answer.statusCode, 304, tag);
    t.equal(answer.body, '');
    t.match(answer.headers, { etag, 'cache-control': 'public, max-age=5, must-revalidate' });
  }
  for (const tag of ['"other"', etag.slice(1, -1), `${etag}x`, '', 'W/"other"']) {
    const answer = await ask({ url, headers: { 'if-none-match': tag } });
    t.equal(answer.statusCode, 200, tag);
    t.equal(answer.body, first.body);
  }
});

t.test('HEAD tells the same tag', async (t) => {
  const head = await ask({ method: 'HEAD', url });
  t.equal(head.statusCode, 200);
  t.equal(head.headers['etag'], first.headers['etag']);
});

t.test('it cannot be written', async (t) => {
  const answer = await ask({ method: 'POST', url });
  t.equal(answer.statusCode, 405);
  t.match(answer.headers, { allow: 'GET', 'cache-control': 'no-store' });
});
