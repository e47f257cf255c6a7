// PKCE (RFC 7636, RFC 9700 §2.1.1): a code is of no use without the verifier of its own request, and nobody can talk us out of it.

import { createHash } from 'node:crypto';
import t from 'tap';
import { isErrorReply, isLoginPage } from './answers.ts';
import { answerOf, asking, Cookies, type Fields, formTokenOf, openProvider, PASSWORD, pkce } from './provider.ts';

const provider = await openProvider(t);
const spa = 'https://spa.example/cb';
const good = pkce().challenge.code_challenge;
const challengeOf = (verifier: string): Fields =>
  ({ code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' });

const requests: readonly (readonly [title: string, challenge: Fields])[] = [
  ['no challenge', {}],
  ['an empty challenge', { code_challenge: '', code_challenge_method: '' }],
  ['a method without a challenge', { code_challenge_method: 'S256' }],
  ['a challenge without a method, which would mean plain', { code_challenge: good }],
  ['an empty method', { code_challenge: good, code_challenge_method: '' }],
  ['plain', { code_challenge: good, code_challenge_method: 'plain' }],
  ['the method in another case', { code_challenge: good, code_challenge_method: 's256' }],
  ['an unknown method', { code_challenge: good, code_challenge_method: 'S512' }],
  ['a challenge that is one short', { code_challenge: good.slice(1), code_challenge_method: 'S256' }],
  ['a challenge that is one long', { code_challenge: `${good}A`, code_challenge_method: 'S256' }],
  ['a challenge with padding', { code_challenge: `${good}=`, code_challenge_method: 'S256' }],
  ['a challenge in base64', { code_challenge: `+/${good.slice(2)}`, code_challenge_method: 'S256' }],
  ['a challenge in hexadecimal', { code_challenge: 'a'.repeat(64), code_challenge_method: 'S256' }],
  ['a challenge with a line feed', { code_challenge: `${good}\n`, code_challenge_method: 'S256' }],
  ['a challenge that is not ASCII', { code_challenge: `é${good.slice(1)}`, code_challenge_method: 'S256' }],
];
for (const [title, challenge] of requests) {
  t.test(`a public client with ${title}: invalid_request`, async (t) => {
    isErrorReply(t, provider, await provider.authorize({ ...asking('spa'), ...challenge }), spa, 'invalid_request');
  });
  if (Object.keys(challenge).length > 0 && challenge['code_challenge'] !== '') {
    t.test(`nor may a confidential one come with ${title}`, async (t) => {
      isErrorReply(t, provider, await provider.authorize({ ...asking('web'), ...challenge }), 'https://app.example/cb', 'invalid_request');
    });
  }
}

t.test('a native client needs it, too, at its loopback port', async (t) => {
  const uri = 'http://127.0.0.1:5000/callback';
  isErrorReply(t, provider, await provider.authorize({ ...asking('native'), redirect_uri: uri }), uri, 'invalid_request');
});

t.test('a confidential client may do without it', async (t) => {
  isLoginPage(t, await provider.authorize(asking('web')), 200, 'https://app.example');
});

t.test('the fault is said before anybody signs in, by prompt=none as well', async (t) => {
  isErrorReply(t, provider, await provider.authorize({ ...asking('spa'), prompt: 'none' }), spa, 'invalid_request');
});

/** The exchange of a code that was asked for with this challenge. */
async function exchange(client: 'spa' | 'web', challenge: Fields) {
  const code = await provider.code({ ...asking(client), ...challenge });
  return (fields: Fields) => provider.token(client, {
    grant_type: 'authorization_code', code, redirect_uri: client === 'spa' ? spa : 'https://app.example/cb', ...fields,
  });
}

const verifiers: readonly (readonly [title: string, verifier: (right: string) => string | undefined, error?: string])[] = [
  ['no verifier', () => undefined],
  ['an empty verifier', () => ''],
  ['a verifier of the same length', () => pkce().verifier],
  ['the challenge as the verifier', () => good],
  ['a verifier that is one short', (right) => right.slice(1)],
  ['a verifier that is one long', (right) => `${right}A`],
  ['a verifier in another case', (right) => right.toUpperCase() === right ? right.toLowerCase() : right.toUpperCase()],
  ['a verifier with a blank after it', (right) => `${right} `],
  ['a verifier with a line feed after it', (right) => `${right}\n`],
  ['a verifier with padding', (right) => `${right}=`],
  ['a verifier that is not ASCII', (right) => `é${right.slice(1)}`],
  ['a verifier with a NUL', (right) => `${right}\0`],
  ['a verifier of 129 characters', (right) => right.padEnd(129, 'A')],
  ['a huge verifier', (right) => right.padEnd(300, 'A'), 'invalid_request'],
];
for (const client of ['spa', 'web'] as const) {
  for (const [title, verifier, error = 'invalid_grant'] of verifiers) {
    t.test(`${title} gets ${client} nothing: ${error}`, async (t) => {
      const { verifier: right, challenge } = pkce();
      const redeem = await exchange(client, challenge);
      const wrong = verifier(right);
      const reply = await redeem(wrong === undefined ? {} : { code_verifier: wrong });
      t.equal(reply.statusCode, 400, reply.body);
      t.equal(reply.json()['error'], error);
      t.notMatch(reply.body, /access_token/);
      t.equal((await redeem({ code_verifier: right })).statusCode, 200, 'the code still waits for the right one');
    });
  }
}

t.test('a verifier that is right and came twice: invalid_request', async (t) => {
  const { verifier, challenge } = pkce();
  const code = await provider.code({ ...asking('spa'), ...challenge });
  const fields = new URLSearchParams({ grant_type: 'authorization_code', client_id: 'spa', code, redirect_uri: spa, code_verifier: verifier });
  fields.append('code_verifier', verifier);
  const reply = await provider.form('/api/auth/token', fields.toString());
  t.equal(reply.statusCode, 400);
  t.equal(reply.json()['error'], 'invalid_request');
});

t.test('a short verifier is refused though its hash is the challenge', async (t) => {
  for (const verifier of ['short', 'a'.repeat(42), 'a'.repeat(129), 'é'.repeat(43), '']) {
    const redeem = await exchange('spa', challengeOf(verifier));
    const reply = await redeem({ code_verifier: verifier });
    t.equal(reply.statusCode, 400, verifier);
    t.equal(reply.json()['error'], 'invalid_grant');
  }
});

t.test('verifiers from 43 to 128 characters of the RFC are good', async (t) => {
  for (const verifier of ['a'.repeat(43), '-._~'.repeat(32)]) {
    const redeem = await exchange('spa', challengeOf(verifier));
    t.equal((await redeem({ code_verifier: verifier })).statusCode, 200);
  }
});

t.test('a verifier for a code without a challenge is refused: somebody took the challenge away on its way', async (t) => {
  const redeem = await exchange('web', {});
  const reply = await redeem({ code_verifier: pkce().verifier });
  t.equal(reply.statusCode, 400);
  t.equal(reply.json()['error'], 'invalid_grant');
  t.equal((await redeem({})).statusCode, 200, 'as it was asked for, it is good');
});

t.test('the verifier of another flow of the same client and browser gets nothing', async (t) => {
  const [mine, other] = [pkce(), pkce()];
  const [redeemMine, redeemOther] = [await exchange('spa', mine.challenge), await exchange('spa', other.challenge)];
  const crossed = [await redeemMine({ code_verifier: other.verifier }), await redeemOther({ code_verifier: mine.verifier })];
  t.strictSame(crossed.map((reply) => reply.json()['error']), ['invalid_grant', 'invalid_grant']);
  t.equal((await redeemMine({ code_verifier: mine.verifier })).statusCode, 200);
  t.equal((await redeemOther({ code_verifier: other.verifier })).statusCode, 200);
});

t.test('the challenge of the form\'s address is the one that counts, whatever the body of the form says', async (t) => {
  const { verifier, challenge } = pkce();
  const cookies = new Cookies();
  const asked = { ...asking('spa'), ...challenge };
  const page = await provider.authorize(asked, { cookies });
  cookies.take(page);
  const form = { form_token: formTokenOf(page), sign_in: 'password', user: 'alice', password: PASSWORD, ...pkce().challenge, client_id: 'web' };
  const reply = await provider.form(`/en/auth?${new URLSearchParams(asked).toString()}`, form, cookies.header);
  const { code = '' } = answerOf(reply);
  const tokens = await provider.token('spa', { grant_type: 'authorization_code', code, redirect_uri: spa, code_verifier: verifier });
  t.equal(tokens.statusCode, 200, tokens.body);
});
