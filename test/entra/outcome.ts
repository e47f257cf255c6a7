// What came of an exchange: who it is now, or why he was refused, and what the log says of it.

import { claimsOf, type EntraSite } from './site.ts';
import type { Person } from '../realm/entra.ts';
import type { Reply } from '../routes/app.ts';

/** The `sub` of whom it let in; else the status and the reason, as in `400 unknown_user`, or the code of an outage. */
export function outcome(reply: Reply): string {
  if (reply.statusCode === 200) return String(claimsOf(reply)['sub']);
  const { reason, error } = reply.json<{ readonly reason?: string; readonly error?: string }>();
  return `${String(reply.statusCode)} ${reason ?? error ?? ''}`;
}

/** The scopes that he was given; none if he was refused. */
export function scopesOf(reply: Reply): readonly string[] {
  return reply.statusCode === 200 ? String(claimsOf(reply)['scope']).split(' ') : [];
}

interface LogLine {
  readonly reason?: string;
  readonly detail?: string;
  readonly cure?: string;
  readonly user?: string;
}

/** What the log says of the last refusal or outage. */
export function lastRefusal({ provider }: EntraSite): LogLine {
  const line = provider.log.findLast((one) => one.includes('"detail"'));
  return line === undefined ? {} : JSON.parse(line) as LogLine;
}

/** What Microsoft Graph was asked so far, as paths; without tokens and keys. */
export const asked = ({ entra }: EntraSite): readonly string[] => entra.requests.map(({ path }) => path).filter((path) => path.startsWith('/v1.0/'));

/** How often the application has asked for a token for Microsoft Graph. */
export const graphTokens = ({ entra }: EntraSite): number =>
  entra.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/oauth2/v2.0/token')).length;

/** The person as the store has him. */
export const idOf = ({ tenant }: EntraSite, { object }: Person) => ({ tenant: tenant.id, object });
