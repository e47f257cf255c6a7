// Starts a real gateway as a child process in its own directory, for the tests and the demo.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment, exec } from './exec.ts';
import { fakedClock } from './kdc.ts';

const program = new URL('../../src/cli/main.ts', import.meta.url).pathname;

/** One line of the gateway's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

export interface GatewayOptions {
  /** Default print.myq.test. */
  readonly hostname?: string;
  /** Appended to config.ini, as in `[Kerberos]\nRealms = MYQ.TEST`. */
  readonly config?: string;
  /** Copied to the gateway's http.keytab. */
  readonly keytab?: string;
  /** `users add` arguments, a list for each user. */
  readonly users?: readonly (readonly string[])[];
  /** For the process: KRB5_CONFIG, for one. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Offset of its clock, as in '+10m' (needs faketime). Timers go on as they are. */
  readonly clock?: string;
  /** Words before the program's, as in ['setpriv', '--no-new-privs']; they must replace themselves with the program. */
  readonly wrapper?: readonly string[];
}

export interface GatewayProcess {
  readonly hostname: string;
  readonly issuer: string;
  readonly port: number;
  readonly directory: string;
  readonly keytab: string;
  readonly caFile: string;
  readonly ca: string;
  /** Everything logged so far. */
  readonly log: readonly LogLine[];
  readonly child: ChildProcess;
  /** Runs `myq-gateway` with this gateway's configuration; gives its standard output. */
  cli(...args: readonly string[]): Promise<string>;
  /** Ends it with SIGTERM and gives its exit code; its directory is removed. */
  stop(): Promise<number | null>;
}

/** Runs `myq-gateway`. */
export function cli(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
  return exec(process.execPath, [program, ...args], { env: environment });
}

/** Makes a directory with `init`, fills it, and serves it on a free loopback port. */
export async function startGateway(options: GatewayOptions = {}): Promise<GatewayProcess> {
  const hostname = options.hostname ?? 'print.myq.test';
  const root = mkdtempSync(join(tmpdir(), 'myq-gateway-'));
  const directory = join(root, 'gateway');
  try {
    await cli(['init', '--dir', directory, '--hostname', hostname, '--port', '0']);
    const configFile = join(directory, 'config.ini');
    const keytab = join(directory, 'http.keytab');
    appendFileSync(configFile, `\n[Server]\nListen = 127.0.0.1\n${options.config ?? ''}\n`);
    if (options.keytab !== undefined) copyFileSync(options.keytab, keytab);
    const run = (...args: readonly string[]): Promise<string> => cli([...args, '--config', configFile]);
    for (const user of options.users ?? []) await run('users', 'add', ...user);
    const { child, log, issuer } = await serve(configFile, options);
    return {
      hostname, issuer, port: Number(new URL(issuer).port), directory, keytab, log, child, cli: run,
      caFile: join(directory, 'tls/ca.pem'),
      ca: readFileSync(join(directory, 'tls/ca.pem'), 'utf8'),
      stop: async () => {
        const code = await end(child);
        rmSync(root, { recursive: true, force: true });
        return code;
      },
    };
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}

async function serve(configFile: string, options: GatewayOptions): Promise<{ child: ChildProcess; log: LogLine[]; issuer: string }> {
  // --pdeathsig: a test run that is killed leaves no gateway behind.
  const args = ['--pdeathsig', 'TERM', ...(options.wrapper ?? []), process.execPath, program, 'serve', '--config', configFile];
  const faked = options.clock === undefined ? {} : { ...await fakedClock(options.clock), FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  const child = spawn('setpriv', args, { env: childEnvironment({ ...options.environment, ...faked }), stdio: ['ignore', 'pipe', 'pipe'] });
  const log: LogLine[] = [];
  const errors: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  const issuer = await new Promise<string>((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => { reject(new Error(`the gateway ended with ${String(code)}: ${errors.join('').trim()}`)); });
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as LogLine;
      log.push(line);
      if (line.msg === 'listening') resolve(line['issuer'] as string);
    });
  });
  return { child, log, issuer };
}

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}
