// The way out to Microsoft through a proxy: it makes tunnels and sees nothing of what goes through them.

import t from 'tap';
import { openWeb, type Web } from '../../src/entra/web.ts';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { later } from '../oauth/clock.ts';
import { becomes, freePort } from '../realm/exec.ts';
import { startConnectProxy } from '../realm/connect-proxy.ts';
import { checkOf } from './fetches.ts';
import { openEntraSite } from './site.ts';
import { startWebServer, told, webOf } from './web-server.ts';

const NAME = 'login.microsoft.test';

t.test('every question goes through the proxy, which is told the target and nothing else', async (t) => {
  const server = await startWebServer(t);
  const proxy = await startConnectProxy(t);
  const web = webOf(t, server.ca, { proxy: { https: `http://${proxy.host}`, none: undefined } });
  t.equal(await told(web, `${server.url}/secret`, { method: 'POST', body: 'a=b' }), '200');
  t.equal(await told(web, `${server.url}/again`), '200');
  for (let round = 0; round < 6; round++) t.equal((await web.fetch(`${server.url}/more`)).status, 200);
  for (const one of proxy.asked) t.strictSame(one, { target: `127.0.0.1:${String(server.port)}`, authorization: undefined });
  t.ok(proxy.tunnels > 0 && proxy.tunnels < 4, `tunnels are kept: ${String(proxy.tunnels)}`);
  t.strictSame(server.requests.map(({ url }) => url), ['/secret', '/again', ...Array<string>(6).fill('/more')]);
  t.notOk(server.requests.some(({ headers }) => 'proxy-authorization' in headers || 'proxy-connection' in headers));
});

t.test('the name is the proxy\'s to find, and the certificate must be that of the name', async (t) => {
  const server = await startWebServer(t, { name: NAME });
  const proxy = await startConnectProxy(t, { port: server.port });
  const web = webOf(t, server.ca, { proxy: { https: `http://${proxy.host}`, none: undefined } });
  t.equal(await told(web, `https://${NAME}/keys`), '200');
  t.match(proxy.asked, [{ target: `${NAME}:443` }]);
  t.match(server.requests, [{ headers: { host: NAME } }]);
});

t.test('a proxy that leads elsewhere, or looks into TLS with an authority that is not named, is found out', async (t) => {
  const elsewhere = await startWebServer(t, { name: 'login.evil.test' });
  const sameAsProxy = await startWebServer(t);
  const foreign = await startWebServer(t, { name: NAME });
  const mine = await startWebServer(t, { name: NAME });
  const cases = [
    [elsewhere, elsewhere.ca, /certificate of login\.microsoft\.test is not good: .*login\.evil\.test/],
    [sameAsProxy, sameAsProxy.ca, /certificate of login\.microsoft\.test is not good: .*127\.0\.0\.1/],
    [foreign, mine.ca, /certificate of login\.microsoft\.test is not trusted: .*CaFile of \[Entra\]/],
    [foreign, undefined, /certificate of login\.microsoft\.test is not trusted: .*CaFile of \[Entra\]/],
  ] as const;
  for (const [server, ca, words] of cases) {
    const proxy = await startConnectProxy(t, { port: server.port });
    const web = webOf(t, ca, { proxy: { https: `http://${proxy.host}`, none: undefined }, timeout: 2000 });
    const start = performance.now();
    t.match(await told(web, `https://${NAME}/`), words);
    t.ok(performance.now() - start < 1500, 'at once');
    t.equal(proxy.tunnels, 1, 'and it is not tried again and again');
    t.strictSame(server.requests, []);
  }
});

t.test('name and password in the URL of the proxy arrive there, and are never told', async (t) => {
  const server = await startWebServer(t);
  const credentials = 'gate way:p@ss/wörd:%';
  const proxy = await startConnectProxy(t, { credentials });
  const [user = '', ...rest] = credentials.split(':');
  const inUrl = `${encodeURIComponent(user)}:${encodeURIComponent(rest.join(':'))}`;
  t.equal(await told(webOf(t, server.ca, { proxy: { https: `http://${inUrl}@${proxy.host}`, none: undefined } }), server.url), '200');
  t.strictSame(proxy.asked.map(({ authorization }) => authorization), [`Basic ${Buffer.from(credentials).toString('base64')}`]);
  for (const [url, sent] of [[`http://gateway:wrong-secret@${proxy.host}`, 'gateway:wrong-secret'], [`http://${proxy.host}`, undefined]] as const) {
    const words = await told(webOf(t, server.ca, { proxy: { https: url, none: undefined } }), server.url);
    t.match(words, /127\.0\.0\.1:\d+ cannot be reached through the proxy: .*407.*; see HTTPS_PROXY and NO_PROXY/);
    t.notMatch(words, /wrong-secret|Basic/);
    t.equal(proxy.asked.at(-1)?.authorization, sent === undefined ? undefined : `Basic ${Buffer.from(sent).toString('base64')}`);
  }
  t.equal(proxy.tunnels, 1);
  t.equal(server.requests.length, 1, 'nobody goes around it');
});

t.test('a name without a password is a name, too, and a percent sign may stand for itself', async (t) => {
  const server = await startWebServer(t);
  for (const [inUrl, credentials] of [
    ['gateway', 'gateway:'], ['gateway:', 'gateway:'], [':p', ':p'], ['gateway:100%', 'gateway:100%'], ['g%61te:%zz%C3%A4', 'gate:%zzä'],
  ] as const) {
    const proxy = await startConnectProxy(t, { credentials });
    t.equal(await told(webOf(t, server.ca, { proxy: { https: `http://${inUrl}@${proxy.host}`, none: undefined } }), server.url), '200', inUrl);
  }
});

