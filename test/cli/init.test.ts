// `init`: what it makes, and that it never overwrites or leaves anything half made.

import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { clientFaults } from '../../src/clients/registration.ts';
import { DESKTOP_CLIENT_ID } from '../../src/grants/windows-sign-in.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { runProgram } from '../../src/cli/program.ts';
import { failsWith, spawned, temporary } from './program.ts';

const init = (directory: string, hostname = 'print.myq.test', ...more: readonly string[]) =>
  runProgram(['init', '--dir', directory, '--hostname', hostname, ...more]);
const mode = (...path: readonly string[]): string => (statSync(join(...path)).mode & 0o777).toString(8);

t.test('it makes a configuration, a certificate and a store, and says what is left to do', async (t) => {
  const directory = join(temporary(t), 'new/gateway');
  const umask = process.umask(0o002);
  t.teardown(() => process.umask(umask));
  const { code, stdout, stderr } = await init(directory, 'Print.myq.test', '--port', '8443');
  t.equal(code, 0);
  t.equal(stderr, '');
  t.match(stdout, new RegExp(`made ${join(directory, 'config.ini')}`));
  for (const words of [
    'setspn -S HTTP/print.myq.test', join(directory, 'http.keytab'), 'Enabled = False in the section [Kerberos]', 'users add NAME', 'users password NAME', 'clients add NAME',
    'tls/ca.pem', 'serve --config',
  ]) {
    t.match(stdout, words);
  }

  t.strictSame(readdirSync(directory).sort(), ['config.ini', 'data', 'tls']);
  t.strictSame(readdirSync(join(directory, 'tls')).sort(), ['ca.pem', 'server.key', 'server.pem']);
  t.strictSame(readdirSync(join(directory, 'data')).sort(), ['gateway.db', 'seal.key']);
  for (const [path, wanted] of [
    ['tls', '700'], ['data', '700'], ['tls/server.key', '600'], ['data/seal.key', '600'], ['data/gateway.db', '600'],
    ['config.ini', '640'], ['tls/ca.pem', '644'], ['tls/server.pem', '644'],
  ] as const) t.equal(mode(directory, path), wanted, path);

  const certificate = new X509Certificate(readFileSync(join(directory, 'tls/server.pem')));
  t.ok(certificate.verify(new X509Certificate(readFileSync(join(directory, 'tls/ca.pem'))).publicKey));
  t.ok(certificate.checkHost('print.myq.test'));
});

t.test('the store has the Desktop Client and one signing key', async (t) => {
  const directory = join(temporary(t), 'gateway');
  await init(directory);
  const store = openSqlite(join(directory, 'data/gateway.db'));
  t.teardown(() => store.close());
  t.match(await store.clientById(DESKTOP_CLIENT_ID), {
    isPublic: true, redirectUris: ['http://127.0.0.1/callback', 'http://[::1]/callback', 'http://localhost/callback'],
    grants: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange'], postLogoutRedirectUris: [], origins: [], secretDigests: [],
    scopes: [
      'openid', 'profile', 'email', 'offline.access', 'jobs', 'print', 'printers', 'queues', 'user.session', 'users', 'credit', 'scan',
    ],
  });
  t.match(await store.signingKeys(), [{ algorithm: 'ES256' }]);
  t.strictSame(await store.users(), []);
});

t.test('the Desktop Client that it registers is one that `clients add` would take', async (t) => {
  const directory = join(temporary(t), 'gateway');
  await init(directory);
  const store = openSqlite(join(directory, 'data/gateway.db'));
  t.teardown(() => store.close());
  const [client, ...others] = await store.clients();
  t.strictSame(others, []);
  t.strictSame(client === undefined ? ['none'] : clientFaults(client), []);
});

