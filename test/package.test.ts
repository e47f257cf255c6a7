// The package as an integrator gets it: built, packed, installed elsewhere, and run from there.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { exec } from './realm/exec.ts';

const project = new URL('..', import.meta.url).pathname;

t.test('the packed and installed program makes a configuration', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'myq-package-'));
  t.teardown(() => { rmSync(root, { recursive: true, force: true }); });
  const copy = join(root, 'copy');
  mkdirSync(copy);
  for (const name of ['package.json', 'tsconfig.json', 'src', 'plugins', 'config.ini.example', 'CHANGELOG.md']) cpSync(join(project, name), join(copy, name), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));

  await exec('npm', ['--prefix', copy, 'run', 'build'], { env: {} });
  await exec('npm', ['pack', copy, '--pack-destination', root, '--ignore-scripts'], { env: {} });
  const tarball = readdirSync(root).find((name) => name.endsWith('.tgz'));
  const contents = await exec('tar', ['-tzf', join(root, tarball ?? '')]);
  t.match(contents, 'package/dist/src/cli/main.d.ts', 'types are in it');
  t.notMatch(contents, /package\/(test|src)\//, 'sources and tests are not');

  const site = join(root, 'site');
  mkdirSync(site);
  writeFileSync(join(site, 'package.json'), '{ "private": true }');
  await exec('npm', ['--prefix', site, 'install', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', join(root, tarball ?? '')], { env: {} });
  const program = join(site, 'node_modules/.bin/myq-gateway');
  t.match(await exec(program, ['init', '--dir', join(root, 'gateway'), '--hostname', 'print.myq.test']), /made .*config\.ini/);
  t.match(await exec(program, ['config', 'print', '--config', join(root, 'gateway/config.ini')]), /print\.myq\.test/);
  t.match(await exec(program, ['users', 'list', '--config', join(root, 'gateway/config.ini')]), /NAME/);

  t.match(await exec(join(site, 'node_modules/.bin/myq-signin'), ['--help']), /^usage: myq-signin SERVER/);
  writeFileSync(join(site, 'client.mts'), `import { signIn, SignInError, type Session } from 'myq-gateway/client';
const failure: unknown = await signIn({ url: 'https://127.0.0.1:1', methods: ['browser'] }).catch((error: unknown) => error);
const ended: Session | undefined = undefined;
console.log(failure instanceof SignInError && failure.reason, ended);
`);
  t.equal(await exec(process.execPath, [join(site, 'client.mts')]), 'unreachable undefined\n');
  const compilerOptions = {
    noEmit: true, strict: true, module: 'nodenext', target: 'es2024', skipLibCheck: false, types: ['node'], typeRoots: [join(project, 'node_modules/@types')],
  };
  writeFileSync(join(site, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['client.mts'] }));
  await exec(join(project, 'node_modules/.bin/tsc'), ['-p', site]);
  writeFileSync(join(site, 'inside.mjs'), 'import \'myq-gateway/dist/src/gateway.js\';');
  await t.rejects(exec(process.execPath, [join(site, 'inside.mjs')]), /ERR_PACKAGE_PATH_NOT_EXPORTED/, 'the server is no library');
});
