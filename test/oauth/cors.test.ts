// Which pages may read which answers (Fetch Standard, CORS protocol; RFC 9700 §2.6): those of a client, where pages have business.

import t, { type Test } from 'tap';
import type { Reply } from '../routes/app.ts';
import { openProvider, type Fields } from './provider.ts';
import { granted } from './worth.ts';

const provider = await openProvider(t);
const { ask, form } = provider;
const WEB = 'https://app.example';
const OTHER = 'https://other.example';
const open = [
  ['POST', '/api/auth/token'], ['POST', '/api/auth/revoke'], ['GET', '/api/auth/userinfo'], ['POST', '/api/auth/userinfo'],
  ['GET', '/.well-known/jwks.json'], ['GET', '/.well-known/openid-configuration'], ['GET', '/.well-known/oauth-authorization-server'],
] as const;
const closed = [
  ['GET', '/en/auth'], ['POST', '/en/auth'], ['GET', '/en/auth/logout'], ['POST', '/en/auth/logout'], ['GET', '/en/auth/windows'], ['POST', '/api/auth/negotiate'], ['POST', '/api/auth/introspect'],
  ['GET', '/api/server/status'], ['GET', '/health/ready'], ['GET', '/api/openapi.json'], ['GET', '/nothing'], ['POST', '/api/auth/token/'], ['POST', '/API/AUTH/TOKEN'], ['POST', '//api/auth/token'], ['GET', '/.well-known/x'],
] as const;
const strange = ['https://evil.example', 'null', 'https://APP.example', 'HTTPS://app.example', 'https://app.example/', 'https://app.example:443', 'http://app.example', 'https://app.example.evil.example', 'https://sub.app.example',
  'https://evil.example https://app.example', '*', 'app.example', 'https://print.myq.test:8090'];

const preflight = (method: string, url: string, origin: string, headers = 'authorization,content-type'): Promise<Reply> =>
  ask({ method: 'OPTIONS', url, headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers } });
const asked = (method: string, url: string, origin?: string): Promise<Reply> =>
  ask({ method, url, headers: origin === undefined ? {} : { origin }, ...(method === 'POST' ? { payload: '' } : {}) });

/** No page can read it; one that asks beforehand is told nothing of what it might do. */
function unreadable(t: Test, reply: Reply, what: string): void {
  const allowed = Object.keys(reply.headers).filter((name) => name.startsWith('access-control-allow-'));
  t.strictSame(allowed, [], what);
}

/** Only this origin may read it; without cookies, in any case. */
function readable(t: Test, reply: Reply, origin: string, what: string): void {
  t.equal(reply.headers['access-control-allow-origin'], origin, what);
  t.notOk('access-control-allow-credentials' in reply.headers, what);
  variesByOrigin(t, reply, what);
}

function variesByOrigin(t: Test, { headers }: Reply, what: string): void {
  t.ok((headers.vary ?? '').toLowerCase().split(/, */).includes('origin'), `${what}: no cache gives it to another origin`);
}

t.test('a registered page may ask, where pages have business', async (t) => {
  for (const [method, url] of open) {
    for (const origin of [WEB, OTHER, 'https://spa.example']) {
      const reply = await preflight(method, url, origin);
      readable(t, reply, origin, `${method} ${url}`);
      t.match(reply, { statusCode: 204, body: '' });
      t.match(reply.headers, { 'access-control-allow-methods': /\bGET\b.*\bPOST\b|\bPOST\b.*\bGET\b/, 'access-control-allow-headers': /authorization.*content-type/i, 'access-control-max-age': '600' });
      t.notMatch(reply.headers['access-control-allow-methods'], /PUT|DELETE|PATCH|\*/);
      t.notMatch(reply.headers['access-control-allow-headers'], /\*|cookie/i);
    }
  }
});

t.test('any other page may not', async (t) => {
  for (const [method, url] of open) {
    for (const origin of strange) {
      unreadable(t, await preflight(method, url, origin), `preflight ${method} ${url} ${origin}`);
      const reply = await asked(method, url, origin);
      unreadable(t, reply, `${method} ${url} ${origin}`);
      variesByOrigin(t, reply, `${method} ${url} ${origin}`);
    }
  }
});

