// What the tests of NTLM share: who signs in, what a token says of him, what a refusal must look like, and where the helpers are.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { decodeJwt, type JWTPayload } from 'jose';
import type { Test } from 'tap';
import { ntHash } from '../../src/client/windows/ntlm/response.ts';
import { refusalReasons, type RefusalReason } from '../../src/identity/refusal.ts';
import { holds } from '../mechanisms/contract/checks.ts';
import type { GatewayProcess, LogLine } from '../realm/gateway.ts';
import type { Answer } from '../realm/http.ts';
import { loggedSince } from '../routes/refusal-answer.ts';

/** Users of the throw-away domain. */
export const alice = { user: 'alice', domain: 'MYQ', password: 'Passw0rd.alice' } as const;
export const bob = { user: 'bob', domain: 'MYQ', password: 'Passw0rd.bob' } as const;

/** What is offered where NTLM is on, best first, as node:http joins the two headers. */
export const OFFERS = 'Negotiate, NTLM';

/** What the access token says. Throws without one. */
export function claimsOf({ status, json, text }: Pick<Answer, 'status' | 'json' | 'text'>): JWTPayload {
  if (status !== 200) throw new Error(`${String(status)} ${text}`);
  return decodeJwt(String(json?.['access_token']));
}

/** What was sent, leg by leg, and the last answer. */
export interface Tried {
  readonly legs: readonly { readonly token: Uint8Array }[];
  readonly answer: Answer;
}

export interface Expected {
  readonly status: 400 | 401 | 403 | 431 | 503;
  readonly reason: RefusalReason;
  /** The reason in the log, where the client is told another one. Default `reason`. */
  readonly logged?: RefusalReason;
  /** What the log says was seen. */
  readonly detail: RegExp;
  /** What the log says to do; undefined: nothing. */
  readonly cure?: RegExp;
  /** Whom the log names; undefined: nobody. */
  readonly user?: string | RegExp;
  /** Where the client is. Default 127.0.0.1. */
  readonly client?: string;
  /** What a 401 offers. Default `OFFERS`. */
  readonly offers?: string;
}

const errors = { 400: 'invalid_request', 401: 'invalid_grant', 403: 'access_denied', 431: 'invalid_request', 503: 'temporarily_unavailable' } as const;

/** Tries, and checks answer and log line: no token, no challenge, nothing secret. The gateway must get no other sign-in meanwhile. */
export async function refuses(t: Test, gateway: GatewayProcess, attempt: () => Promise<Tried>, expected: Expected): Promise<void> {
  const before = gateway.log.length;
  const { answer, legs } = await attempt();
  const { status, reason, offers = OFFERS } = expected;
  const { sentence } = refusalReasons[reason];
  t.equal(answer.status, status, `is answered with ${String(status)}`);
  t.strictSame(answer.json, { error: errors[status], error_description: sentence, code: status, message: sentence, data: [], reason });
  t.equal(answer.headers['www-authenticate'], status === 401 ? offers : undefined, 'only a credential that can be bettered earns an offer');
  t.equal(answer.headers['cache-control'], 'no-store');
  const line = await loggedSince(gateway, before, 'windows sign-in refused');
  const { logged = reason, detail, cure, user, client = '127.0.0.1' } = expected;
  t.match(line, { outcome: 'refused', reason: logged, detail, client }, 'the log names the cause');
  if (user === undefined) t.equal(line?.['user'], undefined, 'the log names nobody');
  else t.match(line, { user }, 'the log names whom the client claims to be');
  if (cure === undefined) t.equal(line?.['cure'], undefined, 'no cure is made up');
  else t.match(line?.['cure'], cure, 'the log names the cure');
  hidesSecrets(t, gateway.log.slice(before), legs.map(({ token }) => token));
}

const secrets = [alice, bob].flatMap(({ password }) => [password, ntHash(password).toString('hex'), ntHash(password).toString('base64')]);

/** What was logged holds no part of a message, no password and no hash. */
export function hidesSecrets(t: Test, lines: readonly LogLine[], sent: readonly Uint8Array[]): void {
  const text = JSON.stringify(lines);
  t.notOk(holds(text, sent) || /NTLMSSP\\|TlRMTVNT/.test(text), 'no message is logged');
  t.notOk(secrets.some((secret) => text.includes(secret)), 'nor a password or its hash');
}

/** The ntlm_auth processes that this gateway has started and that run now. */
export function helpersOf({ child }: Pick<GatewayProcess, 'child'>): readonly number[] {
  const task = `/proc/${String(child.pid)}/task`;
  const children = readdirSync(task).flatMap((thread) => readFileSync(`${task}/${thread}/children`, 'utf8').trim().split(' '));
  return children.filter(Boolean).map(Number).filter(isHelper).sort((a, b) => a - b);
}

/** Whether this process is an ntlm_auth, and not a zombie. */
export function isHelper(pid: number): boolean {
  return /^\d+ \(ntlm_auth\) [^ZX]/.test(ofProcess(() => readFileSync(`/proc/${String(pid)}/stat`, 'utf8')));
}

/** All ntlm_auth processes in the mount namespace of this one, whoever has started them. */
export function helpersBeside(namespace: number): readonly number[] {
  const mounts = (pid: number): string => ofProcess(() => readlinkSync(`/proc/${String(pid)}/ns/mnt`));
  const place = mounts(namespace);
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return all.filter((pid) => isHelper(pid) && mounts(pid) === place);
}

/** Empty for a process that has ended since it was seen. */
function ofProcess(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
