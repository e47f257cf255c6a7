// What every refused Windows sign-in must look like: one answer that a stranger may read, one log line that an admin can act on.

import type { Test } from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusalReasons, type RefusalReason } from '../../src/identity/refusal.ts';
import type { GatewayProcess, LogLine } from '../realm/gateway.ts';
import type { Answer } from '../realm/http.ts';

export interface ExpectedRefusal {
  readonly status: 400 | 401 | 403 | 431 | 503;
  readonly reason: RefusalReason;
  /** What the log says was seen. */
  readonly detail: RegExp;
  /** What the log says to do, where that depends on the case. */
  readonly cure?: RegExp | 'none';
}

/** What the log says to do for these reasons whatever the case; for all others there must be no cure unless the case names one. */
const usualCures: Partial<Readonly<Record<RefusalReason, RegExp>>> = {
  handshake_unknown: /opens a new connection for each leg.*keep the connection/,
  mechanism_not_allowed: /a client that sends a Kerberos ticket, bare or inside SPNEGO/,
  not_a_person: /must sign in with his own account/,
  replay: /a new token for every sign-in.*look at both client addresses/,
  ticket_expired: /gets a new ticket when it signs in to the domain again \(klist purge\)/,
};

const errors = { 400: 'invalid_request', 401: 'invalid_grant', 403: 'access_denied', 431: 'invalid_request', 503: 'temporarily_unavailable' } as const;

/** Sends the sign-in and checks answer and log line. The gateway must get no other sign-in meanwhile. */
export async function refuses(t: Test, gateway: GatewayProcess, signIn: () => Promise<Answer>, expected: ExpectedRefusal): Promise<void> {
  const before = gateway.log.length;
  const answer = await signIn();
  checkAnswer(t, answer, expected);
  const line = await loggedSince(gateway, before, 'windows sign-in refused');
  t.match(line, { outcome: 'refused', reason: expected.reason, detail: expected.detail, client: '127.0.0.1' }, 'the log names the cause');
  const cure = expected.cure ?? usualCures[expected.reason];
  if (cure === undefined || cure === 'none') t.equal(line?.['cure'], undefined, 'no cure is made up');
  else t.match(line?.['cure'], cure, 'the log names the cure');
  t.notMatch(JSON.stringify(line), /YII|TlRMTVNT|oYI/, 'no token is logged');
}

/** The answer alone: status, error object, challenge and caching. */
export function checkAnswer(t: Test, answer: Answer, { status, reason }: Pick<ExpectedRefusal, 'status' | 'reason'>): void {
  const { sentence } = refusalReasons[reason];
  t.equal(answer.status, status, `is answered with ${String(status)}: ${answer.text}`);
  t.strictSame(answer.json, { error: errors[status], error_description: sentence, code: status, message: sentence, data: [], reason });
  t.notMatch(sentence, /\/tmp|\bkvno\b|HTTP\/|@/, 'strangers learn no path, key or principal');
  t.equal(answer.headers['www-authenticate'], status === 401 ? 'Negotiate' : undefined, 'only a credential that can be bettered earns an offer');
  t.equal(answer.headers['retry-after'], status === 503 ? '5' : undefined);
  t.equal(answer.headers['cache-control'], 'no-store');
}

/** The first line with this message after the first `count` lines; waits for it, as the log comes through a pipe of its own. */
export async function loggedSince(gateway: GatewayProcess, count: number, message: string): Promise<LogLine | undefined> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const line = gateway.log.slice(count).find(({ msg }) => msg === message);
    if (line !== undefined) return line;
    await sleep(10);
  }
  return undefined;
}