t.test('no page at all may read what belongs to the person, to services or to nobody', async (t) => {
  for (const [method, url] of closed) {
    for (const origin of [WEB, 'https://evil.example', 'null']) {
      unreadable(t, await preflight(method, url, origin), `preflight ${method} ${url} ${origin}`);
      unreadable(t, await asked(method, url, origin), `${method} ${url} ${origin}`);
    }
  }
});

t.test('public documents are readable for registered pages, and caches keep them apart', async (t) => {
  for (const [method, url] of open.filter(([, url]) => url.startsWith('/.well-known'))) {
    readable(t, await asked(method, url, WEB), WEB, url);
    const plain = await asked(method, url);
    t.match(plain.headers, { 'cache-control': /^public/ }, url);
    unreadable(t, plain, url);
    variesByOrigin(t, plain, `${url} without an origin`);
    const etag = String(plain.headers.etag);
    const again = await ask({ url, headers: { origin: WEB, 'if-none-match': etag } });
    t.equal(again.statusCode, 304, url);
    readable(t, again, WEB, `${url} from a cache`);
  }
});

t.test('tokens are readable for the pages of their own client alone', async (t) => {
  const fields = { grant_type: 'client_credentials', scope: 'users' };
  const ofWeb = async (origin: string): Promise<Reply> => form('/api/auth/token', fields, { ...provider.basic('web'), origin });
  const own = await ofWeb(WEB);
  granted(t, own);
  readable(t, own, WEB, 'its own page');
  for (const origin of [OTHER, 'https://spa.example', ...strange]) {
    const reply = await ofWeb(origin);
    granted(t, reply);
    unreadable(t, reply, origin);
    variesByOrigin(t, reply, origin);
  }
  unreadable(t, await form('/api/auth/token', fields, provider.basic('web')), 'no origin');
  unreadable(t, await form('/api/auth/token', { grant_type: 'client_credentials' }, { ...provider.basic('service'), origin: WEB }), 'a client without pages');
});

t.test('userinfo is readable for the pages of the token\'s client alone', async (t) => {
  const { access_token: token } = await provider.tokens('web', 'openid profile');
  const ofWeb = (origin: string, method = 'GET'): Promise<Reply> => ask({ method, url: '/api/auth/userinfo', headers: { authorization: `Bearer ${token}`, origin } });
  for (const method of ['GET', 'POST']) readable(t, await ofWeb(WEB, method), WEB, method);
  for (const origin of [OTHER, ...strange]) {
    const reply = await ofWeb(origin);
    t.equal(reply.statusCode, 200);
    unreadable(t, reply, origin);
    variesByOrigin(t, reply, origin);
  }
});

t.test('a page can read why it was refused', async (t) => {
  for (const [what, reply] of Object.entries<Reply>({
    'no grant type': await form('/api/auth/token', {}, { origin: WEB }),
    'a wrong secret': await form('/api/auth/token', { grant_type: 'client_credentials' }, { origin: WEB, authorization: 'Basic eDp4' }),
    'a wrong type': await ask({ method: 'POST', url: '/api/auth/token', headers: { origin: WEB, 'content-type': 'text/plain' }, payload: 'x' }),
    'too large': await form('/api/auth/token', `x=${'y'.repeat(70_000)}`, { origin: WEB }),
    'no token': await ask({ url: '/api/auth/userinfo', headers: { origin: WEB } }),
    'nothing to revoke': await form('/api/auth/revoke', {}, { origin: WEB }),
  })) {
    t.ok(reply.statusCode >= 400, what);
    readable(t, reply, WEB, what);
    t.match(reply.headers['access-control-expose-headers'], 'www-authenticate', what);
  }
});

t.test('a client that is gone takes its origins along', async (t) => {
  await provider.gateway.store.removeClient('spa');
  unreadable(t, await asked('GET', '/.well-known/jwks.json', 'https://spa.example'), 'spa');
  unreadable(t, await preflight('POST', '/api/auth/token', 'https://spa.example'), 'spa');
});

t.test('two origins are none', async (t) => {
  for (const origin of [[WEB, WEB], [WEB, 'https://evil.example'], ['https://evil.example', WEB]]) {
    const headers: Fields | Record<string, readonly string[]> = { origin };
    unreadable(t, await ask({ url: '/.well-known/jwks.json', headers }), origin.join());
  }
});
