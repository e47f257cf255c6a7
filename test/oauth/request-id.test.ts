// X-Request-Id: every answer has one, no two have the same, and log and error pages name it.

import t from 'tap';
import type { Question, Reply } from '../routes/app.ts';
import { elementsOf } from '../routes/pages/markup.ts';
import { asking, openProvider, type Provider } from './provider.ts';

const provider = await openProvider(t);
const { ask, log } = provider;
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const people = { accept: 'text/html' };
const asked = new URLSearchParams(asking('web')).toString();
const idOf = ({ headers }: Reply): string => String(headers['x-request-id']);

const questions: readonly (readonly [status: number, question: Question])[] = [
  [200, { url: '/health/live' }], [200, { url: '/api/server/status' }], [200, { url: '/api/openapi.json' }],
  [200, { url: '/.well-known/jwks.json' }], [200, { url: '/.well-known/openid-configuration' }],
  [304, { url: '/.well-known/jwks.json', headers: { 'if-none-match': '*' } }],
  [200, { method: 'POST', url: '/api/auth/token', headers: { ...form, ...provider.basic('service') }, payload: 'grant_type=client_credentials' }],
  [401, { method: 'POST', url: '/api/auth/token', headers: form, payload: 'grant_type=client_credentials' }],
  [400, { method: 'POST', url: '/api/auth/token', headers: { 'content-type': 'application/json' }, payload: '{' }],
  [413, { method: 'POST', url: '/api/auth/token', headers: form, payload: 'x'.repeat(70_000) }],
  [415, { method: 'POST', url: '/api/auth/token', headers: { 'content-type': 'text/plain' }, payload: 'x' }],
  [405, { method: 'DELETE', url: '/api/auth/token' }], [405, { method: 'HEAD', url: `/en/auth?${asked}` }],
  [401, { url: '/api/auth/userinfo' }], [401, { method: 'POST', url: '/api/auth/negotiate' }],
  [400, { method: 'POST', url: '/api/auth/negotiate', headers: { authorization: 'Negotiate !' } }],
  [204, { method: 'OPTIONS', url: '/api/auth/token', headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' } }],
  [404, { url: '/nothing' }], [404, { url: '/nothing', headers: people }],
  [200, { url: `/en/auth?${asked}`, headers: people }], [302, { url: `/en/auth?${asked}&prompt=none`, headers: people }],
  [400, { url: '/en/auth', headers: people }], [200, { url: '/en/auth/logout', headers: people }], [400, { url: '/en/auth/logout?client_id=x', headers: people }],
  [303, { method: 'POST', url: '/en/auth/logout', headers: form, payload: '' }],
  [403, { url: `/en/auth/windows?${asked}`, headers: { 'sec-fetch-mode': 'cors' } }],
  [400, { url: '/health/live', headers: { host: ['print.myq.test', 'evil.example'] } }],
];

t.test('every answer has one of its own', async (t) => {
  const ids = new Set<string>();
  for (const [status, question] of questions) {
    const what = `${question.method ?? 'GET'} ${question.url.slice(0, 40)}`;
    const reply = await ask(question);
    t.equal(reply.statusCode, status, what);
    t.match(idOf(reply), /^[0-9a-f]{8}-\d+$/, what);
    t.notOk(ids.has(idOf(reply)), what);
    ids.add(idOf(reply));
  }
  const more = await Promise.all(Array.from({ length: 20 }, () => ask({ url: '/health/live' })));
  t.equal(new Set([...ids, ...more.map(idOf)]).size, questions.length + 20, 'also of requests at once');
});

t.test('nobody else chooses it', async (t) => {
  for (const headers of [{ 'x-request-id': 'mine' }, { 'request-id': 'mine' }]) t.notMatch(idOf(await ask({ url: '/nothing', headers })), 'mine');
});

t.test('the log names the request by it', async (t) => {
  for (const [question, words] of [
    [{ method: 'POST', url: '/api/auth/token', headers: form, payload: 'grant_type=client_credentials' }, /must say which client/],
    [{ method: 'POST', url: '/api/auth/token', headers: { ...form, ...provider.basic('service') }, payload: 'grant_type=client_credentials' }, /tokens issued/],
    [{ url: '/api/auth/userinfo' }, /access token is missing/], [{ url: '/en/auth' }, /authorization request refused/],
    [{ url: '/en/auth/logout?client_id=x' }, /logout request refused/], [{ url: `/en/auth?${asked}&prompt=none` }, /authorization request refused/],
    [{ method: 'POST', url: '/en/auth', headers: form, payload: 'x'.repeat(70_000) }, /request refused/],
    [{ method: 'POST', url: '/api/auth/negotiate', headers: { authorization: 'Negotiate !' } }, /windows sign-in refused/],
  ] as readonly (readonly [Question, RegExp])[]) {
    const before = log.length;
    const reply = await ask(question);
    const lines = log.slice(before).map((line) => JSON.parse(line) as { readonly reqId?: string; readonly msg: string });
    t.equal(lines.length, 1, question.url);
    t.match(lines[0], { reqId: idOf(reply), msg: words }, question.url);
  }
});

t.test('a page that tells of an error shows it, so that whoever reads it can report it', async (t) => {
  for (const question of [
    { url: '/en/auth' }, { url: `/en/auth?${asked}&client_id=x` }, { url: '/en/auth/logout?client_id=x' }, { url: '/nothing' }, { url: `/en/auth?x=${'y'.repeat(17_000)}` },
    { method: 'POST', url: '/en/auth', headers: form, payload: 'x'.repeat(70_000) },
    { method: 'POST', url: '/en/auth/logout', headers: form, payload: 'answer=sign_out' },
  ] as readonly Question[]) {
    const reply = await ask({ ...question, headers: { ...people, ...question.headers } });
    const shown = elementsOf(reply.body).filter(({ name }) => name === 'dd').map(({ text }) => text);
    t.ok(shown.includes(idOf(reply)), `${question.url.slice(0, 40)}: ${shown.join(', ')}`);
  }
});

t.test('two gateways have no id in common, nor has one that starts again', async (t) => {
  const another: Provider = await openProvider(t);
  const [here, there] = [idOf(await ask({ url: '/health/live' })), idOf(await another.ask({ url: '/health/live' }))];
  t.match(there, /^[0-9a-f]{8}-\d+$/);
  t.not(there.split('-')[0], here.split('-')[0]);
});
