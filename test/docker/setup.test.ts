// The set-up script in the hands of somebody who may not install packages: one command that will do, and exit 2.

import { spawnSync } from 'node:child_process';
import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';

const script = new URL('../../docker/setup.mjs', import.meta.url).pathname;
/** Somebody else than root, without any way to become root: sudo refuses, too. What the test runner adds to a Node.js is not for him. */
const nobody = [
  'setpriv', '--no-new-privs', ...(process.getuid?.() === 0 ? ['--reuid', '65534', '--regid', '65534', '--clear-groups'] : []),
  'env', '--unset', 'NODE_OPTIONS',
];
/** A Node.js where he can reach it, too. */
const node = join(temporary(t), 'node');
copyFileSync(process.execPath, node, constants.COPYFILE_FICLONE);

interface Clone {
  readonly directory: string;
  /** Runs its set-up script as somebody without rights. */
  setUp(...options: readonly string[]): { readonly code: number | null; readonly stdout: string; readonly stderr: string };
}

/** A temporary directory that everybody can read. */
function temporary(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'myq-setup-'));
  t.teardown(() => { rmSync(directory, { recursive: true, force: true }); });
  chmodSync(directory, 0o755);
  return directory;
}

/** What the script looks at in a clone, with this list of packages. No npm package is due; `--npm` says so. */
function clone(t: Test, packages: string): Clone {
  const directory = temporary(t);
  for (const path of ['docker', 'node_modules/.bin', 'node_modules/kerberos/build/Release']) mkdirSync(join(directory, path), { recursive: true });
  copyFileSync(script, join(directory, 'docker/setup.mjs'));
  writeFileSync(join(directory, 'docker/packages.txt'), packages);
  for (const file of ['package-lock.json', 'node_modules/.package-lock.json']) writeFileSync(join(directory, file), '{"packages":{}}');
  writeFileSync(join(directory, 'node_modules/kerberos/build/Release/kerberos.node'), '');
  writeFileSync(join(directory, 'node_modules/.bin/node'), '#!/bin/sh\necho v24.11.0\n', { mode: 0o755 });
  const [command = '', ...words] = nobody;
  const setUp: Clone['setUp'] = (...options) => {
    const { status: code, ...output } = spawnSync(command, [...words, node, join(directory, 'docker/setup.mjs'), ...options], {
      encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    });
    return { code, stdout: output.stdout, stderr: output.stderr };
  };
  return { directory, setUp };
}

/** Runs the command as a shell does, with a sudo and an apt-get that only write down what they were told. */
function toldTo(t: Test, command: string): string {
  const directory = temporary(t);
  writeFileSync(join(directory, 'sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  writeFileSync(join(directory, 'apt-get'), `#!/bin/sh\necho "$@" >> ${directory}/told\n`, { mode: 0o755 });
  const { status } = spawnSync('sh', ['-c', command], { env: { PATH: `${directory}:/usr/bin:/bin` }, stdio: 'inherit' });
  t.equal(status, 0, 'the command can be run as it stands');
  return existsSync(join(directory, 'told')) ? readFileSync(join(directory, 'told'), 'utf8') : '';
}

t.test('what is missing is one command, which refreshes the lists of packages first, and exit 2', (t) => {
  const { setUp } = clone(t, [
    '# [runtime] needed', 'dpkg                # is there on every Debian', 'no-such-package-1   # is nowhere', '',
    '# [test] for the tests', 'no-such-package-2+x',
  ].join('\n'));
  for (const [packages, ...options] of [
    ['no-such-package-1 no-such-package-2+x'], ['no-such-package-1', '--runtime'],
  ] as const) {
    const { code, stdout, stderr } = setUp(...options);
    t.equal(code, 2, stderr);
    t.equal(stdout, '');
    const [sentence, command = '', ...more] = stderr.split('\n');
    t.match(sentence, /^set-up: only root can install the system packages that are missing:$/);
    t.strictSame(more, [''], 'one command');
    t.equal(command, `sudo sh -c 'apt-get update && apt-get install --no-install-recommends ${packages}'`);
    t.equal(toldTo(t, command), `update\ninstall --no-install-recommends ${packages}\n`);
  }
  t.end();
});

t.test('when nothing is missing, nothing is said', (t) => {
  t.strictSame(clone(t, '# [runtime] needed\ndpkg\n').setUp(), { code: 0, stdout: '', stderr: '' });
  t.strictSame(clone(t, '# [runtime] needed\nno-such-package\n').setUp('--npm'), { code: 0, stdout: '', stderr: '' });
  t.end();
});

t.test('an unknown option is exit 2', (t) => {
  t.match(clone(t, '').setUp('--runtim'), { code: 2, stdout: '', stderr: /^set-up: unknown option --runtim; there are --npm and --runtime\n$/ });
  t.end();
});
