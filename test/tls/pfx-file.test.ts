// PFX files as Windows and openssl write them: what they yield, and what stops the start.

import { createHash, createHmac, createSecretKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ConfigError } from '../../src/errors.ts';
import { loadServerCertificate, type ServerCertificate } from '../../src/tls/certificate.ts';
import { mutate, seeded } from '../mutate.ts';
import { hierarchy, issue, openssl, p256, pfx, selfSigned } from './openssl.ts';

const hostname = 'gw.example.test';
const dir = t.testdir();
hierarchy(dir);
const pem = (name: string): string => readFileSync(join(dir, `${name}.pem`), 'utf8');
writeFileSync(join(dir, 'doubled.pem'), pem('server') + pem('middle') + pem('root') + pem('middle'));
const whole = readFileSync(pfx(dir, 'secret'));

function load(pfxFile: string, pfxPassword?: string): ServerCertificate {
  return loadServerCertificate({ pfxFile, pfxPassword, hostname });
}

/** Writes a file of its own for the test. */
function written(t: Test, bytes: Uint8Array | string): string {
  const file = join(t.testdir(), 'odd.pfx');
  writeFileSync(file, bytes, { mode: 0o600 });
  return file;
}

function stops(t: Test, action: () => unknown, ...patterns: readonly RegExp[]): void {
  try {
    action();
    t.fail('the file was accepted');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const pattern of [/^\[Server\] PfxFile [^\n]*$/, ...patterns]) t.match(error.message, pattern);
  }
}

const tripleDes = ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'];
const kinds: readonly (readonly [what: string, password: string, ...options: string[]])[] = [
  ['AES256-SHA256, as Windows 10 and later write it', 'secret', '-iter', '2000'],
  ['TripleDES-SHA1, as every Windows can write it', 'secret', ...tripleDes],
  ['3DES with two keys', 'secret', '-keypbe', 'PBE-SHA1-2DES', '-certpbe', 'PBE-SHA1-2DES'],
  ['AES of 128 bits', 'secret', '-keypbe', 'AES-128-CBC', '-certpbe', 'AES-192-CBC'],
  ['3DES in PBES2', 'secret', '-keypbe', 'DES-EDE3-CBC', '-certpbe', 'DES-EDE3-CBC'],
  ['a MAC with SHA-384', 'secret', '-macalg', 'sha384'],
  ['a MAC with SHA-512', 'secret', '-macalg', 'sha512'],
  ['one iteration', 'secret', '-noiter', '-nomaciter'],
  ['certificates in the open', 'secret', '-certpbe', 'NONE'],
  ['nothing encrypted', 'secret', '-certpbe', 'NONE', '-keypbe', 'NONE'],
  ['no MAC', 'secret', '-nomac'],
  ['names and a CSP', 'secret', '-name', 'Žluť', '-CSP', 'Microsoft Software Key Storage Provider', '-LMK', '-keyex'],
  ['the certificate a second time', 'secret', '-certfile', 'doubled.pem'],
  ['a password in letters of every kind', 'Žluť "😀" \\', ...tripleDes],
  ['the same with AES', 'Žluť "😀" \\'],
  ['a long password', 'x'.repeat(200), ...tripleDes],
  ['an empty password', ''],
  ['an empty password and 3DES', '', ...tripleDes],
];

for (const [what, password, ...options] of kinds) {
  t.test(`${what}: the same certificate and key as from PEM files`, async (t) => {
    const loaded = load(pfx(dir, password, ...options), password);
    t.same(loaded.warnings, []);
    t.equal(loaded.certificatePem.toString(), pem('server') + pem('middle'), 'leaf first, then its issuer, without the root');
    t.equal(loaded.privateKeyPem.toString(), readFileSync(join(dir, 'server.key'), 'utf8'));
    t.equal(loaded.leaf.fingerprint256, new X509Certificate(pem('server')).fingerprint256);
  });
}

t.test('without a password a file opens that has an empty one, and one that has none at all', async (t) => {
  const file = pfx(dir, '', '-certpbe', 'NONE', '-keypbe', 'NONE', '-nomaciter');
  t.same(load(file).warnings, []);
  // openssl writes an empty password as two zero bytes (RFC 7292 §B.1); others write none.
  t.same(load(written(t, withoutPassword(readFileSync(file)))).warnings, []);
});

