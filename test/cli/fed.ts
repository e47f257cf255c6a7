// Runs the program with something on its standard input: a pipe, or somebody who types at a terminal.

import { spawn } from 'node:child_process';
import { main, type Run } from './program.ts';

/** Runs `myq-gateway` with these bytes in a pipe; one that is still there after 20 seconds is ended, with code null. */
export function fed(input: string | Uint8Array, ...args: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'pipe'], timeout: 20_000, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    child.once('error', reject).once('close', (code) => { resolve({ code, stdout, stderr }); });
    // A program that has seen enough closes its end.
    child.stdin.once('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') reject(error); });
    child.stdin.end(input);
  });
}

/** What was on the screen at the end, and how the program ended. */
export interface Session {
  readonly code: number | null;
  readonly screen: string;
}

/**
 * Runs it at a terminal (util-linux's script(1) makes one). Each of the answers is typed when the screen shows one more
 * colon with a blank at its end, as a question has.
 */
export function atTerminal(answers: readonly string[], ...args: readonly string[]): Promise<Session> {
  const words = [process.execPath, main, ...args].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['--quiet', '--return', '--command', words, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'], timeout: 20_000, killSignal: 'SIGKILL',
    });
    let screen = '';
    let answered = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      while (answered < answers.length && (screen.match(/: /g)?.length ?? 0) > answered) child.stdin.write(answers[answered++] ?? '');
    });
    child.once('error', reject).once('close', (code) => { resolve({ code, screen: screen.replaceAll('\r\n', '\n') }); });
  });
}
