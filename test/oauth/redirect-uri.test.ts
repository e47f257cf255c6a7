// Redirect URIs (RFC 9700 §2.1, RFC 8252 §7): whatever is not exactly registered ends on a page here, and nobody is sent anywhere.

import t, { type Test } from 'tap';
import { isErrorPage, isLoginPage } from './answers.ts';
import { asking, clients, Cookies, formTokenOf, openProvider, PASSWORD, pkce } from './provider.ts';

const provider = await openProvider(t);
const { authorize } = provider;

const confidential: readonly (readonly [title: string, uri: string])[] = [
  ['another host', 'https://evil.example/cb'],
  ['that of another client', 'https://other.example/cb'],
  ['a part of the registered one', 'https://app.example/c'],
  ['its host alone', 'https://app.example'],
  ['a longer path', 'https://app.example/cb/more'],
  ['a longer last segment', 'https://app.example/cbx'],
  ['a trailing slash', 'https://app.example/cb/'],
  ['a host that begins like it', 'https://app.example.evil.example/cb'],
  ['a host that ends like it', 'https://evilapp.example/cb'],
  ['a subdomain', 'https://www.app.example/cb'],
  ['a host with a final dot', 'https://app.example./cb'],
  ['the registered one inside of a query', 'https://evil.example/?https://app.example/cb'],
  ['the registered one inside of a path', 'https://evil.example/https://app.example/cb'],
  ['another case in the path', 'https://app.example/CB'],
  ['another case in the host', 'https://APP.example/cb'],
  ['another case in the scheme', 'HTTPS://app.example/cb'],
  ['http instead of https', 'http://app.example/cb'],
  ['an extra parameter', 'https://app.example/cb?x=1'],
  ['an extra parameter after the registered query', 'https://app.example/cb?fixed=1&x=1'],
  ['another value in the registered query', 'https://app.example/cb?fixed=2'],
  ['an empty query', 'https://app.example/cb?'],
  ['a fragment', 'https://app.example/cb#x'],
  ['an empty fragment', 'https://app.example/cb#'],
  ['a user name', 'https://user@app.example/cb'],
  ['the registered host as a user name', 'https://app.example@evil.example/cb'],
  ['the registered host as a user name with password', 'https://app.example:443@evil.example/cb'],
  ['a backslash before the user name', 'https://evil.example\\@app.example/cb'],
  ['a backslash as a slash', 'https://app.example\\cb'],
  ['backslashes after the scheme', 'https:\\\\app.example/cb'],
  ['dots in the path', 'https://app.example/x/../cb'],
  ['encoded dots in the path', 'https://app.example/x/%2e%2e/cb'],
  ['encoded dots, encoded once more', 'https://app.example/x/%252e%252e/cb'],
  ['an encoded letter', 'https://app.example/%63b'],
  ['the default port, written', 'https://app.example:443/cb'],
  ['another port', 'https://app.example:8443/cb'],
  ['blanks before it', ' https://app.example/cb'],
  ['blanks after it', 'https://app.example/cb '],
  ['a line feed after it', 'https://app.example/cb\n'],
  ['a header after it', 'https://app.example/cb\r\nSet-Cookie: a=b'],
  ['a NUL after it', 'https://app.example/cb\0'],
  ['a wide letter that some fold', 'https://app.example/ｃb'],
  ['a relative one', '/cb'],
  ['one without a scheme', '//app.example/cb'],
  ['a script', 'javascript:alert(1)//https://app.example/cb'],
  ['a page within it', 'data:text/html,<script>alert(1)</script>'],
  ['a private-use scheme', 'com.example.print:/cb'],
  ['loopback, for a client that is no native one', 'http://127.0.0.1:5000/callback'],
  ['a wildcard', 'https://*.example/cb'],
  ['a very long one', `https://app.example/cb?${'x'.repeat(8000)}`],
];
for (const [title, uri] of confidential) {
  t.test(`a confidential client may not ask for ${title}`, async (t) => {
    const reply = await authorize({ ...asking('web'), redirect_uri: uri });
    isErrorPage(t, reply, 400, 'unknown_redirect_uri');
    t.notMatch(reply.body, /evil|app\.example/, 'nor is it shown');
  });
}

const native = { ...asking('native'), ...pkce().challenge };
for (const uri of clients.native.redirectUris) {
  t.test(`a native client may ask for ${uri}`, async (t) => {
    isLoginPage(t, await authorize({ ...native, redirect_uri: uri }), 200, uri.startsWith('com') ? 'com.example.print:' : uri.includes('[') ? 'http:' : new URL(uri).origin);
  });
}
for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
  t.test(`the port of ${host} is free`, async (t) => {
    for (const port of ['1', '80', '49152', '65535']) {
      const reply = await authorize({ ...native, redirect_uri: `http://${host}:${port}/callback` });
      isLoginPage(t, reply, 200, host.startsWith('[') ? 'http:' : new URL(`http://${host}:${port}`).origin);
    }
  });
}

