// `myq-signin` as a person or a script runs it: what it prints, where, and its exit codes.

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { childEnvironment, exec } from '../realm/exec.ts';
import { send } from '../realm/http.ts';
import { openSite } from '../realm/site.ts';
import { myqSignin, reachArguments, type Run, runHere } from './place.ts';

const { realm, gateway, ccache } = await openSite(t, { config: '[Kerberos]\nRealms = MYQ.TEST' });
const home = t.testdir();
const session = { ...realm.environment, KRB5CCNAME: ccache, HOME: home, XDG_DATA_HOME: '' };
const reach = reachArguments(gateway);
const data = join(home, '.local/share/myq/desktop-client');

process.env['HOME'] = home;
process.env['XDG_DATA_HOME'] = '';
const run = (...args: readonly string[]): Promise<Run> => myqSignin(args, session);
const windows = (...args: readonly string[]): Promise<Run> => run(...reach, '--methods', 'windows', ...args);

await t.test('prints the token alone, so that a script can use it', async (t) => {
  const { code, stdout, stderr } = await windows();
  t.strictSame([code, stderr], [0, '']);
  t.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const { status } = await send(gateway, '/api/auth/userinfo', { headers: { authorization: `Bearer ${stdout.trim()}` } });
  t.equal(status, 200);
  t.notOk(existsSync(data), 'public mode leaves nothing behind');
});

await t.test('--claims and --json print what the token says', async (t) => {
  const [lines, json, both] = await Promise.all([windows('--claims'), windows('--json'), windows('--claims', '--json')]);
  t.match(lines.stdout, /^preferred_username +alice$/m);
  const answer = JSON.parse(json.stdout) as Record<string, unknown>;
  t.match(answer, { signed_in: true, method: 'windows', scope: 'openid profile jobs print user.session', claims: { preferred_username: 'alice' } });
  t.strictSame(answer['passed_over'], []);
  t.match(JSON.parse(both.stdout), { preferred_username: 'alice', iss: gateway.issuer });
  t.strictSame([lines, json, both].map(({ code }) => code), [0, 0, 0]);
});

await t.test('--verbose tells each step on standard error, and no secret', async (t) => {
  const { stdout, stderr } = await windows('--verbose');
  t.match(stderr, /· tries windows\n(?:.*\n)*· signed in with windows\n/);
  t.notMatch(stderr, stdout.trim().slice(0, 30));
  t.notMatch(stderr, /YII[A-Za-z0-9+/]{20}/, 'no ticket');
});

await t.test('a failure is one line for each way, with what to do, and exit 1', async (t) => {
  const without = { ...session, KRB5CCNAME: 'FILE:/nonexistent' };
  const plain = await myqSignin([...reach, '--methods', 'windows,entra'], without);
  t.equal(plain.code, 1);
  t.equal(plain.stdout, '');
  t.match(plain.stderr, /^myq-signin: windows: there is no ticket .*kinit\.\nmyq-signin: entra: .*\nmyq-signin: nobody was signed in\n$/);
  const json = await myqSignin([...reach, '--methods', 'windows', '--json'], without);
  t.equal(json.code, 1);
  const answer = JSON.parse(json.stdout) as { readonly passed_over: unknown };
  t.match(answer, { signed_in: false, reason: 'no_ticket' });
  t.match((answer.passed_over as unknown[])[0], { method: 'windows', reason: 'no_ticket', cure: /kinit/ });
  t.notMatch(plain.stderr, /\n +at /, 'no stack');
});

await t.test('wrong use is exit 2 and one line', async (t) => {
  const server = 'print.myq.test';
  const cases: readonly (readonly string[])[] = [
    [server, '--methods', 'carrier-pigeon'], [server, '--methods', 'windows,windows'], [server, 'another'], ['--json'], [server, '--unknown'],
    [server, '--mode', 'both'], [server, '--validation', 'none'], [server, '--timeout', '0'], [server, '--timeout', 'soon'], [server, '--json', '--json'],
    [server, '--ntlm-user', 'alice'], [server, '--tenant-id', 'x'], ['trust'], ['trust', 'forget'], ['trust', 'remove'], ['trust', 'list', 'x'],
    ['trust', 'remove', 'a:b:c'], ['trust', 'remove', ''], ['sign-out'], [server, '--channel-binding', 'never'],
  ];
  for (const args of cases) {
    const { code, stderr, stdout } = await runHere(args);
    t.strictSame([code, stdout], [2, ''], JSON.stringify(args));
    t.match(stderr, /^myq-signin: [^\n]+; see myq-signin --help\n$/);
  }
});

await t.test('an address that is none, a server that is not there and one that is not trusted are exit 1', async (t) => {
  const cases: readonly [RegExp, readonly string[], number?][] = [
    [/https only/, ['http://print.myq.test'], 2],
    [/nothing listens there/, ['https://print.myq.test:1', '--connect-to', '127.0.0.1', '--methods', 'windows']],
    [/is not trusted.*(?:authority|issuer)/, [...reach.slice(0, 3), '--methods', 'windows']],
    [/cannot be used/, [...reach.slice(0, 3), '--ca-file', '/nonexistent.pem'], 2],
  ];
  for (const [says, args, exit = 1] of cases) {
    const { code, stderr, stdout } = await runHere(args);
    t.strictSame([code, stdout], [exit, ''], says.source);
    t.match(stderr, says);
  }
});

