// cert.store: what was accepted is there, an admin can read it, and what is damaged stays as it is.

import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openCertStore } from '../../../src/client/trust/cert-store.ts';
import { failureOf } from '../keep/failure.ts';
import { certificateOf } from './certificate-sample.ts';

const inNewDirectory = (t: { testdir(): string }): string => join(t.testdir(), 'MyQ', 'Desktop Client', 'cert.store');

t.test('what was accepted is found by host and port, also by another process later', async (t) => {
  const file = inNewDirectory(t);
  const store = openCertStore(file);
  t.strictSame(await store.of('print.example.com', 8090), [], 'nothing is there yet');
  t.notOk(existsSync(join(file, '..')), 'and looking made nothing');
  const [first, second, other] = [certificateOf('print.example.com'), certificateOf('print.example.com', 8090, 2), certificateOf('print.example.com', 443)];
  for (const certificate of [first, second, other, certificateOf('fd00::1')]) await store.accept(certificate);
  const again = openCertStore(file);
  t.strictSame(await again.of('print.example.com', 8090), [first, second]);
  t.strictSame(await again.of('PRINT.example.com', 443), [other]);
  t.strictSame(await again.of('[fd00::1]', 8090), [certificateOf('fd00::1')]);
  t.strictSame(await again.of('rint.example.com', 8090), []);
  t.equal((await again.list()).length, 4);
});

t.test('the file is for its owner alone, text that an admin can read, and nothing but the lock lies beside it', async (t) => {
  const file = inNewDirectory(t);
  await openCertStore(file).accept(certificateOf('print.example.com'));
  t.strictSame(readFileSync(file, 'utf8').split('\n'), [
    '{',
    '  "version": 1,',
    '  "certificates": [',
    '    {',
    '      "host": "print.example.com",',
    '      "port": 8090,',
    `      "fingerprint": "${certificateOf('print.example.com').fingerprint}",`,
    '      "subject": "CN=print.example.com",',
    '      "issuer": "CN=Print CA, O=Exämple",',
    '      "notAfter": "2030-01-31T00:00:00.000Z",',
    '      "acceptedAt": "2026-02-01T12:00:00.000Z"',
    '    }',
    '  ]',
    '}',
    '',
  ]);
  t.strictSame(readdirSync(join(file, '..')).sort(), ['cert.store', 'cert.store.lock']);
  t.strictSame([file, `${file}.lock`, join(file, '..'), join(file, '../..')].map((path) => statSync(path).mode & 0o777), [0o600, 0o600, 0o700, 0o700]);
});

t.test('accepting again keeps one entry, and does not write', async (t) => {
  const file = inNewDirectory(t);
  const store = openCertStore(file);
  await store.accept(certificateOf('print.example.com'));
  const { ino } = statSync(file);
  await store.accept({ ...certificateOf('print.example.com'), acceptedAt: 0 });
  t.strictSame(await store.list(), [certificateOf('print.example.com')]);
  t.equal(statSync(file).ino, ino);
});

t.test('many accepted at once in one process are all there', async (t) => {
  const file = inNewDirectory(t);
  const hosts = Array.from({ length: 30 }, (_, n) => `print-${String(n)}.example.com`);
  await Promise.all(hosts.map((host) => openCertStore(file).accept(certificateOf(host))));
  t.strictSame((await openCertStore(file).list()).map(({ host }) => host).sort(), hosts.sort());
});

t.test('remove takes those of a host, of a port, or one by its fingerprint, and gives them', async (t) => {
  const file = inNewDirectory(t);
  const store = openCertStore(file);
  t.strictSame(await store.remove({ host: 'print.example.com' }), []);
  t.notOk(existsSync(join(file, '..')), 'for nothing nothing is made');
  const [first, second, third] = [1, 2, 3].map((n) => certificateOf('print.example.com', 8090, n));
  const [web, other] = [certificateOf('print.example.com', 443), certificateOf('other.example.com')];
  for (const certificate of [first, second, third, web, other]) if (certificate) await store.accept(certificate);
  const colons = second?.fingerprint.toUpperCase().match(/../g)?.join(':') ?? '';
  t.strictSame(await store.remove({ host: 'print.example.com', port: 443, fingerprint: colons }), []);
  t.strictSame(await store.remove({ host: 'Print.Example.com', fingerprint: colons }), [second]);
  t.strictSame(await store.remove({ host: 'print.example.com', port: 8090 }), [first, third]);
  t.strictSame(await store.list(), [web, other]);
  t.strictSame(await store.remove({ host: 'print.example.com' }), [web]);
  t.strictSame(await store.remove({ host: 'print.example.com' }), []);
  t.strictSame(await openCertStore(file).list(), [other]);
});

