// Gateways that ask a domain, and a program that people use there: what it gets for a ticket, for NTLM, and for what they type.

import { Agent } from 'node:https';
import type { Described } from '../../src/cli/clients-print.ts';
import { everyUsersScopes, knownScopes } from '../../src/tokens/scopes.ts';
import { answerOf, Cookies, type Fields, pkce } from '../oauth/provider.ts';
import { visitor } from '../oauth/visitor.ts';
import type { AdDomain } from '../realm/ad.ts';
import { becomes } from '../realm/exec.ts';
import type { GatewayProcess, LogLine } from '../realm/gateway.ts';
import { ntlmSignIn } from '../realm/ntlm-client.ts';
import type { Reply } from '../routes/app.ts';

/** The account that reads the directory: an ordinary one, which the domain must have. */
export const reader = { name: 'reader', password: 'Passw0rd.reader' } as const;

/** `[Directory]`, or `[Directory:name]`, for the domain; CacheTime is 1 s. `keys` are further ones, or others. */
export function directoryOf(domain: AdDomain, keys: Readonly<Record<string, string | number>> = {}, name = ''): string {
  const all = {
    Url: `ldaps://${domain.host}`, CaFile: domain.caFile, BindName: `${reader.name}@${domain.realm}`, BindPassword: reader.password,
    BaseDn: domain.baseDn, Domain: domain.netbios, CacheTime: 1, Timeout: 10, ...keys,
  };
  const lines = Object.entries(all).map(([key, value]) => `${key} = ${String(value)}`);
  return [`[Directory${name === '' ? '' : `:${name}`}]`, ...lines, ''].join('\n');
}

/** What a client asks for that wants to stay signed in and to have all rights. */
export const everything = knownScopes.join(' ');

/** A confidential client that may have every scope, and what people do with it. Without a scope nobody stays signed in. */
export interface Program {
  /** A Windows sign-in with this token, in base64. */
  ticket(token: string, scope?: string): Promise<Reply>;
  /** A Windows sign-in with NTLM. */
  ntlm(user: string, password: string, domain?: string, scope?: string): Promise<Reply>;
  /** MyQ's login_info, as in `{ type: 3, user, pwd }`. */
  typed(info: Readonly<Record<string, unknown>>, scope?: string): Promise<Reply>;
  /** Name and password by login_info. */
  password(user: string, password: string, scope?: string): Promise<Reply>;
  /** Name and password on the login page. */
  page(user: string, password: string, cookies?: Cookies): Promise<Reply>;
  /** The page for this browser with this `Authorization`: it gets a code, or the login page. */
  browse(path: 'auth' | 'auth/windows', cookies: Cookies, authorization?: string): Promise<Reply>;
  /** The tokens for the code of a page's answer. */
  redeem(answer: Reply): Promise<Reply>;
  refresh(token: unknown, scope?: string): Promise<Reply>;
  /** `alive` if userinfo takes the access token and introspection calls it active, `dead` if neither; else what was answered. */
  accessOf(token: unknown): Promise<string>;
}

const redirectUri = 'https://app.example/cb';

let places = 0;
/** Connections from another address of this machine each time: nobody is paused for what others tried at theirs. */
function elsewhere(keepAlive = false): Agent {
  places++;
  return new Agent({ keepAlive, maxSockets: 1, localAddress: `127.1.${String(places >> 8)}.${String(places & 255)}` });
}

