// Makes a fresh clone on Debian 12 able to run: installs the missing system packages and npm packages. Plain JavaScript for Node 20.
//
//   node docker/setup.mjs             everything that the tests and the demo need
//   node docker/setup.mjs --runtime   what the gateway itself needs
//   node docker/setup.mjs --npm       the npm packages alone
//
// Exit codes: 0 all there, 1 an installation failed, 2 a system package is missing and only root can install it.
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
const root = dirname(dirname(self));
const minimumNode = [24, 7];
const groupsOfMode = { '--npm': [], '--runtime': ['runtime'], '--all': ['runtime', 'test'] };

/** The environment for npm: without node_modules/.bin in PATH, so that npm does not run on the Node that it is about to replace. */
const outerPath = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => !resolve(dir).endsWith('/node_modules/.bin'));
const outerEnv = { ...process.env, PATH: outerPath.join(delimiter) };

async function main(options) {
  const mode = options.find((option) => option in groupsOfMode) ?? '--all';
  const unknown = options.filter((option) => !(option in groupsOfMode) && option !== '--locked');
  if (unknown.length > 0) fail(2, `unknown option ${unknown.join(' ')}; there are --npm and --runtime`);

  const npmFault = npmPackagesFault();
  const packages = missingPackages([...groupsOfMode[mode], ...(npmFault === undefined ? [] : buildGroups())]);
  if (packages.length === 0 && npmFault === undefined) return;
  if (!options.includes('--locked')) return takeTurn(mode);
  if (packages.length > 0) await installPackages(packages);
  if (npmFault !== undefined) await installNpmPackages(npmFault);
}

/** Runs this script again while holding a lock on its own file, so that two set-ups of one clone do not meet in node_modules. */
function takeTurn(mode) {
  const locked = (...flags) =>
    spawnSync('flock', [...flags, '--close', self, process.execPath, self, mode, '--locked'], { stdio: 'inherit', env: process.env });
  let result = locked('--nonblock', '--conflict-exit-code', '75');
  if (result.status === 75) {
    say('another set-up of this clone is running, waiting for it');
    result = locked('--timeout', '1800');
  }
  if (result.error) fail(1, `flock cannot run (${result.error.message}): apt-get install util-linux`);
  process.exitCode = result.status ?? 1;
}

// ── npm packages ──

/** Why `npm ci` is due, or undefined when node_modules is what package-lock.json says and its two native parts work. */
function npmPackagesFault() {
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  const wanted = readJson('package-lock.json')?.packages;
  if (wanted === undefined) fail(1, `${join(root, 'package-lock.json')} is missing or damaged: take it from the repository again`);
  if (installed === undefined) return 'there is no complete node_modules';
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    const found = installed[path];
    if (path === '' || (found === undefined && optional)) continue;
    if (found?.version !== version || found?.integrity !== integrity) return `package-lock.json asks for ${path} ${version}`;
  }
  if (!existsSync(join(root, 'node_modules/kerberos/build/Release/kerberos.node'))) return 'kerberos is not compiled';
  return nodeFault();
}

function nodeFault() {
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/node'), ['--version'], { encoding: 'utf8' });
  const [major = 0, minor = 0] = status === 0 ? stdout.slice(1).split('.').map(Number) : [];
  const [wantedMajor = 0, wantedMinor = 0] = minimumNode;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return undefined;
  return `node_modules/.bin/node ${status === 0 ? `is ${stdout.trim()}` : 'does not run'}, v${minimumNode.join('.')} is needed`;
}

async function installNpmPackages(fault) {
  // Nothing is fetched from outside the npm registry: kerberos is compiled, with the headers of the Node that is here.
  const nodedir = configuredNodedir() ?? headersPrefix();
  const env = { ...outerEnv, npm_config_build_from_source: 'kerberos' };
  if (nodedir !== undefined) env.npm_config_nodedir = nodedir;
  say(`npm packages: ${fault}`);
  await run('npm ci', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=notice', '--foreground-scripts'], env);
  const left = npmPackagesFault();
  if (left !== undefined) fail(1, `after npm ci: ${left}. If your npm configuration sets ignore-scripts, unset it for this clone`);
}

function buildGroups() {
  return configuredNodedir() === undefined && headersPrefix() === undefined ? ['build', 'headers'] : ['build'];
}

function configuredNodedir() {
  const { stdout } = spawnSync('npm', ['config', 'get', 'nodedir'], { cwd: root, env: outerEnv, encoding: 'utf8' });
  const value = stdout?.trim() ?? '';
  return ['', 'undefined', 'null'].includes(value) ? undefined : value;
}

/** The prefix whose include/node holds Node-API's headers: that of the Node which runs npm, or Debian's. */
function headersPrefix() {
  const node = outerPath.map((dir) => join(dir, 'node')).find((file) => existsSync(file));
  const prefixes = [...(node === undefined ? [] : [dirname(dirname(realpathSync(node)))]), '/usr'];
  return prefixes.find((prefix) => existsSync(join(prefix, 'include/node/node_api.h')));
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8'));
  } catch {
    return undefined; // the caller tells missing and damaged alike
  }
}

