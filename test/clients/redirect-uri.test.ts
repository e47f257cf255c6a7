// Redirect URIs and origins: what may be registered, what matches, and what goes into the page's policy.

import t from 'tap';
import { matchRedirectUri, originFault, postLogoutUriFault, redirectOrigin, redirectUriFault } from '../../src/clients/redirect-uri.ts';

const good = [
  'https://app.example.com/callback', 'https://app.example.com', 'https://app.example.com/', 'https://app.example.com:8443/cb?tenant=1',
  'https://app.example.com:443/cb', 'https://intranet/cb', 'https://print_server.local/cb', 'https://10.0.0.5/cb', 'https://[2001:db8::1]/cb',
  'https://xn--bcher-kva.example/cb', 'https://app.example.com/a@b:c/d', 'https://app.example.com/cb?next=%2Fhome', 'https://app.example.com/.../a..b/.c',
  'https://localhost/cb', 'https://app.example.com//cb', 'https://app.example.com?x=1',
  'http://127.0.0.1/callback', 'http://[::1]/callback', 'http://localhost/callback', 'http://127.0.0.1:1/', 'http://localhost:65535/cb', 'http://127.0.0.1',
  'com.example.app:/cb', 'com.example.app:/', 'com.example.app://callback', 'com.example.app:///cb?x=1', 'a.b-c+d:/oauth',
  `https://app.example.com/${'x'.repeat(2048 - 24)}`,
];

t.test('https, http on this machine and private-use schemes may be registered', (t) => {
  for (const uri of good) t.equal(redirectUriFault(uri), undefined, uri.slice(0, 60));
  t.end();
});

t.test('what is good is read by a URL parser as it is written', (t) => {
  for (const uri of good) {
    const written = uri.replace(/^(https:\/\/[^/?]*):443(?=\/)/, '$1').replace(/^(https?:\/\/[^/?]+)(?=$|\?)/, '$1/');
    t.equal(new URL(uri).href, written, uri.slice(0, 60));
  }
  t.end();
});

