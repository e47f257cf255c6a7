// The tls-server-end-point binding of certificates with every kind of signature, made by openssl.
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { ConfigError } from '../../src/errors.ts';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { tlsServerEndPoint } from '../../src/tls/endpoint.ts';
import { openssl, p256, selfSigned } from './openssl.ts';

const dir = t.testdir();
openssl(dir, 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', 'rsa.key');
const rsa = ['-key', 'rsa.key'];
const pss = ['-sigopt', 'rsa_padding_mode:pss'];

const cases: readonly (readonly [name: string, options: readonly string[], hash: string | undefined])[] = [
  ['RSA with MD5', [...rsa, '-md5'], 'sha256'],
  ['RSA with SHA-1', [...rsa, '-sha1'], 'sha256'],
  ['RSA with SHA-224', [...rsa, '-sha224'], 'sha224'],
  ['RSA with SHA-256', [...rsa, '-sha256'], 'sha256'],
  ['RSA with SHA-384', [...rsa, '-sha384'], 'sha384'],
  ['RSA with SHA-512', [...rsa, '-sha512'], 'sha512'],
  ['RSASSA-PSS with SHA-1, where the parameters leave the hash out', [...rsa, '-sha1', ...pss], 'sha256'],
  ['RSASSA-PSS with SHA-256', [...rsa, '-sha256', ...pss], 'sha256'],
  ['RSASSA-PSS with SHA-384', [...rsa, '-sha384', ...pss], 'sha384'],
  ['RSASSA-PSS with SHA-512', [...rsa, '-sha512', ...pss], 'sha512'],
  ['ECDSA with SHA-1', [...p256, '-sha1'], 'sha256'],
  ['ECDSA with SHA-256', [...p256, '-sha256'], 'sha256'],
  ['ECDSA with SHA-384', [...p256, '-sha384'], 'sha384'],
  ['ECDSA with SHA-512', [...p256, '-sha512'], 'sha512'],
  ['Ed25519', ['-newkey', 'ed25519'], undefined],
  ['Ed448', ['-newkey', 'ed448'], undefined],
];

for (const [name, options, hash] of cases) {
  t.test(`${name} is bound by ${hash ?? 'nothing'}`, async (t) => {
    const { certificateFile } = selfSigned(dir, 'case', ...options);
    const der = new X509Certificate(readFileSync(certificateFile)).raw;
    const expected = hash && Buffer.concat([Buffer.from('tls-server-end-point:'), createHash(hash).update(der).digest()]);
    t.same(tlsServerEndPoint(der), expected);
  });
}

t.test('the certificate of init is bound by SHA-256', async (t) => {
  const { raw } = new X509Certificate((await createServerCertificate('gw.example.test')).certificatePem);
  t.equal(Buffer.from(tlsServerEndPoint(raw) ?? []).subarray(21).toString('hex'), createHash('sha256').update(raw).digest('hex'));
});

t.test('bytes that are no certificate are refused, wherever they end', async (t) => {
  const { certificateFile } = selfSigned(dir, 'whole', ...p256);
  const der = new X509Certificate(readFileSync(certificateFile)).raw;
  const accepted = der.findIndex((_, length) => !refuses(der.subarray(0, length)));
  t.equal(accepted, -1, 'no prefix of a certificate passes for one');
  for (const hex of ['', '30', '3080', '308000', '30850000000001', '300a3008', '0400', '3003300130']) {
    t.ok(refuses(Buffer.from(hex, 'hex')), `${hex} is refused`);
  }
});

function refuses(bytes: Uint8Array): boolean {
  try {
    tlsServerEndPoint(bytes);
    return false;
  } catch (error) {
    return error instanceof ConfigError;
  }
}