t.test('it overwrites nothing: not a configuration, not a certificate, not a store', async (t) => {
  for (const name of ['config.ini', 'tls', 'data']) {
    const directory = temporary(t);
    if (name === 'config.ini') writeFileSync(join(directory, name), 'mine');
    else mkdirSync(join(directory, name));
    const cure = name === 'config.ini' ? `or run what is here: myq-gateway serve --config ${join(directory, name)}` : 'or move it away';
    failsWith(t, await init(directory), 1, new RegExp(`nothing was changed: here already: .*${name}; choose another directory with --dir, ${cure}\n`), name);
    t.strictSame(readdirSync(directory), [name]);
  }
  const directory = join(temporary(t), 'gateway');
  await init(directory);
  const before = readFileSync(join(directory, 'tls/server.key'), 'utf8');
  failsWith(t, await init(directory), 1, /here already/, 'twice');
  t.equal(readFileSync(join(directory, 'tls/server.key'), 'utf8'), before);
});

t.test('other files in the directory stay, and are no hindrance', async (t) => {
  const directory = temporary(t);
  writeFileSync(join(directory, 'http.keytab'), 'keys');
  t.equal((await init(directory)).code, 0);
  t.equal(readFileSync(join(directory, 'http.keytab'), 'utf8'), 'keys');
});

t.test('a bad host name or port is exit 2, and nothing is left behind', async (t) => {
  const root = temporary(t);
  const directory = join(root, 'gateway');
  for (const hostname of [
    '', ' ', 'a b', 'print.myq.test\n[Security]', 'https://print.myq.test', 'print.myq.test:8090', '-x.test', 'x..test', 'é.test',
    '*.myq.test', 'x'.repeat(300), '\u001B[31m', '1.2.3',
  ]) {
    failsWith(
      t, await runProgram(['init', `--dir=${directory}`, `--hostname=${hostname}`]), 2, /Hostname/,
      `hostname ${JSON.stringify(hostname.slice(0, 30))}`,
    );
  }
  for (const port of ['65536', '-1', 'https', '', '80 90', '1e3', '0x50']) {
    failsWith(
      t, await runProgram(['init', `--dir=${directory}`, '--hostname=print.myq.test', `--port=${port}`]), 2, /Port/,
      `port ${JSON.stringify(port)}`,
    );
  }
  t.notOk(existsSync(directory));
  t.strictSame(readdirSync(root), []);
});

t.test('when the start of it works and the rest does not, the start is taken back', async (t) => {
  const directory = temporary(t);
  const environment = { MYQ_GATEWAY_STORE_SEALKEY: 'too short' };
  failsWith(t, await spawned(['init', '--dir', directory, '--hostname', 'print.myq.test'], { environment }), 2, /SEALKEY/, 'seal key');
  t.strictSame(readdirSync(directory), []);
  writeFileSync(join(directory, 'file'), '');
  failsWith(t, await init(join(directory, 'file')), 1, /EEXIST|ENOTDIR/, 'a file');
});

t.test('an IP address is taken as the host name', async (t) => {
  for (const [hostname, ip] of [['127.0.0.1', '127.0.0.1'], ['::1', '::1']] as const) {
    const directory = join(temporary(t), 'gateway');
    t.equal((await init(directory, hostname)).code, 0, hostname);
    t.ok(new X509Certificate(readFileSync(join(directory, 'tls/server.pem'))).checkIP(ip));
  }
});

t.test('wrong use is exit 2, in one line', async (t) => {
  for (const args of [
    [], ['--hostname'], ['--host', 'x'], ['extra', '--hostname', 'x.test'], ['--hostname', 'a.test', '--hostname', 'b.test'],
    ['--hostname', '--dir'],
  ]) {
    failsWith(t, await runProgram(['init', ...args]), 2, /usage: myq-gateway init/, args.join(' ') || 'nothing');
  }
  failsWith(t, await runProgram(['init', '--dir', temporary(t)]), 2, /: --hostname is missing; usage: myq-gateway init /, 'no host name');
  failsWith(t, await runProgram(['init', 'print.myq.test']), 2, /: --hostname is missing; usage/, 'the host name as a word');
  failsWith(t, await runProgram(['init', '--hostname', 'x.test', 'extra']), 2, /: init takes options only; usage/, 'a word too many');
});
