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

t.test('a PFX file serves instead, opened by the password in its own file', async (t) => {
  const { directory } = await initialized(t);
  const scratch = temporary(t);
  selfSigned(scratch, 'server', ...p256, '-addext', 'subjectAltName=DNS:print.myq.test');
  openssl(scratch, 'pkcs12', '-export', '-in', 'server.pem', '-inkey', 'server.key', '-passout', 'pass:open sesame', '-out', 'server.pfx');
  copyFileSync(join(scratch, 'server.pfx'), join(directory, 'tls/server.pfx'));
  for (const name of ['server.pem', 'server.key']) rmSync(join(directory, 'tls', name));
  const file = join(directory, 'config.ini');
  const config = `${readFileSync(file, 'utf8')}\n[Server]\nListen = 127.0.0.1\nPfxFile = tls/server.pfx\n`;

  writeFileSync(file, config);
  failsWith(t, await spawned(['serve'], { cwd: directory }), 2, /server\.pfx/, 'without its password');
  writeFileSync(file, `${config}PfxPasswordFile = tls/pfx-password\n`);
  writeFileSync(join(directory, 'tls/pfx-password'), 'open sesam\n', { mode: 0o600 });
  failsWith(t, await spawned(['serve'], { cwd: directory }), 2, /server\.pfx/, 'with a wrong one');
  writeFileSync(join(directory, 'tls/pfx-password'), 'open sesame\n', { mode: 0o600 });
  const messages = await servedOnce(directory);
  t.strictSame([messages.includes('listening'), messages.at(-1)], [true, 'stopped']);
});

/** Serves until it listens, then stops it with SIGTERM; gives what it logged. */
async function servedOnce(directory: string, ...options: readonly string[]): Promise<readonly unknown[]> {
  const child = spawn(process.execPath, [main, 'serve', ...options], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  const messages: unknown[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { msg } = JSON.parse(line) as { readonly msg: unknown };
    messages.push(msg);
    if (msg === 'listening') child.kill('SIGTERM');
  });
  const [code] = await once(child, 'close') as [number | null];
  return [...messages, ...(code === 0 ? [] : [`exit ${String(code)}`])];
}

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
  t.equal((await servedOnce(directory, '--init')).at(-1), 'stopped');
  t.equal(readFileSync(join(directory, 'tls/server.key'), 'utf8'), key);
});
