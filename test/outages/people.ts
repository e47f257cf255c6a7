// What people and programs do at a gateway whose domain is in trouble, each with its time; and the gateway's view of the domain.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import type { Described } from '../../src/cli/clients-print.ts';
import { Cookies, type Fields, pkce } from '../oauth/provider.ts';
import { visitor } from '../oauth/visitor.ts';
import type { AdDomain } from '../realm/ad.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { ntlmSignIn, type NtlmSignInOptions } from '../realm/ntlm-client.ts';
import type { Reply } from '../routes/app.ts';

/** The account that reads the directory: an ordinary one. */
export const reader = { name: 'reader', password: 'Passw0rd.reader' } as const;

/** The users of a domain with that account, and their passwords. */
export const users = { alice: 'Passw0rd.alice', bob: 'Passw0rd.bob', [reader.name]: reader.password } as const;

/** The section [Directory], or [Directory:name], for the domain, with a Timeout of 2 s; `keys` are further ones, or others. */
export function directoryOf(domain: AdDomain, keys: Readonly<Record<string, string | number>> = {}, name?: string): string {
  const secret = join(domain.directory, 'reader-password');
  writeFileSync(secret, reader.password, { mode: 0o600 });
  const all = {
    Url: `ldaps://${domain.host}`, CaFile: domain.caFile, BindName: `${reader.name}@${domain.realm}`, BindPasswordFile: secret,
    BaseDn: domain.baseDn, Timeout: 2, ...keys,
  };
  return `[Directory${name === undefined ? '' : `:${name}`}]\n${Object.entries(all).map(([key, value]) => `${key} = ${String(value)}\n`).join('')}`;
}

/** An answer and the milliseconds that it took. */
export interface Timed {
  readonly status: number;
  /** Empty if the body is a page. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly took: number;
}

export interface People {
  /** A sign-in with a ticket, for every scope that the person may have. */
  kerberos(token: string): Promise<Timed>;
  /** A sign-in with NTLM, all legs of it. */
  ntlm(user?: 'alice' | 'bob', how?: Partial<NtlmSignInOptions>): Promise<Timed>;
  /** A sign-in by MyQ's login_info with a name and a password. */
  password(user: string, password: string): Promise<Timed>;
  /** The same on the login page, where 303 is the way back to the program. */
  page(user: string, password: string): Promise<Timed>;
  /** The refresh token of a sign-in with this password. */
  refreshToken(user: string, password: string): Promise<string>;
  refresh(token: string): Promise<Timed>;
  /** GET /health/ready. */
  ready(): Promise<Timed>;
}

const redirectUri = 'https://app.example/cb';
const scopes = ['openid', 'offline.access', 'reports'];
const grants = ['authorization_code', 'login_info', 'refresh_token'];

/** People at this gateway, and a program that they use. */
export async function peopleAt(gateway: GatewayProcess): Promise<People> {
  const { client_id: id, client_secret: secret = '' } = JSON.parse(await gateway.cli(
    'clients', 'add', 'App', '--json', '--redirect-uri', redirectUri,
    ...scopes.flatMap((scope) => ['--scope', scope]), ...grants.flatMap((grant) => ['--grant', grant]),
  )) as Described;
  const { ask, signIn, token } = visitor(gateway, gateway.issuer);
  const granted = (fields: Fields): Promise<Timed> => timed(() => token({ client_id: id, client_secret: secret, ...fields }));
  const password: People['password'] = (user, pwd) =>
    granted({ grant_type: 'login_info', login_info: JSON.stringify({ type: 3, user, pwd }), scope: 'openid offline.access' });
  return {
    password,
    kerberos: (ticket) => timed(() => ask('/api/auth/negotiate', {
      fields: { client_id: id, client_secret: secret }, headers: { authorization: `Negotiate ${ticket}` },
    })),
    ntlm: (user = 'alice', how = {}) => timed(async () => {
      const { answer } = await ntlmSignIn(gateway, { scheme: 'NTLM', authenticate: { domain: 'MYQ', user, password: users[user] }, ...how });
      return { statusCode: answer.status, body: answer.text };
    }),
    page: (user, pwd) => timed(() => signIn(
      { response_type: 'code', client_id: id, redirect_uri: redirectUri, scope: 'openid', ...pkce().challenge }, new Cookies(), user, pwd,
    )),
    refreshToken: async (user, pwd) => {
      const { status, json } = await password(user, pwd);
      if (status !== 200) throw new Error(`${user} cannot sign in: ${JSON.stringify(json)}`);
      return json['refresh_token'] as string;
    },
    refresh: (refreshToken) => granted({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    ready: () => timed(() => ask('/health/ready')),
  };
}

/** Whatever hangs for longer than this, in milliseconds, fails the test. */
const FOREVER = 30_000;

async function timed(work: () => Promise<Pick<Reply, 'statusCode' | 'body'>>): Promise<Timed> {
  const started = performance.now();
  const patience = new AbortController();
  const late = sleep(FOREVER, undefined, patience).then(() => { throw new Error(`no answer within ${String(FOREVER)} ms`); });
  late.catch(() => { /* it came in time */ });
  try {
    const { statusCode: status, body } = await Promise.race([work(), late]);
    return { status, json: body.startsWith('{') ? JSON.parse(body) as Timed['json'] : {}, took: performance.now() - started };
  } finally {
    patience.abort();
  }
}

/** Milliseconds: of an answer for which nobody waits, and of one that may hash a password besides. */
const AT_ONCE = 200;
export const WITHOUT_WAITING = 1_000;

/** Checks that the answer is 503, in time; an API's with the gateway's error object. */
export function isOut(t: Test, { status, json, took }: Timed, limit: number, what: string): void {
  t.equal(status, 503, `${what}: 503`);
  if (Object.keys(json).length > 0) t.match(json, { error: 'temporarily_unavailable', code: 503 }, what);
  isInTime(t, { took }, limit, what);
}

/** Checks that it took so many milliseconds at the most. */
export function isInTime(t: Test, { took }: Pick<Timed, 'took'>, limit: number, what: string): void {
  t.ok(took <= limit, `${what}: ${whole(took)} ms, at the most ${whole(limit)}`);
}

/** Checks that nobody of these who came together waited for the domain: all are told 503, the first at once. */
export function areOutAtOnce(t: Test, answers: readonly Timed[], what: string): void {
  for (const answer of answers) isOut(t, answer, WITHOUT_WAITING, what);
  // That of the others is the time that a busy machine takes for so many TLS handshakes.
  isInTime(t, { took: Math.min(...answers.map(({ took }) => took)) }, AT_ONCE, `${what}: the first of them`);
}

/** Asks every 250 ms until the answer is good; gives the seconds until then, or Infinity if it is not within 15 s. */
export async function recovers(ask: () => Promise<boolean>): Promise<number> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  while (seconds() < 15) {
    if (await ask()) return seconds();
    await sleep(250);
  }
  return Infinity;
}

export const whole = (value: number): string => String(Math.round(value));

/** What the log says of outages, from this line on: each sentence once. */
export function outagesIn({ log }: Pick<GatewayProcess, 'log'>, from = 0): readonly string[] {
  const lines = log.slice(from).map(({ detail, cure, msg }) => [detail ?? msg, cure].filter((one) => typeof one === 'string').join('; '));
  return [...new Set(lines)];
}
