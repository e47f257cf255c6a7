// Runs the program: arguments in; exit code and both outputs out.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { runProgram } from '../../src/cli/program.ts';

/** The file that is the program. */
export const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Words before the program's, as in ['faketime', '-f', '+10m']. */
  readonly wrapper?: readonly string[];
}

/** Runs `myq-gateway` as a process; one that is still there after 20 seconds is ended, with code null. */
export function spawned(args: readonly string[], { cwd, environment, wrapper = [] }: SpawnOptions = {}): Promise<Run> {
  const [command = '', ...words] = [...wrapper, process.execPath, main, ...args];
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(command, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    child.once('error', reject).once('close', (code) => { resolve({ code, stdout, stderr }); });
  });
}

/** Checks that a run failed with this code, in one line without a stack, and said nothing else. */
export function failsWith(t: Test, { code, stdout, stderr }: Run, wanted: number, words: RegExp, what = stderr.slice(13, 70)): void {
  // What the test runner prints must be harmless, too.
  const name = what.replace(/[^ -~]/gu, (character) => `{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  t.equal(code, wanted, `${name}: exit code`);
  t.ok(words.test(stderr), `${name}: ${String(words)}`);
  t.match(stderr, /^myq-gateway: [^\n]+\n$/, `${name}: one line`);
  t.notOk(/[\p{Cc}\p{Bidi_Control}](?<!\n$)| {4}at |internal error/u.test(stderr), `${name}: nothing raw, no stack`);
  t.equal(stdout, '', `${name}: no output`);
}

/** A temporary directory that is removed after the test. */
export function temporary(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'myq-cli-'));
  t.teardown(() => { rmSync(directory, { recursive: true, force: true }); });
  return directory;
}

/** A directory that `init` has filled, and a way to run verbs, other than `serve`, in it. */
export async function initialized(t: Test) {
  const directory = join(temporary(t), 'gateway');
  const { code, stderr } = await runProgram(['init', '--dir', directory, '--hostname', 'print.myq.test', '--port', '0']);
  if (code !== 0) throw new Error(stderr);
  const gateway = (verb: string, ...args: readonly string[]): Promise<Run> =>
    runProgram([verb, '--config', join(directory, 'config.ini'), ...args]);
  return { directory, gateway };
}
