// POST /api/auth/negotiate: silent Windows sign-in (RFC 4559), MyQ tokens for a Kerberos ticket.

import { Type, type FastifyPluginAsyncTypebox, type Static } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JWT_BEARER } from '../clients/presented.ts';
import { RequestError } from '../errors.ts';
import type { WindowsSignIn } from '../grants/windows-sign-in.ts';
import { subjectName } from '../identity/subject.ts';
import type { Outcome } from '../mechanisms/mechanism.ts';
import { errorSchema, tokenAnswers } from './answers.ts';
import { bodyCredentials, clientFields, text } from './client-fields.ts';
import { refuseCrossSite } from './cross-site.ts';
import { errorAnswer } from './error-answer.ts';
import { negotiateHeader, requireHttp11, takeLeg } from './handshake.ts';
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
  const schema = { body, response: { ...tokenAnswers, 505: errorSchema }, tags: ['Windows'], summary: 'Tokens for a Kerberos ticket (Authorization: Negotiate)' };

  app.post('/api/auth/negotiate', { schema, onRequest: [requireHttp11, refuseCrossSite(issuer)] }, async (request, reply) => {
    const given = request.body ?? {};
    // An assertion is good once: it is kept for the request that has the ticket, too.
    const isFirst = request.headers.authorization === undefined;
    const pending = request.tlsConnection.take();
    if (isFirst && given.client_assertion_type === JWT_BEARER) {
      pending?.[Symbol.dispose]();
      return challenge(reply, undefined, SIGN_IN);
    }
    const signIn = await windowsSignIn.validate(given.scope === '' ? undefined : given.scope, bodyCredentials(given)).catch((error: unknown) => {
      pending?.[Symbol.dispose]();
      throw error;
    });
    const leg = await takeLeg(windows, request, pending);
    switch (leg.kind) {
      case 'none':
        return challenge(reply, undefined, SIGN_IN);
      case 'challenge':
        return challenge(reply, leg.token, 'Answer the challenge on this connection.');
      case 'refused':
        return sendRefusal(request, reply, leg);
      case 'proved':
        return conclude(request, reply, leg, await windowsSignIn.issue(signIn, leg.proof));
    }
  });
};

const SIGN_IN = 'Sign in with a Kerberos ticket.';

/** 401 with an offer, or with the challenge of a further leg. */
function challenge(reply: FastifyReply, token: Uint8Array | undefined, message: string): FastifyReply {
  return reply.code(401).header('www-authenticate', negotiateHeader(token)).send(errorAnswer(401, 'login_required', message));
}

type Issued = Awaited<ReturnType<WindowsSignIn['issue']>>;

/** 200 with the token and the mutual-authentication token, or the reason why this person gets none. */
function conclude(request: FastifyRequest, reply: FastifyReply, proved: Extract<Outcome, { kind: 'proved' }>, issued: Issued): FastifyReply {
  if (issued.kind === 'refused') return sendRefusal(request, reply, issued);
  const { mechanism, authentication: { channelBinding } } = proved.proof;
  request.log.info({ outcome: 'granted', mechanism, user: subjectName(proved.proof.subject), sub: issued.identity.user.id, channelBinding, client: request.ip }, 'windows sign-in');
  if (proved.reply.length > 0) reply.header('www-authenticate', negotiateHeader(proved.reply));
  return reply.header('pragma', 'no-cache').send(issued.answer);
}
