// How the gateway is addressed: what each spelling means, and what is no address.

import t from 'tap';
import { placeOf } from '../../src/client/address.ts';
import { openServer } from '../../src/client/server.ts';
import { openTrust } from '../../src/client/trust/trust.ts';
import { failureOf } from './keep/failure.ts';

const trust = openTrust();

const spellings: readonly (readonly [text: string, origin: string, host: string, port: number, isAddress?: true])[] = [
  ['print.example.test', 'https://print.example.test:8090', 'print.example.test', 8090],
  ['print', 'https://print:8090', 'print', 8090],
  ['print.example.test:8091', 'https://print.example.test:8091', 'print.example.test', 8091],
  ['print.example.test:443', 'https://print.example.test', 'print.example.test', 443],
  ['print.example.test:443/', 'https://print.example.test', 'print.example.test', 443],
  ['print.example.test:0443', 'https://print.example.test', 'print.example.test', 443],
  ['print.example.test:80', 'https://print.example.test:80', 'print.example.test', 80],
  ['print.example.test/', 'https://print.example.test:8090', 'print.example.test', 8090],
  ['https://print.example.test', 'https://print.example.test', 'print.example.test', 443],
  ['https://print.example.test:443', 'https://print.example.test', 'print.example.test', 443],
  ['https://print.example.test:8090/', 'https://print.example.test:8090', 'print.example.test', 8090],
  ['HTTPS://PRINT.Example.Test', 'https://print.example.test', 'print.example.test', 443],
  ['Print.Example.TEST.', 'https://print.example.test:8090', 'print.example.test', 8090],
  ['drücken.example.test', 'https://xn--drcken-4ya.example.test:8090', 'xn--drcken-4ya.example.test', 8090],
  ['https://DRÜCKEN.example.test', 'https://xn--drcken-4ya.example.test', 'xn--drcken-4ya.example.test', 443],
  ['192.0.2.7', 'https://192.0.2.7:8090', '192.0.2.7', 8090, true],
  ['https://192.0.2.7:444', 'https://192.0.2.7:444', '192.0.2.7', 444, true],
  ['[2001:DB8::7]', 'https://[2001:db8::7]:8090', '2001:db8::7', 8090, true],
  ['2001:db8::7', 'https://[2001:db8::7]:8090', '2001:db8::7', 8090, true],
  ['::1', 'https://[::1]:8090', '::1', 8090, true],
  ['[::1]:443', 'https://[::1]', '::1', 443, true],
  ['https://[::1]:8091', 'https://[::1]:8091', '::1', 8091, true],
];

for (const [text, origin, host, port, isAddress = false] of spellings) {
  t.test(`${text} means ${origin}, port ${String(port)}`, async (t) => {
    const server = openServer({ url: text, trust });
    await server.close();
    t.strictSame([server.url.href, server.host, server.port, server.isAddress], [`${origin}/`, host, port, isAddress]);
  });
}

const wrong: readonly (readonly [text: string, why: RegExp])[] = [
  ['', /it cannot be read/],
  ['https://', /it cannot be read/],
  ['https:print.example.test', /it cannot be read/],
  [' ', /a space or a control character/],
  ['print example.test', /a space or a control character/],
  ['print.example.test ', /a space or a control character/],
  ['print.exam\nple.test', /a space or a control character/],
  ['print.exam\tple.test', /a space or a control character/],
  ['print.example.test\u0000', /a space or a control character/],
  ['http://print.example.test', /over https only/],
  ['ftp://print.example.test', /over https only/],
  ['file:///etc/passwd', /over https only/],
  ['alice@print.example.test', /a user name does not belong there/],
  ['https://alice:secret@print.example.test', /a user name does not belong there/],
  ['https://:secret@print.example.test', /a user name does not belong there/],
  ['https://print.example.test@evil.test', /a user name does not belong there/],
  ['https://print.example.test/api', /nothing belongs behind/],
  ['print.example.test/en/auth', /nothing belongs behind/],
  ['print.example.test\\api', /nothing belongs behind/],
  ['print.example.test?a=1', /nothing belongs behind/],
  ['print.example.test#a', /nothing belongs behind/],
  ['print.example.test:0', /no port 0/],
  ['print.example.test:65536', /it cannot be read/],
  ['print.example.test:-1', /it cannot be read/],
  ['print.example.test:abc', /it cannot be read/],
  ['print.example.test..', /part of the name is empty/],
  ['print..example.test', /part of the name is empty/],
  ['.', /it cannot be read|part of the name is empty/],
  ['[fe80::1%eth0]', /it cannot be read/],
  ['2001:db8::7:8090:1:2:3:4:5', /it cannot be read/],
  ['x'.repeat(100_000), /the name is too long/],
  [`${'x.'.repeat(126)}test`, /the name is too long/],
];

for (const [text, why] of wrong) {
  t.test(`${JSON.stringify(text.slice(0, 50))} is no address of a gateway`, async (t) => {
    const error = await failureOf((async () => openServer({ url: text, trust }))());
    t.equal(error.reason, 'address_invalid');
    t.match(error.message, why);
    t.match(error.message, /^"[^\n\t\0]{0,400}" is no address of a gateway: [\w -]+$/);
    t.equal(error.cure, 'Write it as in https://print.example.com:8090.');
  });
}

const noPlaces = [
  '', ' ', 'https://127.0.0.1', '127.0.0.1/x', '127.0.0.1\\x', 'a@127.0.0.1', 'a?b', 'a#b', '127.0.0.1:0', '127.0.0.1:65536', '127.0.0.1:x',
  '::1:1:1:1:1:1:1:1:1', 'a b', 'a\nb', 'a\u0000b',
];

for (const bad of noPlaces) {
  t.test(`${JSON.stringify(bad)} is no place to connect to`, async (t) => {
    const error = await failureOf((async () => openServer({ url: 'print.example.test', connectTo: bad, trust }))());
    t.equal(error.reason, 'address_invalid');
    t.match(error.message, /^"[^\n]*" is no place to connect to: it must be host or host:port$/);
  });
}

const places: readonly (readonly [text: string, host: string, port: number])[] = [
  ['127.0.0.1', '127.0.0.1', 8090],
  ['127.0.0.1:443', '127.0.0.1', 443],
  ['127.0.0.1:80', '127.0.0.1', 80],
  ['NODE-1.example.test:8091', 'node-1.example.test', 8091],
  ['::1', '::1', 8090],
  ['[::1]', '::1', 8090],
  ['[::1]:8091', '::1', 8091],
];

for (const [text, host, port] of places) {
  t.test(`connecting to ${text} means ${host}, port ${String(port)}`, async (t) => {
    t.strictSame(placeOf(text, 8090), { host, port });
  });
}
