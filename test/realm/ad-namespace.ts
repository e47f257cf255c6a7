// Own mount and process namespaces (namespaces(7)) for the servers of the throw-away domain: several of them fit on one machine.

import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { becomes, exec, hasEnded, spawnServer, type ExecOptions } from './exec.ts';

export interface NamespaceOptions {
  /** Gives resolv.conf and hosts, takes what the command prints and its process id. */
  readonly directory: string;
  /** The first process of a process namespace of its own. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** A process whose mount namespace is joined; without it there is a new one, with its own /run/samba, name server and hosts. */
  readonly mountsOf?: number;
}

export interface Namespace {
  /** Ends when all in the namespace has ended: the parent of the first process. */
  readonly child: ChildProcess;
  /** The first process, for `nsenter --target`. */
  readonly pid: number;
  /** What the first process and its children have printed. */
  output(): string;
  /** Runs a program in the namespaces. */
  exec(command: string, args: readonly string[], options?: ExecOptions): Promise<string>;
  /** Kills every process in it; resolves when they are gone. A second call does nothing. */
  close(): Promise<void>;
}

/** Run with the directory, the name of the process id's file and the command. Its last line tells that all is in place. */
const start = 'read -r pid rest < /proc/self/stat; echo "$pid" > "$directory/$file"; exec "$@"';
const furnish = [
  // The path of winbindd's socket is compiled in; some of Samba's programs write logs before they read where to.
  'for path in /run/samba /var/log/samba; do mkdir -p "$path"; mount -t tmpfs tmpfs "$path"; done',
  'mount --bind "$directory/resolv.conf" /etc/resolv.conf; mount --bind "$directory/hosts" /etc/hosts',
].join('\n');
const scriptOf = (...lines: readonly string[]): string => ['set -e; directory=$1; file=$2; shift 2', ...lines].join('\n');

/** Makes the namespaces and starts the command in them, which ends with us; resolves when the command has its place. */
export async function openNamespace({ directory, command, environment, mountsOf }: NamespaceOptions): Promise<Namespace> {
  const [program = ''] = command;
  const pidFile = join(directory, `${program}.pid`);
  const logFile = join(directory, `${program}.out`);
  rmSync(pidFile, { force: true });
  const script = mountsOf === undefined ? scriptOf(furnish, start) : scriptOf(start);
  const child = spawnToFile(logFile, environment, [
    // unshare(1) that waits for a child takes no SIGTERM, hence SIGKILL, which --kill-child passes on.
    'setpriv', '--pdeathsig', 'KILL', ...(mountsOf === undefined ? [] : entering(mountsOf, '--mount')),
    'unshare', '--pid', '--fork', '--kill-child', ...(mountsOf === undefined ? ['--mount'] : []),
    'sh', '-c', script, 'sh', directory, `${program}.pid`, ...command,
  ]);
  const failure = new Promise<Error>((resolve) => { child.once('error', resolve); });
  const written = (): string => readIfThere(pidFile).trim();
  if (!await becomes(() => written() !== '', () => hasEnded(child))) {
    if (child.pid === undefined) throw await failure;
    child.kill('SIGKILL');
    throw new Error(`${program} does not start in namespaces of its own: ${readIfThere(logFile).trim()}`);
  }
  const pid = Number(written());
  return {
    child, pid,
    output: () => readIfThere(logFile).trim(),
    exec: (name, args, options) => execEntering(pid, ['--mount', '--pid'], environment, name, args, options),
    close: () => killFirst({ child, pid }),
  };
}

/** Runs a program in the mount namespace of this process, seeing and seen by all other processes. */
export function execInMounts(
  pid: number, environment: Readonly<Record<string, string>>, command: string, args: readonly string[], options?: ExecOptions,
): Promise<string> {
  return execEntering(pid, ['--mount'], environment, command, args, options);
}

/** The words before a command that runs in these namespaces of a process. With --mount alone nsenter(1) becomes the command. */
export function entering(pid: number, ...which: readonly string[]): readonly string[] {
  return ['nsenter', ...which, '--target', String(pid), '--'];
}

function execEntering(
  pid: number, which: readonly string[], environment: Readonly<Record<string, string>>,
  command: string, args: readonly string[], options: ExecOptions = {},
): Promise<string> {
  const [program = '', ...words] = [...entering(pid, ...which), command, ...args];
  return exec(program, words, { ...options, env: { ...environment, ...options.env } });
}

function spawnToFile(file: string, environment: Readonly<Record<string, string>>, command: readonly string[]): ChildProcess {
  const descriptor = openSync(file, 'a');
  try {
    return spawnServer(command, environment, ['ignore', descriptor, descriptor]);
  } finally {
    closeSync(descriptor);
  }
}

/** The kernel kills the others with the first one, and lets nobody see its end before theirs. */
async function killFirst({ child, pid }: Ended): Promise<void> {
  if (hasEnded(child)) return;
  const exit = new Promise((resolve) => { child.once('exit', resolve); });
  killNow({ child, pid });
  await exit;
}

type Ended = Pick<Namespace, 'child' | 'pid'>;

/** The same for a process that is about to exit and cannot wait. */
export function killNow({ child, pid }: Ended): void {
  if (hasEnded(child)) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended by itself this very moment
  }
}

/** Stops or continues every process in it. -1 is "every process that I see but the first and me": from inside there are no others. */
export async function signalAll(namespace: Namespace, signal: 'STOP' | 'CONT'): Promise<void> {
  process.kill(namespace.pid, `SIG${signal}`);
  await namespace.exec('sh', ['-c', `kill -${signal} -1`]);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
