// Turns what the server answers instead of a token, and what openid-client throws, into one kind of error.

import { AuthorizationResponseError } from 'openid-client';
import { ClientError, oneLine, type ServerRefusal } from './error.ts';

/**
 * @param otherwise the sentence for what is no answer of a gateway
 * @returns without openid-client's own error as its cause: that holds whole answers, tokens too
 */
export function clientErrorOf(error: unknown, otherwise: string): ClientError {
  const own = ownIn(error);
  if (own) return own;
  if (error instanceof AuthorizationResponseError) {
    return new ClientError('browser_refused', `the gateway refused: ${oneLine(error.error_description ?? error.error)}`);
  }
  const detail = error instanceof Error ? `: ${oneLine(deepest(error).message)}` : '';
  return new ClientError('not_a_gateway', `${otherwise}${detail}`, { cure: 'Check the address: it must be the one that the gateway calls itself (its PublicUrl).' });
}

/** Reads the error object of an answer (status 4xx, 5xx); whatever else comes is `not_a_gateway`. */
export function refusalOf(status: number, text: string): ClientError {
  const body = objectIn(text);
  const { error, error_description: description } = body ?? {};
  if (typeof error !== 'string') {
    return new ClientError('not_a_gateway', `the server answers with status ${String(status)} and no error that a gateway has`, { cure: 'Check the address and the port.' });
  }
  return refusedBy({ status, error: oneLine(error), reason: reasonIn(body) }, typeof description === 'string' ? description : undefined);
}

function refusedBy(server: ServerRefusal, description: string | undefined): ClientError {
  const { error, reason } = server;
  const sentence = oneLine(description ?? error).replace(/\.$/, '');
  return new ClientError('refused', `the gateway refused: ${sentence}${reason === undefined ? '' : ` (${reason})`}`, {
    server, cure: cureOf(server),
  });
}

/** Reasons of a 503 that pass by themselves. */
const passing: readonly (string | undefined)[] = [undefined, 'backend_unavailable', 'handshake_limit'];

function cureOf({ status, error, reason }: ServerRefusal): string {
  if (error === 'invalid_client' || error === 'unauthorized_client') return 'Check the client ID: it must be registered at the gateway as a public client with this grant.';
  if (status === 429 || (status === 503 && passing.includes(reason))) return 'Try again in a few seconds.';
  return reason === undefined ? 'The log of the gateway says more.' : 'docs/errors.md of the gateway has the reason, and its log says more.';
}

function reasonIn(body: unknown): string | undefined {
  const reason = (body as { readonly reason?: unknown } | undefined)?.reason;
  return typeof reason === 'string' ? oneLine(reason, 60) : undefined;
}

/** A JSON object, or undefined. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : undefined;
  } catch {
    return undefined; // the caller says what is wrong with it
  }
}

/** Our own failure (of the connection, for one) inside of what a library made of it. */
function ownIn(error: unknown): ClientError | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof ClientError) return at;
  return undefined;
}

function deepest(error: Error): Error {
  return error.cause instanceof Error ? deepest(error.cause) : error;
}
