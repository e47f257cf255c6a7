// What no line of the log ever has in it, whatever went right or wrong: passwords, PINs, cards, codes, tokens, client secrets, cookies.

import { join } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { cardDigest, pinDigest } from '../../src/identity/pin-card.ts';
import { openSecrets } from '../../src/tokens/secrets.ts';
import type { Reply } from '../routes/app.ts';
import { asking, clients, Cookies, formTokenOf, openProvider, PASSWORD, pkce, type Fields, type Tokens } from './provider.ts';
import { granted, refresh } from './worth.ts';

const provider = await openProvider(t, { config: '[Users]\nPinSignIn = True\n[Security]\nLockoutAttempts = 100' });
const { ask, form, authorize, log, secrets: { web: secret }, gateway: { store } } = provider;
const { config } = loadConfig(join(provider.directory, 'config.ini'));
const { digestKey } = await openSecrets({ store, sealKey: config.store.sealKey });
const [PIN, CARD, WRONG] = ['48291375', 'A1B2C3D4E5', 'hush hush, sweet Charlotte'] as const;
await store.setPin(provider.alice.id, pinDigest(digestKey, PIN));
await store.changeCards(provider.alice.id, { add: [cardDigest(digestKey, CARD)], remove: [] });

const TOKEN = '/api/auth/token';
const JSON_TYPE = { 'content-type': 'application/json' };
const [redirectUri] = clients.web.redirectUris;
const web = provider.basic('web');
/** Everything that was given out or typed so far. */
const seen = new Set<string>([PASSWORD, PIN, CARD, WRONG, secret, provider.secrets.other, (web.authorization ?? '').slice(6)]);

