// Normal mode at a real terminal: the certificate is shown, a person answers, and `trust` lists and removes what he accepted.

import { X509Certificate } from 'node:crypto';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { childEnvironment } from '../realm/exec.ts';
import { openSite } from '../realm/site.ts';
import { myqSignin } from './place.ts';

const { realm, gateway, ccache, start } = await openSite(t, { config: '[Kerberos]\nRealms = MYQ.TEST' });
const environment = { ...realm.environment, KRB5CCNAME: ccache, HOME: t.testdir(), XDG_DATA_HOME: '' };
const program = new URL('../../src/client/program/main.ts', import.meta.url).pathname;
const store = join(environment.HOME, '.local/share/myq/desktop-client/cert.store');

const fingerprint = (directory: string): string => new X509Certificate(readFileSync(`${directory}/tls/server.pem`)).fingerprint256;

/** Runs it at a pseudo-terminal whose person answers the question so; standard output is what a pipe gets. */
async function atTerminal(answer: string, ...args: readonly string[]): Promise<{ readonly code: number | null; readonly screen: string }> {
  // script(1) gives the program a terminal, and its exit code.
  const words = [process.execPath, program, ...args].map((word) => `'${word.replaceAll('\'', '\'\\\'\'')}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', words, '/dev/null'], { env: childEnvironment(environment), stdio: 'pipe', timeout: 30_000, killSignal: 'SIGKILL' });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    const before = screen.includes('Type yes or no: ');
    screen += piece;
    if (!before && screen.includes('Type yes or no: ')) child.stdin.write(answer);
  });
  const code = await new Promise<number | null>((resolve, reject) => { child.once('error', reject).once('close', resolve); });
  return { code, screen };
}

const there = [gateway.issuer, '--methods', 'windows', '--validation', 'normal'];
const here = [...there, '--connect-to', '127.0.0.1'];

await t.test('without a terminal what is not known is refused, with what it is', async (t) => {
  const { code, stdout, stderr } = await myqSignin(here, environment);
  t.strictSame([code, stdout], [1, '']);
  t.match(stderr, /is not trusted: .*where a person can answer/);
});

await t.test('no, nothing and half a yes are a no', async (t) => {
  for (const answer of ['no\n', '\n', 'y\n', 'yes please\n', '\x04']) {
    const { code, screen } = await atTerminal(answer, ...here);
    t.equal(code, 1, JSON.stringify(answer));
    t.match(screen, /was not accepted/);
  }
  const { stdout } = await myqSignin(['trust', 'list', '--json'], environment);
  t.strictSame(JSON.parse(stdout), []);
});

await t.test('yes is remembered, and everything is shown before', async (t) => {
  const { code, screen } = await atTerminal('yes\n', ...here);
  t.equal(code, 0, screen);
  for (const shown of [/subject +CN=print\.myq\.test/, /names +DNS:print\.myq\.test/, /issuer +CN=/, /valid +\d{4}-/, fingerprint(gateway.directory)]) t.match(screen, shown);
  const again = await myqSignin(here, environment);
  t.strictSame([again.code, again.stderr], [0, '']);
  const { stdout } = await myqSignin(['trust', 'list'], environment);
  t.match(stdout, `print.myq.test:${String(gateway.port)}  ${fingerprint(gateway.directory)}`);
});

await t.test('another certificate there is shown as a change, and never taken silently', async (t) => {
  // With a private authority and a certificate of its own for the same name: to the client it stands in the place of the first.
  const other = await start();
  const changed = [...there, '--connect-to', `127.0.0.1:${String(other.port)}`];
  const silent = await myqSignin([...changed, '--json'], environment);
  t.match(JSON.parse(silent.stdout), { signed_in: false, reason: 'certificate_changed' });
  const refused = await atTerminal('no\n', ...changed);
  t.match(refused.screen, /IT HAS CHANGED/);
  t.match(refused.screen, fingerprint(gateway.directory));
  t.match(refused.screen, fingerprint(other.directory));
  const accepted = await atTerminal('yes\n', ...changed);
  t.equal(accepted.code, 0, accepted.screen);
  t.equal((await myqSignin(changed, environment)).code, 0);
});

await t.test('trust remove takes back what was accepted', async (t) => {
  const place = `print.myq.test:${String(gateway.port)}`;
  const one = await myqSignin(['trust', 'remove', place, '--fingerprint', fingerprint(gateway.directory)], environment);
  t.match(one, { code: 0, stdout: / removed\n$/ });
  const rest = await myqSignin(['trust', 'remove', 'PRINT.myq.test', '--json'], environment);
  t.equal((JSON.parse(rest.stdout) as unknown[]).length, 1);
  const none = await myqSignin(['trust', 'remove', place], environment);
  t.match(none, { code: 1, stdout: '', stderr: /no certificate is accepted/ });
  t.match(readFileSync(store, 'utf8'), /"certificates": \[\]/);
});
