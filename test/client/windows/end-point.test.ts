// The channel binding that this client sends is the one that the gateway expects, whatever signed the certificate.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { openServer } from '../../../src/client/server.ts';
import { openTrust } from '../../../src/client/trust/trust.ts';
import { endPointBinding } from '../../../src/client/windows/end-point.ts';
import { tlsServerEndPoint } from '../../../src/tls/endpoint.ts';
import { openssl, p256, selfSigned } from '../../tls/openssl.ts';
import { failureOf } from '../keep/failure.ts';

const dir = t.testdir();
openssl(dir, 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', 'rsa.key');
const rsa = ['-key', 'rsa.key'];
const pss = ['-sigopt', 'rsa_padding_mode:pss'];
const p384 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'];

const bound: readonly (readonly [name: string, options: readonly string[]])[] = [
  ['RSA with SHA-1', [...rsa, '-sha1']],
  ['RSA with SHA-256', [...rsa, '-sha256']],
  ['RSA with SHA-384', [...rsa, '-sha384']],
  ['RSA with SHA-512', [...rsa, '-sha512']],
  ['RSASSA-PSS with SHA-1, where the parameters leave the hash out', [...rsa, '-sha1', ...pss]],
  ['RSASSA-PSS with SHA-256', [...rsa, '-sha256', ...pss]],
  ['RSASSA-PSS with SHA-384', [...rsa, '-sha384', ...pss]],
  ['RSASSA-PSS with SHA-512', [...rsa, '-sha512', ...pss]],
  ['ECDSA with SHA-1', [...p256, '-sha1']],
  ['ECDSA with SHA-256', [...p256, '-sha256']],
  ['ECDSA P-384 with SHA-256', [...p384, '-sha256']],
  ['ECDSA with SHA-384', [...p256, '-sha384']],
  ['ECDSA with SHA-512', [...p256, '-sha512']],
];

for (const [name, options] of bound) {
  t.test(`${name} is bound as at the gateway`, async (t) => {
    const { certificateFile } = selfSigned(dir, 'case', ...options);
    const certificate = new X509Certificate(readFileSync(certificateFile));
    const binding = Buffer.from(await endPointBinding(certificate)).toString('hex');
    t.match(binding, new RegExp(`^${Buffer.from('tls-server-end-point:').toString('hex')}(?:[0-9a-f]{2}){32,64}$`));
    t.equal(binding, Buffer.from(tlsServerEndPoint(certificate.raw) ?? []).toString('hex'));
  });
}

const unbound: readonly (readonly [name: string, options: readonly string[]])[] = [
  ['Ed25519', ['-newkey', 'ed25519']],
  ['Ed448', ['-newkey', 'ed448']],
  // Hashes that nobody uses any more: the gateway knows them, this client says that it does not.
  ['RSA with MD5', [...rsa, '-md5']],
  ['ECDSA with SHA-224', [...p256, '-sha224']],
];

for (const [name, options] of unbound) {
  t.test(`${name} has no binding here, which is told`, async (t) => {
    const { certificateFile } = selfSigned(dir, 'case', ...options);
    const error = await failureOf(endPointBinding(new X509Certificate(readFileSync(certificateFile))));
    t.equal(error.reason, 'channel_binding_unavailable');
    t.match(error.cure, /RSA or ECDSA/);
  });
}

t.test('it is made of what the server showed on this very connection', async (t) => {
  const { certificateFile, privateKeyFile } = selfSigned(dir, 'served', ...p384, '-sha384');
  const cert = readFileSync(certificateFile);
  const server = createServer({ cert, key: readFileSync(privateKeyFile) }, (_, response) => response.end('{}'));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  const { port } = server.address() as AddressInfo;
  const client = openServer({
    url: `https://gw.example.test:${String(port)}`, connectTo: '127.0.0.1', trust: openTrust({ caFile: certificateFile }),
  });
  t.teardown(() => client.close());
  const channel = await client.openChannel();
  const expected = Buffer.from(tlsServerEndPoint(new X509Certificate(cert).raw) ?? []);
  t.strictSame(Buffer.from(await endPointBinding(channel.certificate)), expected);
  await channel.close();
});
