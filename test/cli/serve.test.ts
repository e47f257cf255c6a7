// `serve`: what keeps the gateway from starting is one line and an exit code; --init makes what is missing.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { openssl, p256, selfSigned } from '../tls/openssl.ts';
import { failsWith, initialized, main, spawned, temporary } from './program.ts';

t.test('without a configuration, or with more words, it is exit 2', async (t) => {
  failsWith(t, await spawned(['serve'], { cwd: temporary(t) }), 2, /config\.ini: .*myq-gateway init/);
  failsWith(t, await spawned(['serve', 'now'], { cwd: temporary(t) }), 2, /usage: myq-gateway serve/);
  failsWith(t, await spawned(['serve', '--port', '1'], { cwd: temporary(t) }), 2, /Unknown option '--port'/);
});

t.test('a certificate that clients would refuse stops the start', async (t) => {
  const { directory } = await initialized(t);
  const files = { certificateFile: join(directory, 'tls/server.pem'), privateKeyFile: join(directory, 'tls/server.key') };
  const use = (made: typeof files): void => {
    copyFileSync(made.certificateFile, files.certificateFile);
    copyFileSync(made.privateKeyFile, files.privateKeyFile);
  };
  const scratch = temporary(t);
  const names = ['-addext', 'subjectAltName=DNS:print.myq.test'];

  use(selfSigned(scratch, 'other', ...p256));
  failsWith(t, await spawned(['serve'], { cwd: directory }), 2, /CertificateFile .* does not cover Hostname print\.myq\.test/);
  openssl(scratch, 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'stranger.key');
  copyFileSync(join(scratch, 'stranger.key'), files.privateKeyFile);
  failsWith(t, await spawned(['serve'], { cwd: directory }), 2, /PrivateKeyFile .* does not match/);
  const expired = selfSigned(scratch, 'expired', ...p256, ...names);
  use(expired);
  failsWith(
    t, await spawned(['serve'], { cwd: directory, wrapper: ['faketime', '-f', '+200d'] }), 2,
    /CertificateFile .* expired on \d{4}-\d\d-\d\d: renew it/,
  );
  writeFileSync(files.certificateFile, 'no certificate');
  failsWith(t, await spawned(['serve'], { cwd: directory }), 2, /CertificateFile/);
  rmSync(files.certificateFile);
  failsWith(t, await spawned(['serve'], { cwd: directory }), 2, /CertificateFile .*server\.pem/);
});

t.test('a port in use is exit 1', async (t) => {
  const { directory } = await initialized(t);
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => { other.close(); });
  const { port } = other.address() as AddressInfo;
  const file = join(directory, 'used.ini');
  writeFileSync(file, `[Server]\nHostname = print.myq.test\nPort = ${String(port)}\nListen = 127.0.0.1\n`);
  failsWith(
    t, await spawned(['serve', '--config', file]), 1, new RegExp(`cannot listen on 127\\.0\\.0\\.1, port ${String(port)} \\(.*EADDRINUSE`),
  );
});

t.test('a seal key that is not the store\'s stops the start', async (t) => {
  const { directory } = await initialized(t);
  writeFileSync(join(directory, 'data/seal.key'), `${Buffer.alloc(32, 1).toString('base64')}\n`);
  failsWith(t, await spawned(['serve'], { cwd: directory }), 2, /\[Store\] SealKey is not the one/);
  rmSync(join(directory, 'data/seal.key'));
  failsWith(t, await spawned(['serve'], { cwd: directory }), 2, /seal\.key/);
});

t.test('--init makes what is missing, then serves what is there; SIGTERM ends it with exit 0', async (t) => {
  const directory = temporary(t);
  // The port of a fresh configuration is taken, by us or by another, so that nothing listens on other addresses than loopback.
  const taken = createServer().listen(8090, '127.0.0.1');
  t.teardown(() => { taken.close(); });
  await Promise.race([once(taken, 'listening'), once(taken, 'error')]).catch(() => undefined);
  // Its output may have warnings about the name of this machine.
  failsWith(t, { ...await spawned(['serve', '--init'], { cwd: directory }), stdout: '' }, 1, /cannot listen on 0\.0\.0\.0, port 8090/);
  t.strictSame(readdirSync(directory).sort(), ['config.ini', 'data', 'tls']);

  appendFileSync(join(directory, 'config.ini'), '\n[Server]\nListen = 127.0.0.1\nPort = 0\n');
  const before = readFileSync(join(directory, 'tls/server.key'), 'utf8');
  const child = spawn(process.execPath, [main, 'serve', '--init'], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  const messages: unknown[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { msg } = JSON.parse(line) as { readonly msg: unknown };
    messages.push(msg);
    if (msg === 'listening') child.kill('SIGTERM');
  });
  t.strictSame(await once(child, 'close'), [0, null]);
  t.equal(messages.at(-1), 'stopped');
  t.equal(readFileSync(join(directory, 'tls/server.key'), 'utf8'), before);
});
