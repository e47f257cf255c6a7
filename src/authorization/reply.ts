// The answer to an authorization request: a redirect, or a form that posts itself (RFC 6749 §4.1.2, RFC 9207, Form Post Response Mode).

import type { RequestFault, ReplyTo } from './request.ts';

/** What goes back to the client, by way of the browser. `error` is what it tells it, for the log; undefined if it carries a code. */
export type AuthorizationReply = { readonly error?: string } & (
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'form_post'; readonly action: string; readonly fields: Readonly<Record<string, string>> });

/** The code, or an error; always with `iss`, so that answers of two servers cannot be mixed up, and with the client's `state`. */
export function authorizationReply(issuer: string, to: ReplyTo, answer: { readonly code: string } | Pick<RequestFault, 'error' | 'description'>): AuthorizationReply {
  const fields = {
    ...('code' in answer ? { code: answer.code } : { error: answer.error, error_description: answer.description }),
    ...(to.state === undefined ? {} : { state: to.state }),
    iss: issuer,
  };
  const error = 'code' in answer ? {} : { error: `${answer.error}: ${answer.description}` };
  if (to.mode === 'form_post') return { kind: 'form_post', action: to.redirectUri, fields, ...error };
  return { kind: 'redirect', location: withQuery(to.redirectUri, fields), ...error };
}

/** Adds to the query that the URI has; the rest of it stays as registered, letter by letter (RFC 6749 §3.1.2). */
export function withQuery(uri: string, fields: Readonly<Record<string, string>>): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams(fields).toString()}`;
}
