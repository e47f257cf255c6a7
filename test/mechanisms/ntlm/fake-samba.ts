// A directory with programs that stand for ntlm_auth and wbinfo, and fail as a test wants.

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Plan } from './fake-ntlm-auth.ts';

export interface FakeSamba {
  /** For `NtlmAuthPath`. */
  readonly path: string;
  readonly directory: string;
  /** What ntlm_auth does from now on. */
  plan(plan: Plan): void;
  /** What wbinfo does from now on: a line of sh(1), in which $1 is the question. */
  wbinfo(script: string): void;
  /** The process ids of all that were started. */
  readonly started: readonly number[];
  /** With what arguments. */
  readonly arguments: readonly string[];
  /** All lines that were written to them. */
  readonly asked: readonly string[];
}

const program = new URL('fake-ntlm-auth.ts', import.meta.url).pathname;

/** Installs them for this test. ntlm_auth echoes, and the domain is well. */
export function fakeSamba(t: Test): FakeSamba {
  const directory = mkdtempSync(join(tmpdir(), 'myq-samba-'));
  t.teardown(() => { rmSync(directory, { recursive: true, force: true }); });
  const script = (name: string, text: string): void => {
    writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(directory, name), 0o755);
  };
  const lines = (name: string): readonly string[] => {
    const file = join(directory, name);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  };
  const plan = (what: Plan): void => { writeFileSync(join(directory, 'plan.json'), JSON.stringify(what)); };
  const path = join(directory, 'ntlm_auth');
  plan({});
  script('ntlm_auth', `exec '${process.execPath}' '${program}' '${directory}' "$@"`);
  script('wbinfo', `. '${directory}/wbinfo.sh'`);
  writeFileSync(join(directory, 'wbinfo.sh'), 'exit 0');
  return {
    path, directory, plan,
    wbinfo: (what) => { writeFileSync(join(directory, 'wbinfo.sh'), what); },
    get started() { return lines('started').map((line) => Number(line.split(' ')[0])); },
    get arguments() { return lines('started').map((line) => line.replace(/^\d+ /, '')); },
    get asked() { return lines('asked'); },
  };
}

/** Whether the process still is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false; // there is none, or none any more
  }
}