/** Remembers what is secret in an answer. */
function noted(reply: Reply, cookies?: Cookies): Reply {
  cookies?.take(reply);
  for (const line of reply.headers['set-cookie'] ?? []) seen.add(/^[^=]+=([^;]*)/.exec(line)?.[1] ?? '');
  for (const [, value = ''] of `${reply.headers.location ?? ''} ${reply.body}`.matchAll(/(?:[?&]code=|name="(?:form_token|code)" value=")([\w-]+)/g)) seen.add(value);
  for (const [, value = ''] of reply.body.matchAll(/"(?:access|refresh|id)_token":"([^"]+)"/g)) seen.add(value);
  return reply;
}

/** Parts of a secret that would be as good as the whole; the ids at the beginning of handles and the headers of JWTs are public. */
function partsOf(text: string): readonly string[] {
  const [, payload, signature] = text.split('.');
  if (signature !== undefined) return [payload ?? '', signature];
  if (/^[\w-]{70}$/.test(text)) return [text, text.slice(30)];
  if (/^[0-9a-f]{64}$/.test(text)) return [text, text.slice(40)];
  return [text, text.toLowerCase(), encodeURIComponent(text), text.replaceAll(' ', '+'), JSON.stringify(text).slice(1, -1)];
}

const asked = asking('web', 'openid profile jobs offline.access');
const address = (fields: Fields = asked): string => `/en/auth?${new URLSearchParams(fields).toString()}`;
const json = async (body: string, headers: Fields = web): Promise<Reply> => noted(await ask({ method: 'POST', url: TOKEN, headers: { ...JSON_TYPE, ...headers }, payload: body }));
const post = async (url: string, fields: Fields | string, headers: Fields = {}): Promise<Reply> => noted(await form(url, fields, headers));

/** Opens the login page and sends what is typed. */
async function typed(fields: Fields, cookies = new Cookies(), query: Fields = asked): Promise<Reply> {
  const page = noted(await authorize(query, { cookies }), cookies);
  return noted(await form(address(query), { form_token: formTokenOf(page), ...fields }, cookies.header), cookies);
}

t.test('flows that go well', async (t) => {
  const cookies = new Cookies();
  const { verifier, challenge } = pkce();
  seen.add(verifier);
  const reply = await typed({ sign_in: 'password', user: 'alice', password: PASSWORD }, cookies, { ...asked, ...challenge });
  const code = new URL(reply.headers.location ?? '').searchParams.get('code') ?? '';
  const tokens = granted(t, await post(TOKEN, { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }, web));
  const next = granted(t, noted(await refresh(provider, 'web', tokens.refresh_token)));
  for (const token of [next.access_token, next.refresh_token]) t.equal((await post('/api/auth/introspect', { token }, web)).json()['active'], true);
  t.equal((await ask({ url: '/api/auth/userinfo', headers: { authorization: `Bearer ${next.access_token}` } })).statusCode, 200);
  noted(await authorize({ ...asked, prompt: 'none', id_token_hint: next.id_token, response_mode: 'form_post' }, { cookies }), cookies);
  for (const token of [next.access_token, next.refresh_token]) t.equal((await post('/api/auth/revoke', { token }, web)).statusCode, 200);
  t.equal(noted(await ask({ url: `/en/auth/logout?id_token_hint=${next.id_token}`, headers: cookies.header })).statusCode, 200);
  for (const text of [PIN, CARD]) t.equal((await typed({ sign_in: 'pin', pin_or_card: text })).statusCode, 303);
  t.ok(seen.size > 15, `${String(seen.size)} secrets were about`);
  t.ok(log.length >= 8, 'and there were lines');
});

t.test('login_info of every type, right and wrong', async (t) => {
  for (const info of [
    { type: 1, card: CARD }, { type: 2, pin: PIN }, { type: 3, user: 'alice', pwd: PASSWORD }, { type: 4, card: CARD, pin: PIN }, { type: 5, card: CARD, pwd: PASSWORD },
  ]) {
    granted(t, await json(JSON.stringify({ grant_type: 'login_info', login_info: info })));
    granted(t, await post(TOKEN, { grant_type: 'login_info', login_info: JSON.stringify(info) }, web));
  }
  for (const info of [
    { type: 3, user: 'alice', pwd: WRONG }, { type: 3, user: WRONG, pwd: PASSWORD }, { type: 3, user: PASSWORD, pwd: 'alice' }, { type: 2, pin: `${PIN}0` },
    { type: 1, card: `${CARD}0` }, { type: 4, card: CARD, pin: CARD }, { type: 4, card: PIN, pin: PIN }, { type: 5, card: CARD, pwd: PIN },
    { type: PASSWORD, user: 'alice', pwd: PASSWORD }, { type: 3, user: { name: PASSWORD }, pwd: [PASSWORD] }, { [PASSWORD]: PIN }, [PASSWORD], PASSWORD,
  ]) {
    t.equal((await json(JSON.stringify({ grant_type: 'login_info', login_info: info }))).statusCode, 400, JSON.stringify(info));
  }
});

t.test('JSON that is none, with a password in it', async (t) => {
  const right = JSON.stringify({ grant_type: 'login_info', login_info: { type: 3, user: 'alice', pwd: PASSWORD } });
  for (const body of [
    right.slice(0, -1), right.slice(0, -3), `${right}}`, right.replace(`"${PASSWORD}"`, PASSWORD), right.replace(`"${PASSWORD}"`, `'${PASSWORD}'`), `${PASSWORD}`, `"${PASSWORD}`,
    right.replace(`"${PASSWORD}"`, `"${PASSWORD}\n"`), `{"grant_type":"login_info","${PASSWORD}`, `{"__proto__":"${PASSWORD}"}`,
  ]) t.equal((await json(body)).statusCode, 400, body);
  for (const text of [`{"type":3,"user":"alice","pwd":"${PASSWORD}`, `{"type":3,"user":"alice","pwd":${PASSWORD}}`, PASSWORD, `{'pwd':'${PASSWORD}'}`]) {
    const reply = await post(TOKEN, { grant_type: 'login_info', login_info: text }, web);
    t.match(reply.json(), { error: 'invalid_request', message: 'login_info is not JSON' });
  }
  t.equal((await post(TOKEN, right, web)).statusCode, 400, 'as a form');
});

t.test('client and secret in each other\'s place, doubled, or by a way that is not the client\'s', async (t) => {
  const basic = (text: string): Fields => {
    seen.add(Buffer.from(text).toString('base64'));
    return { authorization: `Basic ${Buffer.from(text).toString('base64')}` };
  };
  const fields = { grant_type: 'client_credentials' };
  for (const [more, headers] of [
    [{}, basic(`${secret}:web`)], [{ client_id: secret, client_secret: 'web' }, {}], [{ client_id: secret }, {}], [{ client_id: secret, client_secret: secret }, {}],
    [{ client_secret: secret }, {}], [{ client_id: 'other', client_secret: secret }, {}], [{ client_id: 'web', client_secret: secret }, web], [{}, basic(secret)],
    [{}, { authorization: `Bearer ${secret}` }], [{}, { authorization: secret }], [{}, { authorization: `Basic ${secret}` }], [{}, basic(`spa:${secret}`)],
    [{ client_assertion: secret, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }, {}], [{ client_assertion_type: secret }, {}],
    [{ scope: secret }, web], [{ grant_type: secret }, web],
  ] as readonly (readonly [Fields, Fields])[]) {
    const reply = await post(TOKEN, { ...fields, ...more }, headers);
    t.ok([400, 401].includes(reply.statusCode), reply.body);
  }
  t.ok(log.some((line) => line.includes(`client \\"${secret.slice(0, 40)}\\": it is unknown`)), 'a part of it, cut off, is told as what the client called itself');
});

t.test('the login form: what is typed into the wrong field, or sent with a wrong form', async (t) => {
  for (const fields of [
    { sign_in: 'password', user: 'alice', password: WRONG }, { sign_in: 'password', user: PASSWORD, password: '' }, { sign_in: 'password', user: PIN, password: CARD },
    { sign_in: 'password', user: `MYQ\\${WRONG}`, password: PASSWORD }, { sign_in: 'password', user: `${WRONG}@a@b`, password: WRONG },
    { sign_in: 'pin', pin_or_card: PASSWORD }, { sign_in: 'pin', pin_or_card: `${CARD}0` },
    { sign_in: PASSWORD, user: 'alice', password: PASSWORD }, { sign_in: 'password', user: 'alice', password: PASSWORD, form_token: 'x' },
  ] as readonly Fields[]) t.ok([400, 403].includes((await typed(fields)).statusCode), Object.keys(fields).join());
  t.equal((await post('/en/auth', { ...asked, user: 'alice', password: PASSWORD })).statusCode, 303);
  t.equal((await post('/en/auth/logout', { password: PASSWORD })).statusCode, 303);
  t.equal((await post(address(), { sign_in: 'password', user: 'alice', password: `${PASSWORD}${'x'.repeat(70_000)}` })).statusCode, 413);
  t.equal((await json(JSON.stringify({ sign_in: 'password', password: PASSWORD }), {})).statusCode, 400);
});

t.test('tokens in the wrong place, used twice, or spoilt', async (t) => {
  const code = await provider.code(asked);
  const redeem = (more: Fields = {}) => post(TOKEN, { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...more }, web);
  seen.add(code);
  const tokens: Tokens = granted(t, await redeem());
  for (const more of [{}, { code: tokens.refresh_token }, { code: `${code}x` }, { redirect_uri: code }, { code_verifier: code }] as readonly Fields[]) t.equal((await redeem(more)).statusCode, 400);
  const others = granted(t, noted(await form(TOKEN, { grant_type: 'authorization_code', code: await provider.code(asked), redirect_uri: redirectUri }, web)));
  noted(await refresh(provider, 'web', others.refresh_token));
  for (const text of [others.refresh_token, others.access_token.slice(0, 512), others.id_token.slice(0, 512)]) t.equal((await refresh(provider, 'web', text)).statusCode, 400);
  for (const [method, url, authorization] of [
    ['GET', `/api/auth/userinfo?access_token=${tokens.access_token}`, undefined], ['GET', '/api/auth/userinfo', `Bearer ${tokens.access_token}x`], ['GET', '/api/auth/userinfo', `Bearer ${tokens.refresh_token}`],
    ['GET', '/api/auth/userinfo', `Basic ${tokens.access_token}`], ['POST', '/api/auth/negotiate', `Bearer ${tokens.access_token}`], ['POST', '/api/auth/negotiate', `Negotiate ${Buffer.from(PASSWORD).toString('base64')}`],
    ...['/api/auth/userinfo', '/nothing', '/%zz'].map((url) => ['GET', `${url}?password=${PASSWORD.replaceAll(' ', '+')}&c=${code}`, undefined] as const),
    ['GET', `/nothing?code=${code}&password=${PASSWORD.replaceAll(' ', '+')}`, undefined], ['GET', `/en/auth/logout?id_token_hint=${tokens.id_token}x&client_id=nobody`, undefined],
    ['GET', address({ ...asked, id_token_hint: `${tokens.id_token}x` }), undefined], ['GET', `${address()}&redirect_uri=${code}`, undefined],
  ] as const) {
    seen.add(Buffer.from(PASSWORD).toString('base64'));
    noted(await ask({ method, url, headers: authorization === undefined ? {} : { authorization } }));
  }
  for (const url of ['/api/auth/introspect', '/api/auth/revoke']) t.equal((await post(url, { token: tokens.access_token, client_id: tokens.refresh_token })).statusCode, 401);
  const cookies = new Cookies();
  for (const name of ['session', 'form']) cookies.set(`__Host-myq-${name}`, code);
  noted(await authorize(asked, { cookies }));
});

t.test('no line has any of it', async (t) => {
  const parts = [...seen].filter((text) => text !== '' && text !== 'tried').flatMap(partsOf);
  t.ok(parts.length > 100, `${String(parts.length)} parts of secrets`);
  t.ok(log.length > 80, `${String(log.length)} lines`);
  for (const part of parts) t.strictSame(log.filter((line) => line.includes(part)), [], part.slice(0, 12));
});
