// The tests' own gateway on a member of the domain: it sees the member's winbindd and names, and all of it ends with the test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import t from 'tap';
import { openAdSite, type AdSite } from './ad-site.ts';
import { becomes } from './exec.ts';
import type { GatewayProcess } from './gateway.ts';
import { tracesOf } from './traces.ts';

/** The answer to a sign-in by curl, which runs on the member as well: the gateway's name is in its hosts file. */
const signIn = async ({ member, ccache }: AdSite, { caFile, port }: GatewayProcess, ...how: readonly string[]): Promise<unknown> => {
  const words = ['--silent', '--show-error', '--cacert', caFile, '--request', 'POST', ...how, `https://print.myq.test:${String(port)}/api/auth/negotiate`];
  return JSON.parse(await member.exec('curl', words, { env: { KRB5CCNAME: ccache } })) as unknown;
};
const kerberos = ['--negotiate', '--user', ':'];
const ntlm = ['--ntlm', '--user', 'MYQ\\alice:Passw0rd.alice'];
const granted = { access_token: String };

t.test('a gateway on the member', async (t) => {
  const site = await openAdSite(t, { ntlm: true });
  const mounts = (pid: number | undefined): string => readlinkSync(`/proc/${String(pid)}/ns/mnt`);

  t.test('it is our child in the member\'s namespace, and signs in with Kerberos and NTLM', async (t) => {
    t.equal(mounts(site.gateway.child.pid), mounts(site.member.namespace));
    t.not(mounts(site.gateway.child.pid), mounts(process.pid));
    t.match(await signIn(site, site.gateway, ...kerberos), granted);
    t.match(await signIn(site, site.gateway, ...ntlm), granted);
    t.match(await site.gateway.cli('users', 'list'), /alice@MYQ\.TEST/);
  });

  t.test('without being asked to, it takes no NTLM', async (t) => {
    const gateway = await site.start();
    t.match(await signIn(site, gateway, ...kerberos), granted);
    t.notMatch(await signIn(site, gateway, ...ntlm), granted);
  });

  t.test('it runs as nobody with the groups that it is given', async (t) => {
    const gateway = await site.start({ ntlm: true, groups: ['winbindd_priv'] });
    const status = readFileSync(`/proc/${String(gateway.child.pid)}/status`, 'utf8');
    t.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
    t.match(status, new RegExp(`^Groups:\t${(await site.member.exec('getent', ['group', 'winbindd_priv'])).split(':')[2] ?? ''} $`, 'm'));
    t.match(status, /^CapEff:\t0+$/m);
    t.match(await signIn(site, gateway, ...kerberos), granted);
    t.match(await signIn(site, gateway, ...ntlm), granted);
    t.equal(await gateway.stop(), 0, 'SIGTERM reaches it');

    const outsider = await site.start({ ntlm: true, groups: [] });
    t.match(readFileSync(`/proc/${String(outsider.child.pid)}/status`, 'utf8'), /^Groups:\t $/m);
    t.match(await signIn(site, outsider, ...kerberos), granted);
    t.notMatch(await signIn(site, outsider, ...ntlm), granted);
  });

  t.test('it comes back after a crash, on the same member', async (t) => {
    await site.gateway.crash();
    t.equal(mounts(site.gateway.child.pid), mounts(site.member.namespace));
    t.match(await signIn(site, site.gateway, ...ntlm), granted);
  });
});

/** Opens a site with a gateway as we are and one as nobody, and tells the directories; then it waits to be killed. */
const victim = `
  import { openAdSite } from ${JSON.stringify(new URL('ad-site.ts', import.meta.url).href)};
  const { domain, member, gateway, start } = await openAdSite({ teardown() {} });
  const { directory } = await start({ groups: [] });
  console.log(JSON.stringify([domain, member, gateway, { directory }].map(({ directory }) => directory)));
  setInterval(() => {}, 1000);
`;

t.test('all ends with a test that is killed', async (t) => {
  const test = spawn(process.execPath, ['--input-type=module', '--eval', victim], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => test.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: test.stdout }), 'line') as [string];
  const directories = JSON.parse(line) as string[];
  t.equal(directories.length, 4);
  for (const directory of directories) t.ok(tracesOf(directory).length >= 2, 'the directory and a process can be seen');
  test.kill('SIGKILL');
  await once(test, 'exit');
  // Nobody was there to remove the directories.
  t.ok(await becomes(() => directories.every((directory) => tracesOf(directory).join() === directory)), 'no process and no mount is left');
  for (const directory of directories) rmSync(directory.replace(/\/gateway$/, ''), { recursive: true });
});