const loopback: readonly (readonly [title: string, uri: string])[] = [
  ['a domain that begins like loopback', 'http://127.0.0.1.evil.com/callback'],
  ['a domain that begins like localhost', 'http://localhost.evil.com:5000/callback'],
  ['a subdomain of localhost', 'http://evil.localhost:5000/callback'],
  ['loopback as a user name', 'http://127.0.0.1:5000@evil.com/callback'],
  ['loopback with a user name', 'http://user@127.0.0.1:5000/callback'],
  ['a backslash after the port', 'http://127.0.0.1:5000\\@evil.com/callback'],
  ['a fragment after the port', 'http://127.0.0.1:5000#@evil.com/callback'],
  ['port 0', 'http://127.0.0.1:0/callback'],
  ['port 65536', 'http://127.0.0.1:65536/callback'],
  ['port 99999', 'http://127.0.0.1:99999/callback'],
  ['a port of six digits', 'http://127.0.0.1:100000/callback'],
  ['a port with a leading zero', 'http://127.0.0.1:05000/callback'],
  ['a port with a sign', 'http://127.0.0.1:+5000/callback'],
  ['a port in other digits', 'http://127.0.0.1:５０００/callback'],
  ['an empty port', 'http://127.0.0.1:/callback'],
  ['two ports', 'http://127.0.0.1:5000:80/callback'],
  ['https on loopback', 'https://127.0.0.1:5000/callback'],
  ['another path', 'http://127.0.0.1:5000/other'],
  ['a longer path', 'http://127.0.0.1:5000/callback/x'],
  ['a path with dots', 'http://127.0.0.1:5000/x/../callback'],
  ['no path', 'http://127.0.0.1:5000'],
  ['a query', 'http://127.0.0.1:5000/callback?x=1'],
  ['a fragment', 'http://127.0.0.1:5000/callback#x'],
  ['another address of the loopback network', 'http://127.0.0.2:5000/callback'],
  ['the same address as a number', 'http://2130706433:5000/callback'],
  ['the same address in hexadecimal', 'http://0x7f.0.0.1:5000/callback'],
  ['the same address, shortened', 'http://127.1:5000/callback'],
  ['the same IPv6 address in full', 'http://[0:0:0:0:0:0:0:1]:5000/callback'],
  ['the address of every interface', 'http://0.0.0.0:5000/callback'],
  ['the IPv4 address in IPv6', 'http://[::ffff:127.0.0.1]:5000/callback'],
  ['an IPv6 address with a zone', 'http://[::1%25lo]:5000/callback'],
  ['localhost in capitals', 'http://LOCALHOST:5000/callback'],
  ['localhost with a final dot', 'http://localhost.:5000/callback'],
  ['its private-use scheme with another path', 'com.example.print:/cb2'],
  ['its private-use scheme with a host', 'com.example.print://cb'],
  ['its private-use scheme in another case', 'com.example.Print:/cb'],
  ['its private-use scheme with a query', 'com.example.print:/cb?x=1'],
  ['a scheme that begins like it', 'com.example.printer:/cb'],
];
for (const [title, uri] of loopback) {
  t.test(`a native client may not ask for ${title}`, async (t) => {
    isErrorPage(t, await authorize({ ...native, redirect_uri: uri }), 400, 'unknown_redirect_uri');
  });
}

t.test('one name of loopback does not stand for another', async (t) => {
  const hosts = ['127.0.0.1', '[::1]', 'localhost'];
  for (const [index, host] of hosts.entries()) {
    const id = `only-${String(index)}`;
    await provider.gateway.store.addClient({ ...clients.native, id, redirectUris: [`http://${host}/callback`] });
    for (const asked of hosts) {
      const reply = await authorize({ ...native, client_id: id, redirect_uri: `http://${asked}:5000/callback` });
      if (asked === host) t.equal(reply.statusCode, 200);
      else isErrorPage(t, reply, 400, 'unknown_redirect_uri');
    }
  }
});

t.test('the port is free for native clients only: a confidential one has the port that it registered', async (t) => {
  await provider.gateway.store.addClient({ ...clients.web, id: 'local', redirectUris: ['http://127.0.0.1:8000/cb'] });
  const local = { ...asking('web'), client_id: 'local' };
  isLoginPage(t, await authorize({ ...local, redirect_uri: 'http://127.0.0.1:8000/cb' }), 200, 'http://127.0.0.1:8000');
  for (const place of ['127.0.0.1:8001', '127.0.0.1', 'localhost:8000', '[::1]:8000']) {
    isErrorPage(t, await authorize({ ...local, redirect_uri: `http://${place}/cb` }), 400, 'unknown_redirect_uri');
  }
});