t.test('what an admin wrote by hand is understood, and fields that this version does not know stay', async (t) => {
  const file = join(t.testdir(), 'cert.store');
  const { fingerprint, ...sample } = certificateOf('print.example.com');
  const colons = fingerprint.toUpperCase().match(/../g)?.join(':');
  const entry = { note: 'asked Eve', ...sample, host: 'Print.Example.com', fingerprint: colons, notAfter: '2030-01-31T01:00+01:00', acceptedAt: '2026-02-01T12:00:00Z', __proto__: null };
  writeFileSync(file, `\u{feff}${JSON.stringify({ site: 'Prague', certificates: [entry], version: 1 })}`, { mode: 0o644 });
  const store = openCertStore(file);
  t.strictSame(await store.list(), [certificateOf('print.example.com')]);
  await store.accept(certificateOf('other.example.com'));
  const written = JSON.parse(readFileSync(file, 'utf8')) as { readonly site: string; readonly certificates: readonly unknown[] };
  t.equal(written.site, 'Prague');
  t.strictSame(written.certificates[0], { ...entry });
  t.strictSame(await store.list(), [certificateOf('print.example.com'), certificateOf('other.example.com')]);
  t.equal(statSync(file).mode & 0o777, 0o644, 'the right of others to read it stays, too');
});

const good = { host: 'print.example.com', port: 8090, fingerprint: 'a'.repeat(64), subject: 'CN=a', issuer: 'CN=b', notAfter: '2030-01-31T00:00:00.000Z', acceptedAt: '2026-02-01T12:00:00.000Z' };
const fileOf = (...entries: unknown[]): string => `${JSON.stringify({ version: 1, certificates: entries }, undefined, 2)}\n`;
const without = (name: string): unknown => Object.fromEntries(Object.entries(good).filter(([field]) => field !== name));

const damaged: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['empty', '', /is damaged: it is empty$/],
  ['only blanks', ' \n ', /: it ends in the middle, on line 2$/],
  ['cut off', fileOf(good).slice(0, 120), /: line 6: a text does not end$|: it ends in the middle, on line \d$/],
  ['cut off after its entries', fileOf(good).slice(0, -3), /: it ends in the middle, on line 13$/],
  ['no JSON', '{\n"version": 1,\ncertificates: [] }', /: line 3: a name in double quotes is missing$/],
  ['with a comma too many', '{ "version": 1,\n"certificates": [],\n}', /: line 3: there is a comma before "}"$/],
  ['two files in one', fileOf(good) + fileOf(good), /: line 15: there is more after the end$/],
  ['with its list doubled', '{ "version": 1,\n"certificates": [],\n"certificates": [] }', /: line 3: a name is there for the second time$/],
  ['UTF-16', Buffer.from(fileOf(good), 'utf16le'), /: line 1: a name in double quotes is missing$/],
  ['Latin-1', Buffer.from(fileOf({ ...good, subject: 'CN=Exämple' }), 'latin1'), /is not UTF-8$/],
  ['too big', Buffer.alloc(4 * 1024 * 1024 + 1, ' '), /is bigger than 4 MiB$/],
  ['a list', '[]', /: it is no JSON object$/],
  ['without a version', '{ "certificates": [] }', /: "version" is missing$/],
  ['of no version', '{ "version": "1", "certificates": [] }', /: "version" is not 1$/],
  ['of a newer client', '{ "version": 2, "certificates": {} }', /was written by a newer client: its version is 2, and this one knows 1$/],
  ['without its list', '{ "version": 1 }', /: "certificates" is missing$/],
  ['with something else for its list', '{ "version": 1, "certificates": {} }', /: "certificates" is no list$/],
  ['with too many entries', fileOf(...Array.from({ length: 10_001 }, () => 1)), /: "certificates" has more than 10000 entries$/],
  ['with an entry that is none', fileOf(good, null), /: entry 2 is no object$/],
  ['with a number for a host', fileOf({ ...good, host: 1 }), /: entry 1 \(line 4\): "host" is no text$/],
  ['with two hosts in one', fileOf({ ...good, host: 'a b' }), /: "host" is no name and no address$/],
  ['with an empty host', fileOf({ ...good, host: '' }), /: "host" is empty$/],
  ['with a text for a port', fileOf({ ...good, port: '8090' }), /: "port" is no whole number from 1 to 65535$/],
  ['with a port that is none', fileOf({ ...good, port: 65_536 }), /: "port" is no whole number from 1 to 65535$/],
  ['with a short fingerprint', fileOf({ ...good, fingerprint: 'a'.repeat(63) }), /: "fingerprint" is no SHA-256 in 64 hexadecimal digits$/],
  ['with an endless subject', fileOf({ ...good, subject: 'a'.repeat(4097) }), /: "subject" is longer than 4096 characters$/],
  ['with a number for a time', fileOf({ ...good, notAfter: 1 }), /: "notAfter" is no text$/],
  ['with a time that is none', fileOf({ ...good, acceptedAt: '2026-13-01T00:00:00Z' }), /: "acceptedAt" is no time as in 2026-01-31T12:00:00Z$/],
  ['with one entry twice', fileOf(good, { ...good, port: 1 }, { ...good, fingerprint: 'A'.repeat(64) }), /: entry 3 \(line 22\) is for the same as entry 1 \(line 4\)$/],
  ...Object.keys(good).map((name) => [`without ${name}`, fileOf({ ...good, port: 1 }, without(name)), new RegExp(`: entry 2 \\(line 13\\): "${name}" is missing$`)] as const),
];

