// POST /api/auth/negotiate: silent Windows sign-in (RFC 4559), MyQ tokens for a Kerberos ticket, or for NTLM where it is on.

import { Type, type FastifyPluginAsyncTypebox, type Static } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JWT_BEARER } from '../clients/presented.ts';
import { RequestError } from '../errors.ts';
import type { WindowsSignIn } from '../grants/windows-sign-in.ts';
import { subjectName } from '../identity/subject.ts';
import { errorSchema, tokenAnswers } from './answers.ts';
import { bodyCredentials, clientFields, text } from './client-fields.ts';
import { refuseCrossSite } from './cross-site.ts';
import { errorAnswer } from './error-answer.ts';
import { type Challenge, type Leg, offersOf, requireHttp11, sendChallenges, takeLeg } from './handshake.ts';
import { sendRefusal } from './refusal.ts';

const fields = Type.Object({ ...clientFields, scope: text(2048, 'Separated by blanks.') });
/** One schema that also allows no body: a union would name both of its halves in every error. */
const body = Type.Unsafe<Static<typeof fields> | null>({ ...fields, type: ['object', 'null'] });

export const negotiateRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { issuer, windows, grants: { windowsSignIn } } = app.gateway;
  if (windows === undefined) {
    app.post('/api/auth/negotiate', { schema: { hide: true } }, () => { throw new RequestError('not_found', 'Windows sign-in is switched off here.'); });
    return;
  }
  const offers = offersOf(windows);
  const signInWith = offers.length > 1 ? 'Sign in with a Kerberos ticket, or with NTLM.' : 'Sign in with a Kerberos ticket.';
  const schema = { body, response: { ...tokenAnswers, 505: errorSchema }, tags: ['Windows'], summary: 'Tokens for a Kerberos ticket (Authorization: Negotiate)' };

  app.post('/api/auth/negotiate', { schema, onRequest: [requireHttp11, refuseCrossSite(issuer)] }, async (request, reply) => {
    const given = request.body ?? {};
    // An assertion is good once: it is kept for the request that has the ticket, too.
    const isFirst = request.headers.authorization === undefined;
    const pending = request.tlsConnection.take();
    if (isFirst && given.client_assertion_type === JWT_BEARER) {
      pending?.[Symbol.dispose]();
      return challenge(reply, offers, signInWith);
    }
    const signIn = await windowsSignIn.validate(given.scope === '' ? undefined : given.scope, bodyCredentials(given)).catch((error: unknown) => {
      pending?.[Symbol.dispose]();
      throw error;
    });
    const leg = await takeLeg(windows, request, offers, pending);
    switch (leg.kind) {
      case 'none':
        return challenge(reply, offers, signInWith);
      case 'challenge':
        return challenge(reply, [leg.challenge], 'Answer the challenge on this connection.');
      case 'refused':
        return sendRefusal(request, reply, leg, offers);
      case 'proved':
        return conclude(request, reply, leg, await windowsSignIn.issue(signIn, leg.proof), offers);
    }
  });
};

/** 401 with an offer, or with the challenge of a further leg. */
function challenge(reply: FastifyReply, challenges: readonly Challenge[], message: string): FastifyReply {
  return sendChallenges(reply.code(401), challenges).send(errorAnswer(401, 'login_required', message));
}

type Issued = Awaited<ReturnType<WindowsSignIn['issue']>>;

/** 200 with the token and the mutual-authentication token, or the reason why this person gets none. */
function conclude(
  request: FastifyRequest, reply: FastifyReply, proved: Extract<Leg, { kind: 'proved' }>, issued: Issued, offers: readonly Challenge[],
): FastifyReply {
  if (issued.kind === 'refused') return sendRefusal(request, reply, issued, offers);
  const { mechanism, authentication: { channelBinding } } = proved.proof;
  request.log.info({ outcome: 'granted', mechanism, user: subjectName(proved.proof.subject), sub: issued.identity.user.id, channelBinding, client: request.ip }, 'windows sign-in');
  if (proved.reply.length > 0) sendChallenges(reply, [{ scheme: proved.scheme, token: proved.reply }]);
  return reply.header('pragma', 'no-cache').send(issued.answer);
}
