// Every kind of value: what it accepts, what it makes of it, what it refuses.
import t from 'tap';
import { hostname, httpsOrigin, ipAddress } from '../../src/config/addresses.ts';
import { audience, boolean, choice, duration, integer, type Kind, path, realms, secretKey, storeUrl } from '../../src/config/values.ts';

/** Checks accepted texts with their values, then refused texts with what the fault must say. */
function table<T>(name: string, kind: Kind<T>, good: readonly (readonly [string, T])[], bad: readonly (readonly [string, RegExp])[]): void {
  t.test(name, async (t) => {
    for (const [text, value] of good) t.strictSame(kind.read(text, '/etc/gw'), { value }, text);
    for (const [text, wrong] of bad) t.match(kind.read(text, '/etc/gw'), { wrong }, text);
  });
}

table('a boolean is one of eight words in any letter case', boolean, [
  ...['True', 'true', 'TRUE', 'yes', 'Yes', 'on', 'ON', '1'].map((text) => [text, true] as const),
  ...['False', 'FALSE', 'no', 'NO', 'off', '0'].map((text) => [text, false] as const),
], [...['maybe', '2', 'truе', 'tru', 'True ; only', '01'].map((text) => [text, /neither yes nor no/] as const)]);

table('an integer is plain decimal and in range', integer(0, 65_535), [['0', 0], ['8090', 8090], ['65535', 65_535]], [
  ...['-1', '+1', '1e3', '0x10', '8 090', '08090', '1.0', 'x', '٣', '99999999999'].map((text) => [text, /not a whole number/] as const),
  ['65536', /out of range/],
]);

table('a choice takes any letter case and gives the proper spelling', choice('Off', 'Allow', 'Require'),
  [['off', 'Off'], ['REQUIRE', 'Require'], ['Allow', 'Allow']], [['On', /"On" is not among/], ['All', /not among/]]);

table('a duration is seconds or has a unit', duration(60, 86_400),
  [['60', 60], ['1800', 1800], ['90s', 90], ['30m', 1800], ['30 M', 1800], ['1h', 3600], ['24h', 86_400], ['1d', 86_400]],
  [['59', /out of range/], ['25h', /out of range/], ['30d', /out/], ['1.5h', /not a length/], ['-60', /not a/], ['1w', /not a/]]);

table('a path becomes absolute from the given directory', path,
  [['http.keytab', '/etc/gw/http.keytab'], ['/a/b', '/a/b'], ['../x', '/etc/x'], ['./a:b', '/etc/gw/a:b'], ['a b', '/etc/gw/a b']],
  [['"a"', /quotes/], ['~/a', /~/], ['FILE:/etc/krb5.keytab', /prefix/], ['C:\\x', /drive/]]);

table('realms are separated by commas and blanks', realms,
  [['', []], ['A.TEST', ['A.TEST']], ['A.TEST, B.TEST\tC ,', ['A.TEST', 'B.TEST', 'C']]],
  [['A.TEST a.test', /"A.TEST" and "a.test" differ only in letter case/], ['A A', /named twice/], ['u@A', /not a realm/], ['A;B', /not/]]);

table('an audience is one StringOrURI', audience,
  [['print', 'print'], ['https://p.example', 'https://p.example'], ['urn:x:y', 'urn:x:y']],
  [['a b', /blank/], ['1:2', /not a URI/], ['x'.repeat(256), /longer/]]);

table('a store is an SQLite file', storeUrl, [
  ['sqlite:data/gateway.db', { engine: 'sqlite', path: '/etc/gw/data/gateway.db' }],
  ['SQLite:/var/g.db', { engine: 'sqlite', path: '/var/g.db' }],
  ['sqlite:///var/g.db', { engine: 'sqlite', path: '/var/g.db' }],
], [
  ['postgres://u:geheim@h/d', /^PostgreSQL is not part of this version$/], ['postgresql://h/d', /PostgreSQL/],
  ['mysql://u:geheim@h', /^not the URL of a store$/], ['sqlite:', /not the URL/], ['sqlite://host/x', /not the URL/],
  ['sqlite:x?mode=ro', /not the URL/], ['sqlite::memory:', /forgets/],
  ['data/gateway.db', /not the URL/],
]);

