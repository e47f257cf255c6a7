// Requests that reach no route, or are no HTTP: answered with the same error object as everything else.

import { connect } from 'node:tls';
import t, { type Test } from 'tap';
import { openApp } from './app.ts';

const { ask, target, log } = await openApp(t);

/** What comes back on a connection on which these bytes are sent. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: target.port, servername: target.hostname, ca: target.ca });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject)
      .once('end', () => { resolve(Buffer.concat(chunks).toString()); }).write(text);
  });
}

function isErrorAnswer(t: Test, status: number, headers: string, body: string): void {
  const answer = JSON.parse(body) as Readonly<Record<string, unknown>>;
  t.match(answer, { error: /^[a-z_]+$/, error_description: /\.$/, code: status, message: answer['error_description'], data: [] }, body);
  t.notMatch(body, /FST_|HPE_|node_modules|statusCode/, 'without words of the libraries');
  t.match(headers, /cache-control: no-store/i);
  t.match(headers, /content-type: application\/json/i);
}

const wrong: readonly (readonly [title: string, status: number, method: string, url: string])[] = [
  ['a path whose escapes are wrong', 400, 'GET', '/%zz'],
  ['such a path with the POST of a sign-in', 400, 'POST', '/api/auth/%e0%a4%a'],
  ['a path that ends within an escape', 400, 'GET', '/.well-known/%'],
  ['a path that leads nowhere', 404, 'GET', '/nowhere'],
  ['a method that the path has not', 405, 'DELETE', '/api/auth/negotiate'],
];
for (const [title, status, method, url] of wrong) {
  await t.test(`${title} is answered with ${String(status)}`, async (t) => {
    const answer = await ask({ method, url });
    t.equal(answer.statusCode, status, answer.body);
    const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`).join('\n');
    isErrorAnswer(t, status, headers, answer.body);
    t.equal(answer.headers['www-authenticate'], undefined);
  });
}

const pages: readonly (readonly [url: string, allow: string | undefined])[] = [
  ['/en/auth', 'GET, POST'], ['/cs-CZ/auth', 'GET, POST'], ['/xx/auth?client_id=a', 'GET, POST'], ['/en/auth/windows', 'GET'], ['/en/auth/logout', 'GET, POST'],
  ...['/xx1/auth', '/api/auth', '/EN/auth', '/e/auth', '/eng/auth', '/en-us/auth', '/en_US/auth', '/en-USA/auth', '/en-/auth', '/%65n/auth/', '/en/auth/',
    '/en/auth/other', '/x/en/auth', '/en/au', '//en/auth', '/auth/auth', '/:lang/auth', '/en.auth', '/en/authx', '/ěn/auth'].map((url) => [encodeURI(url), undefined] as const),
];
await t.test('an unknown method of a page names those that it has, and what only looks like a language is nothing', async (t) => {
  for (const [url, allow] of pages) {
    for (const method of ['DELETE', 'PUT', 'PATCH']) {
      const answer = await ask({ method, url });
      t.equal(answer.headers['allow'], allow, `${method} ${url}`);
      const expected = allow === undefined ? { error: 'not_found', code: 404 } : { error: 'invalid_request', code: 405, message: `This takes ${allow.replace(', ', ' or ')}.` };
      t.match(answer.json(), expected, `${method} ${url}`);
      t.equal(answer.statusCode, expected.code, `${method} ${url}`);
    }
  }
});

await t.test('what only looks like a language shows no page', async (t) => {
  for (const [url, allow] of pages) {
    if (allow !== undefined) continue;
    for (const method of ['GET', 'POST']) {
      const answer = await ask({ method, url });
      t.match({ status: answer.statusCode, type: answer.headers['content-type'] }, { status: 404, type: /json/ }, `${method} ${url}`);
    }
  }
});

const host = `Host: ${target.hostname}`;
const end = 'Connection: close\r\n\r\n';
const notHttp: readonly (readonly [title: string, status: number, request: string])[] = [
  ['what is no HTTP', 400, 'hello\r\n\r\n'],
  ['a header without a name', 400, `GET / HTTP/1.1\r\n${host}\r\n: x\r\n\r\n`],
  ['two lengths that differ', 400, `POST /api/auth/negotiate HTTP/1.1\r\n${host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`],
  ['a length and chunks', 400, `POST /api/auth/negotiate HTTP/1.1\r\n${host}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['two Host headers', 400, `GET /health/live HTTP/1.1\r\n${host}\r\nHost: other.test\r\n${end}`],
  ['a sign-in over HTTP/1.0', 505, `POST /api/auth/negotiate HTTP/1.0\r\n${host}\r\nContent-Length: 0\r\n${end}`],
];
for (const [title, status, request] of notHttp) {
  await t.test(`${title} is answered with ${String(status)}`, async (t) => {
    const [headers = '', body = ''] = (await raw(request)).split('\r\n\r\n');
    t.equal(headers.slice(0, 12), `HTTP/1.1 ${String(status)}`, headers);
    isErrorAnswer(t, status, headers, body);
  });
}

await t.test('a query, which may carry a token, is not logged, and a health probe may speak HTTP/1.0', async (t) => {
  await ask({ method: 'GET', url: '/api/auth/userinfo?access_token=hush.hush.hush' });
  await ask({ method: 'GET', url: '/%zz?password=hush' });
  t.ok(log.some((line) => line.includes('/api/auth/userinfo')), 'the path is');
  t.strictSame(log.filter((line) => line.includes('hush')), []);
  t.match(await raw('GET /health/live HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /);
});

await t.test('none of them is a failure of the gateway', async (t) => {
  t.strictSame(log.filter((line) => line.includes('unexpected failure') || line.includes('"level":50')), []);
});
