// The way out to Microsoft: whose certificate will do, how long and how large an answer may be, and where it may lead.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { freePort } from '../realm/exec.ts';
import { startWebServer, told, webOf } from './web-server.ts';

const MIB = 1024 * 1024;
const DAY = 86_400_000;

t.test('a server with a certificate of the authority is asked, and tells status, headers and text', async (t) => {
  const server = await startWebServer(t, { answer: (_request, response) => { response.writeHead(404, { 'X-Odd': 'ä' }).end('{"ü":1}'); } });
  const web = webOf(t, server.ca);
  const answer = await web.ask(`${server.url}/a?b`, { method: 'POST', headers: { 'x-own': '1' }, body: 'ä=1' });
  t.match(answer, { status: 404, text: '{"ü":1}', headers: { 'x-odd': 'ä' } });
  t.match(server.requests, [{ method: 'POST', url: '/a?b', headers: { accept: 'application/json', 'x-own': '1', 'content-length': '4' } }]);
});

t.test('no other certificate will do', async (t) => {
  const server = await startWebServer(t);
  const other = await startWebServer(t);
  const elsewhere = await startWebServer(t, { name: 'login.example.com' });
  const expired = await startWebServer(t, { issuedAt: new Date(Date.now() - 830 * DAY) });
  const early = await startWebServer(t, { issuedAt: new Date(Date.now() + 3 * DAY) });
  const old = await startWebServer(t, { tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } });
  for (const [url, ca, words] of [
    [server.url, other.ca, /certificate of 127\.0\.0\.1:\d+ is not trusted: .*CaFile of \[Entra\]/],
    [server.url, undefined, /is not trusted: .*CaFile/],
    [elsewhere.url, elsewhere.ca, /certificate of 127\.0\.0\.1:\d+ is not good: .*IP.*see Authority/],
    [server.url.replace('127.0.0.1', 'localhost'), server.ca, /certificate of localhost:\d+ is not good: .*localhost.*see Authority/],
    [expired.url, expired.ca, /is not good: .*expired.*clock of this machine/],
    [early.url, early.ca, /is not good: .*not yet valid.*clock of this machine/],
    [old.url, old.ca, /cannot be reached: .*HTTPS_PROXY/],
  ] as const) t.match(await told(webOf(t, ca), url), words, String(words));
  for (const one of [server, other, elsewhere, expired, early, old]) t.strictSame(one.requests, [], 'nothing was asked');
});

t.test('NODE_TLS_REJECT_UNAUTHORIZED=0, which somebody has set for another program, changes nothing', async (t) => {
  const server = await startWebServer(t);
  const program = `
    import { openWeb } from ${JSON.stringify(new URL('../../src/entra/web.ts', import.meta.url))};
    for (const ca of [undefined, [process.env.CA]]) {
      const web = openWeb({ section: 'Entra', ca, proxy: { https: undefined, none: undefined } });
      console.log(await web.ask(process.env.URL).then(({ status }) => status, ({ detail }) => detail));
      await web.close();
    }
    // What would have come of it otherwise.
    console.log(await fetch(process.env.URL).then(({ status }) => status, ({ message }) => message));`;
  const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_OPTIONS: '', URL: server.url, CA: server.ca };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const [untrusted, trusted, lax] = (await text(child.stdout)).trim().split('\n');
  t.match(untrusted, /is not trusted/);
  t.equal(trusted, '200');
  t.equal(lax, '200');
  t.equal(server.requests.length, 2);
});

t.test('an answer has 1 MiB at most, however it is sent', async (t) => {
  const server = await startWebServer(t, {
    answer: ({ url }, response) => {
      const size = url === '/at' ? MIB : MIB + 1;
      if (url === '/length') response.setHeader('content-length', size);
      if (url !== '/endless') return response.end(Buffer.alloc(size, 32));
      const more = (): void => { while (response.write(Buffer.alloc(65_536, 32))); };
      return response.on('drain', more) && more();
    },
  });
  const web = webOf(t, server.ca);
  t.equal(await told(web, `${server.url}/at`), '200');
  for (const path of ['over', 'length', 'endless']) t.match(await told(web, `${server.url}/${path}`), /has more than 1048576 bytes/, path);
  t.equal(await told(web, `${server.url}/at`), '200', 'the next one is answered');
});

