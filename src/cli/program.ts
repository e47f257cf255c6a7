// The program without its process: finds the verb, runs it, and turns every failure into one line and an exit code.

import { ConfigError, GatewayError } from '../errors.ts';
import { ConflictError } from '../stores/store.ts';
import { visible } from './terminal.ts';
import { type Mixed, Negative, UsageError, type Verb } from './verb.ts';

/** Loaded only when called: `users` needs neither the HTTP server nor GSSAPI. */
const verbs: Readonly<Record<string, () => Promise<Verb<string | Mixed>>>> = {
  init: async () => (await import('./init.ts')).init,
  serve: async () => (await import('./serve.ts')).serveVerb,
  users: async () => (await import('./users.ts')).users,
  clients: async () => (await import('./clients.ts')).clients,
  keys: async () => (await import('./keys.ts')).keys,
  config: async () => (await import('./config.ts')).config,
  report: async () => (await import('./report.ts')).report,
};

const usage = `usage: myq-gateway VERB [OPTIONS]
  init     --dir DIR --hostname FQDN [--port N]   make config.ini, a certificate and a store
  serve    [--config FILE]                        run the gateway
  users    add|list|show|set|alias|disable|enable|remove|password|pin|card|sync|import|explain
                                                  who may sign in, and with what
  clients  add|list|show|set|secret|remove        which applications may use the gateway
  keys     list|rotate                            what signs the tokens
  config   print|example                          what is in force, and what there is
  report   ntlm                                   who still signs in with NTLM, and whether it can be switched off
Every verb takes --config FILE (default ./config.ini); --help with a verb tells more.`;

/** How a call of the program ends; both texts are empty or whole lines. */
export interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program with the arguments after its name. Never rejects. */
export async function runProgram(argv: readonly string[]): Promise<Ending> {
  try {
    const answer = await runVerb(argv) ?? '';
    if (typeof answer !== 'string') return { code: 1, stdout: lines(answer.text), stderr: `myq-gateway: ${visible(answer.complaint)}\n` };
    return { code: argv.length === 0 ? 2 : 0, stdout: lines(answer), stderr: '' };
  } catch (error) {
    return { code: exitCode(error), stdout: '', stderr: `myq-gateway: ${line(error)}\n` };
  }
}

const lines = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

async function runVerb(argv: readonly string[]): Promise<string | Mixed | undefined> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === 'help') return usage;
  const load = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (load === undefined) throw new UsageError(`there is no verb "${name}"; see myq-gateway --help`);
  const verb = await load();
  return rest.includes('--help') ? verb.usage : verb.run(rest);
}

/** Exit 2: wrong use or unreadable configuration. Exit 1: the answer is no, or it failed. */
function exitCode(error: unknown): number {
  return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}

/** One line for what we know of; a fault in the program itself keeps its message, too, but never a stack. */
function line(error: unknown): string {
  // A configuration may have several faults, a line each.
  if (error instanceof ConfigError) return error.message.split('\n').map(visible).join('\n');
  if (error instanceof GatewayError) return visible(error.detail === undefined ? error.message : `${error.message} (${error.detail})`);
  const ofSystem = (error as NodeJS.ErrnoException | undefined)?.syscall !== undefined;
  const known = ofSystem || [ConflictError, Negative, UsageError].some((kind) => error instanceof kind);
  return `${known ? '' : 'internal error: '}${visible(error instanceof Error ? error.message : String(error))}`;
}
