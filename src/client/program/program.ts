// `myq-signin` without its process: finds the verb, runs it, and turns every failure into lines and an exit code.

import { ClientError, oneLine } from '../error.ts';
import { UsageError } from './arguments.ts';
import { exitCode, failureFields, failureLine, json } from './failure.ts';
import type { Surroundings } from './surroundings.ts';
import { usage } from './usage.ts';

type Verb = (argv: readonly string[], surroundings: Surroundings) => Promise<number>;

/** Loaded only when called: help and `trust` need nothing of what talks to a gateway. */
const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  'trust': async () => (await import('./trust.ts')).trustVerb,
  'sign-out': async () => (await import('./sign-in.ts')).signOutVerb,
};
const signIn = async (): Promise<Verb> => (await import('./sign-in.ts')).signInVerb;

/** Runs it with the arguments after its name, and gives its exit code. Never rejects. */
export async function runProgram(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const [first] = argv;
  if (first === undefined || first === 'help' || argv.includes('--help') || first === '-h') {
    (first === undefined ? stderr : stdout).write(usage);
    return first === undefined ? 2 : 0;
  }
  try {
    const load = Object.hasOwn(verbs, first) ? verbs[first] : undefined;
    return load ? await (await load())(argv.slice(1), surroundings) : await (await signIn())(argv, surroundings);
  } catch (error) {
    if (error instanceof ClientError && argv.includes('--json')) stdout.write(json(failureFields(error)));
    stderr.write(`myq-signin: ${sentenceOf(error)}\n`);
    if (error instanceof UsageError) return 2;
    return error instanceof ClientError ? exitCode(error) : 1;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}; see myq-signin --help`;
  if (error instanceof ClientError) return failureLine(error);
  return `internal error: ${oneLine(error instanceof Error ? error.message : String(error))}`;
}
