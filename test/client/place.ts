// What the client's tests share: how it reaches a gateway of a test, and its program, run in an environment of its own or in this one.

import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { SignInOptions } from '../../src/client/index.ts';
import { runProgram } from '../../src/client/program/program.ts';
import { childEnvironment } from '../realm/exec.ts';
import type { GatewayProcess } from '../realm/gateway.ts';

/** A gateway, or what stands in its place. */
export type Reached = Pick<GatewayProcess, 'hostname' | 'port' | 'caFile'>;

/** Options that reach it under its name, in public mode: nothing is kept. */
export function reach({ hostname, port, caFile }: Reached): Pick<SignInOptions, 'url' | 'connectTo' | 'trust' | 'mode'> {
  return { url: `https://${hostname}:${String(port)}`, connectTo: '127.0.0.1', trust: { caFile }, mode: 'public' };
}

/** How a run of `myq-signin` ended. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const program = new URL('../../src/client/program/main.ts', import.meta.url).pathname;

/** Runs `myq-signin` with these arguments, and this on its standard input. */
export async function myqSignin(args: readonly string[], environment: Readonly<Record<string, string>> = {}, input = ''): Promise<Run> {
  const child = spawn(process.execPath, [program, ...args], { env: childEnvironment(environment), stdio: 'pipe', timeout: 60_000, killSignal: 'SIGKILL' });
  child.stdin.end(input);
  const [code, stdout, stderr] = await Promise.all([
    new Promise<number | null>((resolve, reject) => { child.once('error', reject).once('close', resolve); }), text(child.stdout), text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

/** The same within this process, which is quicker, and has its environment. */
export async function runHere(args: readonly string[], input = ''): Promise<Run> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(input);
  const written = Promise.all([text(stdout), text(stderr)]);
  const code = await runProgram(args, { stdin, stdout, stderr, signal: new AbortController().signal });
  stdout.end();
  stderr.end();
  const [out, err] = await written;
  return { code, stdout: out, stderr: err };
}

/** The options of the command line that reach it. */
export const reachArguments = (gateway: Reached): readonly string[] => {
  const { url, connectTo = '' } = reach(gateway);
  return [url, '--connect-to', connectTo, '--ca-file', gateway.caFile];
};
