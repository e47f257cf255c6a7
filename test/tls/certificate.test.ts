// What stops the start, what only warns: certificate and key files as admins bring them.
import { chmodSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { ConfigError } from '../../src/errors.ts';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { loadServerCertificate } from '../../src/tls/certificate.ts';
import { openssl, p256, selfSigned } from './openssl.ts';
import type { CertificatePaths } from './openssl.ts';

const hostname = 'gw.example.test';
const day = 86_400_000;

/** The files of `init` in a directory of their own. */
async function initFiles(t: Test): Promise<CertificatePaths & { readonly dir: string }> {
  const { certificatePem, privateKeyPem } = await createServerCertificate(hostname);
  const dir = t.testdir({ 'server.pem': certificatePem, 'server.key': privateKeyPem });
  chmodSync(join(dir, 'server.key'), 0o600);
  return { dir, certificateFile: join(dir, 'server.pem'), privateKeyFile: join(dir, 'server.key') };
}

/** Asserts that loading stops with a ConfigError of one line that matches every pattern. */
function stops(t: Test, settings: Parameters<typeof loadServerCertificate>[0], ...patterns: readonly RegExp[]): void {
  try {
    loadServerCertificate(settings);
    t.fail('the certificate was accepted');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    t.notMatch(error.message, /\n/);
    for (const pattern of patterns) t.match(error.message, pattern);
  }
}

t.test('the files that init makes load without a warning', async (t) => {
  const files = await initFiles(t);
  const loaded = loadServerCertificate({ ...files, hostname });
  t.same(loaded.warnings, []);
  t.equal(loaded.leaf.checkHost(hostname), hostname);
  t.equal(loaded.certificatePem.toString(), readFileSync(files.certificateFile, 'utf8'));
  t.equal(loaded.privateKeyPem.toString(), readFileSync(files.privateKeyFile, 'utf8'));
});

t.test('the host name counts in any case', async (t) => {
  t.same(loadServerCertificate({ ...await initFiles(t), hostname: 'GW.Example.TEST' }).warnings, []);
});

t.test('a missing file stops the start and is named', async (t) => {
  const files = await initFiles(t);
  stops(t, { ...files, hostname, certificateFile: '/nowhere/server.pem' }, /CertificateFile \/nowhere\/server\.pem does not exist/, /init/);
  stops(t, { ...files, hostname, privateKeyFile: '/nowhere/server.key' }, /PrivateKeyFile \/nowhere\/server\.key does not exist/);
});

t.test('a directory, a device and a path through a file stop the start', async (t) => {
  const files = await initFiles(t);
  stops(t, { ...files, hostname, certificateFile: files.dir }, /is not a file/);
  stops(t, { ...files, hostname, privateKeyFile: '/dev/zero' }, /is not a file/);
  stops(t, { ...files, hostname, privateKeyFile: join(files.certificateFile, 'x') }, /cannot be read \(ENOTDIR\)/);
});

t.test('a huge file stops the start unread', async (t) => {
  const files = await initFiles(t);
  truncateSync(files.certificateFile, 3_000_000_000);
  stops(t, { ...files, hostname }, /too large/);
});

t.test('DER, UTF-16 and empty files stop the start with the command that converts', async (t) => {
  const files = await initFiles(t);
  const pem = readFileSync(files.certificateFile, 'utf8');
  openssl(files.dir, 'x509', '-in', 'server.pem', '-outform', 'DER', '-out', 'server.der');
  stops(t, { ...files, hostname, certificateFile: join(files.dir, 'server.der') }, /is not PEM/, /openssl x509 -inform DER/);
  for (const content of [Buffer.alloc(0), Buffer.from(pem, 'utf16le'), Buffer.from('no certificate at all')]) {
    writeFileSync(files.certificateFile, content);
    stops(t, { ...files, hostname }, /CertificateFile .* is not PEM/);
  }
});

t.test('a byte order mark, CRLF and text around the blocks do no harm', async (t) => {
  const files = await initFiles(t);
  for (const file of [files.certificateFile, files.privateKeyFile]) {
    writeFileSync(file, `\uFEFF${readFileSync(file, 'utf8').replaceAll('\n', '\r\n')}Bag Attributes\r\n`);
  }
  t.same(loadServerCertificate({ ...files, hostname }).warnings, []);
});

t.test('damaged certificates stop the start', async (t) => {
  const files = await initFiles(t);
  const pem = readFileSync(files.certificateFile, 'utf8');
  writeFileSync(files.certificateFile, pem.slice(0, 300));
  stops(t, { ...files, hostname }, /is cut short/);
  writeFileSync(files.certificateFile, pem.replace(/M/, 'A'));
  stops(t, { ...files, hostname }, /certificate number 1 in it is damaged/);
  writeFileSync(files.certificateFile, pem + pem.replace(/M/, 'A'));
  stops(t, { ...files, hostname }, /certificate number 2 in it is damaged/);
});

t.test('the two files in each other\'s place stop the start', async (t) => {
  const { certificateFile, privateKeyFile } = await initFiles(t);
  stops(t, { hostname, certificateFile: privateKeyFile, privateKeyFile: certificateFile }, /no certificate in it, only PRIVATE KEY/);
  stops(t, { hostname, certificateFile, privateKeyFile: certificateFile }, /no private key in it, only CERTIFICATE/);
});

t.test('a certificate and its key in one file load', async (t) => {
  const files = await initFiles(t);
  writeFileSync(files.privateKeyFile, readFileSync(files.privateKeyFile, 'utf8') + readFileSync(files.certificateFile, 'utf8'));
  const loaded = loadServerCertificate({ hostname, certificateFile: files.privateKeyFile, privateKeyFile: files.privateKeyFile });
  t.notMatch(loaded.certificatePem.toString(), /PRIVATE KEY/, 'the key does not go along with the certificate');
});

t.test('older forms of private keys load: PKCS#1, SEC 1, SEC 1 after its parameters', async (t) => {
  const dir = t.testdir();
  const rsa = selfSigned(dir, 'rsa', '-newkey', 'rsa:2048');
  openssl(dir, 'rsa', '-in', 'rsa.key', '-traditional', '-out', 'rsa.key');
  t.match(readFileSync(rsa.privateKeyFile, 'utf8'), /BEGIN RSA PRIVATE KEY/);
  t.ok(loadServerCertificate({ ...rsa, hostname }));
  openssl(dir, 'ecparam', '-name', 'prime256v1', '-genkey', '-out', 'sec1.key');
  t.match(readFileSync(join(dir, 'sec1.key'), 'utf8'), /BEGIN EC PARAMETERS[\s\S]*BEGIN EC PRIVATE KEY/);
  openssl(dir, 'req', '-x509', '-key', 'sec1.key', '-subj', '/CN=x', '-addext', `subjectAltName=DNS:${hostname}`, '-out', 'sec1.pem');
  t.ok(loadServerCertificate({ hostname, certificateFile: join(dir, 'sec1.pem'), privateKeyFile: join(dir, 'sec1.key') }));
});

t.test('an encrypted key stops the start, in both its forms', async (t) => {
  const files = await initFiles(t);
  openssl(files.dir, 'pkcs8', '-topk8', '-in', 'server.key', '-passout', 'pass:secret', '-out', 'pkcs8.key');
  stops(t, { ...files, hostname, privateKeyFile: join(files.dir, 'pkcs8.key') }, /is encrypted/, /openssl pkey -in/);
  openssl(files.dir, 'ec', '-in', 'server.key', '-aes128', '-passout', 'pass:secret', '-out', 'sec1.key');
  t.match(readFileSync(join(files.dir, 'sec1.key'), 'utf8'), /Proc-Type/);
  stops(t, { ...files, hostname, privateKeyFile: join(files.dir, 'sec1.key') }, /is encrypted/);
});

t.test('a damaged key stops the start and its bytes are not repeated', async (t) => {
  const files = await initFiles(t);
  writeFileSync(files.privateKeyFile, readFileSync(files.privateKeyFile, 'utf8').replace(/MIG/, 'AAA'));
  stops(t, { ...files, hostname }, /damaged private key/, /^(?!.*AAA)/);
});

t.test('a key of another certificate stops the start', async (t) => {
  const files = await initFiles(t);
  const other = selfSigned(files.dir, 'other', ...p256);
  stops(t, { ...files, hostname, privateKeyFile: other.privateKeyFile }, /does not match the certificate/);
});

t.test('a chain with the leaf behind its issuer stops the start, and the right order loads', async (t) => {
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate(hostname);
  const dir = t.testdir({ 'wrong.pem': caPem + certificatePem, 'right.pem': certificatePem + caPem, 'server.key': privateKeyPem });
  const privateKeyFile = join(dir, 'server.key');
  stops(t, { hostname, privateKeyFile, certificateFile: join(dir, 'wrong.pem') }, /number 2 in it; put it first/);
  const { certificatePem: chain } = loadServerCertificate({ hostname, privateKeyFile, certificateFile: join(dir, 'right.pem') });
  t.equal(chain.toString(), certificatePem + caPem);
});

t.test('names that do not cover the host name stop the start and are listed', async (t) => {
  const files = await initFiles(t);
  stops(t, { ...files, hostname: 'other.example.test' }, /does not cover Hostname other\.example\.test \(it has DNS:gw\.example\.test\)/);
  stops(t, { ...files, hostname: '127.0.0.1' }, /does not cover Hostname 127\.0\.0\.1/);
  const dir = t.testdir();
  const named = (san: string): CertificatePaths => selfSigned(dir, 'named', ...p256, '-addext', san);
  stops(t, { ...named('nsComment=no SAN'), hostname }, /does not cover/, /the common name does not count/);
  stops(t, { ...named('subjectAltName=DNS:*.test'), hostname }, /does not cover/);
  stops(t, { ...named('subjectAltName=DNS:g*.example.test'), hostname }, /does not cover/);
  t.ok(loadServerCertificate({ ...named('subjectAltName=DNS:*.example.test'), hostname }), 'a wildcard for the last label covers it');
  t.ok(loadServerCertificate({ ...named('subjectAltName=IP:127.0.0.1'), hostname: '127.0.0.1' }), 'an address covers the address');
});

t.test('a certificate for clients only stops the start', async (t) => {
  const extensions = ['-addext', `subjectAltName=DNS:${hostname}`, '-addext', 'extendedKeyUsage=clientAuth'];
  const files = selfSigned(t.testdir(), 'client', ...p256, ...extensions);
  stops(t, { ...files, hostname }, /serverAuth/);
});

t.test('expired and not yet valid stop the start, soon to expire warns', async (t) => {
  const files = await initFiles(t);
  const at = (days: number): Date => new Date(Date.now() + days * day);
  stops(t, { ...files, hostname, now: at(825) }, /expired on \d{4}-\d\d-\d\d: renew/);
  stops(t, { ...files, hostname, now: at(-2) }, /not valid before \d{4}-\d\d-\d\d/, /clock/);
  t.match(loadServerCertificate({ ...files, hostname, now: at(800) }).warnings, [/expires on \d{4}-\d\d-\d\d, in 2\d days: renew it/]);
  t.same(loadServerCertificate({ ...files, hostname, now: at(790) }).warnings, []);
});

for (const [name, options] of [
  ['RSA of 1024 bits', ['-newkey', 'rsa:1024']],
  ['RSA-PSS of 1024 bits', ['-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:1024', '-sha256', '-sigopt', 'rsa_pss_saltlen:32']],
  ['ECDSA on P-224', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp224r1']],
  ['ECDSA on secp256k1', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1']],
] as const) {
  t.test(`a key of ${name} stops the start`, async (t) => {
    stops(t, { ...selfSigned(t.testdir(), 'weak', ...options), hostname }, /too weak/, /RSA of 2048 bits or more, or with ECDSA P-256/);
  });
}

t.test('a key file that others may read warns with the chmod', async (t) => {
  const files = await initFiles(t);
  for (const mode of [0o640, 0o604, 0o602]) {
    chmodSync(files.privateKeyFile, mode);
    t.match(loadServerCertificate({ ...files, hostname }).warnings, [`chmod 600 ${files.privateKeyFile}`], mode.toString(8));
  }
  chmodSync(files.privateKeyFile, 0o400);
  t.same(loadServerCertificate({ ...files, hostname }).warnings, []);
});

t.test('a self-signed certificate warns', async (t) => {
  t.match(loadServerCertificate({ ...selfSigned(t.testdir(), 'own', ...p256), hostname }).warnings, [/is self-signed/]);
});

t.test('an Ed25519 certificate warns that no channel binding exists for it', async (t) => {
  const { warnings } = loadServerCertificate({ ...selfSigned(t.testdir(), 'ed', '-newkey', 'ed25519'), hostname });
  t.match(warnings, [/is self-signed/, /without a channel binding/]);
});
