// `serve`: wrong use, wrong certificates, and --init, which makes what is missing.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
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

t.test('--init makes what is missing, then serves what is there; SIGTERM ends it with exit 0', async (t) => {
  const directory = temporary(t);
  // The port of a fresh configuration is taken, by us or by another, so that nothing listens on other addresses than loopback.
  const taken = createServer().listen(8090, '127.0.0.1');
  t.teardown(() => { taken.close(); });
  await Promise.race([once(taken, 'listening'), once(taken, 'error')]).catch(() => undefined);
  // Its output may have warnings about the name of this machine.
  const first = await spawned(['serve', '--init'], { cwd: directory });
  const [last = '', ...before] = first.stderr.trim().split('\n').reverse();
  t.match(before.reverse().join('\n'), /^made .*config\.ini\n[^]*What is left to do:/, 'what it made, on standard error');
  failsWith(t, { ...first, stdout: '', stderr: `${last}\n` }, 1, /cannot listen on 0\.0\.0\.0, port 8090: another program has it/);
  t.strictSame(readdirSync(directory).sort(), ['config.ini', 'data', 'tls']);

  appendFileSync(join(directory, 'config.ini'), '\n[Server]\nListen = 127.0.0.1\nPort = 0\n');
  const key = readFileSync(join(directory, 'tls/server.key'), 'utf8');
  const child = spawn(process.execPath, [main, 'serve', '--init'], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  const messages: unknown[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { msg } = JSON.parse(line) as { readonly msg: unknown };
    messages.push(msg);
    if (msg === 'listening') child.kill('SIGTERM');
  });
  t.strictSame(await once(child, 'close'), [0, null]);
  t.equal(messages.at(-1), 'stopped');
  t.equal(readFileSync(join(directory, 'tls/server.key'), 'utf8'), key);
});
