// Every kind of value: what it accepts, what it makes of it, what it refuses.
import t from 'tap';
import { hostname, httpsOrigin, ipAddress, networks } from '../../src/config/addresses.ts';
import { audience, boolean, choice, duration, integer, path, realms, secretKey, secretText, storeUrl } from '../../src/config/values.ts';
import { table } from './kinds.ts';

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

/** Which of these addresses lie in the networks, or why there are none. */
function within(text: string, ...addresses: readonly string[]): readonly string[] | string {
  const reading = networks.read(text, '/');
  return 'wrong' in reading ? reading.wrong : addresses.filter((address) => reading.value.has(address));
}

t.test('networks are CIDR blocks or single addresses, separated by commas and blanks', async (t) => {
  for (const [text, inside, outside] of [
    ['10.0.0.0/8', ['10.0.0.0', '10.1.2.3', '10.255.255.255'], ['9.255.255.255', '11.0.0.0', '::a01:203', '::1']],
    ['10.9.8.7/8', ['10.1.2.3'], ['11.0.0.0']],
    ['192.0.2.7', ['192.0.2.7'], ['192.0.2.6', '192.0.2.8']],
    ['192.0.2.6/31', ['192.0.2.6', '192.0.2.7'], ['192.0.2.5', '192.0.2.8']],
    ['0.0.0.0/0', ['1.2.3.4', '255.255.255.255'], ['::1', '2001:db8::1']],
    ['2001:db8::/32', ['2001:db8::1', '2001:DB8:ffff::', '2001:0db8:0:0:0:0:0:1'], ['2001:db9::1', '10.0.0.1']],
    ['::1', ['::1', '0:0:0:0:0:0:0:1'], ['::2', '127.0.0.1']],
    ['fe80::/10', ['fe80::1', 'fe80::1%eth0'], ['fec0::1']],
    ['10.0.0.0/8,  2001:db8::/32\t127.0.0.1 ,', ['10.0.0.1', '2001:db8::1', '127.0.0.1'], ['127.0.0.2']],
  ] as const) t.strictSame(within(text, ...inside, ...outside), inside, text);
});

t.test('an IPv4 address in its IPv6 form counts as IPv4, and a network may be written so, too', async (t) => {
  const mapped = ['::ffff:10.1.2.3', '::FFFF:10.1.2.3', '::ffff:a01:203'];
  t.strictSame(within('10.0.0.0/8', ...mapped, '::ffff:11.0.0.1'), mapped);
  t.strictSame(within('10.1.2.3', ...mapped), mapped);
  t.strictSame(within('2001:db8::/32', ...mapped), []);
  t.strictSame(within('::ffff:10.0.0.0/104', '10.1.2.3', ...mapped, '11.0.0.1'), ['10.1.2.3', ...mapped]);
});

t.test('what is no address lies in no network, and in none lies nothing', async (t) => {
  t.strictSame(within('0.0.0.0/0 ::/0', '', 'localhost', '10.0.0.1:80', '10.0.0.0/8', '[::1]', '10.1', '010.0.0.1', 'undefined', '::ffff:999.1.1.1'), []);
  for (const text of ['none', 'NONE', 'None']) t.strictSame(within(text, '127.0.0.1', '::1', '0.0.0.0', '::'), [], text);
});

t.test('what is no network is refused, whatever stands beside it', async (t) => {
  for (const text of [
    '10.0.0.0/33', '10.0.0.0/', '/8', '10/8', '10.0.0/24', '10.0.0.0/08', '10.0.0.0/00', '10.0.0.0/-1', '10.0.0.0/8.0', '10.0.0.0/255.0.0.0', '10.0.0.0-10.0.0.9', '10.0.0.0/8;',
    '2001:db8::/129', '2001:db8::/1000', ':::/8', 'fe80::%eth0/10', '[::1]', '::1/128/128', 'localhost', '*', 'all', '010.0.0.1', '0x0a.0.0.1', '10.0.0.0\\8', '١٠.0.0.0/8',
  ]) {
    t.match(within(text), /is not a network$/, text);
    t.match(within(`127.0.0.1, ${text}`), /is not a network$/, text);
  }
  t.equal(within('10.0.0.0 /8'), '"/8" is not a network');
  t.equal(within('none, 10.0.0.0/8'), '"none" is not a network');
  t.match(within('x'.repeat(10_000)), /^"x{60}…" is not a network$/);
});

t.test('networks are shown as they were written', async (t) => {
  for (const [text, shown] of [['10.0.0.0/8  ::1', '10.0.0.0/8, ::1'], ['None', 'none'], [' , ', 'none']] as const) {
    const reading = networks.read(text, '/');
    t.equal('value' in reading && String(reading.value), shown);
  }
});

t.test('a secret text is any text up to 256 characters, and neither log nor message shows it', async (t) => {
  for (const text of ['x', ' ', 'žluť 🔑', 'x'.repeat(256)]) {
    const reading = secretText.read(text, '/');
    if (!('value' in reading)) return t.fail('refused');
    t.equal(reading.value.export().toString(), text);
    t.equal(JSON.stringify(reading), '{"value":{}}');
  }
  t.strictSame(secretText.read('x'.repeat(257), '/'), { wrong: 'longer than 256 characters' });
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