const refused: readonly (readonly [RegExp, ...string[]])[] = [
  [/empty/, ''],
  [/2048/, `https://app.example.com/${'x'.repeat(2048 - 23)}`],
  [/blanks or control/, ' https://a.example/', 'https://a.example/ ', 'https://a.example/a b', 'https://a.example/\n', 'https://a.example/\r\nX: y',
    'ht\ntps://a.example/', 'https://a.exa\tmple/', 'https://a.example/\0', '\u0001https://a.example/', 'https://a.example/\x7F'],
  [/ASCII/, 'https://bücher.example/', 'https://a.example/č', 'https://a.example\u3002evil.com/', 'https://a.example\uFF0Fevil.com/', 'https://a.example/\u200B',
    'https://\u0430pple.example/', 'https://a.example/\u00A0', 'https://a.example/\uD800'],
  [/wildcard/, 'https://*.example.com/cb', 'https://app.example.com/*', '*', 'https://app.example.com:*/cb', 'http://127.0.0.1:*/cb'],
  [/backslash/, 'https://a.example\\@evil.com/', 'https:\\\\evil.com\\', 'https://evil.com\\.a.example/', 'https://a.example/..\\cb'],
  [/fragment/, 'https://a.example/#', 'https://a.example/cb#x', 'https://evil.com#@a.example/', 'com.example.app:/cb#x'],
  [/must have no [<>"^`{|}]$/, 'https://a.example/<b>', 'https://a.example/"', 'https://a.example/{x}', 'https://a.example/|', 'https://a.example/`', 'https://a.example/^'],
  [/two hexadecimal/, 'https://a.example/%', 'https://a.example/%2', 'https://a.example/%zz', 'https://a.example/?%u0041'],
  [/spell no control/, 'https://a.example/%0d%0aX:%20y', 'https://a.example/%00', 'https://a.example/?x=%1F', 'https://a.example/%7f'],
  [/absolute/, '/cb', 'cb', '//a.example/cb', 'a.example/cb', '?x', '127.0.0.1:8080/cb', ':/cb', '://a.example', '1a.b:/cb', '.com:/cb'],
  [/scheme in lower/, 'HTTPS://a.example/', 'Http://127.0.0.1/', 'Com.example.app:/cb'],
  [/\/\/ and a host/, 'https:a.example/cb', 'https:/a.example/cb', 'https:///a.example/cb', 'https://', 'https:', 'http:///127.0.0.1/', 'https:////evil.com', 'https://?x'],
  [/user name/, 'https://user@a.example/', 'https://user:pass@a.example/', 'https://a.example@evil.com/', 'http://127.0.0.1:80@evil.com/', 'http://localhost@evil.com/',
    'https://@a.example/', 'http://127.0.0.1@127.0.0.1/', 'https://a.example:443@evil.com:443/', 'https://%61@a.example/'],
  [/host name or address/, 'https://a.example./', 'https://.a.example/', 'https://a..example/', 'https://a.ex%61mple/', 'https://a.example%2fevil.com/', 'https://a.example%20.evil.com/',
    'https://a;b/', 'https://a,b/', "https://a'b/", 'https://a!b/', 'https://a&b/', 'https://[::1/', 'https://::1/', 'https://[::g]/', 'https://[v1.x]/', 'https://[]/',
    'https://[::1]x/', 'https://:80/', 'http://localhost./cb', 'http://127.0.0.1./', 'https://1.2.3.256/', 'https://[fe80::1%25eth0]/', 'http://[::1%25lo]/'],
  [/host in lower/, 'https://A.example/', 'http://LOCALHOST/', 'http://Localhost:80/cb', 'https://[2001:DB8::1]/'],
  [/port from 1 to 65535/, 'https://a.example:0/', 'https://a.example:65536/', 'https://a.example:99999999999/', 'https://a.example:/', 'https://a.example:080/', 'https://a.example:-1/',
    'https://a.example:+1/', 'https://a.example:1e3/', 'https://a.example:80:80/', 'https://a.example:0x50/', 'http://127.0.0.1:a/', 'http://[::1]:/'],
  [/as it is read: /, 'https://0x7f000001/', 'https://2130706433/', 'https://127.1/', 'https://0177.0.0.1/', 'https://[0:0:0:0:0:0:0:1]/', 'https://[::ffff:127.0.0.1]/', 'http://127.1/cb',
    'http://2130706433/', 'http://[0::1]/'],
  [/must begin with https: http is only/, 'http://a.example/', 'http://127.0.0.1.evil.com/', 'http://localhost.evil.com/', 'http://evil.com/127.0.0.1', 'http://127.0.0.2/', 'http://0.0.0.0/',
    'http://[::]/', 'http://10.0.0.5/', 'http://evil.com?127.0.0.1', 'http://[::2]/', 'http://localhosts/', 'http://xlocalhost/'],
  [/scheme that has a dot/, 'javascript:alert(1)', 'javascript://a.example/%61', 'data:text/html,x', 'file:///etc/passwd', 'vbscript:x', 'myapp:/cb', 'myapp://cb', 'ftp://a.example/', 'ws://a.example/',
    'blob:https://a.example/x', 'about:blank', 'urn:ietf:wg:oauth:2.0:oob', 'mailto:a@b.c', 'intent://x', 'localhost:8080/cb', 'com.:/cb', 'com..app:/cb', 'https.:/cb'],
  [/go on with a path/, 'com.example.app:cb', 'com.example.app:', 'example.com:8080/cb', 'com.example.app://user@host/cb', 'com.example.app://host:80/cb', 'com.example.app:?x=1', 'com.example.app://a;b/'],
  [/no \. or \.\./, 'https://a.example/../cb', 'https://a.example/x/..', 'https://a.example/./cb', 'https://a.example/.', 'https://a.example/%2e%2e/cb', 'https://a.example/.%2E/cb', 'https://a.example/%2e/cb',
    'https://a.example/x%2f..%2fcb', 'https://a.example/x%5c..%5Ccb', 'com.example.app:/../cb', 'com.example.app://host/..', 'http://127.0.0.1/cb/../../x'],
  [/no (?:code|state|iss|error) in its query/, 'https://a.example/?code=1', 'https://a.example/?x=1&state', 'https://a.example/?%63ode=1', 'https://a.example/?iss=x', 'com.example.app:/cb?error=x'],
];

t.test('everything else is refused, with the reason', (t) => {
  for (const [reason, ...uris] of refused) {
    for (const uri of uris) t.match(redirectUriFault(uri), reason, JSON.stringify(uri.slice(0, 60)).replace('\x7f', '\\x7f'));
  }
  t.end();
});

t.test('a URI to go to after signing out obeys the same rules', (t) => {
  t.equal(postLogoutUriFault('https://app.example.com/bye'), undefined);
  for (const [reason, ...uris] of refused) {
    for (const uri of uris) t.match(postLogoutUriFault(uri), reason, JSON.stringify(uri.slice(0, 60)).replace('\x7f', '\\x7f'));
  }
  t.end();
});

t.test('an origin is registered as browsers send it', (t) => {
  for (const origin of ['https://app.example.com', 'https://app.example.com:8443', 'http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:8080', 'https://[2001:db8::1]']) {
    t.equal(originFault(origin), undefined, origin);
  }
  for (const [reason, ...origins] of [
    [/empty/, ''],
    [/origin and nothing more/, 'null', 'https://a.example/', 'https://a.example/x', 'https://a.example?x', 'a.example', '//a.example', 'com.example.app:', 'HTTPS://a.example',
      'file://', 'https:a.example', 'https:///a.example', 'ftp://a.example', 'https://'],
    [/as browsers send it: https:\/\/a\.example$/, 'https://a.example:443'],
    [/as browsers send it: http:\/\/localhost$/, 'http://localhost:80'],
    [/lower case/, 'https://A.example'],
    [/user name/, 'https://x@a.example'],
    [/wildcard/, 'https://*.a.example', '*'],
    [/fragment/, 'https://a.example#'],
    [/blanks/, 'https://a.example https://b.example', ' https://a.example'],
    [/http is only/, 'http://a.example', 'http://localhost.evil.com'],
    [/port/, 'https://a.example:0', 'https://a.example:', 'https://a.example:65536'],
    [/ASCII/, 'https://bücher.example'],
    [/as it is read/, 'https://127.1'],
  ] as const) for (const origin of origins) t.match(originFault(origin), reason, JSON.stringify(origin));
  t.end();
});

t.test('a redirect URI matches as a string', (t) => {
  const registered = ['https://app.example.com/cb', 'https://app.example.com/cb2?x=1', 'com.example.app:/cb'];
  for (const isPublic of [true, false]) {
    for (const uri of registered) t.equal(matchRedirectUri(uri, registered, isPublic), true, uri);
    for (const uri of [
      '', 'https://app.example.com/cb/', 'https://app.example.com/CB', 'https://APP.example.com/cb', 'HTTPS://app.example.com/cb', 'https://app.example.com:443/cb',
      'https://app.example.com/cb?', 'https://app.example.com/cb#', 'https://app.example.com/cb?x=1', 'https://app.example.com/%63b', 'https://app.example.com/./cb',
      'https://app.example.com/x/../cb', 'https://app.example.com//cb', 'https://app.example.com./cb', 'https://app.example.com/cb%20', ' https://app.example.com/cb', 'https://app.example.com/cb\n',
      'https://app.example.com/cb\0', 'https://u@app.example.com/cb', 'https://app.example.com@evil.com/cb', 'https://app.example.com.evil.com/cb', 'https://app.example.com\\cb', 'https://evil.com/cb',
      'http://app.example.com/cb', '//app.example.com/cb', '/cb', 'https://app.example.com/cb2?x=1&y=2', 'https://app.example.com/cb2', 'https://app.example.com/cb2?X=1', 'https://app.example.com:8443/cb',
      'com.example.app:/CB', 'com.example.app:/cb/', 'com.example.app://cb', 'COM.example.app:/cb', 'com.example.app:/cb?x', 'https://app.example.com/c', 'https://app.example.com/cbx',
      'https://app.example.com/cb,https://app.example.com/cb2?x=1',
    ]) t.equal(matchRedirectUri(uri, registered, isPublic), false, JSON.stringify(uri));
    t.equal(matchRedirectUri('https://app.example.com/cb', [], isPublic), false, 'nothing is registered');
  }
  t.end();
});

t.test('a public client on this machine may come with any port, and with nothing else changed', (t) => {
  for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
    const registered = [`http://${host}/callback`];
    for (const port of ['', ':1', ':80', ':49152', ':65535']) {
      const uri = `http://${host}${port}/callback`;
      t.equal(matchRedirectUri(uri, registered, true), true, uri);
      t.equal(matchRedirectUri(uri, registered, false), port === '', `${uri} of a confidential client`);
    }
    t.equal(matchRedirectUri(`http://${host}:2/callback`, [`http://${host}:1/callback`], true), true, 'the registered port does not bind');
    t.equal(matchRedirectUri(`http://${host}/callback`, [`http://${host}:1/callback`], true), true, 'nor need there be one');
    for (const other of ['127.0.0.1', '[::1]', 'localhost'].filter((one) => one !== host)) {
      t.equal(matchRedirectUri(`http://${other}:80/callback`, registered, true), false, `${other} is not ${host}`);
    }
    for (const uri of [
      `http://${host}:0/callback`, `http://${host}:65536/callback`, `http://${host}:080/callback`, `http://${host}:/callback`, `http://${host}:-1/callback`, `http://${host}:1e3/callback`,
      `http://${host}:+80/callback`, `http://${host}:80a/callback`, `http://${host}: 80/callback`, `http://${host}:99999/callback`, `http://${host}:8888888888/callback`,
      `http://${host}:80`, `http://${host}:80/`, `http://${host}:80/callback/`, `http://${host}:80/Callback`, `http://${host}:80/callback?x=1`, `http://${host}:80/callback#x`, `http://${host}:80/callback?`,
      `http://${host}:80/./callback`, `http://${host}:80/x/../callback`, `http://${host}:80/%63allback`, `http://${host}:80//callback`, `http://${host}:80\\callback`,
      `http://${host}:80@evil.com/callback`, `http://${host}@evil.com/callback`, `http://u@${host}:80/callback`, `http://${host}.evil.com/callback`, `http://${host}.evil.com:80/callback`, `http://${host}.:80/callback`,
      'http://evil.com:80/callback', `http://evil.com/?http://${host}/callback`, `http://evil.com#http://${host}:80/callback`, `https://${host}:80/callback`, `HTTP://${host}:80/callback`, `http:/${host}:80/callback`,
      `http:${host}:80/callback`, `//${host}:80/callback`, ` http://${host}:80/callback`, `http://${host}:80/callback `, `http://${host}:80/callback\n`, `http://${host}:80:80/callback`, `x\nhttp://${host}:80/callback`,
      `http://${host}:80;evil.com/callback`, `http://${host}:80\t/callback`, `http://${host}:８０/callback`,
    ]) t.equal(matchRedirectUri(uri, registered, true), false, JSON.stringify(uri));
  }
  for (const uri of ['http://LOCALHOST:80/callback', 'http://127.1:80/callback', 'http://[0:0:0:0:0:0:0:1]:80/callback', 'http://2130706433:80/callback', 'http://127.0.0.2/callback', 'http://[::ffff:127.0.0.1]/callback']) {
    t.equal(matchRedirectUri(uri, ['http://localhost/callback', 'http://127.0.0.1/callback', 'http://[::1]/callback'], true), false, uri);
  }
  t.equal(matchRedirectUri('http://127.0.0.1:5000', ['http://127.0.0.1'], true), true, 'without a path');
  t.equal(matchRedirectUri('http://127.0.0.1:5000/', ['http://127.0.0.1'], true), false, 'a slash is a path');
  t.equal(matchRedirectUri('http://127.0.0.1:5000?a=b', ['http://127.0.0.1?a=b'], true), true, 'a query without a path');
  t.equal(matchRedirectUri('http://127.0.0.1:5000/cb?a=b', ['http://127.0.0.1/cb?a=b'], true), true, 'the same query');
  t.equal(matchRedirectUri('https://app.example.com:81/cb', ['https://app.example.com/cb'], true), false, 'only on this machine');
  t.equal(matchRedirectUri(`http://127.0.0.1:80/${'x'.repeat(1_000_000)}`, ['http://127.0.0.1/cb'], true), false, 'a huge one');
  t.end();
});

t.test('the policy of a form gets the origin of the redirect, or its scheme where there is no word for it', (t) => {
  for (const [uri, source] of [
    ['https://app.example.com/cb?x=1', 'https://app.example.com'], ['https://app.example.com:8443/cb', 'https://app.example.com:8443'], ['https://app.example.com:443', 'https://app.example.com'],
    ['http://127.0.0.1:49152/callback', 'http://127.0.0.1:49152'], ['http://localhost:5000/', 'http://localhost:5000'], ['http://localhost', 'http://localhost'],
    ['http://[::1]:5000/callback', 'http:'], ['https://[2001:db8::1]/cb', 'https:'], ['https://10.0.0.5:8443/cb', 'https:'], ['https://print_server.local/cb', 'https:'],
    ['com.example.app:/cb', 'com.example.app:'], ['com.example.app://host/cb', 'com.example.app:'],
  ] as const) t.equal(redirectOrigin(uri), source, uri);
  for (const uri of ['', '/cb', 'https://a;script-src/', 'https://a.example, *', 'javascript:alert(1)', 'http://evil.com/', "https://a';x/", 'https://u@a.example/']) {
    t.throws(() => redirectOrigin(uri), { name: 'RequestError', error: 'invalid_request' }, JSON.stringify(uri));
  }
  t.end();
});
