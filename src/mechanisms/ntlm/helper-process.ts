// One ntlm_auth process: a line in, a line out, in step, and never for longer than its deadline.

import { spawn, type ChildProcess } from 'node:child_process';
import type { UnavailableError } from '../../errors.ts';
import { printable } from '../token/printable.ts';
import { unavailable } from './findings.ts';
import { readAnswer, type HelperAnswer } from './helper-answer.ts';

export type { HelperAnswer } from './helper-answer.ts';

/** Longer lines than any answer. */
const MAX_LINE = 64 * 1024;
/** Of standard error the end is kept: the last line says why it ended. */
const MAX_COMPLAINT = 4 * 1024;
/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 1000;

/** All that the programs of Samba get to see of our environment: nothing. Names are UTF-8 in every locale. */
export const bareEnvironment = { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } as const;

export interface HelperProcessOptions {
  readonly path: string;
  readonly args: readonly string[];
  /** Milliseconds that it has for an answer. */
  readonly deadline: number;
  /** It is gone; called once. */
  readonly ended: (helper: HelperProcess) => void;
}

export interface HelperProcess {
  /**
   * Writes the word and the token, and gives the answer. One at a time. Throws UnavailableError if there is none in time, or none that
   * can be understood, or the process ends: then it is killed, and useless from then on.
   */
  ask(word: 'YR' | 'KK', token: Uint8Array): Promise<HelperAnswer>;
  /** It can be asked. */
  readonly isAlive: boolean;
  /** It has been in step at least once. */
  readonly hasAnswered: boolean;
  /** It was killed for want of an answer in time. */
  readonly wasLate: boolean;
  /** Why it cannot be asked any more, once that is so. */
  readonly fault: string | undefined;
  /** Ends it, with SIGKILL if need be; resolves when it is gone. */
  stop(): Promise<void>;
}

interface Question {
  readonly resolve: (answer: HelperAnswer) => void;
  readonly reject: (error: UnavailableError) => void;
}

/**
 * Starts the process, which ends by itself when our end of its standard input closes. Throws UnavailableError if it cannot be started, or
 * says so when it is asked.
 */
export function startHelper({ path, args, deadline, ended }: HelperProcessOptions): HelperProcess {
  const child = start(path, args);
  const errors = lastLineOf(child);
  let question: Question | undefined;
  let fault: string | undefined;
  let hasAnswered = false;
  let wasLate = false;
  const fail = (what: string): void => {
    child.kill('SIGKILL');
    fault ??= errors.line === '' ? what : `${what}; it says: ${errors.line}`;
    question?.reject(outage(path, fault));
    question = undefined;
  };
  readLines(child, {
    line: (line) => {
      const answer = question === undefined ? undefined : readAnswer(line);
      if (answer === undefined) return fail('it is out of step');
      hasAnswered ||= answer.kind !== 'broken';
      question?.resolve(answer);
      question = undefined;
    },
    tooLong: () => { fail(`it wrote a line of more than ${String(MAX_LINE)} bytes`); },
  });
  child.stdin?.on('error', () => { /* it reads no more: its end tells, or the deadline */ });
  child.on('error', (error) => { fail(cannotStart(error)); });
  child.on('close', (code, signal) => { fail(`it ended with ${signal ?? `exit code ${String(code)}`}`); });
  const gone = endOf(child);
  const helper: HelperProcess = {
    ask: (word, token) => new Promise((resolve, reject) => {
      if (question !== undefined) fail('asked while it was being asked'); // whose answer would come first?
      if (fault !== undefined) return reject(outage(path, fault));
      const timer = setTimeout(() => {
        wasLate = true;
        fail(`no answer within ${String(deadline)} ms: winbindd hangs, or the domain controller that it asks`);
      }, deadline);
      const over = <T>(settle: (value: T) => void) => (value: T): void => {
        clearTimeout(timer);
        settle(value);
      };
      question = { resolve: over(resolve), reject: over(reject) };
      child.stdin?.write(`${word} ${Buffer.from(token).toString('base64')}\n`);
    }),
    get isAlive() { return fault === undefined && child.exitCode === null && child.signalCode === null; },
    get hasAnswered() { return hasAnswered; },
    get wasLate() { return wasLate; },
    get fault() { return fault; },
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => { child.kill('SIGKILL'); }, GRACE);
      await gone;
      clearTimeout(timer);
    },
  };
  void gone.then(() => { ended(helper); });
  return helper;
}

/** Most reasons why a program cannot be started come as an event, but some are thrown. */
function start(path: string, args: readonly string[]): ChildProcess {
  try {
    return spawn(path, args, { env: bareEnvironment, cwd: '/', stdio: 'pipe' });
  } catch (error) {
    throw outage(path, cannotStart(error));
  }
}

const cannotStart = (error: unknown): string => `it cannot be started: ${(error as Error).message}: check [NTLM] NtlmAuthPath`;

/** An outage of the program, for the log. */
export function outage(path: string, what: string): UnavailableError {
  return unavailable(`${path}: ${what}`);
}

/** Resolves when the process and its pipes are gone, or if there never was one: without one there need be no 'close'. */
function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => { resolve(); });
    child.once('error', () => { if (child.pid === undefined) resolve(); });
  });
}

interface LineReader {
  readonly line: (line: Buffer) => void;
  readonly tooLong: () => void;
}

function readLines({ stdout }: ChildProcess, { line, tooLong }: LineReader): void {
  let rest = Buffer.alloc(0);
  stdout?.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      line(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
    if (rest.length > MAX_LINE) {
      rest = Buffer.alloc(0);
      tooLong();
    }
  });
}

/** Keeps what may be the last line of standard error. */
function lastLineOf({ stderr }: ChildProcess): { readonly line: string } {
  let end = Buffer.alloc(0);
  stderr?.on('data', (chunk: Buffer) => { end = Buffer.concat([end, chunk]).subarray(-MAX_COMPLAINT); });
  return {
    get line() { return printable(end.toString('utf8').trim().split('\n').at(-1) ?? ''); },
  };
}