t.test('a proxy that is down or says no: nobody goes around it', async (t) => {
  const server = await startWebServer(t);
  for (const status of [403, 500, 502]) {
    const { host } = await startConnectProxy(t, { instead: status });
    const words = await told(webOf(t, server.ca, { proxy: { https: `http://${host}`, none: undefined } }), server.url);
    t.match(words, new RegExp(`cannot be reached through the proxy: .*${String(status)}.*see HTTPS_PROXY`));
  }
  const down = `127.0.0.1:${String(await freePort())}`;
  t.match(await told(webOf(t, server.ca, { proxy: { https: `http://gateway:secret@${down}`, none: undefined } }), server.url),
    /cannot be reached through the proxy: connect ECONNREFUSED .*see HTTPS_PROXY and NO_PROXY/);
  t.strictSame(server.requests, []);
});

t.test('a proxy that comes back is used again without a restart', async (t) => {
  const server = await startWebServer(t);
  const proxy = await startConnectProxy(t);
  const web = webOf(t, server.ca, { proxy: { https: `http://${proxy.host}`, none: undefined } });
  t.equal(await told(web, server.url), '200');
  await proxy.stop();
  t.match(await told(web, server.url), /cannot be reached through the proxy/);
  await startConnectProxy(t, { at: Number(proxy.host.split(':')[1]) });
  t.equal(await told(web, server.url), '200');
});

t.test('a proxy that says nothing costs a limited time, and no connection for ever', async (t) => {
  const server = await startWebServer(t);
  const proxy = await startConnectProxy(t, { instead: 'hang' });
  const web = webOf(t, server.ca, { proxy: { https: `http://${proxy.host}`, none: undefined }, timeout: 300 });
  const start = performance.now();
  const all = await Promise.all(Array.from({ length: 20 }, () => told(web, server.url)));
  for (const words of all) t.match(words, /does not answer in time; see HTTPS_PROXY and NO_PROXY/);
  t.ok(performance.now() - start < 1500, 'all wait at the same time');
  proxy.instead = undefined;
  const isBack = async (): Promise<boolean> => await told(web, server.url) === '200';
  t.ok(await becomes(isBack), 'it is used as soon as it answers');
  t.ok(performance.now() - start < 3000);
});

t.test('a proxy that is itself reached by HTTPS shows a certificate that is trusted, too', async (t) => {
  const server = await startWebServer(t, { name: NAME });
  const { caPem, certificatePem: cert, privateKeyPem: key } = await createServerCertificate('localhost');
  const proxy = await startConnectProxy(t, { port: server.port, tls: { cert, key } });
  const settings = { https: `https://${proxy.host.replace('127.0.0.1', 'localhost')}`, none: undefined };
  const open = (...ca: string[]): Web => {
    const web = openWeb({ section: 'Entra', ca, proxy: settings });
    t.teardown(() => web.close());
    return web;
  };
  t.equal(await told(open(server.ca, caPem), `https://${NAME}/`), '200');
  t.match(proxy.asked, [{ target: `${NAME}:443` }]);
  t.teardown(() => { delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']; });
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  t.match(await told(open(server.ca), `https://${NAME}/`), /not trusted/);
  t.equal(proxy.asked.length, 1);
});

t.test('NO_PROXY names hosts that are reached without it', async (t) => {
  const server = await startWebServer(t);
  for (const [none, expected] of [
    ['127.0.0.1', 0], ['example.com,127.0.0.1', 0], ['example.com 127.0.0.1', 0], [`127.0.0.1:${String(server.port)}`, 0], ['*', 0],
    ['127.0.0.1:1', 1], ['127.0.0', 1], ['0.0.1.example', 1], ['example.com', 1], ['', 1],
  ] as const) {
    const proxy = await startConnectProxy(t);
    const web = webOf(t, server.ca, { proxy: { https: `http://${proxy.host}`, none } });
    t.equal(await told(web, server.url), '200', none);
    t.equal(proxy.tunnels, expected, `NO_PROXY=${none}`);
  }
});

t.test('and HTTPS_PROXY of the environment counts as it was read at the start, not as it is now', async (t) => {
  const server = await startWebServer(t);
  const proxy = await startConnectProxy(t);
  t.teardown(() => { delete process.env['HTTPS_PROXY']; });
  process.env['HTTPS_PROXY'] = `http://${proxy.host}`;
  t.equal(await told(webOf(t, server.ca), server.url), '200');
  t.equal(proxy.tunnels, 0);
});

t.test('a gateway with HTTPS_PROXY in its environment asks for keys through it, and its own health tells of a proxy that says no', async (t) => {
  const proxy = await startConnectProxy(t, { credentials: 'gateway:secret', instead: 407 });
  t.teardown(() => { delete process.env['HTTPS_PROXY']; });
  process.env['HTTPS_PROXY'] = `http://gateway:secret@${proxy.host}`;
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const alice = site.tenant.person({});
  t.equal((await site.signIn(alice)).statusCode, 503);
  t.match(await checkOf(site), /cannot be reached through the proxy: .*407.*see HTTPS_PROXY/);
  t.notMatch([...site.provider.log, ...site.provider.warnings].join(''), /secret@|gateway:secret|Basic /);
  t.strictSame(site.entra.requests, []);
  proxy.instead = undefined;
  later(t, 31);
  t.equal((await site.signIn(alice)).statusCode, 200);
  t.ok(proxy.tunnels > 0);
  t.ok(proxy.asked.every(({ target }) => `https://${target}` === site.entra.authority));
});
