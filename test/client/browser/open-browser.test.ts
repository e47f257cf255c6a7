// Programs that open a browser, and that do not: each is the only one on the PATH.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openBrowser } from '../../../src/client/browser/open-browser.ts';
import { becomes } from '../../realm/exec.ts';
import { failureOf } from '../keep/failure.ts';

// As in a sign-in: somebody listens for what the browser brings back, and keeps the process alive.
const listener = createServer().listen(0, '127.0.0.1');
t.teardown(() => listener.close());

const address = 'https://print.myq.test:8090/en/auth?scope=openid%20profile&state=$(touch%20x);\'a\'&x=*';

/** Makes these the programs on the PATH; each is the text of a shell script. */
function programs(t: Test, scripts: Readonly<Record<string, string>>): string {
  const directory = t.testdir();
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, name), 0o755);
  }
  const { PATH = '' } = process.env;
  process.env['PATH'] = directory;
  t.teardown(() => { process.env['PATH'] = PATH; });
  return directory;
}

/** Writes down its words, one a line. */
const recorder = 'printf \'%s\\n\' "$@" > "${0%/*}/words.new"; /bin/mv "${0%/*}/words.new" "${0%/*}/words"';

for (const [platform, command, words] of [
  ['linux', 'xdg-open', []], ['freebsd', 'xdg-open', []], ['darwin', 'open', []], ['win32', 'rundll32', ['url.dll,FileProtocolHandler']],
] as const) {
  t.test(`on ${platform} ${command} is given the address as one word, and no shell reads it`, async (t) => {
    const directory = programs(t, { [command]: recorder });
    await openBrowser(address, { platform });
    t.strictSame(readFileSync(join(directory, 'words'), 'utf8').split('\n'), [...words, address, '']);
  });
}

t.test('without such a program it fails and says what to do', async (t) => {
  programs(t, {});
  const { reason, message, cure } = await failureOf(openBrowser(address, { platform: 'linux' }));
  t.equal(reason, 'browser_not_opened');
  t.match(message, /there is no program xdg-open/);
  t.match(cure, /--no-browser/);
});

t.test('so it does where the program fails, is ended, or may not be run', async (t) => {
  const directory = programs(t, { 'xdg-open': 'exit 3' });
  const failed = async (script: string, says: RegExp): Promise<void> => {
    writeFileSync(join(directory, 'xdg-open'), `#!/bin/sh\n${script}\n`);
    const { reason, message } = await failureOf(openBrowser(address, { platform: 'linux' }));
    t.equal(reason, 'browser_not_opened');
    t.match(message, says);
  };
  await failed('exit 3', /xdg-open ended with code 3/);
  await failed('kill -TERM $$', /xdg-open ended with SIGTERM/);
  chmodSync(join(directory, 'xdg-open'), 0o644);
  await failed('', /xdg-open cannot be started \(EACCES\)/);
});

t.test('a program that stays for as long as the browser does is not waited for', async (t) => {
  const directory = programs(t, { 'xdg-open': 'echo $$ > "${0%/*}/pid.new"; /bin/mv "${0%/*}/pid.new" "${0%/*}/pid"; exec /bin/sleep 30' });
  const beginning = Date.now();
  await openBrowser(address, { platform: 'linux', patience: 500 });
  const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'));
  t.ok(Date.now() - beginning >= 490, 'it might still fail');
  t.ok(process.kill(pid, 0), 'it is not ended');
  process.kill(pid, 'SIGKILL');
  t.ok(await becomes(() => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  }), 'and it is gone');
});

t.test('nothing but https is opened', async (t) => {
  const directory = programs(t, { 'xdg-open': recorder });
  for (const other of ['http://print.myq.test/', 'file:///etc/passwd', 'javascript:alert(1)', '--help', '/bin/sh', '', 'ms-settings:', 'HTTP://x/']) {
    t.equal((await failureOf(openBrowser(other, { platform: 'linux' }))).reason, 'browser_not_opened', other);
  }
  t.throws(() => readFileSync(join(directory, 'words')), { code: 'ENOENT' });
});
