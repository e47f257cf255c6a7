// The guard of our bearer routes and jose, as a service elsewhere would use it, agree on every token, whichever of our keys signed it.

import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import t from 'tap';
import { openKey } from '../../src/tokens/signing-key.ts';
import { openApp } from '../routes/app.ts';
import { forgedBearers, goodClaims, signed, signedBearers, type Signing } from './bearers.ts';

// `init` made an ES256 key; the gateway has another one follow it.
const { ask, gateway, directory } = await openApp(t, { config: '[OAuth]\nSigningAlgorithm = RS256' });
const { id } = await gateway.store.addUser({ name: 'alice', aliases: [], scopes: [] });
const jwks = createLocalJWKSet(await gateway.keyring.jwks() as JSONWebKeySet);
const sealKey = createSecretKey(Buffer.from(readFileSync(join(directory, 'data/seal.key'), 'utf8'), 'base64'));
const stored = await gateway.store.signingKeys();

/** The gateway as if it signed with its key of this algorithm; `alg` is what the key is used for. */
function signing(algorithm: 'ES256' | 'RS256', alg: string = algorithm): Signing {
  const key = stored.find((one) => one.algorithm === algorithm);
  if (key === undefined) throw new Error(`there is no ${algorithm} key`);
  return { ...gateway, keyring: { ...gateway.keyring, current: () => openKey(sealKey, { ...key, algorithm: alg }) } };
}
const both = [signing('ES256'), signing('RS256')] as const;

async function guardTakes(authorization: string): Promise<boolean> {
  const answer = await ask({ url: '/api/auth/userinfo', headers: { authorization } });
  if (![200, 401].includes(answer.statusCode)) throw new Error(`${String(answer.statusCode)} ${answer.body}`);
  return answer.statusCode === 200;
}

/** As the README tells a service to verify. */
function joseTakes(token: string): Promise<boolean> {
  return jwtVerify(token, jwks, {
    issuer: gateway.issuer, audience: gateway.audience, typ: 'at+jwt', algorithms: ['ES256', 'RS256'],
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'scope'],
  }).then(({ protectedHeader }) => protectedHeader.kid !== undefined, () => false);
}

t.test('the guard and jose take the same tokens', async (t) => {
  for (const by of both) {
    const { algorithm } = await by.keyring.current();
    const bearers = [...await signedBearers(by, id), ...await forgedBearers(by, id)];
    t.ok(bearers.length >= 80, `${String(bearers.length)} tokens`);
    for (const { what, token, good } of bearers) {
      t.equal(await joseTakes(token), good, `jose: ${algorithm}, ${what}`);
      t.equal(await guardTakes(`Bearer ${token}`), good, `guard: ${algorithm}, ${what}`);
    }
  }
});

t.test('a key signs under its own id and with its own algorithm only', async (t) => {
  const [ec, rsa] = await Promise.all(both.map((by) => by.keyring.current()));
  const claims = goodClaims(gateway, id);
  for (const [what, token] of [
    ['ES256 under the id of the RSA key', await signed(both[0], claims, { kid: rsa?.kid })],
    ['ES256 under the id of the RSA key, called RS256', await signed(both[0], claims, { kid: rsa?.kid, alg: 'RS256' })],
    ['RS256 under the id of the EC key', await signed(both[1], claims, { kid: ec?.kid })],
    ['RS256 under the id of the EC key, called ES256', await signed(both[1], claims, { kid: ec?.kid, alg: 'ES256' })],
    ['PS256 with the RSA key', await signed(signing('RS256', 'PS256'), claims)],
    ['RS512 with the RSA key', await signed(signing('RS256', 'RS512'), claims)],
    ['RS512 with the RSA key, called RS256', await signed(signing('RS256', 'RS512'), claims, { alg: 'RS256' })],
  ] as const) {
    t.equal(await joseTakes(token), false, `jose: ${what}`);
    t.equal(await guardTakes(`Bearer ${token}`), false, `guard: ${what}`);
  }
});

t.test('every single character of a token counts', async (t) => {
  for (const by of both) {
    const token = await signed(by, goodClaims(gateway, id));
    for (let at = 0; at < token.length - 1; at += 7) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      if (await guardTakes(`Bearer ${changed}`)) t.fail(`guard: character ${String(at)}`);
      if (await joseTakes(changed)) t.fail(`jose: character ${String(at)}`);
    }
    t.equal(await guardTakes(`Bearer ${token}`), true);
  }
});

t.test('claims of a wrong type are refused, and are no failure of the gateway', async (t) => {
  const claims = goodClaims(gateway, id);
  for (const name of ['sub', 'scope', 'client_id', 'jti', 'grant_id']) {
    for (const value of [null, 1, true, [], ['openid'], {}, { split: 1 }]) {
      t.equal(
        await guardTakes(`Bearer ${await signed(gateway, { ...claims, [name]: value })}`), false, `${name}: ${JSON.stringify(value)}`,
      );
    }
  }
});

t.test('the scheme is read without regard to case, and the token comes after one blank', async (t) => {
  const token = await signed(gateway, goodClaims(gateway, id));
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) t.equal(await guardTakes(`${scheme} ${token}`), true, scheme);
  for (const header of ['', ' ', 'Bearer', 'Bearer ', `Bearer  ${token}`, `Bearer ${token} x`, `Bearer\t${token}`, `Bearer${token}`, token, `Bearer "${token}"`,
    `Bearer ${token},${token}`, `Bearer ${token}=`, `Basic ${token}`, `Negotiate ${token}`, `Bearer Bearer ${token}`]) {
    t.equal(await guardTakes(header), false, header.slice(0, 20));
  }
});

t.test('a token is read from the Authorization header only', async (t) => {
  const token = await signed(gateway, goodClaims(gateway, id));
  const answers = await Promise.all([
    ask({ url: `/api/auth/userinfo?access_token=${token}` }),
    ask({ url: '/api/auth/userinfo', headers: { cookie: `token=${token}; access_token=${token}` } }),
    ask({
      method: 'POST', url: '/api/auth/userinfo', headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `access_token=${token}`,
    }),
  ]);
  t.strictSame(answers.map(({ statusCode }) => statusCode), [401, 401, 401]);
});
