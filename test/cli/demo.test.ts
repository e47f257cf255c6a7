// The demo: whatever ends it, and whenever, its exit code says so, and nothing of it is left running or lying about.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { becomes } from '../realm/exec.ts';

const program = new URL('../demo.ts', import.meta.url).pathname;

interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Ending {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** What it must have said before the signal comes, and how many milliseconds later that is. */
  readonly when?: readonly [words: string, milliseconds: number];
  readonly signal?: 'SIGINT' | 'SIGTERM' | 'SIGHUP';
  /** The signal reaches everything that was started, as Ctrl+C does, and not the demo alone. */
  readonly everybody?: boolean;
  /** Runs in a shell, as npm has it; the signal then reaches the shell alone. */
  readonly shell?: boolean;
}

/** Runs the demo in a process group and a directory for temporary files of its own, and checks that both are empty afterwards. */
async function demo(t: Test, { args = [], environment, when, signal = 'SIGTERM', everybody = false, shell = false }: Ending): Promise<End> {
  const temporary = mkdtempSync(join(tmpdir(), 'myq-demo-test-'));
  t.teardown(() => { rmSync(temporary, { recursive: true, force: true }); });
  const env = { ...process.env, ...environment, TMPDIR: temporary };
  const [command = '', ...words] = [...(shell ? ['sh', '-c', '"$@"; exit $?', 'sh'] : []), process.execPath, program, ...args];
  const child = spawn(command, words, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error('the demo did not start');
  const closed = once(child, 'close') as Promise<[number | null]>;
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const said = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (when !== undefined && stdout.includes(when[0])) resolve();
    });
  });
  if (when !== undefined) {
    await Promise.race([said, closed]);
    await sleep(when[1]);
    process.kill(everybody ? -pid : pid, signal);
  }
  const [code] = await closed;
  t.strictSame(readdirSync(temporary), [], 'no file is left');
  t.ok(await becomes(() => isEmpty(pid)), 'no process is left');
  return { code, stdout, stderr };
}

/** True when the process group has no member any more; one that has ended is a member until its parent has noticed. */
function isEmpty(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

t.test('it tells its ten steps and ends with exit 0', async (t) => {
  const { code, stdout, stderr } = await demo(t, {});
  t.equal(code, 0, stderr);
  t.match(stdout, /\n1\. A domain\.[^]*\n5\. The token\.[^]*"access_token"[^]*\n8\. Its signature\.[^]*the signature is good[^]*\n10\. The same ticket again/);
  t.match(stdout, /\nDone\. Everything that was started has ended\.\n$/);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`${signal} stops everything at any moment`, async (t) => {
    for (const [index, when] of ([
      ['1.', 0], ['1.', 60], ['1.', 200], ['The service name', 0], ['2.', 0], ['2.', 150], ['2.', 500], ['3.', 0], ['5.', 0], ['10.', 0],
    ] as const).entries()) {
      const everybody = signal === 'SIGINT' || index % 2 === 0;
      const { code, stdout, stderr } = await demo(t, { args: ['--keep'], when, signal, everybody });
      const moment = `${signal} ${everybody ? 'to all' : 'to the demo'}, ${String(when[1])} ms after "${when[0]}"`;
      t.equal(code, signal === 'SIGINT' ? 130 : 143, moment);
      t.match(stdout, /\nStopped\. Everything that was started has ended\.\n$/, moment);
      t.equal(stderr, '', moment);
    }
  });
}

t.test('--keep stays up and says how to try and how to stop it', async (t) => {
  const { code, stdout } = await demo(t, { args: ['--keep'], when: ['kinit alice gets her', 300] });
  t.equal(code, 143);
  t.match(stdout, /Everything stays up\. Ctrl\+C here, or "kill \d+", stops and removes it all\.[^]*curl --negotiate -u : --cacert/);
});

t.test('a lost terminal stops it, too', async (t) => {
  t.match(await demo(t, { args: ['--keep'], when: ['kinit alice gets her', 0], signal: 'SIGHUP', everybody: true }), { code: 129 });
});

t.test('when npm is stopped, whose shell tells the demo nothing, the demo stops, too', async (t) => {
  const environment = { npm_lifecycle_event: 'demo' };
  const { stdout } = await demo(t, { args: ['--keep'], when: ['kinit alice gets her', 0], shell: true, environment });
  t.match(stdout, /\nStopped\. Everything that was started has ended\.\n$/);
});

t.test('when the gateway cannot start, the reason is told, the realm is stopped and it is exit 1', async (t) => {
  const { code, stderr } = await demo(t, { environment: { MYQ_GATEWAY_STORE_SEALKEY: 'too short' } });
  t.equal(code, 1);
  t.match(stderr, /^\nThe demo failed: [^\n]*MYQ_GATEWAY_STORE_SEALKEY[^\n]*\n$/);
});

t.test('when the realm cannot start, the reason is told and it is exit 1', async (t) => {
  const programs = t.testdir({ kdb5_util: '#!/bin/sh\necho "no realm today" >&2\nexit 1\n' });
  chmodSync(join(programs, 'kdb5_util'), 0o755);
  const { code, stderr } = await demo(t, { environment: { PATH: `${programs}:${process.env['PATH'] ?? ''}` } });
  t.equal(code, 1);
  t.match(stderr, /^\nThe demo failed: kdb5_util [^\n]*: exit 1: no realm today\n$/);
});

t.test('an unknown word is exit 2', async (t) => {
  t.match(await demo(t, { args: ['--kepe'] }), { code: 2, stdout: '', stderr: /--kepe; usage: npm run demo \[-- --keep\]/ });
});
