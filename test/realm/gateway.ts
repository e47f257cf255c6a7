// Starts a real gateway as a child process in its own directory, for the tests and the demo.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { connect } from 'node:tls';
import { becomes, end, exec, freePort, hasEnded, spawnServer } from './exec.ts';
import { fakedClock } from './kdc.ts';

const clone = new URL('../../', import.meta.url).pathname;
const program = `${clone}src/cli/main.ts`;

/** One line of the gateway's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

export interface GatewayOptions {
  /** Default print.myq.test. */
  readonly hostname?: string;
  /** Appended to config.ini, as in `[Kerberos]\nRealms = MYQ.TEST`. */
  readonly config?: string;
  /** Copied to the gateway's http.keytab; undefined: there is none. */
  readonly keytab?: string | undefined;
  /** `users add` arguments, a list for each user. */
  readonly users?: readonly (readonly string[])[];
  /** For the process: KRB5_CONFIG, for one. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Offset of its clock, as in '+10m' (needs faketime). Timers go on as they are. */
  readonly clock?: string;
  /** As a service account has it: the modes of files count, also where the tests run as root. */
  readonly unprivileged?: boolean;
  /** A process in whose mount namespace it runs, as does its command line: that of a domain member, for one. Only root can tell. */
  readonly namespace?: number;
  /** It runs as nobody, with these groups besides. Only root can tell. */
  readonly groups?: readonly string[];
}

export interface GatewayProcess {
  readonly hostname: string;
  readonly issuer: string;
  readonly port: number;
  readonly directory: string;
  readonly keytab: string;
  readonly caFile: string;
  readonly ca: string;
  /** Everything logged so far, since the last crash. */
  readonly log: readonly LogLine[];
  readonly child: ChildProcess;
  /** Runs `myq-gateway` with this gateway's configuration; gives its standard output. */
  cli(...args: readonly string[]): Promise<string>;
  /** Kills it with SIGKILL, and serves the same directory on the same port again: `child` and `log` are then new ones. */
  crash(): Promise<void>;
  /** Ends it with SIGTERM, removes its directory and gives its exit code; one that hangs for 15 seconds is killed: that rejects. */
  stop(): Promise<number | null>;
}

/** Runs `myq-gateway`. */
export function cli(args: readonly string[], environment: Readonly<Record<string, string>> = {}, namespace?: number): Promise<string> {
  const [command = '', ...words] = [...enter(namespace), process.execPath, program, ...args];
  return exec(command, words, { env: environment });
}

/** The words before a command that runs in the mount namespace of this process. It stays our child: nsenter(1) becomes the command. */
const enter = (namespace: number | undefined): readonly string[] =>
  (namespace === undefined ? [] : ['nsenter', '--mount', '--target', String(namespace), '--']);

