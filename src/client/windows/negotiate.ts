// A Kerberos sign-in over HTTP (RFC 4559, POST /api/auth/negotiate), which counts only once the server has proved itself, too.

import { ClientError } from '../error.ts';
import type { Answer, Channel } from '../http.ts';
import { objectIn, refusalOf } from '../oauth-failure.ts';
import type { TokenAnswer } from '../tokens.ts';
import { challengeIn } from './challenge.ts';
import type { Handshake, Step } from './handshake.ts';

const NEGOTIATE_PATH = '/api/auth/negotiate';

/** Kerberos takes one leg, SPNEGO at most one more. */
const MAX_LEGS = 4;

/** Of the request: `client_id`, and `scope` where one is asked for. */
export type NegotiateFields = Readonly<Record<string, string>>;

/** Asks for tokens with this value of `Authorization`. */
export function askNegotiate(channel: Channel, authorization: string | undefined, fields: NegotiateFields): Promise<Answer> {
  return channel.ask(NEGOTIATE_PATH, {
    method: 'POST', body: JSON.stringify(fields),
    headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
  });
}

/**
 * Signs in on this one connection.
 * @throws ClientError of kerberosFailure() before anything was sent; `refused`; `server_not_proved`, and then nothing that came may be used
 */
export async function negotiate(channel: Channel, handshake: Handshake, fields: NegotiateFields): Promise<TokenAnswer> {
  let { token } = await handshake.step();
  for (let leg = 1; leg <= MAX_LEGS; leg++) {
    const answer = await askNegotiate(channel, `Negotiate ${Buffer.from(token).toString('base64')}`, fields);
    const reply = challengeIn(answer, 'Negotiate');
    if (answer.status === 200) return proved(answer, reply, handshake);
    if (answer.status !== 401 || reply === undefined) throw refusedSignIn(answer);
    const step = await fromServer(handshake, reply);
    if (step.token.length === 0) throw unproved('it goes on where there is nothing more to say');
    token = step.token;
  }
  throw unproved('its handshake does not end');
}

async function proved(answer: Answer, reply: Uint8Array | undefined, handshake: Handshake): Promise<TokenAnswer> {
  if (reply === undefined) throw unproved('it sends no proof (WWW-Authenticate)');
  const { isDone, token } = await fromServer(handshake, reply);
  if (!isDone || token.length > 0) throw unproved('its proof is not complete');
  return tokensIn(answer);
}

/** Those of a sign-in that succeeded. */
export function tokensIn({ text }: Answer): TokenAnswer {
  const tokens = objectIn(text);
  if (tokens === undefined) throw new ClientError('not_a_gateway', 'the server signs in and sends no tokens');
  return tokens;
}

/** Why this answer brings no tokens. Where Windows sign-in is off, the path is not there. */
export function refusedSignIn({ status, text }: Answer): ClientError {
  const refusal = refusalOf(status, text);
  if (refusal.server?.error !== 'not_found') return refusal;
  return new ClientError('switched_off', 'Windows sign-in is switched off at the gateway', { server: refusal.server });
}

/** A token of the server that Kerberos does not take proves nothing, whatever it says: anybody can make a KRB-ERROR (RFC 4120 §5.9.1). */
async function fromServer(handshake: Handshake, reply: Uint8Array): Promise<Step> {
  try {
    return await handshake.step(reply);
  } catch (cause) {
    throw unproved(`Kerberos does not take its proof: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

const unproved = (how: string, cause?: unknown): ClientError =>
  new ClientError('server_not_proved', `the server did not prove that it is the one that the ticket is for: ${how}`, {
    cause, cure: 'Do not sign in there. A proxy that drops the header WWW-Authenticate does this, too: ask the admin.',
  });