t.test('whoever does not answer in time is given up: at once, within the headers, within the body, drop by drop', async (t) => {
  const server = await startWebServer(t, {
    answer: ({ url }, response) => {
      if (url === '/nothing') return;
      response.writeHead(200).flushHeaders();
      if (url === '/half') response.write('{');
      if (url !== '/drops') return;
      const timer = setInterval(() => response.write(' '), 20);
      response.once('close', () => { clearInterval(timer); });
    },
  });
  const web = webOf(t, server.ca, { timeout: 300 });
  await Promise.all(['nothing', 'head', 'half', 'drops'].map(async (path) => {
    const start = performance.now();
    t.match(await told(web, `${server.url}/${path}`), /127\.0\.0\.1:\d+ does not answer in time; .*HTTPS_PROXY/, path);
    const took = performance.now() - start;
    t.ok(took > 250 && took < 2000, `${path}: ${String(took)} ms`);
  }));
  const start = performance.now();
  t.match(await told(webOf(t, server.ca), `${server.url}/half`, { timeout: 100 }), /does not answer in time/, 'a question may have less time');
  t.ok(performance.now() - start < 1500);
});

t.test('a server that is not there, breaks off, or speaks no HTTPS', async (t) => {
  const server = await startWebServer(t, {
    answer: ({ url, socket }, response) => {
      if (url === '/length') response.writeHead(200, { 'content-length': 10 }).write('{}', () => { socket.destroy(); });
      else socket.destroy();
    },
  });
  const web = webOf(t, server.ca);
  const port = String(await freePort());
  for (const url of [`https://127.0.0.1:${port}`, `${server.url}/reset`, `${server.url}/length`, 'https://no-such-host.invalid/']) {
    const words = await told(web, url);
    t.match(words, /cannot be reached: .+; let this machine reach it, or set HTTPS_PROXY/, url);
  }
});

t.test('no redirect is followed, by questions and by what libraries ask', async (t) => {
  const other = await startWebServer(t);
  const server = await startWebServer(t, {
    answer: ({ url = '' }, response) => {
      const [, status, where] = url.split('/');
      response.writeHead(Number(status), where === 'none' ? {} : { location: where === 'other' ? other.url : '/200/here' }).end('{}');
    },
  });
  const web = webOf(t, server.ca);
  for (const status of [301, 302, 303, 307, 308]) {
    for (const where of ['here', 'other', 'none']) {
      const url = `${server.url}/${String(status)}/${where}`;
      t.match(await told(web, url), /answers with a redirect, which is not followed/, url);
      await t.rejects(web.fetch(url), { code: 'GW_UNAVAILABLE' }, url);
    }
  }
  t.notOk(server.requests.some(({ url }) => url === '/200/here'));
  t.strictSame(other.requests, []);
});

t.test('libraries get the same as the Fetch standard has it', async (t) => {
  const server = await startWebServer(t, {
    answer: ({ url }, response) => { response.writeHead(Number(url?.slice(1)), { 'x-two': ['a', 'b'], 'content-type': 'application/json' }).end('{"a":1}'); },
  });
  const { fetch } = webOf(t, server.ca);
  const answer = await fetch(`${server.url}/400`, { method: 'POST', headers: new Headers({ a: 'b' }), body: new URLSearchParams({ c: 'd e' }) });
  t.match([answer.status, answer.headers.get('x-two'), await answer.json()], [400, 'a, b', { a: 1 }]);
  t.match(server.requests[0], { method: 'POST', headers: { a: 'b', 'content-length': '5' } });
  t.equal((await fetch(`${server.url}/204`)).status, 204);
  await t.rejects(fetch(server.url, { method: 'POST', body: Buffer.from('x') }), TypeError);
  await t.rejects(fetch(`https://127.0.0.1:${String(await freePort())}/`), { code: 'GW_UNAVAILABLE' });
});

t.test('a limit of part of a millisecond is one', async (t) => {
  const { ca, url } = await startWebServer(t);
  const web = webOf(t, ca);
  for (const timeout of [4321.5, 900.0001]) t.equal((await web.ask(url, { timeout })).status, 200);
  const silent = await startWebServer(t, { answer: () => undefined });
  t.match(await told(webOf(t, silent.ca), silent.url, { timeout: 0.2 }), /does not answer in time/);
});
