// Runs the programs of the throw-away realm, ends them, waits for them, and finds them a free port.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. */
  readonly input?: string;
  /** For programs that exit 0 on failure: what their standard error then looks like. */
  readonly failure?: RegExp;
  /** Milliseconds after which it is killed, which counts as a failure. Default: none. */
  readonly deadline?: number;
}

/** The environment for a child: ours, C messages, the administrator's directories on PATH (krb5kdc lives in /usr/sbin), then `extra`. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  return { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, ...extra };
}

/** What hangs ends after this, in milliseconds, unless told otherwise; nothing here needs so long. */
const DEADLINE = 120_000;

/** Runs `command` to its end and gives its standard output; rejects with its standard error when it fails or cannot be started. */
export function exec(command: string, args: readonly string[], options: ExecOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = { timeout: options.deadline ?? DEADLINE, killSignal: 'SIGKILL' } as const;
    const child = spawn(command, args, { env: childEnvironment(options.env), stdio: 'pipe', ...limit });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => { /* the child ended without reading all of it: its exit code tells */ });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const failed = code !== 0 || options.failure?.test(Buffer.concat(err).toString());
      if (!failed) return resolve(Buffer.concat(out).toString());
      const words = Buffer.concat([...err, ...out]).toString().trim();
      reject(new Error(`${command} ${args.join(' ')}: ${signal ?? `exit ${code}`}: ${words}`));
    });
    child.stdin.end(options.input ?? '');
  });
}

/**
 * Starts a server as our own child, which ends with us, even when a test run is killed.
 * `rights` are words for setpriv(1), as in ['--no-new-privs'].
 */
export function spawnServer(
  command: readonly string[], env: Readonly<Record<string, string>>, stdio: StdioOptions, rights: readonly string[] = [],
): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'TERM', ...rights, ...command], { env: childEnvironment(env), stdio });
}

/** Whether the child has ended, or never was. */
export function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

/** Ends the child with SIGTERM and gives its exit code. One that is still there after `deadline` milliseconds is killed: that rejects. */
export async function end(child: ChildProcess, deadline = 15_000): Promise<number | null> {
  if (hasEnded(child)) return child.exitCode;
  const exit = once(child, 'exit') as Promise<[number | null]>;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, deadline);
  child.kill('SIGTERM');
  const [code] = await exit;
  clearTimeout(timer);
  if (late) throw new Error(`${child.spawnargs.join(' ')} did not end within ${String(deadline)} ms of SIGTERM and was killed`);
  return code;
}

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

/** Asks every 20 ms whether `ready`; false when `ended` says that it never will be, or when ten seconds have passed. */
export async function becomes(ready: () => boolean | Promise<boolean>, ended: () => boolean = () => false): Promise<boolean> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline && !ended();) {
    if (await ready()) return true;
    await sleep(20);
  }
  return false;
}
