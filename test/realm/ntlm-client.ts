// An NTLM client over HTTPS, bare and inside SPNEGO, which can send what no honest client would (MS-NTHT, MS-SPNG).

import type { Agent } from 'node:https';
import { connect } from 'node:tls';
import { NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { parseNegTokenResp } from '../../src/mechanisms/token/spnego.ts';
import { tlsServerEndPoint } from '../../src/tls/endpoint.ts';
import { negTokenInit, negTokenResp, oid, sequence } from '../mechanisms/token/encoder.ts';
import { keptConnections, send, type Answer, type Target } from './http.ts';
import { authenticate, negotiateMessage, type AuthenticateOptions, type NegotiateOptions } from './ntlm-messages.ts';
import { sign } from './ntlm-responses.ts';

export { authenticate, authenticateMessage, negotiateMessage } from './ntlm-messages.ts';
export type { AuthenticateOptions, NegotiateOptions } from './ntlm-messages.ts';

/** A SPNEGO offer of these mechanisms, with the first one's token. */
export function spnegoInit(mechanisms: readonly string[], token?: Uint8Array): Uint8Array {
  return negTokenInit(mechanisms, token === undefined ? {} : { mechToken: token });
}

/** A further SPNEGO message, as Windows sends it. */
export function spnegoResponse(token: Uint8Array, mechListMic?: Uint8Array): Uint8Array {
  return negTokenResp({ negState: 1, responseToken: token, ...(mechListMic === undefined ? {} : { mechListMic }) });
}

/** The signature under the mechanisms that were offered (RFC 4178 §5). */
export function mechListMic(sessionKey: Uint8Array, mechanisms: readonly string[]): Buffer {
  return sign(sessionKey, sequence(...mechanisms.map(oid)));
}

/** The NTLM message in a server's SPNEGO answer. */
export function innerMessage(token: Uint8Array): Uint8Array {
  const { responseToken } = parseNegTokenResp(token);
  if (responseToken === undefined) throw new Error('the SPNEGO answer holds no token');
  return responseToken;
}

export interface NtlmSignInOptions {
  readonly scheme: 'NTLM' | 'Negotiate';
  /** Inside SPNEGO. Default false. */
  readonly wrapped?: boolean;
  /** What SPNEGO offers, in this order: NTLM must be there, and takes a leg more if it is not the first. Default: it alone. */
  readonly mechanisms?: readonly string[];
  /** The signature of the last SPNEGO message. Default 'none'. */
  readonly listMic?: 'good' | 'flipped' | 'none';
  readonly negotiate?: NegotiateOptions;
  readonly authenticate: Omit<AuthenticateOptions, 'negotiate'>;
  /** Binds the response to the certificate that the server shows. Default false. */
  readonly bind?: boolean;
  /** Default /api/auth/negotiate. */
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whose one connection is used and kept; default: a new one, which is closed at the end. */
  readonly agent?: Agent;
}

/** One request and its answer. */
export interface NtlmLeg {
  /** As it was sent, decoded. */
  readonly token: Uint8Array;
  readonly answer: Answer;
}

export interface NtlmSignIn {
  readonly legs: readonly [NtlmLeg, ...NtlmLeg[]];
  /** That of the last leg: which is the first one, if it brought no challenge. */
  readonly answer: Answer;
}

/** Signs in with all legs on one connection. What the server answers is no error here: it is in the result. */
export async function ntlmSignIn(target: Target, options: NtlmSignInOptions): Promise<NtlmSignIn> {
  const agent = options.agent ?? keptConnections();
  const legs: NtlmLeg[] = [];
  const exchange = async (token: Uint8Array): Promise<Uint8Array | undefined> => {
    const answer = await sendToken(target, token, options, agent);
    legs.push({ token, answer });
    return answer.status === 401 ? challengeIn(answer, options.scheme) : undefined;
  };
  try {
    const bindings = options.bind ? { channelBindings: await servedBinding(target) } : {};
    await runLegs({ ...options, authenticate: { ...options.authenticate, ...bindings } }, exchange);
  } finally {
    if (options.agent === undefined) agent.destroy();
  }
  const [first, ...rest] = legs;
  if (first === undefined) throw new Error('nothing was sent');
  return { legs: [first, ...rest], answer: (rest.at(-1) ?? first).answer };
}

async function runLegs(options: NtlmSignInOptions, exchange: (token: Uint8Array) => Promise<Uint8Array | undefined>): Promise<void> {
  const { wrapped = false, mechanisms = [NTLM], listMic = 'none' } = options;
  const negotiate = negotiateMessage(options.negotiate);
  const isFirst = mechanisms[0] === NTLM;
  if (wrapped && !isFirst && await exchange(spnegoInit(mechanisms)) === undefined) return;
  const begin = !wrapped ? negotiate : isFirst ? spnegoInit(mechanisms, negotiate) : spnegoResponse(negotiate);
  const reply = await exchange(begin);
  if (reply === undefined) return;
  const { message, sessionKey } = authenticate(wrapped ? innerMessage(reply) : reply, { ...options.authenticate, negotiate });
  const signature = listMic === 'none' ? undefined : mechListMic(sessionKey, mechanisms);
  if (listMic === 'flipped') signature?.writeUInt8(signature.readUInt8(4) ^ 1, 4);
  await exchange(wrapped ? spnegoResponse(message, signature) : message);
}

/** Sends one token to the sign-in. */
export function sendToken(
  target: Target, token: Uint8Array, options: Pick<NtlmSignInOptions, 'scheme' | 'path' | 'method' | 'headers' | 'body'>, agent?: Agent,
): Promise<Answer> {
  const { scheme, path = '/api/auth/negotiate', method = 'POST', headers, body } = options;
  return send(target, path, {
    method, headers: { ...headers, authorization: `${scheme} ${Buffer.from(token).toString('base64')}` },
    ...(agent === undefined ? {} : { agent }), ...(body === undefined ? {} : { body }),
  });
}

/** The token that an answer brings under this scheme; undefined when there is none. */
export function challengeIn(answer: Answer, scheme: 'NTLM' | 'Negotiate'): Buffer | undefined {
  const token = new RegExp(`(?:^|, *)${scheme} ([A-Za-z0-9+/]+=*)`).exec(answer.headers['www-authenticate'] ?? '')?.[1];
  return token === undefined ? undefined : Buffer.from(token, 'base64');
}

/** tls-server-end-point of the certificate that the server shows. */
export function servedBinding({ hostname, port, ca }: Target): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: hostname, ca });
    socket.once('error', reject).once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      const binding = certificate && tlsServerEndPoint(certificate.raw);
      if (binding === undefined) reject(new Error('the certificate of the server has no binding'));
      else resolve(binding);
    });
  });
}
