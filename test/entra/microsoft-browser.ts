// Somebody's browser on its way to Microsoft and back: its cookies here, and its session there.

import { type Asking, asking, Cookies, type Fields } from '../oauth/provider.ts';
import { entraVisitor, type EntraVisitor } from '../realm/entra-visitor.ts';
import type { Person } from '../realm/entra.ts';
import type { Reply } from '../routes/app.ts';
import type { EntraSite, EntraSiteOptions } from './site.ts';

export const BUTTON = 'EnableSignInWithMicrosoft = True\n';
export const FLOW = '__Host-myq-microsoft-';
export const SESSION = '__Host-myq-session';
export const ORIGIN = 'https://app.example';
export const web = asking('web');

/** What a site of these tests has: the button, and names before the `@`. */
export const offered: EntraSiteOptions = { keys: `${BUTTON}UserName = upnPrefix\n` };

export const queryOf = (fields: Fields): string => new URLSearchParams(fields).toString();
export const seconds = (): number => Math.floor(Date.now() / 1000);

export interface MicrosoftBrowser {
  readonly cookies: Cookies;
  readonly atMicrosoft: EntraVisitor;
  /** Opens an address of ours. */
  open(url: string, headers?: Fields): Promise<Reply>;
  /** Asks as an application does. */
  authorize(asked: Fields, how?: Omit<Asking, 'cookies'>): Promise<Reply>;
  /** Presses the button. */
  leave(asked?: Fields, path?: string): Promise<Reply>;
  /** Goes where it is led and chooses this person there (null: goes back); gives the address to which it is led back, on our host. */
  choose(left: Reply, person: Person | null): Promise<string>;
  /** All of it. */
  signIn(person: Person | null, asked?: Fields, path?: string): Promise<Reply>;
}

/** Opens it, with nobody signed in anywhere. */
export function microsoftBrowser({ entra, provider }: EntraSite): MicrosoftBrowser {
  const cookies = new Cookies();
  const atMicrosoft = entraVisitor(entra);
  const taken = (reply: Reply): Reply => {
    cookies.take(reply);
    return reply;
  };
  const open: MicrosoftBrowser['open'] = async (url, headers = {}) => taken(await provider.ask({ url, headers: { ...cookies.header, ...headers } }));
  const leave: MicrosoftBrowser['leave'] = (asked = web, path = '/en/auth/microsoft') => open(`${path}?${queryOf(asked)}`);
  const choose: MicrosoftBrowser['choose'] = async ({ headers: { location = '' } }, person) => {
    const { pathname, search } = new URL(await atMicrosoft.walk(location, person));
    return `${pathname}${search}`;
  };
  return {
    cookies, atMicrosoft, open, leave, choose,
    authorize: async (asked, how = {}) => taken(await provider.authorize(asked, { cookies, ...how })),
    signIn: async (person, asked, path) => open(await choose(await leave(asked, path), person)),
  };
}

/** What Microsoft is asked, by the redirect there. */
export function askedOf({ headers: { location = '' } }: Reply): Readonly<Record<string, string>> {
  return Object.fromEntries(new URL(location).searchParams);
}

const TOKEN_ENDPOINT = /\/oauth2\/v2\.0\/token$/;

/** The next answer of the token endpoint; an object is sent as JSON. */
export function nextAnswer({ entra }: EntraSite, body: object | string, status = 200): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  entra.fault(TOKEN_ENDPOINT, { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: text }, 1);
}

/** Whatever the token endpoint does from now on, instead of answering; undefined: it answers again. */
export function tokenEndpoint({ entra }: EntraSite, how: Parameters<EntraSite['entra']['fault']>[1]): void {
  entra.fault(TOKEN_ENDPOINT, how);
}

/** An answer of the token endpoint with this ID token. */
export const withIdToken = (idToken: unknown): object =>
  ({ token_type: 'Bearer', scope: 'openid profile email', expires_in: 4500, ext_expires_in: 4500, access_token: 'opaque', id_token: idToken });

interface LogLine {
  readonly level: number;
  readonly reason?: string;
  readonly detail?: string;
  readonly cure?: string;
  readonly user?: string;
}

/** What the log says of the last sign-in with Microsoft that was refused. */
export function refusalIn({ provider }: EntraSite): LogLine {
  const line = provider.log.findLast((one) => one.includes('sign-in with Microsoft refused'));
  if (line === undefined) throw new Error('nothing was refused');
  return JSON.parse(line) as LogLine;
}
