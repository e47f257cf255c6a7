// `serve`: what keeps the gateway from starting is one line and an exit code; --init makes what is missing.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
  failsWith(t, await spawned(['serve'], { cwd: directory, wrapper: ['faketime', '-f', '+200d'] }), 2, /CertificateFile .* expired on \d{4}-\d\d-\d\d: renew it/);
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
  failsWith(t, await spawned(['serve', '--config', file]), 1, new RegExp(`cannot listen on 127\\.0\\.0\\.1, port ${String(port)} \\(.*EADDRINUSE`));
});

t.test('a seal key that is not the store\'s stops the start', async (t) => {
  const { directory } = await initialized(t);
  writeFileSync(join(directory, 'data/seal.key'), `${Buffer.alloc(32, 1).toString('base64')}\n`);
  failsWith(t, await spawned(['serve'], { cwd: directory }), 2, /\[Store\] SealKey is not the one/);
  rmSync(join(directory, 'data/seal.key'));
  failsWith(t, await spawned(['serve'], { cwd: directory }), 2, /seal\.key/);
});

t.test('--init makes what is missing, serves, and SIGTERM ends it with exit 0', async (t) => {
  const directory = temporary(t);
  for (const round of ['made', 'found']) {
    // The port of a made configuration is 8090, which may be taken here: then that is the one line of failure.
    const child = spawn(process.execPath, [main, 'serve', '--init'], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    const lines: string[] = [];
    const errors: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"listening"')) child.kill('SIGTERM');
    });
    const [code] = await once(child, 'close') as [number | null];
    if (code === 0) t.match(lines.join('\n'), /"listening"[^]*"stopped"/, round);
    else t.match(errors.join(''), /^myq-gateway: cannot listen on [^\n]*EADDRINUSE[^\n]*\n$/, round);
    t.strictSame(readdirSync(directory).sort(), ['config.ini', 'data', 'tls']);
  }
});
