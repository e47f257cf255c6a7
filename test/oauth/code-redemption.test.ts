// Authorization codes are good once, for who got them, and for a minute (RFC 6749 §4.1.2, §4.1.3, §10.5; RFC 9700 §2.1.1, §4.5).

import t from 'tap';
import { newId } from '../../src/tokens/handle.ts';
import { later } from './clock.ts';
import { answerOf, asking, clients, Cookies, openProvider, pkce, type ClientName, type Fields, type SignIn } from './provider.ts';
import { alive, changeStore, dead, granted, refused, register, somebody } from './worth.ts';

const provider = await openProvider(t);
const { token } = provider;
const { store } = provider.gateway;
const [redirectUri, otherUri] = clients.web.redirectUris;
const SCOPE = 'openid jobs offline.access';

const newCode = (how?: SignIn): Promise<string> => provider.code(asking('web', SCOPE), how);
const redeem = (code: string, change: Fields = {}, client: ClientName = 'web') =>
  token(client, { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...change });

t.test('who brings a code again gets nothing, and what came of it dies', async (t) => {
  const code = await newCode();
  const tokens = granted(t, await redeem(code));
  refused(t, await redeem(code), 'invalid_grant', 'the second time');
  await dead(t, provider, 'web', tokens, 'after the second time');
  refused(t, await redeem(code), 'invalid_grant', 'the third time');
});

t.test('tokens that were refreshed meanwhile die, too', async (t) => {
  const code = await newCode();
  const first = granted(t, await redeem(code));
  const next = await alive(t, provider, 'web', first, 'before');
  refused(t, await redeem(code), 'invalid_grant', 'the second time');
  await dead(t, provider, 'web', next, 'the newest');
});

t.test('reuse is noticed when the code would long have expired', async (t) => {
  const code = await newCode();
  const tokens = granted(t, await redeem(code));
  later(t, 300);
  refused(t, await redeem(code), 'invalid_grant', 'five minutes later');
  await dead(t, provider, 'web', tokens, 'five minutes later');
});

t.test('of eight calls at once one gets tokens, and they are revoked', async (t) => {
  const code = await newCode();
  const replies = await Promise.all(Array.from({ length: 8 }, () => redeem(code)));
  const [won, ...more] = replies.filter(({ statusCode }) => statusCode === 200);
  t.strictSame(more, []);
  for (const reply of replies) if (reply !== won) refused(t, reply, 'invalid_grant', 'a loser');
  if (won === undefined) return t.fail('nobody won');
  await dead(t, provider, 'web', granted(t, won), 'the winner');
});

t.test('a request that is not that of the code gets nothing, and does not use it up', async (t) => {
  const code = await newCode();
  for (const [what, reply, error] of [
    ['another client', redeem(code, {}, 'other'), 'invalid_grant'],
    ['another client with its own redirect URI', redeem(code, { redirect_uri: clients.other.redirectUris[0] }, 'other'), 'invalid_grant'],
    ['a public client', redeem(code, {}, 'spa'), 'invalid_grant'],
    ['no redirect_uri', token('web', { grant_type: 'authorization_code', code }), 'invalid_request'],
    ['an empty redirect_uri', redeem(code, { redirect_uri: '' }), 'invalid_request'],
    ['another registered redirect_uri', redeem(code, { redirect_uri: otherUri }), 'invalid_grant'],
    ['a redirect_uri with a slash more', redeem(code, { redirect_uri: `${redirectUri}/` }), 'invalid_grant'],
    ['a redirect_uri in capitals', redeem(code, { redirect_uri: redirectUri.toUpperCase() }), 'invalid_grant'],
    ['a redirect_uri with a query', redeem(code, { redirect_uri: `${redirectUri}?` }), 'invalid_grant'],
    ['a verifier though there was no challenge', redeem(code, { code_verifier: pkce().verifier }), 'invalid_grant'],
  ] as const) refused(t, await reply, error, what);
  await alive(t, provider, 'web', granted(t, await redeem(code)), 'the right request');
});

t.test('a code with a challenge needs its verifier, and wrong ones do not use it up', async (t) => {
  const { verifier, challenge } = pkce();
  const code = await provider.code({ ...asking('web', SCOPE), ...challenge });
  for (const [what, change] of [
    ['none', {}], ['empty', { code_verifier: '' }], ['another', { code_verifier: pkce().verifier }],
    ['the challenge itself', { code_verifier: challenge.code_challenge }], ['a character more', { code_verifier: `${verifier}A` }],
    ['a character less', { code_verifier: verifier.slice(1) }], ['a blank more', { code_verifier: ` ${verifier}` }], ['padded', { code_verifier: `${verifier}=` }],
  ] as const) refused(t, await redeem(code, change), 'invalid_grant', `verifier: ${what}`);
  refused(t, await redeem(code, { code_verifier: 'A'.repeat(257) }), 'invalid_request', 'verifier: huge');
  granted(t, await redeem(code, { code_verifier: verifier }));
});