/** Makes the MAC of a file with one iteration, as RFC 7292 §B.2 has it for no password: K = SHA-256(64 times 3, salt to 64 bytes). */
function withoutPassword(file: Buffer): Buffer {
  const content = /0:d=0.*?\n.*?INTEGER.*?\n.*?SEQUENCE.*?\n.*?pkcs7-data\n.*?cont \[ 0 \].*?\n\s*(\d+):d=\d+\s+hl=(\d+) l=\s*(\d+)/.exec(
    openssl(dir, 'asn1parse', '-inform', 'DER', '-in', 'server.pfx'),
  );
  const [start, length] = [Number(content?.[1]) + Number(content?.[2]), Number(content?.[3])];
  const authenticated = file.subarray(start, start + length);
  // … SEQUENCE { SEQUENCE { algorithm }, OCTET STRING of 32 bytes }, OCTET STRING of 8 bytes; the iterations are left out.
  const salt = file.subarray(-8);
  const mac = (password: Buffer): Buffer => {
    const key = createHash('sha256').update(Buffer.alloc(64, 3)).update(Buffer.alloc(64, salt)).update(password).digest();
    return createHmac('sha256', key).update(authenticated).digest();
  };
  const former = mac(Buffer.alloc(64));
  const at = file.indexOf(former);
  if (at < start + length) throw new Error('the MAC is not where it should be');
  return Buffer.concat([file.subarray(0, at), mac(Buffer.alloc(0)), file.subarray(at + former.length)]);
}

t.test('a password may come as a key object, which no log shows', async (t) => {
  const pfxFile = pfx(dir, 'pässword');
  t.same(loadServerCertificate({ pfxFile, pfxPassword: createSecretKey(Buffer.from('pässword')), hostname }).warnings, []);
});

t.test('a wrong password and a missing one stop the start, whatever the file is protected with', async (t) => {
  for (const options of [[], tripleDes, ['-certpbe', 'NONE', '-keypbe', 'NONE'], ['-nomac'], ['-nomac', ...tripleDes]]) {
    const file = pfx(dir, 'secret', ...options);
    for (const password of ['Secret', 'secret ', '', 'x'.repeat(256)]) {
      stops(t, () => load(file, password), /server\.pfx does not open with PfxPassword/);
    }
    stops(t, () => load(file), /needs its password: set PfxPasswordFile/);
  }
});

t.test('a password for a file that has none stops the start', async (t) => {
  stops(t, () => load(pfx(dir, ''), 'secret'), /does not open with PfxPassword/);
});

t.test('RC2 and RC4, which OpenSSL 3 has given up, stop the start with the command that converts', async (t) => {
  const cure = /export it again with AES256-SHA256, or openssl pkcs12 -legacy -noenc -in \S+server\.pfx -out server\.pem/;
  stops(t, () => load(pfx(dir, 'secret', '-legacy'), 'secret'), /RC2 of 40 bits/, cure);
  stops(t, () => load(pfx(dir, 'secret', '-legacy', '-keypbe', 'PBE-SHA1-RC4-128', '-certpbe', 'NONE'), 'secret'), /RC4 of 128 bits/, cure);
  stops(t, () => load(pfx(dir, 'secret', '-legacy', '-keypbe', 'PBE-SHA1-RC2-128', '-certpbe', 'NONE'), 'secret'), /RC2 of 128 bits/, cure);
  stops(t, () => load(pfx(dir, 'secret', '-legacy'), 'wrong'), /does not open with PfxPassword/);
});

t.test('the command that converts makes what CertificateFile and PrivateKeyFile take', async (t) => {
  pfx(dir, 'secret', '-legacy');
  openssl(dir, 'pkcs12', '-legacy', '-noenc', '-in', 'server.pfx', '-out', 'converted.pem', '-passin', 'pass:secret');
  const file = join(dir, 'converted.pem');
  chmodSync(file, 0o600);
  t.same(loadServerCertificate({ certificateFile: file, privateKeyFile: file, hostname }).warnings, []);
});