// ── system packages ──

function packagesOf(groups) {
  const packages = [];
  let group;
  for (const line of readFileSync(join(root, 'docker/packages.txt'), 'utf8').split('\n')) {
    group = /^# \[([a-z]+)\]/.exec(line)?.[1] ?? group;
    const name = line.replace(/#.*/, '').trim();
    if (name !== '' && groups.includes(group)) packages.push(name);
  }
  return packages;
}

function missingPackages(groups) {
  const wanted = packagesOf(groups);
  if (wanted.length === 0) return [];
  const query = ['--show', '--showformat', '${Package} ${db:Status-Status}\\n', ...wanted];
  const { error, stdout } = spawnSync('dpkg-query', query, { encoding: 'utf8' });
  if (error) {
    say(`this machine is not a Debian; see to the equivalents of ${wanted.join(' ')} yourself`);
    return [];
  }
  const lines = stdout.split('\n');
  return wanted.filter((name) => !lines.includes(`${name} installed`));
}

async function installPackages(packages) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true']).status !== 0) {
    fail(2, `only root can install the system packages that are missing:\nsudo sh -c 'apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}'`);
  }
  say(`Debian packages: ${packages.join(' ')}`);
  const command = ['sh', '-c', installScript, 'sh', ...packages];
  const [file, ...rest] = isRoot ? command : ['sudo', '-n', ...command];
  await run('apt-get install', file, rest, process.env);
  const left = missingPackages(['runtime', 'build', 'headers', 'test']).filter((name) => packages.includes(name));
  if (left.length > 0) fail(1, `apt-get did not install ${left.join(' ')}`);
}

/**
 * Runs as root. While it runs, a policy-rc.d keeps the services of the packages from starting; one that is there already stays.
 * apt waits by itself for dpkg's lock, but not for the lock on its lists, hence the second and third try.
 */
const installScript = `
policy=/usr/sbin/policy-rc.d
mark='# made by docker/setup.mjs for as long as it runs'
if [ ! -e "$policy" ] || grep -q "^$mark" "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' HUP INT TERM
  printf '#!/bin/sh\\n%s\\nexit 101\\n' "$mark" > "$policy" && chmod 755 "$policy" || exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update || { sleep 10; apt-get update; } || { sleep 20; apt-get update; } || echo 'using the package lists that are here'
apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
`;

// ── running and saying ──

/** Runs a command with its output in a log: a dot every five seconds, and the log's end when it fails. */
async function run(title, file, args, env) {
  const dir = mkdtempSync(join(tmpdir(), 'setup-'));
  const log = join(dir, `${title.replaceAll(' ', '-')}.log`);
  const started = performance.now();
  const elapsed = () => `${Math.round((performance.now() - started) / 1000)} s`;
  process.stdout.write(`set-up: ${title} .`);
  const dots = setInterval(() => process.stdout.write('.'), 5000);
  const outcome = await new Promise((done) => {
    const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = createWriteStream(log);
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    child.on('error', (error) => done(error.message));
    child.on('close', (code, signal) => output.end(() => done(code === 0 ? undefined : `exit code ${code ?? signal}`)));
  });
  clearInterval(dots);
  process.stdout.write(` ${outcome === undefined ? 'done' : 'failed'} (${elapsed()})\n`);
  if (outcome === undefined) return rmSync(dir, { recursive: true });
  const tail = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-40).join('\n') : '';
  fail(1, `${title}: ${outcome}\n${tail}\nThe whole output is in ${log}`);
}

function say(text) {
  process.stdout.write(`set-up: ${text}\n`);
}

function fail(code, text) {
  process.stderr.write(`set-up: ${text}\n`);
  process.exit(code);
}

await main(process.argv.slice(2));
