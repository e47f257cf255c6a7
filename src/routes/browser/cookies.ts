// The cookies of a browser (RFC 6265bis): whose session it is, which forms are its own, and that Windows was asked already.

import type { FastifyReply, FastifyRequest } from 'fastify';

/** `__Host-` names are taken only from this very host over TLS; Lax, since clients lead people here from elsewhere. */
const attributes = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const;

const names = {
  /** The browser session. */
  session: '__Host-myq-session',
  /** The other half of the token in our forms. */
  form: '__Host-myq-form',
  /** Windows sign-in was tried, or somebody signed out: it is not tried again by itself. */
  windows: '__Host-myq-windows',
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