t.test('other ciphers stop the start and are named', async (t) => {
  stops(t, () => load(pfx(dir, 'secret', '-keypbe', 'camellia-256-cbc'), 'secret'), /cannot be read here \(the cipher 1\.2\.392/, /openssl pkcs12 -noenc/);
});

t.test('a missing, an empty and a huge file stop the start, and so do a directory and a device', async (t) => {
  stops(t, () => load('/nowhere/server.pfx'), /PfxFile \/nowhere\/server\.pfx does not exist: correct the path$/);
  stops(t, () => load(written(t, '')), /is empty: copy the file again/);
  const huge = written(t, whole);
  truncateSync(huge, 3_000_000_000);
  stops(t, () => load(huge, 'secret'), /too large/);
  stops(t, () => load(dir), /is not a file/);
  stops(t, () => load('/dev/zero'), /is not a file/);
});

t.test('what is no PFX file stops the start', async (t) => {
  stops(t, () => load(written(t, pem('server'))), /is PEM, not PFX: name it in CertificateFile/);
  for (const name of ['server.der', 'server.p7b']) {
    if (name === 'server.der') openssl(dir, 'x509', '-in', 'server.pem', '-outform', 'DER', '-out', name);
    else openssl(dir, 'crl2pkcs7', '-nocrl', '-certfile', 'chain.pem', '-outform', 'DER', '-out', name);
    stops(t, () => load(join(dir, name), 'secret'), /is not a PFX file/);
  }
  for (const text of ['no certificate at all', whole.toString('base64'), '0', Buffer.alloc(1000), Buffer.alloc(1000, 0x30)]) {
    stops(t, () => load(written(t, text), 'secret'), /is not a PFX file/);
  }
});

t.test('a file that is cut short or not in DER stops the start', async (t) => {
  for (const length of [20, 100, whole.length / 2, whole.length - 1]) {
    stops(t, () => load(written(t, whole.subarray(0, length)), 'secret'), /is damaged, cut short or not in DER/, /openssl pkcs12 -noenc/);
  }
  // A length that ends where its content ends.
  const indefinite = Buffer.concat([Buffer.of(0x30, 0x80), whole.subarray(4), Buffer.of(0, 0)]);
  stops(t, () => load(written(t, indefinite), 'secret'), /not in DER/);
});

t.test('no damage to a file makes anything but one clear sentence', async (t) => {
  const random = seeded(12);
  const file = join(t.testdir(), 'damaged.pfx');
  const small = readFileSync(pfx(dir, 'secret', '-noiter', '-nomaciter'));
  const expected = load(pfx(dir, 'secret'), 'secret').certificatePem.toString();
  let refused = 0;
  for (let round = 0; round < 400; round += 1) {
    writeFileSync(file, mutate(small, random, round % 2 === 0 ? 80 : small.length), { mode: 0o600 });
    try {
      t.equal(load(file, 'secret').certificatePem.toString(), expected, 'harmless damage changes nothing');
    } catch (error) {
      refused += 1;
      if (!(error instanceof ConfigError) || error.message.includes('\n')) t.fail(`round ${String(round)}`, { cause: error });
    }
  }
  t.ok(refused > 350, `${String(refused)} of 400 were refused`);
});

t.test('without a private key, or with the key of another certificate alone, the file stops the start', async (t) => {
  const file = join(dir, 'part.pfx');
  const part = (...options: string[]): void => { openssl(dir, 'pkcs12', '-export', '-passout', 'pass:s', '-out', 'part.pfx', ...options); };
  part('-nokeys', '-in', 'server.pem');
  stops(t, () => load(file, 's'), /has no private key inside: export it again with the private key/);
  part('-nocerts', '-inkey', 'server.key', '-in', 'server.key');
  stops(t, () => load(file, 's'), /has no certificate of its private key inside/);
});

t.test('a certificate without its chain warns, one right under its root does not', async (t) => {
  const file = join(dir, 'alone.pfx');
  const leaf = ['pkcs12', '-export', '-passout', 'pass:s', '-out', 'alone.pfx', '-inkey'];
  openssl(dir, ...leaf, 'server.key', '-in', 'server.pem');
  chmodSync(file, 0o600);
  t.match(load(file, 's').warnings, [/has no certificate of its issuer: .* export it again with the private key and all certificates/]);
  issue(dir, 'direct', 'root', '/CN=gw.example.test', `subjectAltName=DNS:${hostname}`);
  openssl(dir, ...leaf, 'direct.key', '-in', 'direct.pem', '-certfile', 'root.pem');
  const direct = load(file, 's');
  t.same(direct.warnings, []);
  t.equal(direct.certificatePem.toString(), pem('direct'));
});

t.test('the checks of PEM files hold for PFX files, too', async (t) => {
  const at = join(dir, 'checks');
  mkdirSync(at);
  const exported = (...options: readonly string[]): string => {
    selfSigned(at, 'own', ...options);
    openssl(at, 'pkcs12', '-export', '-passout', 'pass:s', '-out', 'own.pfx', '-inkey', 'own.key', '-in', 'own.pem');
    return join(at, 'own.pfx');
  };
  t.match(load(exported(...p256), 's').warnings, [/PfxFile .* is self-signed/], 'a self-signed one needs no issuer');
  t.match(load(exported('-newkey', 'rsa:2048'), 's').privateKeyPem.toString(), /^-----BEGIN PRIVATE KEY-----/);
  t.match(load(exported('-newkey', 'ed25519'), 's').warnings, [/is self-signed/, /without a channel binding/]);
  stops(t, () => load(exported('-newkey', 'rsa:1024'), 's'), /too weak/);
  stops(t, () => load(exported(...p256, '-addext', 'subjectAltName=DNS:other.test'), 's'), /does not cover Hostname gw\.example\.test/);
  const file = exported(...p256);
  stops(t, () => loadServerCertificate({ pfxFile: file, pfxPassword: 's', hostname, now: new Date(Date.now() + 91 * 86_400_000) }), /expired on/);
  chmodSync(file, 0o640);
  t.match(load(file, 's').warnings, [`chmod 600 ${file}`, /is self-signed/]);
});
