// Makes the tokens that a Windows client sends, with the library that real clients use, from the tickets of a throw-away realm.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { childEnvironment } from './exec.ts';
import type { Realm } from './kdc.ts';

const program = new URL('token.ts', import.meta.url).pathname;

/** Where the tickets are: a realm, or a domain. */
type Place = Pick<Realm, 'environment' | 'exec'>;

export interface TokenOptions {
  /** As in 'HTTP@print.myq.test', which is the default. */
  readonly service?: string;
  /** Default 'spnego'. */
  readonly mechanism?: 'spnego' | 'krb5';
  /** Whether the server must prove itself, too; default true. Without it the client is done with its first token. */
  readonly mutual?: boolean;
  /** Application data of RFC 5929. */
  readonly channelBindings?: Uint8Array;
  /** To be signed with the agreed key once the handshake is done. */
  readonly sign?: Uint8Array;
}

/** What token.ts is told. */
export interface TokenRequest {
  readonly ccache: string;
  readonly service: string;
  readonly mechanism: 'spnego' | 'krb5';
  readonly mutual: boolean;
  /** In base64, as `sign`. */
  readonly channelBindings?: string;
  readonly sign?: string;
  readonly count: number;
  readonly converse: boolean;
}

/** One step of the client: `token` (base64) is for the server and empty when there is nothing to send. */
export interface ClientStep {
  readonly done: boolean;
  readonly token: string;
  /** The client did not believe the server's answer. */
  readonly refused?: string;
  /** Over `sign`, in base64. */
  readonly mic?: string;
}

/** A client in the middle of a handshake. */
export interface Client extends AsyncDisposable {
  readonly token: string;
  /** Takes the server's token (base64). */
  step(answer: string): Promise<ClientStep>;
}

/** A fresh token in base64 from the tickets in this credential cache. */
export async function makeToken(realm: Place, ccache: string, options: TokenOptions = {}): Promise<string> {
  return (await makeTokens(realm, ccache, 1, options))[0] as string;
}

/** Fresh tokens, all for one service. */
export async function makeTokens(realm: Place, ccache: string, count: number, options: TokenOptions = {}): Promise<readonly string[]> {
  return (await makeFirstSteps(realm, ccache, count, options)).map(({ token }) => token);
}

/** The first steps of so many clients, as far as each can go without an answer. */
export async function makeFirstSteps(realm: Place, ccache: string, count: number, options: TokenOptions): Promise<readonly ClientStep[]> {
  const printed = await realm.exec(process.execPath, [program, requestOf(ccache, options, count, false)]);
  return printed.trim().split('\n').map((line) => JSON.parse(line) as ClientStep);
}

/** A client that goes on after its first token: checks the mutual-authentication token, or makes the next leg. Dispose it. */
export async function startClient(realm: Place, ccache: string, options: TokenOptions = {}): Promise<Client> {
  const child = spawn(process.execPath, [program, requestOf(ccache, options, 1, true)],
    { env: childEnvironment(realm.environment), stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<ClientStep> => {
    const { value, done } = await lines.next() as IteratorResult<string, undefined>;
    if (done) throw new Error('the client ended early');
    return JSON.parse(value) as ClientStep;
  };
  return {
    token: (await next()).token,
    step: (answer) => {
      child.stdin.write(`${answer}\n`);
      return next();
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

function requestOf(ccache: string, options: TokenOptions, count: number, converse: boolean): string {
  const { service = 'HTTP@print.myq.test', mechanism = 'spnego', mutual = true, channelBindings, sign } = options;
  const request: TokenRequest = {
    ccache, service, mechanism, mutual, count, converse,
    ...(channelBindings === undefined ? {} : { channelBindings: Buffer.from(channelBindings).toString('base64') }),
    ...(sign === undefined ? {} : { sign: Buffer.from(sign).toString('base64') }),
  };
  return JSON.stringify(request);
}
