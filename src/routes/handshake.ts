// One leg of a Windows sign-in over HTTP (RFC 4559): reads the credential, steps the mechanism, keeps the handshake on its connection.

import type { FastifyRequest } from 'fastify';
import { RequestError } from '../errors.ts';
import { refused, type Refusal } from '../identity/refusal.ts';
import type { Windows } from '../gateway.ts';
import type { Outcome } from '../mechanisms/mechanism.ts';
import { readCredential } from './credential.ts';

/** `none`: no credential came. `challenge`: the client must answer this on the same connection. */
export type Leg = { readonly kind: 'none' } | { readonly kind: 'challenge'; readonly token: Uint8Array } | Extract<Outcome, { kind: 'proved' }> | Refusal;

/** Takes the leg of this request; `pending` is the one that is open on its connection. An outage throws UnavailableError. */
export async function takeLeg({ negotiate }: Windows, request: FastifyRequest, pending = request.tlsConnection.take()): Promise<Leg> {
  const connection = request.tlsConnection;
  const credential = readCredential(request.raw);
  // Whatever comes instead of the next leg ends the handshake.
  if (credential.kind !== 'token') pending?.[Symbol.dispose]();
  if (credential.kind !== 'token') return credential;
  const outcome = await negotiate.step(credential, pending, connection);
  if (outcome.kind !== 'continue') return outcome;
  if (!connection.keep(outcome.leg)) return refused('handshake_limit', 'too many half-open handshakes');
  return { kind: 'challenge', token: outcome.reply };
}

/** The value of `WWW-Authenticate`: an offer, or a token with it. */
export function negotiateHeader(token?: Uint8Array): string {
  return token === undefined || token.length === 0 ? 'Negotiate' : `Negotiate ${Buffer.from(token).toString('base64')}`;
}

/** Negotiate signs in a connection (RFC 4559 §6), which HTTP/1.0 ends with each answer and HTTP/2 shares. Health probes may be older. */
export async function requireHttp11({ raw }: FastifyRequest): Promise<void> {
  if (raw.httpVersion !== '1.1') throw new RequestError('invalid_request', 'Sign-in is spoken over HTTP/1.1 only.', { statusCode: 505 });
}
