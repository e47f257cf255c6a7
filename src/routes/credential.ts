// Reads `Authorization` of a Windows sign-in (RFC 4559 §4.1): strictly, before anything else looks at it.

import type { IncomingMessage } from 'node:http';
import { refused, type Refusal } from '../identity/refusal.ts';
import type { NegotiateCredential, WindowsScheme } from '../mechanisms/negotiate.ts';
import { decodeBase64Strict } from '../mechanisms/token/base64.ts';

export type HeaderCredential = { readonly kind: 'none' } | ({ readonly kind: 'token' } & NegotiateCredential) | Refusal;

const schemes: readonly WindowsScheme[] = ['Negotiate', 'NTLM'];

/** The token that the request carries, or why it carries none that can be used. */
export function readCredential(request: IncomingMessage, offered: readonly WindowsScheme[]): HeaderCredential {
  const values = request.headersDistinct['authorization'] ?? [];
  if (values.length > 1) return refused('malformed_token', 'the request has more than one Authorization header');
  const [value] = values;
  if (value === undefined) return { kind: 'none' };
  const [scheme = '', token = '', ...rest] = value.split(' ').filter(Boolean);
  const known = schemes.find((one) => one.toLowerCase() === scheme.toLowerCase());
  if (known === undefined) return refused('mechanism_not_allowed', 'the client sent another scheme than Negotiate');
  // Where NTLM is not offered, what comes with it need not be well-formed to be refused by name.
  if (known === 'NTLM' && !offered.includes(known)) return { kind: 'token', scheme: known, bytes: decodeBase64Strict(token) ?? new Uint8Array() };
  if (token === '') return { kind: 'none' };
  const bytes = rest.length === 0 ? decodeBase64Strict(token) : undefined;
  return bytes === undefined ? refused('malformed_token', 'the token is not base64 (RFC 4648 §4)') : { kind: 'token', scheme: known, bytes };
}
