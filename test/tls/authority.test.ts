// The private CA and server certificate of `init`, judged by openssl.
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ConfigError } from '../../src/errors.ts';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { openssl } from './openssl.ts';

const day = 86_400_000;

/** Whether openssl, in its strict mode, takes the leaf as a server for this name on the word of the CA. */
function verify(dir: string, made: { caPem: string; certificatePem: string }, ...name: string[]): string {
  writeFileSync(join(dir, 'ca.pem'), made.caPem);
  writeFileSync(join(dir, 'server.pem'), made.certificatePem);
  return openssl(dir, 'verify', '-x509_strict', '-purpose', 'sslserver', ...name, '-CAfile', 'ca.pem', 'server.pem').trim();
}

t.test('openssl verifies the server certificate against the CA for the host name', async (t) => {
  const made = await createServerCertificate('gw.example.test');
  t.equal(verify(t.testdir(), made, '-verify_hostname', 'gw.example.test'), 'server.pem: OK');
  t.throws(() => verify(t.testdir(), made, '-verify_hostname', 'other.example.test'), /hostname mismatch/i);
});

for (const address of ['127.0.0.1', '::1', '2001:db8::7']) {
  t.test(`the address ${address} becomes an IP name`, async (t) => {
    const made = await createServerCertificate(address);
    t.equal(verify(t.testdir(), made, '-verify_ip', address), 'server.pem: OK');
    const leaf = new X509Certificate(made.certificatePem);
    t.equal(leaf.checkIP(address), address);
    t.match(leaf.subjectAltName, /^IP Address:[^,]+$/);
  });
}

t.test('a host name longer than a common name may be is covered by the SAN', async (t) => {
  const host = `${'a'.repeat(63)}.example.test`;
  t.equal(verify(t.testdir(), await createServerCertificate(host), '-verify_hostname', host), 'server.pem: OK');
});

t.test('the leaf carries the fields of a server certificate and nothing of a CA', async (t) => {
  const now = new Date('2026-03-01T12:00:00Z');
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate('gw.example.test', now);
  const dir = t.testdir({ 'server.pem': certificatePem, 'ca.pem': caPem });
  const ca = new X509Certificate(caPem);
  const leaf = new X509Certificate(certificatePem);
  t.equal(certificatePem.match(/BEGIN CERTIFICATE/g)?.length, 1);
  t.match(privateKeyPem, /^-----BEGIN PRIVATE KEY-----\n([\w+/=]{1,64}\n)+-----END PRIVATE KEY-----\n$/);
  t.equal(leaf.validFromDate.getTime(), now.getTime() - day);
  t.equal(leaf.validToDate.getTime() - leaf.validFromDate.getTime(), 825 * day);
  t.ok(ca.validToDate.getTime() - now.getTime() > 3_650 * day);
  t.equal(leaf.ca, false);
  t.equal(ca.ca, true);
  t.ok(leaf.checkIssued(ca));
  const leafText = openssl(dir, 'x509', '-in', 'server.pem', '-noout', '-ext', 'basicConstraints,keyUsage,extendedKeyUsage');
  t.match(leafText, /CA:FALSE[\s\S]*critical\n\s+Digital Signature\n[\s\S]*TLS Web Server Authentication/);
  const caText = openssl(dir, 'x509', '-in', 'ca.pem', '-noout', '-ext', 'basicConstraints,keyUsage');
  t.match(caText, /critical\n\s+CA:TRUE, pathlen:0[\s\S]*critical\n\s+Certificate Sign, CRL Sign/);
  t.match(openssl(dir, 'x509', '-in', 'server.pem', '-noout', '-text'), /Signature Algorithm: ecdsa-with-SHA256[\s\S]*NIST CURVE: P-256/);
});

t.test('keys, serial numbers and CA names are new each time', async (t) => {
  const [one, two] = await Promise.all([createServerCertificate('gw.example.test'), createServerCertificate('gw.example.test')]);
  t.not(one.privateKeyPem, two.privateKeyPem);
  t.not(new X509Certificate(one.caPem).subject, new X509Certificate(two.caPem).subject);
  const [first, second] = [one, two].map(({ certificatePem }) => new X509Certificate(certificatePem).serialNumber);
  t.not(first, second);
  t.ok((first ?? '').length > 24, 'about 128 bits');
});

const wrongNames = [
  '', ' ', 'gw example', '-gw.test', 'gw..test', 'gw.test.', '*.example.test', 'gw\n.test', '[::1]', '1.2.3.4/24',
  `${'a'.repeat(64)}.test`, `${'a.'.repeat(130)}test`,
];
for (const wrong of wrongNames) {
  t.test(`${JSON.stringify(wrong).slice(0, 30)} is refused as a host name`, async (t) => {
    await t.rejects(createServerCertificate(wrong), ConfigError);
  });
}