table('a host name is RFC 1123 in ASCII, or an IP literal', hostname, [
  ...['gateway.example.com', 'GW-1.Example', 'localhost', '3com.example', 'xn--bcher-kva.example', `${'a'.repeat(63)}.example`, '127.0.0.1',
    '::1'].map((text) => [text, text] as const),
], [
  ['bücher.example', /punycode: xn--bcher-kva\.example/], ['gw.example.', /ends with a dot/],
  ['https://gw.example', /more than a host name/],
  ['gw.example:8090', /more than/], ['[::1]', /more than/], ['a_b.example', /not a host name/], ['-a.example', /not a host name/],
  ['a-.example', /not a host name/], ['a..b', /not a host name/], ['*.example', /not a host name/], ['1.2.3', /not a host name/],
  ['256.1.1.1', /not a host name/], [`${'a'.repeat(64)}.example`, /not a host/], [`${'a.'.repeat(127)}ab`, /longer than 253/],
  ['gw example', /not a host name/], ['fe80::1%eth0', /more than/],
]);

table('an address to listen on is an IP address', ipAddress,
  [['0.0.0.0', '0.0.0.0'], ['::', '::'], ['127.0.0.1', '127.0.0.1']],
  [['localhost', /not an IP/], ['1.2.3', /not an IP/], ['[::]', /not an IP/]]);

table('a public URL is a bare https origin', httpsOrigin, [
  ['https://GW.example', 'https://gw.example'], ['https://gw.example:443/', 'https://gw.example'],
  ['HTTPS://gw.example:8443', 'https://gw.example:8443'], ['https://[0:0::1]:8090', 'https://[::1]:8090'],
  ['https://10.0.0.1', 'https://10.0.0.1'],
], [
  ['http://gw.example', /not a bare https URL/], ['https://gw.example/a', /not a bare/], ['https://gw.example?', /not a bare/],
  ['https://gw.example#x', /not a bare/], ['https://gw.example:0', /not a bare/], ['https://gw.example:65536', /not a valid URL/],
  ['https:\\\\gw.example', /not a bare/], ['gw.example', /not a bare/], ['https://', /not a bare/], ['https://0x7f.1', /not a host name/],
  ['https://bücher.example', /punycode/], ['https://gw%2eexample', /not a host name/], ['https://[1:2]', /not a valid URL/],
]);

t.test('a URL with a user part is refused without repeating it', async (t) => {
  t.strictSame(httpsOrigin.read('https://u:geheim@gw.example', '/'), { wrong: 'the URL names a user' });
});

t.test('a secret key is exactly its bytes in strict base64, and neither log nor message shows it', async (t) => {
  const good = Buffer.alloc(32, 7).toString('base64');
  const reading = secretKey(32).read(good, '/');
  if (!('value' in reading)) return t.fail('refused');
  t.strictSame(reading.value.export().toString('base64'), good);
  t.equal(JSON.stringify(reading), '{"value":{}}');
  const damaged = [good.slice(1), good.replace('=', ''), `${good.slice(0, -2)}d=`, `${good} `, good.replace('B', '-'), 'x', good + good];
  for (const text of damaged) {
    const refused = secretKey(32).read(text, '/');
    t.match(refused, { wrong: /not valid base64|holds \d+ bytes/ }, text);
    t.notOk(JSON.stringify(refused).includes(text.trim().slice(0, 8)) && text.length > 1, 'the text is not repeated');
  }
});

t.test('a long wrong value is cut in the message', async (t) => {
  const reading = boolean.read('😀'.repeat(100_000), '/');
  t.match(reading, { wrong: /…" is neither/ });
  t.ok('wrong' in reading && reading.wrong.length < 200);
});