t.test('a code is good for a minute', async (t) => {
  const [early, late] = [await newCode(), await newCode()];
  await t.test('not quite one', async (t) => {
    later(t, 57);
    granted(t, await redeem(early));
  });
  await t.test('more than one', async (t) => {
    later(t, 61);
    refused(t, await redeem(late), 'invalid_grant', 'expired');
  });
});

t.test('nothing else passes for a code, and nothing of that spoils it', async (t) => {
  const cookies = new Cookies();
  const code = await newCode({ cookies });
  const { refresh_token: refreshToken, access_token: accessToken } = granted(t, await redeem(await newCode()));
  const changed = [0, 10, 20, 21, 22, 24, 26, 27, 40, 68, 69].map((at): readonly [string, string] =>
    [`character ${String(at)} changed`, `${code.slice(0, at)}${code[at] === 'g' ? 'w' : 'g'}${code.slice(at + 1)}`]);
  const session = cookies.get('__Host-myq-session') ?? '';
  t.equal(session.length, code.length);
  for (const [what, text] of [
    ...changed,
    ['cut', code.slice(0, -1)], ['a character more', `${code}A`], ['padded', `${code}=`], ['a blank before', ` ${code}`], ['a line end', `${code}\n`],
    ['a NUL', `${code}\0`], ['twice', `${code}${code}`], ['capitals', code.toUpperCase()], ['only its id', code.slice(0, 22)], ['a fresh id', newId()],
    ['another MAC', `${code.slice(0, 28)}${refreshToken.slice(28)}`],
    ['a refresh token', refreshToken], ['an access token', accessToken.slice(0, 512)], ['a session', session], ['null', 'null'], ['SQL', '\' OR 1=1 --'],
  ] as const) refused(t, await redeem(text), 'invalid_grant', what);
  for (const [what, text] of [['empty', ''], ['huge', 'A'.repeat(513)]] as const) refused(t, await redeem(text), 'invalid_request', what);
  granted(t, await redeem(code));
});

t.test('what ends a sign-in ends its code', async (t) => {
  for (const [what, happens] of [
    ['the user is disabled', (id: string) => store.setUserDisabled(id, true)],
    ['he is disabled and enabled again', async (id: string) => { await store.setUserDisabled(id, true); await store.setUserDisabled(id, false); }],
    ['he is removed', (id: string) => store.removeUser(id)],
    ['his password is changed', (id: string) => store.setPassword(id, 'another hash')],
    ['his password is taken', (id: string) => store.setPassword(id, undefined)],
    ['his PIN is changed', (id: string) => store.setPin(id, newId())],
  ] as const) {
    const { id, name } = await somebody(provider);
    const code = await newCode({ user: name });
    await happens(id);
    refused(t, await redeem(code), 'invalid_grant', what);
  }
});

t.test('signing out ends the codes of the session', async (t) => {
  const cookies = new Cookies();
  const { id_token: idToken } = await provider.tokens('web', SCOPE, { cookies });
  const again = async (): Promise<string> => answerOf(await provider.authorize(asking('web', SCOPE), { cookies }))['code'] ?? '';
  const [early, late, elsewhere] = [await again(), await again(), await newCode()];
  granted(t, await redeem(early), 'signed in');
  const out = await provider.ask({ url: `/en/auth/logout?id_token_hint=${idToken}`, headers: cookies.header });
  t.equal(out.statusCode, 200);
  refused(t, await redeem(late), 'invalid_grant', 'signed out');
  granted(t, await redeem(elsewhere), 'a code of another session');
});

t.test('a client that is removed, or may no longer use codes, gets nothing for its code', async (t) => {
  const code = await provider.code(asking('other', SCOPE));
  const fields = { grant_type: 'authorization_code', code, redirect_uri: clients.other.redirectUris[0] };
  changeStore(provider, 'UPDATE clients SET grants = ? WHERE id = ?', 'refresh_token', 'other');
  refused(t, await token('other', fields), 'unauthorized_client', 'the grant is taken');
  await store.removeClient('other');
  refused(t, await token('other', fields), 'invalid_client', 'removed', 401);
  await register(provider, clients.other, provider.secrets.other);
  refused(t, await token('other', fields), 'invalid_grant', 'registered again');
});