for (const [how, content, message] of damaged) {
  t.test(`a file that is ${how} is reported, and stays byte for byte`, async (t) => {
    const file = join(t.testdir(), 'cert.store');
    writeFileSync(file, content, { mode: 0o600 });
    const store = openCertStore(file);
    const attempts = [() => store.list(), () => store.of('a', 1), () => store.accept(certificateOf('other.example.com')), () => store.remove({ host: 'print.example.com' })];
    for (const attempt of attempts) {
      const failure = await failureOf(attempt());
      t.equal(failure.reason, 'store_damaged');
      t.match(failure.message, message);
      t.ok(failure.message.startsWith(file), failure.message);
      t.match(failure.cure, /move it away|Update this client\./i);
    }
    t.ok(readFileSync(file).equals(Buffer.from(content)));
    t.strictSame(readdirSync(join(file, '..')).sort(), ['cert.store', 'cert.store.lock']);
  });
}

t.test('a file that others may write is not believed', async (t) => {
  const file = join(t.testdir(), 'cert.store');
  writeFileSync(file, fileOf(good));
  chmodSync(file, 0o664);
  const failure = await failureOf(openCertStore(file).of('print.example.com', 8090));
  t.strictSame([failure.reason, failure.message, failure.cure], ['store_unusable', `${file} may be written by others`, `chmod go-w ${file}`]);
});

t.test('what could not be read again is not written', async (t) => {
  const file = inNewDirectory(t);
  const store = openCertStore(file);
  const sample = certificateOf('print.example.com');
  const bad = [{ ...sample, notAfter: Number.NaN }, { ...sample, port: 0 }, { ...sample, host: '' }, { ...sample, fingerprint: 'aa' }, { ...sample, acceptedAt: 8.64e15 }];
  for (const certificate of bad) {
    const failure = await failureOf(store.accept(certificate));
    t.equal(failure.reason, 'store_unusable');
    t.ok(failure.message.startsWith(`this cannot be kept in ${file}: "`), failure.message);
  }
  t.notOk(existsSync(file));
});

t.test('a full file takes no more, and says so', async (t) => {
  const file = join(t.testdir(), 'cert.store');
  const content = fileOf(...Array.from({ length: 10_000 }, (_, n) => ({ ...good, host: String(n) })));
  writeFileSync(file, content, { mode: 0o600 });
  const failure = await failureOf(openCertStore(file).accept(certificateOf('print.example.com')));
  t.strictSame([failure.reason, failure.message], ['store_unusable', `${file} is full: it holds 10000 entries`]);
  t.equal(readFileSync(file, 'utf8'), content);
});
