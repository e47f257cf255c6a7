// The cookies of a browser (RFC 6265bis): whose session it is, which forms are its own, and that Windows was asked already.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { FLOW_LIFETIME } from '../../authorization/microsoft-flow.ts';

/** `__Host-` names are taken only from this very host over TLS; Lax, since clients lead people here from elsewhere. */
const attributes = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const;

const names = {
  /** The browser session. */
  session: '__Host-myq-session',
  /** The other half of the token in our forms. */
  form: '__Host-myq-form',
  /** Windows sign-in was tried, or somebody signed out: it is not tried again by itself. */
  windows: '__Host-myq-windows',
  /** Somebody signed out: Microsoft asks next for the account, and does not bring back whoever is signed in there. */
  signedOut: '__Host-myq-signed-out',
} as const;

type CookieName = keyof typeof names;

export const readCookie = (request: FastifyRequest, name: CookieName): string | undefined => request.cookies[names[name]];

/** Without an age: the browser forgets it when it is closed. */
export function writeCookie(reply: FastifyReply, name: CookieName, value: string): void {
  reply.setCookie(names[name], value, attributes);
}

export function clearCookie(reply: FastifyReply, name: CookieName): void {
  reply.clearCookie(names[name], attributes);
}

/** Each sign-in with Microsoft that is under way has its own, so that several tabs can be. */
const FLOW = '__Host-myq-microsoft-';
const flowName = (state: string): string => `${FLOW}${state}`;

/** So many may be under way in one browser; those of tabs that were closed count until they expire. */
const MAX_FLOWS = 4;

/** The cookie of the sign-in with this state; undefined for what is no state of ours. */
export function readFlowCookie(request: FastifyRequest, state: unknown): string | undefined {
  return typeof state === 'string' && /^[\w-]{43}$/.test(state) ? request.cookies[flowName(state)] : undefined;
}

/** Keeps it, and no more than a browser takes along with a request. */
export function writeFlowCookie(request: FastifyRequest, reply: FastifyReply, state: string, value: string): void {
  const others = Object.keys(request.cookies).filter((name) => name.startsWith(FLOW)).map((name) => name.slice(FLOW.length));
  clearFlowCookies(request, reply, others.slice(0, Math.max(0, others.length - MAX_FLOWS + 1)));
  reply.setCookie(flowName(state), value, { ...attributes, maxAge: FLOW_LIFETIME });
}

/** Takes away those that the browser has sent. */
export function clearFlowCookies(request: FastifyRequest, reply: FastifyReply, states: readonly string[]): void {
  for (const state of states) if (Object.hasOwn(request.cookies, flowName(state))) reply.clearCookie(flowName(state), attributes);
}
