// `serve`: what the machine lacks is one line with its cure, exit 2 where the configuration is to blame, else 1.

import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { failsWith, initialized, spawned, temporary, type Run, type SpawnOptions } from './program.ts';

/** Without these rights of root's (capabilities(7)); other accounts have none of them anyway. */
const without = (...rights: readonly string[]): readonly string[] =>
  (process.getuid?.() === 0 ? ['setpriv', '--bounding-set', rights.map((right) => `-${right}`).join(',')] : []);
const likeOthers = without('dac_override', 'dac_read_search');

/** `serve` with these lines in [Server], in a directory that `init` has made. */
async function serving(t: Test, settings: string, options: SpawnOptions = {}): Promise<Run> {
  const { directory } = await initialized(t);
  const file = join(directory, 'other.ini');
  writeFileSync(file, `[Server]\nHostname = print.myq.test\n${settings}\n`);
  // A log may come before the failure.
  return { ...await spawned(['serve', '--config', file], options), stdout: '' };
}

t.test('a port in use is exit 1', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => { other.close(); });
  const port = String((other.address() as AddressInfo).port);
  const words = new RegExp(`cannot listen on 127\\.0\\.0\\.1, port ${port}: another program has it \\("ss -ltnp" .*set another \\[Server\\] Port \\(.*EADDRINUSE`);
  failsWith(t, await serving(t, `Port = ${port}\nListen = 127.0.0.1`), 1, words);
});

t.test('a low port without the right to it is exit 1', async (t) => {
  // A machine whose administrator has opened all ports to everybody has no low one.
  const first = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  if (first === 0) return t.pass('every port is open to everybody here');
  const port = String(first - 1);
  const run = await serving(t, `Port = ${port}\nListen = 127.0.0.1`, { wrapper: without('net_bind_service') });
  failsWith(t, run, 1, new RegExp(`cannot listen on 127\\.0\\.0\\.1, port ${port}: this account has no right .*Port to 1024 or more.*CAP_NET_BIND_SERVICE \\(`));
});

t.test('an address that this machine does not have is exit 2', async (t) => {
  for (const port of ['0', '8090']) {
    // RFC 5737 and RFC 3849: addresses for documentation, which no machine has.
    for (const address of ['192.0.2.1', '2001:db8::1']) {
      const words = new RegExp(`other\\.ini:4: \\[Server\\] Listen: ${address} is no address of this machine; "ip address" lists them\n`);
      failsWith(t, await serving(t, `Port = ${port}\nListen = ${address}`), 2, words, `${address}, port ${port}`);
    }
  }
});

t.test('a machine without MIT Kerberos is told the package, by `serve` alone, and its help works', async (t) => {
  const { directory, gateway } = await initialized(t);
  const broken = temporary(t);
  writeFileSync(join(broken, 'libgssapi_krb5.so.2'), '');
  const options = { cwd: directory, environment: { LD_LIBRARY_PATH: broken } };
  failsWith(t, await spawned(['serve'], options), 1, /^myq-gateway: libgssapi_krb5\.so\.2 cannot be loaded: .*apt-get install libgssapi-krb5-2/);
  t.match(await spawned(['serve', '--help'], options), { code: 0, stderr: '' });
  t.match(await spawned(['users', 'list'], options), { code: 0, stderr: '' });
  t.match(await gateway('users', 'list'), { code: 0 });
});

t.test('a seal key that is missing, unreadable or not the store\'s is exit 2', async (t) => {
  const { directory } = await initialized(t);
  const file = join(directory, 'data/seal.key');
  const options = { cwd: directory, wrapper: likeOthers };
  chmodSync(file, 0);
  failsWith(t, await spawned(['serve'], options), 2, /seal\.key: cannot be read: permission denied/);
  chmodSync(file, 0o600);
  writeFileSync(file, `${Buffer.alloc(32, 1).toString('base64')}\n`);
  failsWith(t, await spawned(['serve'], options), 2, /\[Store\] SealKey is not the one that the store was made with/);
  rmSync(file);
  failsWith(t, await spawned(['serve'], options), 2, /data\/seal\.key: no such file; .*MYQ_GATEWAY_STORE_SEALKEY/);
  rmSync(join(directory, 'data'), { recursive: true });
  failsWith(t, await spawned(['serve'], options), 2, /data\/seal\.key: no such file; /, 'no data directory');
});

t.test('a data directory in which nothing can be written is exit 1', async (t) => {
  const { directory } = await initialized(t);
  const data = join(directory, 'data');
  t.teardown(() => { for (const path of [directory, data].filter((path) => existsSync(path))) chmodSync(path, 0o700); });
  const options = { cwd: directory, wrapper: likeOthers };
  const words = /The store is not available\. \(cannot open the store .*gateway\.db: .*uid \d+ can write, in a directory that it can write\)/;
  chmodSync(data, 0o500);
  for (const args of [['serve'], ['users', 'list']]) failsWith(t, await spawned(args, options), 1, words, args.join(' '));

  chmodSync(data, 0o700);
  const environment = { MYQ_GATEWAY_STORE_SEALKEY: readFileSync(join(data, 'seal.key'), 'utf8').trim() };
  rmSync(data, { recursive: true });
  chmodSync(directory, 0o500);
  failsWith(t, await spawned(['serve'], { ...options, environment }), 1, words, 'no data directory, and no right to make one');
});
