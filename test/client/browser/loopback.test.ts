// The listener by itself: who can end the waiting, what others are told, and how it ends.

import t, { type Test } from 'tap';
import { openLoopback } from '../../../src/client/browser/loopback.ts';
import { notSignedIn, signedIn } from '../../../src/client/browser/page.ts';
import { bring, type Bringing, connected, exchanged, isListening } from './asking.ts';

const STATE = 'the right state';

/** One that waits; closed with the test. */
async function waiting(t: Test, patience: NonNullable<Parameters<typeof openLoopback>[0]> = {}) {
  const loopback = await openLoopback(patience);
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await loopback.close();
  };
  t.teardown(close);
  const { redirectUri } = loopback;
  const answer = (query: Readonly<Record<string, string>> = {}): string => `${redirectUri}?${new URLSearchParams({ code: 'a code', state: STATE, ...query }).toString()}`;
  return { redirectUri, port: new URL(redirectUri).port, answer, close, arrival: loopback.arrival(STATE) };
}

t.test('nobody but who has the state ends the waiting, and the right answer is taken after all of them', async (t) => {
  const { redirectUri, port, answer, arrival } = await waiting(t);
  const origin = `http://127.0.0.1:${port}`;
  const elsewhere = (path: string): string => answer().replace('/callback', path);
  const cases: readonly (readonly [status: number, address: string, bringing?: Bringing])[] = [
    [400, redirectUri],
    [400, answer({ state: 'another state' })],
    [400, answer({ state: '' })],
    [400, answer({ state: STATE.toUpperCase() })],
    [400, answer({ state: 'x'.repeat(8000) })],
    [400, `${answer()}&state=${encodeURIComponent(STATE)}`],
    [400, `${answer()}&code=another`],
    [400, `${answer()}&iss=a&iss=b`],
    [400, `${redirectUri}?code=x`],
    [400, answer(), { headers: { host: 'attacker.example' } }],
    [400, answer(), { headers: { host: `localhost:${port}` } }],
    [400, answer(), { headers: { host: '127.0.0.1' } }],
    [400, answer(), { headers: { host: `attacker.example:${port}` } }],
    [405, answer(), { method: 'POST' }],
    [405, redirectUri, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `state=${encodeURIComponent(STATE)}&code=x` }],
    [405, answer(), { method: 'HEAD' }],
    [405, answer(), { method: 'OPTIONS' }],
    [405, answer(), { method: 'PUT' }],
    [400, answer(), { headers: { 'content-length': '2' }, body: '{}' }],
    [400, answer(), { headers: { 'transfer-encoding': 'chunked' }, body: '{}' }],
    [404, `${origin}/favicon.ico`],
    [404, origin],
    [404, elsewhere('/callback/')],
    [404, elsewhere('/Callback')],
    [404, elsewhere('/%63allback')],
    [404, elsewhere('//callback')],
  ];
  for (const [status, address, bringing] of cases) {
    const shown = await bring(address, bringing);
    t.equal(shown.status, status, `${address.slice(0, 100)} ${JSON.stringify(bringing ?? {})}`);
    if (bringing?.method !== 'HEAD') t.equal(shown.title, 'This does not belong here');
  }
  const host = `Host: 127.0.0.1:${port}`;
  const path = answer().slice(origin.length);
  t.match(await exchanged(redirectUri, `GET ${path} HTTP/1.1\r\n${host}\r\n${host}\r\n\r\n`), /^HTTP\/1\.1 400 /, 'a doubled Host');
  t.match(await exchanged(redirectUri, `GET ${answer()} HTTP/1.1\r\n${host}\r\n\r\n`), /^HTTP\/1\.1 404 /, 'a request as to a proxy');
  t.match(await exchanged(redirectUri, `GET /callback/../callback${path.slice(9)} HTTP/1.1\r\n${host}\r\n\r\n`), /^HTTP\/1\.1 404 /);
  t.match(await exchanged(redirectUri, `GET ${path} HTTP/1.1\r\n\r\n`), /^HTTP\/1\.1 400 /, 'no Host');
  t.equal(await exchanged(redirectUri, `GET ${path} HTTP/1.1\r\n${host}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), '', 'too long a header');
  t.equal(await exchanged(redirectUri, 'what is no HTTP\r\n\r\n'), '');
  t.equal(await exchanged(redirectUri, `CONNECT 127.0.0.1:${port} HTTP/1.1\r\n${host}\r\n\r\n`), '');

  const shown = bring(answer());
  const { url, show } = await arrival;
  t.strictSame(Object.fromEntries(url.searchParams), { code: 'a code', state: STATE });
  t.equal(url.href.split('?')[0], redirectUri);
  show(signedIn('print.myq.test'));
  t.match(await shown, { status: 200, title: 'Signed in', sentence: 'You are signed in to print.myq.test. You can close this window.' });
});

t.test('an answer is taken once, also when many come at once', async (t) => {
  const { answer, arrival } = await waiting(t);
  const all = Array.from({ length: 5 }, (_, index) => bring(answer({ code: String(index) })));
  const first = await arrival;
  const others = all.filter((_, index) => String(index) !== first.url.searchParams.get('code'));
  for (const { status, title } of await Promise.all(others)) t.strictSame([status, title], [400, 'This was already used']);
  first.show(signedIn('print.myq.test'));
  t.equal((await Promise.all(all)).filter(({ title }) => title === 'Signed in').length, 1);
  t.equal((await bring(answer())).title, 'This was already used');
});

t.test('before anybody waits for a state there is none that is right', async (t) => {
  const loopback = await openLoopback();
  t.teardown(() => loopback.close());
  t.equal((await bring(`${loopback.redirectUri}?state=&code=x`)).status, 400);
  t.equal((await bring(`${loopback.redirectUri}?state=undefined&code=x`)).status, 400);
});

t.test('no page is kept, framed, or leads anywhere, and none shows text of others as markup', async (t) => {
  const { answer, arrival, redirectUri } = await waiting(t);
  const strange = await bring(`${redirectUri}?state=<script>alert(1)</script>`);
  t.notMatch(strange.text, /<script|alert/);
  const shown = bring(answer());
  (await arrival).show(notSignedIn('<b onclick="x()">no</b> & \'never\''));
  const last = await shown;
  t.equal(last.sentence, 'Sign-in did not succeed: &lt;b onclick=&quot;x()&quot;&gt;no&lt;/b&gt; &amp; &#39;never&#39;. You can close this window and try again.');
  for (const { headers } of [strange, last]) {
    t.match(headers, {
      'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff',
      'connection': 'close',
    });
    t.match(headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; frame-ancestors 'none'; base-uri 'none'; form-action 'none'$/);
  }
});

t.test('at the end the last page is sent whole, connections that nobody uses are closed, and the port is free', async (t) => {
  const { answer, arrival, close, redirectUri } = await waiting(t);
  const idle = await connected(redirectUri);
  const ended = new Promise<void>((resolve) => { idle.once('error', () => undefined).once('close', () => { resolve(); }).resume(); });
  const half = await connected(redirectUri);
  half.once('error', () => undefined).resume().write('GET /callback HTTP/1.1\r\nHost: ');
  const shown = bring(answer());
  (await arrival).show(signedIn('print.myq.test'));
  const beginning = Date.now();
  await close();
  t.ok(Date.now() - beginning < 1_000, 'nobody is waited for');
  t.match((await shown).text, /^<!doctype html>[^]*<\/html>\n$/);
  await ended;
  t.notOk(await isListening(redirectUri));
});

t.test('a browser that was shown nothing is told that it is over', async (t) => {
  const { answer, arrival, close } = await waiting(t);
  const shown = bring(answer());
  await arrival;
  await close();
  t.match(await shown, { status: 400, title: 'Too late' });
});

t.test('a browser that hangs up before it is answered changes nothing', async (t) => {
  const { answer, arrival, close, redirectUri, port } = await waiting(t);
  const socket = await connected(redirectUri);
  socket.write(`GET ${answer().slice(redirectUri.length - '/callback'.length)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  const { show } = await arrival;
  socket.resetAndDestroy();
  t.equal((await bring(answer())).title, 'This was already used');
  show(signedIn('print.myq.test'));
  await close();
  t.notOk(await isListening(redirectUri));
});

t.test('a browser that reads nothing is not waited for', async (t) => {
  const { answer, arrival, close, redirectUri, port } = await waiting(t, { lastPage: 50 });
  const socket = await connected(redirectUri);
  socket.pause().once('error', () => undefined);
  socket.write(`GET ${answer().slice(redirectUri.length - '/callback'.length)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  (await arrival).show({ ...signedIn('print.myq.test'), sentence: 'x'.repeat(20_000_000) });
  await close();
  t.notOk(await isListening(redirectUri));
  socket.destroy();
});

t.test('who holds connections open loses them, and the right answer comes through', async (t) => {
  const { answer, arrival, redirectUri } = await waiting(t, { request: 200 });
  const held = await Promise.all(Array.from({ length: 16 }, () => connected(redirectUri)));
  const freed = held.map((socket, index) => new Promise<void>((resolve) => {
    socket.once('error', () => undefined).once('close', () => { resolve(); }).resume();
    if (index % 2 === 0) socket.write('GET /callback?state=');
  }));
  await t.rejects(bring(answer()), 'there are no more connections than that');
  await Promise.all(freed);
  const shown = bring(answer());
  (await arrival).show(signedIn('print.myq.test'));
  t.equal((await shown).title, 'Signed in');
});