t.test('the code is bound to the very port that was asked for', async (t) => {
  const { verifier, challenge } = pkce();
  const code = await provider.code({ ...asking('native'), ...challenge, redirect_uri: 'http://127.0.0.1:5001/callback' });
  t.match(code, /^.{60,}$/);
  const redeem = (port: string) => provider.token('native', { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: `http://127.0.0.1:${port}/callback` });
  const refused = await redeem('5002');
  t.equal(refused.statusCode, 400);
  t.equal(refused.json()['error'], 'invalid_grant');
  t.equal((await redeem('5001')).statusCode, 200, 'and that did not use it up');
});

const query = (change: (query: URLSearchParams) => void, given = asking('web')): string => {
  const changed = new URLSearchParams(given);
  change(changed);
  return changed.toString();
};
const unproved: readonly (readonly [title: string, code: string, query: string])[] = [
  ['two redirect URIs, the good one first', 'doubled', query((one) => { one.append('redirect_uri', 'https://evil.example/cb'); })],
  ['two redirect URIs, the good one last', 'doubled', query((one) => { one.append('redirect_uri', 'https://app.example/cb'); }, { ...asking('web'), redirect_uri: 'https://evil.example/cb' })],
  ['the same redirect URI twice', 'doubled', query((one) => { one.append('redirect_uri', 'https://app.example/cb'); })],
  ['a redirect URI and an empty one', 'doubled', query((one) => { one.append('redirect_uri', ''); })],
  ['two client ids', 'doubled', query((one) => { one.append('client_id', 'other'); })],
  ['the same client id twice', 'doubled', query((one) => { one.append('client_id', 'web'); })],
  ['no redirect URI', 'missing', query((one) => { one.delete('redirect_uri'); })],
  ['no redirect URI, where just one is registered', 'missing', query((one) => { one.delete('redirect_uri'); }, asking('other'))],
  ['an empty redirect URI', 'missing', query((one) => { one.set('redirect_uri', ''); })],
  ['no client id', 'missing', query((one) => { one.delete('client_id'); })],
  ['an empty client id', 'missing', query((one) => { one.set('client_id', ''); })],
  ['nothing at all', 'missing', ''],
  ['an unknown client', 'unknown_client', query((one) => { one.set('client_id', 'nobody'); })],
  ['a client id in another case', 'unknown_client', query((one) => { one.set('client_id', 'WEB'); })],
  ['a client id with a blank', 'unknown_client', query((one) => { one.set('client_id', 'web '); })],
  ['a client id with a NUL', 'unknown_client', query((one) => { one.set('client_id', 'web\0'); })],
  ['a very long client id', 'unknown_client', query((one) => { one.set('client_id', 'w'.repeat(15_000)); })],
  ['a client id that every object has', 'unknown_client', query((one) => { one.set('client_id', 'constructor'); })],
  ['a client without any redirect URI', 'unknown_redirect_uri', query((one) => { one.set('client_id', 'service'); })],
  ['the redirect URI of the client that comes second', 'unknown_redirect_uri', query((one) => { one.set('client_id', 'other'); })],
];
for (const [title, code, given] of unproved) {
  t.test(`a page tells of ${title}`, async (t) => { isErrorPage(t, await authorize(given), 400, code); });
}

t.test('the page stays a page, whatever else is wrong and however the answer was wanted', async (t) => {
  const bad = { ...asking('web'), redirect_uri: 'https://evil.example/cb', response_type: 'token', scope: '' };
  for (const more of [{}, { response_mode: 'form_post' }, { response_mode: 'fragment' }, { prompt: 'none' }, { request_uri: 'https://evil.example/r' }]) {
    isErrorPage(t, await authorize({ ...bad, ...more }), 400, 'unknown_redirect_uri');
  }
});

t.test('somebody who is signed in is not sent there either', async (t) => {
  const cookies = new Cookies();
  t.equal((await provider.signIn(asking('web'), { cookies })).statusCode, 303);
  for (const prompt of ['', 'none']) isErrorPage(t, await authorize({ ...asking('web'), redirect_uri: 'https://evil.example/cb', prompt }, { cookies }), 400, 'unknown_redirect_uri');
});

t.test('a form whose address was changed after the page was shown signs nobody in', async (t: Test) => {
  const cookies = new Cookies();
  const page = await authorize(asking('web'), { cookies });
  cookies.take(page);
  const form = { form_token: formTokenOf(page), sign_in: 'password', user: 'alice', password: PASSWORD };
  const changed = new URLSearchParams({ ...asking('web'), redirect_uri: 'https://evil.example/cb' });
  isErrorPage(t, await provider.form(`/en/auth?${changed.toString()}`, form, cookies.header), 400, 'unknown_redirect_uri');
  t.equal((await provider.form(`/en/auth?${new URLSearchParams(asking('web')).toString()}`, form, cookies.header)).statusCode, 303);
});

t.test('the registered query stays as it is, and the answer comes after it', async (t) => {
  const reply = await provider.signIn({ ...asking('web'), redirect_uri: 'https://app.example/cb?fixed=1' });
  t.match(reply.headers.location, /^https:\/\/app\.example\/cb\?fixed=1&code=[\w-]{60,}&state=a\+state&iss=https%3A/);
});
