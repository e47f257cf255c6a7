// Whose program brings the answer to a sign-in: on Linux another user's is hung up on.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { openLoopback } from '../../../src/client/browser/loopback.ts';
import { isOfAnotherUser } from '../../../src/client/browser/peer.ts';

/** What curl says, run as this user. */
async function curlAs(uid: number, address: string): Promise<string> {
  const child = spawn('setpriv', ['--reuid', String(uid), '--clear-groups', 'curl', '--silent', '--output', '/dev/null', '--write-out', '%{http_code}', address]);
  return text(child.stdout);
}

t.test('another user cannot bring an answer, and we can', async (t) => {
  const loopback = await openLoopback();
  t.teardown(() => loopback.close());
  const arriving = loopback.arrival('known');
  const address = `${loopback.redirectUri}?state=known&code=stolen`;
  t.equal(await curlAs(65_534, address), '000', 'he has read the address, and gets no answer');
  const own = curlAs(process.getuid?.() ?? 0, `${loopback.redirectUri}?state=known&code=ours`);
  const { url, show } = await arriving;
  t.equal(url.searchParams.get('code'), 'ours');
  show({ isFailure: false, title: 'Signed in', sentence: 'Signed in.' });
  t.equal(await own, '200');
});

t.test('the table of connections is read line by line', (t) => {
  const line = (local: string, remote: string, state: string, uid: number): string =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid)} 0 12345 1 0000000000000000 20 4 30 10 -1`;
  const own = process.getuid?.() ?? 0;
  const socket = { remotePort: 0xc001, localPort: 0xc002 };
  const [here, there] = ['0100007F:C001', '0100007F:C002'];
  const cases: readonly [string, string, boolean][] = [
    ['ours', line(here, there, '01', own), false],
    ['root\'s', line(here, there, '01', 0), false],
    ['another user\'s', line(here, there, '01', 65_534), true],
    ['over IPv6', line('0000000000000000FFFF00000100007F:C001', '0000000000000000FFFF00000100007F:C002', '01', own), false],
    ['one that is closing, which has no owner', line(here, there, '06', 0), true],
    ['the other end of it', line(there, here, '01', own), true],
    ['nothing', '', true],
  ];
  for (const [what, table, isOther] of cases) t.equal(isOfAnotherUser(socket, () => table), isOther, what);
  t.end();
});