await t.test('help teaches, without a server and with a verb', async (t) => {
  for (const args of [['--help'], ['help'], ['trust', '--help']]) {
    const { code, stdout, stderr } = await runHere(args);
    t.strictSame([code, stderr], [0, '']);
    t.match(stdout, /^usage: myq-signin SERVER/);
  }
  t.match(await runHere([]), { code: 2, stdout: '', stderr: /^usage: myq-signin SERVER/ });
});

await t.test('--mode private asks nobody the next time, until sign-out', async (t) => {
  const { code, stderr } = await windows('--mode', 'private');
  t.strictSame([code, stderr], [0, '']);
  const file = join(data, 'sign-ins.json');
  t.equal(statSync(file).mode & 0o777, 0o600);
  const without = { ...session, KRB5CCNAME: 'FILE:/nonexistent' };
  const again = await myqSignin([...reach, '--methods', 'windows', '--mode', 'private', '--claims'], without);
  t.equal(again.code, 0, again.stderr);
  t.match(again.stdout, /^preferred_username +alice$/m);
  const unreached = await runHere(['sign-out', String(reach[0]), '--connect-to', '127.0.0.1', '--json']);
  t.equal(unreached.code, 1, 'not trusted without the authority');
  t.match(JSON.parse(unreached.stdout), { reason: 'certificate_untrusted', message: /is still kept/ });
  const kept = readFileSync(file, 'utf8');
  const out = await run('sign-out', ...reach);
  t.strictSame([out.code, out.stdout, out.stderr], [0, 'signed out\n', '']);
  const token = /"refreshToken": "([^"]+)"/.exec(kept)?.[1] ?? '';
  t.notMatch(readFileSync(file, 'utf8'), token);
  const refresh = await send(gateway, '/api/auth/token', {
    headers: { 'content-type': 'application/json' }, body: JSON.stringify({ grant_type: 'refresh_token', client_id: 'myq-desktop-client', refresh_token: token }),
  });
  t.match(refresh.json, { error: 'invalid_grant' });
  const twice = await run('sign-out', ...reach);
  t.match(twice, { code: 1, stdout: '', stderr: /no sign-in is kept/ });
});

await t.test('a file of kept sign-ins that others may read is refused, and left alone', async (t) => {
  await windows('--mode', 'private');
  const file = join(data, 'sign-ins.json');
  chmodSync(file, 0o644);
  const { code, stderr } = await windows('--mode', 'private');
  t.equal(code, 1);
  t.match(stderr, /sign-ins\.json/);
  chmodSync(file, 0o600);
  writeFileSync(file, 'damaged');
  const damaged = await windows('--mode', 'private');
  t.equal(damaged.code, 1);
  t.match(damaged.stderr, /damaged/);
  t.equal(readFileSync(file, 'utf8'), 'damaged');
  t.equal((await windows()).code, 0, 'public mode does not need it');
});

await t.test('runs without a terminal and without a pipe, as a service runs it', async (t) => {
  const program = new URL('../../src/client/program/main.ts', import.meta.url).pathname;
  for (const stdin of ['/dev/null', program]) {
    const run = await exec('sh', ['-c', 'exec "$@" < "$0"', stdin, process.execPath, program, ...reach, '--methods', 'windows'], { env: session });
    t.match(run, /^[\w-]+\.[\w-]+\.[\w-]+\n$/, stdin);
  }
  const full = exec('sh', ['-c', 'exec "$@" > /dev/full', 'sh', process.execPath, program, '--help'], { env: session });
  await t.rejects(full, { message: /exit 1: *$/ }, 'nobody reads it: no stack trace');
});

await t.test('Ctrl+C ends the waiting for the browser, and so does the time-out', async (t) => {
  const program = new URL('../../src/client/program/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, ...reach, '--methods', 'browser', '--no-browser'], { env: childEnvironment(session), stdio: 'pipe', timeout: 20_000 });
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => {
    const before = stderr;
    stderr += piece.toString();
    if (!before.includes('https://') && stderr.includes('https://')) child.kill('SIGINT');
  });
  t.strictSame(await new Promise((resolve) => { child.once('close', (code, signal) => { resolve([code, signal]); }); }), [1, null]);
  t.match(stderr, /browser: the sign-in was cancelled/);
  const began = performance.now();
  const late = await runHere([...reach, '--methods', 'browser', '--no-browser', '--timeout', '1']);
  t.equal(late.code, 1);
  t.match(late.stderr, /nobody signed in within 1 seconds/);
  t.ok(performance.now() - began >= 1000);
});

await t.test('a password comes on standard input only, in one line', async (t) => {
  for (const input of ['', '\n', 'two\nlines\n', 'x'.repeat(5000)]) {
    const { code, stdout } = await runHere([...reach, '--methods', 'windows', '--ntlm-user', 'MYQ\\alice', '--password-stdin'], input);
    t.strictSame([code, stdout], [2, '']);
  }
  const { code } = await myqSignin([...reach, '--methods', 'windows', '--ntlm-user', 'MYQ\\alice', '--password-stdin'], session, 'a password\n');
  t.equal(code, 0, 'there is a ticket, so that it is not needed');
});

await t.test('a user who may not is told by the gateway\'s own reason', async (t) => {
  await gateway.cli('users', 'disable', 'alice');
  const { code, stdout } = await windows('--json');
  await gateway.cli('users', 'enable', 'alice');
  t.equal(code, 1);
  t.match(JSON.parse(stdout), { reason: 'refused', server: { status: 403, reason: 'user_disabled' } });
});