/** Makes a directory with `init`, fills it, and serves it on a free loopback port; resolves when it answers. */
export async function startGateway(options: GatewayOptions = {}): Promise<GatewayProcess> {
  const hostname = options.hostname ?? 'print.myq.test';
  const root = mkdtempSync(join(tmpdir(), 'myq-gateway-'));
  const directory = join(root, 'gateway');
  const remove = (): void => { rmSync(root, { recursive: true, force: true }); };
  try {
    await cli(['init', '--dir', directory, '--hostname', hostname]);
    const configFile = join(directory, 'config.ini');
    const keytab = join(directory, 'http.keytab');
    appendFileSync(configFile, `\n[Server]\nListen = 127.0.0.1\n${options.config ?? ''}\n`);
    if (options.keytab !== undefined) copyFileSync(options.keytab, keytab);
    const run = (...args: readonly string[]): Promise<string> => cli([...args, '--config', configFile], {}, options.namespace);
    for (const user of options.users ?? []) await run('users', 'add', ...user);
    const caFile = join(directory, 'tls/ca.pem');
    const ca = readFileSync(caFile, 'utf8');
    if (options.groups) await exec('chown', ['--recursive', nobody, root]);
    let served = await serve(configFile, { hostname, ca }, options);
    const { port } = served;
    return {
      hostname, directory, keytab, caFile, ca, port, cli: run, issuer: `https://${hostname.toLowerCase()}:${String(port)}`,
      get child() { return served.child; },
      get log() { return served.log; },
      crash: async () => {
        await kill(served.child);
        served = await serve(configFile, { hostname, ca }, options, port);
      },
      stop: () => end(served.child).finally(remove),
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Not by SIGTERM as other servers: it would wait for the reader of its log, and that is us. */
const endWithUs = ['setpriv', '--pdeathsig', 'KILL'] as const;

/** The owner and the group that have no files. */
const nobody = '65534:65534';

/** The command as nobody runs it: from a place where he can read this clone, without what the test runner adds to a Node.js. */
function asNobody(groups: readonly string[], command: readonly string[]): readonly string[] {
  const seen = command.map((word) => (word.startsWith(clone) ? `/mnt/${word.slice(clone.length)}` : word));
  const [uid = '', gid = ''] = nobody.split(':');
  const member = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')];
  return [
    'unshare', '--mount', 'sh', '-c', 'mount --bind "$1" /mnt; shift; exec "$@"', 'sh', clone,
    ...endWithUs, '--reuid', uid, '--regid', gid, ...member, 'env', '--unset', 'NODE_OPTIONS', ...seen,
  ];
}

/** How a client knows it. */
type ServerName = Pick<GatewayProcess, 'hostname' | 'ca'>;

interface Served {
  readonly port: number;
  readonly child: ChildProcess;
  readonly log: readonly LogLine[];
}

/** The port may be taken between being found free and being bound: then another one is tried, or the one that it must be is waited for. */
async function serve(configFile: string, name: ServerName, options: GatewayOptions, kept?: number): Promise<Served> {
  const text = readFileSync(configFile, 'utf8');
  for (let attempt = 1; ; attempt++) {
    const port = kept ?? await freePort();
    if (kept === undefined) writeFileSync(configFile, `${text}\n[Server]\nPort = ${String(port)}\n`);
    const { child, log, errors } = await launch(configFile, options);
    // Whoever took the port from us has not our certificate.
    if (await becomes(() => answers(port, name), () => hasEnded(child))) return { port, child, log };
    await end(child);
    const words = errors.join('').trim();
    if (attempt === 5 || !words.includes('EADDRINUSE')) throw new Error(`the gateway does not start: ${words}`);
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function launch(configFile: string, options: GatewayOptions): Promise<Omit<Served, 'port'> & { readonly errors: readonly string[] }> {
  const faked = options.clock === undefined ? {} : { ...await fakedClock(options.clock), FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  const rights = options.unprivileged && process.getuid?.() === 0 ? ['--bounding-set', '-dac_override,-dac_read_search'] : [];
  const command = [process.execPath, program, 'serve', '--config', configFile];
  const words = [...endWithUs, ...enter(options.namespace), ...(options.groups ? asNobody(options.groups, command) : command)];
  const child = spawnServer(words, { ...options.environment, ...faked }, ['ignore', 'pipe', 'pipe'], rights);
  const log: LogLine[] = [];
  const errors: string[] = [];
  child.once('error', ({ message }) => errors.push(message));
  (child.stderr as Readable).setEncoding('utf8').on('data', (words: string) => errors.push(words));
  createInterface({ input: child.stdout as Readable }).on('line', (line) => { log.push(JSON.parse(line) as LogLine); });
  return { child, log, errors };
}

/** Whether a gateway with a certificate of this CA for this name takes connections there. */
function answers(port: number, { hostname, ca }: ServerName): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername: hostname, ca });
    const tell = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('secureConnect', tell(true)).once('error', tell(false)).once('close', tell(false));
  });
}
