// Tokens that are none: garbage, cut off, wrongly spelled, doubled and too large.

import t, { type Test } from 'tap';
import { randomBytes } from 'node:crypto';
import { KERBEROS } from '../../../src/mechanisms/token/mechanisms.ts';
import { negTokenInit } from '../../mechanisms/token/encoder.ts';
import { send, signIn, type Answer } from '../../realm/http.ts';
import { openSite } from '../../realm/site.ts';
import { makeToken } from '../../realm/tokens.ts';
import { refuses, type ExpectedRefusal } from '../refusal-answer.ts';

const { realm, gateway, ccache } = await openSite(t);

const malformed = (detail: RegExp): ExpectedRefusal => ({ status: 400, reason: 'malformed_token', detail });
const withHeader = (authorization: string | readonly string[]): Promise<Answer> =>
  send(gateway, '/api/auth/negotiate', { method: 'POST', headers: { authorization: authorization as string } });

await t.test('bytes that are no token are malformed', async (t) => {
  for (const bytes of [Buffer.from([0]), Buffer.from('hello'), Buffer.alloc(1000), Buffer.alloc(300, 0xff), Buffer.from([0x60, 0x84, 0xff, 0xff, 0xff, 0xff])]) {
    await refuses(t, gateway, () => signIn(gateway, bytes.toString('base64')), malformed(/./));
  }
});

for (const mechanism of ['spnego', 'krb5'] as const) {
  await t.test(`a token that is cut off anywhere is malformed, and the whole one then still signs in (${mechanism})`, async (t) => {
    const whole = Buffer.from(await makeToken(realm, ccache, { mechanism }), 'base64');
    for (const length of [1, 2, 3, 10, 17, 60, 200, Math.trunc(whole.length / 2), whole.length - 16, whole.length - 1]) {
      await refuses(t, gateway, () => signIn(gateway, whole.subarray(0, length).toString('base64')), malformed(/./));
    }
    await refuses(t, gateway, () => signIn(gateway, Buffer.concat([whole, Buffer.alloc(1)]).toString('base64')), malformed(/./));
    t.equal((await signIn(gateway, whole.toString('base64'))).status, 200);
  });
}

await t.test('base64 is taken in its one canonical spelling only', async (t) => {
  const notBase64 = malformed(/the token is not base64/);
  const token = await makeToken(realm, ccache);
  // 4 characters for 3 bytes: the wrong spellings need a token that is padded and one with a letter that differs.
  const padded = Buffer.from([0xfb, 0xff, 0xbf, 0xfe]).toString('base64');
  const spellings: Readonly<Record<string, string>> = {
    'URL-safe letters': padded.replaceAll('+', '-').replaceAll('/', '_'),
    'no padding': padded.replace(/=+$/, ''),
    'too much padding': `${padded}=`,
    'padding in the middle': `${padded}${padded}`,
    'bits past the end': padded.replace(/g==$/, 'h=='),
    'a blank inside': `${token.slice(0, 40)} ${token.slice(40)}`,
    'a tab inside': `${token.slice(0, 40)}\t${token.slice(40)}`,
    'a foreign letter': `${token.slice(0, 40)}*${token.slice(40)}`,
    'a quotation': `"${token}"`,
    'only padding': '====',
    'a comma and more': `${token}, Negotiate ${token}`,
    'a single letter': 'Y',
  };
  for (const [title, spelling] of Object.entries(spellings)) {
    t.comment(title);
    await refuses(t, gateway, () => signIn(gateway, spelling), notBase64);
  }
  t.equal((await signIn(gateway, token)).status, 200, 'the right spelling still signs in');
});

await t.test('the scheme is taken in any case and with more than one blank, as HTTP has it', async (t) => {
  t.equal((await withHeader(`nEGOTIATE ${await makeToken(realm, ccache)}`)).status, 200);
  t.equal((await withHeader(`Negotiate   ${await makeToken(realm, ccache)} `)).status, 200);
});

await t.test('two Authorization headers are refused, even if both are the same good token, which then still signs in', async (t) => {
  const token = `Negotiate ${await makeToken(realm, ccache)}`;
  const doubled = malformed(/more than one Authorization header/);
  await refuses(t, gateway, () => withHeader([token, token]), doubled);
  await refuses(t, gateway, () => withHeader(['Basic YTpi', token]), doubled);
  await refuses(t, gateway, () => withHeader([token, 'Basic YTpi']), doubled);
  t.equal((await withHeader(token)).status, 200);
});

await t.test('a token of 47 KiB is read and refused for what it is', async (t) => {
  const size = 47 * 1024;
  await refuses(t, gateway, () => signIn(gateway, randomBytes(size).fill(0, 0, 1).toString('base64')), malformed(/./));
  const spnego = negTokenInit([KERBEROS], { mechToken: Buffer.alloc(size - 100, 0x60) });
  await refuses(t, gateway, () => signIn(gateway, Buffer.from(spnego).toString('base64')), malformed(/./));
});

await t.test('a header of more than 64 KiB is answered with 431 as JSON, with a token or without', async (t) => {
  const before = gateway.log.length;
  checkAnswer431(t, await signIn(gateway, 'A'.repeat(66 * 1024)));
  checkAnswer431(t, await send(gateway, '/api/auth/negotiate', { method: 'POST', headers: { 'x-filler': 'A'.repeat(70 * 1024) } }));
  t.equal(gateway.log.slice(before).filter(({ level }) => Number(level) >= 50).length, 0, 'it is no failure of the gateway');
  t.equal((await signIn(gateway, await makeToken(realm, ccache))).status, 200);
});

function checkAnswer431(t: Test, answer: Answer): void {
  t.match(answer, { status: 431, json: { error: 'invalid_request', code: 431, reason: 'token_too_large', message: /larger than 64 KiB/, data: [] } }, answer.text);
  t.match(answer.headers, { 'cache-control': 'no-store', 'content-type': /^application\/json/, 'connection': 'close' });
  t.equal(answer.headers['www-authenticate'], undefined);
}

t.end();
