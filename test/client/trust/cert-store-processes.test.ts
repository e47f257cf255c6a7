// cert.store between processes: those who write at once lose nothing, and who is killed while writing breaks nothing.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openCertStore } from '../../../src/client/trust/cert-store.ts';
import { certificateOf } from './certificate-sample.ts';

const program = fileURLToPath(new URL('accepting.ts', import.meta.url));

/** A process that accepts, and ends with the test at the latest; `limits` are shell commands before it. */
function accepting(t: { teardown(action: () => void): void }, file: string, name: string, count: number, limits = ':') {
  const command = [process.execPath, program, file, name, String(count)];
  // What tap adds to a child of Node.js would end it at the first signal.
  const child = spawn('sh', ['-c', `unset NODE_OPTIONS; ${limits}; exec "$@"`, 'sh', ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  const accepted: string[] = [];
  // Without its end, a line was cut by the kill and tells nothing.
  createInterface({ input: child.stdout }).on('line', (line) => { if (line.endsWith(' accepted')) accepted.push(line.slice(0, -' accepted'.length)); });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { complaint += text; });
  const ended = once(child, 'close').then(([code]) => ({ accepted, code: code as number | null, complaint }));
  t.teardown(() => { child.kill('SIGKILL'); });
  return { child, ended };
}

const hostsIn = async (file: string): Promise<readonly string[]> => (await openCertStore(file).list()).map(({ host }) => host);

t.test('two processes that accept 40 certificates each at once lose none', async (t) => {
  const file = join(t.testdir(), 'new', 'cert.store');
  const results = await Promise.all(['left', 'right'].map((name) => accepting(t, file, name, 40).ended));
  t.strictSame(results.map(({ code, complaint }) => [code, complaint]), [[0, ''], [0, '']]);
  const told = results.flatMap(({ accepted }) => accepted);
  t.equal(told.length, 80);
  t.strictSame((await hostsIn(file)).toSorted(), told.toSorted());
  t.strictSame(readdirSync(join(file, '..')).sort(), ['cert.store', 'cert.store.lock']);
});

t.test('kill -9 at any moment leaves the file whole, loses nothing that was told, and blocks nobody', async (t) => {
  const file = join(t.testdir(), 'cert.store');
  const told: string[] = [];
  for (let round = 0; round < 15; round++) {
    const { child, ended } = accepting(t, file, `round-${String(round)}`, 0);
    await Promise.race([once(child.stdout, 'data'), ended]);
    const moment = Math.random() * 30;
    await sleep(moment);
    child.kill('SIGKILL');
    const { accepted, code } = await ended;
    t.equal(code, null, `killed ${String(moment)} ms after the first`);
    told.push(...accepted);
    const text = readFileSync(file, 'utf8');
    t.ok(text.endsWith('\n  ]\n}\n') && JSON.parse(text) !== null, 'the file is whole');
    const there = new Set(await hostsIn(file));
    t.strictSame(told.filter((host) => !there.has(host)), [], 'nothing is lost');
    const started = performance.now();
    await openCertStore(file, { patience: 2000 }).accept(certificateOf(`after-${String(round)}`));
    t.ok(performance.now() - started < 2000, 'the next one is not blocked');
    told.push(`after-${String(round)}`);
  }
});

t.test('what a killed process left beside the file is gone a day later', async (t) => {
  const directory = t.testdir();
  const file = join(directory, 'cert.store');
  const temporary = (digit: string): string => join(directory, `cert.store.${digit.repeat(32)}.tmp`);
  const [old, young, foreign] = [temporary('a'), temporary('b'), join(directory, `cert.store.${'A'.repeat(32)}.tmp`)];
  for (const path of [old, young, foreign]) writeFileSync(path, '{ "version": 1, "certif');
  const yesterday = Date.now() / 1000 - 86_401;
  for (const path of [old, foreign]) utimesSync(path, yesterday, yesterday);
  await openCertStore(file).accept(certificateOf('print.example.com'));
  t.strictSame(readdirSync(directory).sort(), [file, `${file}.lock`, young, foreign].map((path) => path.slice(directory.length + 1)).sort());
});

t.test('where the disk takes no more, the file stays as it was, with nothing beside it', async (t) => {
  const file = join(t.testdir(), 'cert.store');
  const { accepted, code, complaint } = await accepting(t, file, 'many', 0, "trap '' XFSZ; ulimit -f 8").ended;
  t.equal(code, 1);
  t.match(complaint, 'cannot be written: EFBIG');
  t.ok(accepted.length > 5, `${String(accepted.length)} were accepted before`);
  t.strictSame(await hostsIn(file), accepted);
  t.ok(statSync(file).size <= 8 * 1024);
  t.strictSame(readdirSync(join(file, '..')).sort(), ['cert.store', 'cert.store.lock']);
});