/** Registers the program at this gateway. */
export async function programAt(gateway: GatewayProcess): Promise<Program> {
  const { client_id: id, client_secret: secret = '' } = JSON.parse(await gateway.cli(
    'clients', 'add', 'Program', '--json', '--redirect-uri', redirectUri, ...knownScopes.flatMap((scope) => ['--scope', scope]),
    ...['authorization_code', 'login_info', 'refresh_token'].flatMap((grant) => ['--grant', grant]),
  )) as Described;
  const { ask, signIn, token } = visitor(gateway, gateway.issuer, elsewhere);
  const client = { client_id: id, client_secret: secret };
  const { verifier, challenge } = pkce();
  const query = { response_type: 'code', client_id: id, redirect_uri: redirectUri, scope: everything, ...challenge };
  const asked = (scope?: string): Fields => ({ ...client, ...(scope === undefined ? {} : { scope }) });
  const typed: Program['typed'] = (info, scope) => token({ ...asked(scope), grant_type: 'login_info', login_info: JSON.stringify(info) });
  return {
    typed,
    ticket: (ticket, scope) => ask('/api/auth/negotiate', { fields: asked(scope), headers: { authorization: `Negotiate ${ticket}` } }),
    ntlm: async (user, password, domain = 'MYQ', scope) => {
      const agent = elsewhere(true);
      const { answer } = await ntlmSignIn(gateway, {
        agent, scheme: 'NTLM', authenticate: { user, password, domain },
        headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(asked(scope)).toString(),
      }).finally(() => { agent.destroy(); });
      return { statusCode: answer.status, headers: answer.headers, body: answer.text, json: <Body>() => JSON.parse(answer.text) as Body };
    },
    password: (user, pwd, scope) => typed({ type: 3, user, pwd }, scope),
    page: (user, password, cookies = new Cookies()) => {
      // It was led to the Windows sign-in before.
      cookies.set('__Host-myq-windows', 'tried');
      return signIn(query, cookies, user, password);
    },
    browse: async (path, cookies, authorization) => {
      const headers = { ...cookies.header, ...(authorization === undefined ? {} : { authorization }) };
      const reply = await ask(`/en/${path}?${new URLSearchParams(query).toString()}`, { headers });
      cookies.take(reply);
      return reply;
    },
    redeem: (answer) => token({
      ...client, grant_type: 'authorization_code', code: answerOf(answer)['code'] ?? '', redirect_uri: redirectUri, code_verifier: verifier,
    }),
    refresh: (refreshToken, scope) => token({ ...asked(scope), grant_type: 'refresh_token', refresh_token: String(refreshToken) }),
    accessOf: async (accessToken) => {
      const userinfo = await ask('/api/auth/userinfo', { headers: { authorization: `Bearer ${String(accessToken)}` } });
      const introspection = await ask('/api/auth/introspect', { fields: { ...client, token: String(accessToken) } });
      const isActive = introspection.json<{ readonly active?: unknown }>().active;
      if (userinfo.statusCode === 200 && isActive === true) return 'alive';
      if (userinfo.statusCode === 401 && isActive === false) return 'dead';
      return `${String(userinfo.statusCode)} ${userinfo.body} ${introspection.body}`;
    },
  };
}

/** The tokens of an answer. Throws if it carries none. */
export function tokensIn({ statusCode, body }: Reply): Readonly<Record<string, unknown>> {
  if (statusCode !== 200) throw new Error(`no tokens, but ${String(statusCode)} ${body}`);
  return JSON.parse(body) as Readonly<Record<string, unknown>>;
}

/** The granted scopes that not everybody has, in the order of the alphabet. Throws if there are no tokens. */
export function rightsIn(reply: Reply): readonly string[] {
  return String(tokensIn(reply)['scope']).split(' ').filter((scope) => !everyUsersScopes.includes(scope)).sort();
}

/** The user of an answer: the claims of its access token. Throws if there is none. */
export function userIn(reply: Reply): { readonly sub: string; readonly name: string } {
  const [, payload = ''] = String(tokensIn(reply)['access_token']).split('.');
  const { sub, preferred_username: name } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Readonly<Record<string, string>>;
  return { sub: sub ?? '', name: name ?? '' };
}

/** A refusal: what its client is told, and what the log says of it. */
export interface Refused {
  readonly status: number;
  readonly body: string;
  readonly reason: unknown;
  readonly detail: unknown;
  readonly user: unknown;
}

/** Does what must be refused. Throws if the log tells no reason for it. */
export async function refusal(gateway: GatewayProcess, action: () => Promise<Reply>): Promise<Refused> {
  const { statusCode: status, headers, body } = await action();
  const told = (): LogLine | undefined =>
    gateway.log.find((line) => line['reqId'] === headers['x-request-id'] && line['reason'] !== undefined);
  await becomes(() => told() !== undefined);
  const line = told();
  if (line === undefined) throw new Error(`no refusal: ${String(status)} ${body}`);
  return { status, body, reason: line['reason'], detail: line['detail'], user: line['user'] };
}
