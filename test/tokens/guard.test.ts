// The guard of our bearer routes and jose, as a service elsewhere would use it, agree on every token.

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import t from 'tap';
import { openApp } from '../routes/app.ts';
import { forgedBearers, goodClaims, signed, signedBearers } from './bearers.ts';

const { ask, gateway } = await openApp(t);
const { id } = await gateway.store.addUser({ name: 'alice', aliases: [], scopes: [] });
const jwks = createLocalJWKSet(gateway.keyring.jwks as JSONWebKeySet);

async function guardTakes(authorization: string): Promise<boolean> {
  const answer = await ask({ url: '/api/auth/userinfo', headers: { authorization } });
  if (![200, 401].includes(answer.statusCode)) throw new Error(`${String(answer.statusCode)} ${answer.body}`);
  return answer.statusCode === 200;
}

/** As the README tells a service to verify. */
function joseTakes(token: string): Promise<boolean> {
  return jwtVerify(token, jwks, {
    issuer: gateway.issuer, audience: gateway.audience, typ: 'at+jwt', algorithms: ['ES256'],
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'scope'],
  }).then(({ protectedHeader }) => protectedHeader.kid !== undefined, () => false);
}

t.test('the guard and jose take the same tokens', async (t) => {
  const bearers = [...await signedBearers(gateway, id), ...await forgedBearers(gateway, id)];
  t.ok(bearers.length >= 70, `${String(bearers.length)} tokens`);
  for (const { what, token, good } of bearers) {
    t.equal(await joseTakes(token), good, `jose: ${what}`);
    t.equal(await guardTakes(`Bearer ${token}`), good, `guard: ${what}`);
  }
});

t.test('every single character of a token counts', async (t) => {
  const token = await signed(gateway, goodClaims(gateway, id));
  for (let at = 0; at < token.length - 1; at += 7) {
    const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
    if (await guardTakes(`Bearer ${changed}`)) t.fail(`guard: character ${String(at)}`);
    if (await joseTakes(changed)) t.fail(`jose: character ${String(at)}`);
  }
});

t.test('claims of a wrong type are refused, and are no failure of the gateway', async (t) => {
  const claims = goodClaims(gateway, id);
  for (const name of ['sub', 'scope', 'client_id']) {
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
