// One leg of a Windows sign-in over HTTP (RFC 4559): reads the credential, steps the mechanism, keeps the handshake on its connection.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from '../errors.ts';
import { refused, type Refusal } from '../identity/refusal.ts';
import type { Windows } from '../gateway.ts';
import type { StepContext, Outcome } from '../mechanisms/mechanism.ts';
import type { WindowsScheme } from '../mechanisms/negotiate.ts';
import { printable } from '../mechanisms/token/printable.ts';
import { readCredential } from './credential.ts';

/** A value of `WWW-Authenticate`: a scheme that is offered, or a token under it. */
export interface Challenge {
  readonly scheme: WindowsScheme;
  readonly token?: Uint8Array;
}

/** `none`: no credential came. `challenge`: the client must answer this on the same connection. */
export type Leg =
  | { readonly kind: 'none' }
  | { readonly kind: 'challenge'; readonly challenge: Challenge }
  | (Extract<Outcome, { kind: 'proved' }> & { readonly scheme: WindowsScheme })
  | Refusal;

/**
 * Takes the leg of this request, which was offered these challenges; `pending` is the one that is open on its connection.
 * An outage throws UnavailableError.
 */
export async function takeLeg(
  { negotiate }: Windows, request: FastifyRequest, offers: readonly Challenge[], pending = request.tlsConnection.take(),
): Promise<Leg> {
  const connection = request.tlsConnection;
  const offered = offers.map(({ scheme }) => scheme);
  const credential = readCredential(request.raw, offered);
  // Whatever comes instead of the next leg ends the handshake.
  if (credential.kind !== 'token') pending?.[Symbol.dispose]();
  if (credential.kind !== 'token') return credential;
  const { scheme } = credential;
  if (!offered.includes(scheme) && negotiate.schemes.includes(scheme)) {
    pending?.[Symbol.dispose]();
    return refused('mechanism_not_allowed', `the client sent ${scheme}, which is not offered here`);
  }
  const outcome = await negotiate.step(credential, pending, contextOf(request));
  if (outcome.kind === 'proved') return { ...outcome, scheme };
  if (outcome.kind === 'refused') return outcome;
  switch (connection.keep(outcome.leg)) {
    case 'kept':
      return { kind: 'challenge', challenge: { scheme, token: outcome.reply } };
    case 'too-many':
      return refused('handshake_limit', 'too many half-open handshakes');
    case 'closed':
      return refused('handshake_unknown', 'the client closed the connection before the challenge was there');
  }
}

/** RFC 1035 §2.3.4 has 255 octets for a name. */
const MAX_HOST = 255;

function contextOf(request: FastifyRequest): StepContext {
  const [host = ''] = /^(?:\[[^\]]*\]|[^:]*)/.exec(request.headers.host ?? '') ?? [];
  return {
    channelBindings: request.tlsConnection.channelBindings,
    address: request.ip,
    calledAs: host === '' ? undefined : printable(host.toLowerCase(), MAX_HOST),
  };
}

/** Offers these schemes, or sends a token under the one that it belongs to. */
export function sendChallenges(reply: FastifyReply, challenges: readonly Challenge[]): FastifyReply {
  return reply.header('www-authenticate', challenges.map(({ scheme, token }) =>
    (token === undefined || token.length === 0 ? scheme : `${scheme} ${Buffer.from(token).toString('base64')}`)));
}

/** What is offered to who has to begin anew. */
export const offersOf = ({ negotiate }: Windows): readonly Challenge[] => negotiate.schemes.map((scheme) => ({ scheme }));

/** With NTLM beside it, a browser without credentials shows an error instead of the page. */
export const browserOffers: readonly Challenge[] = [{ scheme: 'Negotiate' }];

/** Negotiate signs in a connection (RFC 4559 §6), which HTTP/1.0 ends with each answer and HTTP/2 shares. Health probes may be older. */
export async function requireHttp11({ raw }: FastifyRequest): Promise<void> {
  if (raw.httpVersion !== '1.1') throw new RequestError('invalid_request', 'Sign-in is spoken over HTTP/1.1 only.', { statusCode: 505 });
}
