// Answers a refused Windows sign-in: status and sentence by the reason, the whole cause in the log.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { refusalReasons, type Refusal, type RefusalClass, type RefusalReason } from '../identity/refusal.ts';
import { errorAnswer } from './error-answer.ts';
import { type Challenge, sendChallenges } from './handshake.ts';

const answers: Readonly<Record<RefusalClass, { readonly status: number; readonly error: string }>> = {
  credential: { status: 401, error: 'invalid_grant' },
  person: { status: 403, error: 'access_denied' },
  malformed: { status: 400, error: 'invalid_request' },
  'too-large': { status: 431, error: 'invalid_request' },
  'id-token': { status: 400, error: 'invalid_request' },
  microsoft: { status: 403, error: 'access_denied' },
  unavailable: { status: 503, error: 'temporarily_unavailable' },
};

/** Sends it. Only a credential that a better one could replace earns a fresh offer, so that no client tries in vain for ever. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, refusal: Refusal, offers: readonly Challenge[]): FastifyReply {
  const { class: kind, sentence } = refusalReasons[refusal.reason];
  const { status, error } = answers[kind];
  const { reason, detail, cure, user } = refusal;
  // A stranger can bring about the limit, so it raises no alarm.
  const level = kind !== 'unavailable' ? 'info' : reason === 'handshake_limit' ? 'warn' : 'error';
  request.log[level]({ outcome: 'refused', reason, user, detail, cure, client: request.ip }, 'windows sign-in refused');
  if (kind === 'credential') sendChallenges(reply, offers);
  if (kind === 'unavailable') reply.header('retry-after', '5');
  return reply.code(status).send(errorAnswer(status, error, sentence, publicReason(reason)));
}

/** Whether a guess was refused for being wrong or for being one too many, only the log tells: else the pause would say that it is over. */
const publicReason = (reason: RefusalReason): RefusalReason => (reason === 'sign_in_paused' ? 'wrong_secret' : reason);
