// POST /api/auth/negotiate: silent Windows sign-in (RFC 4559), a MyQ access token for a Kerberos ticket.

import { Type, type FastifyPluginAsyncTypebox, type Static } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from '../errors.ts';
import type { WindowsSignIn } from '../grants/windows-sign-in.ts';
import { refused } from '../identity/refusal.ts';
import type { Outcome } from '../mechanisms/mechanism.ts';
import { readCredential } from './credential.ts';
import { errorAnswer } from './error-answer.ts';
import { refuseCrossSite } from './cross-site.ts';
import { sendRefusal } from './refusal.ts';

const fields = Type.Object({
  client_id: Type.Optional(Type.String({ maxLength: 256 })),
  scope: Type.Optional(Type.String({ maxLength: 2048 })),
});
/** One schema that also allows no body: a union would name both of its halves in every error. */
const body = Type.Unsafe<Static<typeof fields> | null>({ ...fields, type: ['object', 'null'] });

export const negotiateRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { issuer, negotiate, windowsSignIn } = app.gateway;

  app.post('/api/auth/negotiate', { schema: { body }, onRequest: [requireHttp11, refuseCrossSite(issuer)] }, async (request, reply) => {
    const signIn = await windowsSignIn.validate(request.body ?? {});
    const connection = request.tlsConnection;
    const pending = connection.take();
    const credential = readCredential(request.raw);
    // Whatever comes instead of the next leg ends the handshake.
    if (credential.kind !== 'token') pending?.[Symbol.dispose]();
    if (credential.kind === 'none') return challenge(reply, undefined, 'Sign in with a Kerberos ticket.');
    const outcome = credential.kind === 'refused' ? credential : await negotiate.step(credential, pending, connection);
    switch (outcome.kind) {
      case 'refused':
        return sendRefusal(request, reply, outcome);
      case 'continue':
        if (!connection.keep(outcome.leg)) return sendRefusal(request, reply, refused('handshake_limit', 'too many half-open handshakes'));
        return challenge(reply, outcome.reply, 'Answer the challenge on this connection.');
      case 'proved':
        return conclude(request, reply, outcome, await windowsSignIn.issue(signIn, outcome.proof));
    }
  });
};

/** Negotiate signs in a connection (RFC 4559 §6), which HTTP/1.0 ends with each answer and HTTP/2 shares. Health probes may be older. */
async function requireHttp11({ raw }: FastifyRequest): Promise<void> {
  if (raw.httpVersion !== '1.1') throw new RequestError('invalid_request', 'Sign-in is spoken over HTTP/1.1 only.', { statusCode: 505 });
}

/** 401 with an offer, or with the challenge of a further leg. */
function challenge(reply: FastifyReply, token: Uint8Array | undefined, message: string): FastifyReply {
  reply.header('www-authenticate', token === undefined ? 'Negotiate' : `Negotiate ${Buffer.from(token).toString('base64')}`);
  return reply.code(401).send(errorAnswer(401, 'login_required', message));
}

type Issued = Awaited<ReturnType<WindowsSignIn['issue']>>;

/** 200 with the token and the mutual-authentication token, or the reason why this person gets none. */
function conclude(request: FastifyRequest, reply: FastifyReply, proved: Extract<Outcome, { kind: 'proved' }>, issued: Issued): FastifyReply {
  if (issued.kind === 'refused') return sendRefusal(request, reply, issued);
  const { mechanism, principal, channelBinding } = proved.proof;
  request.log.info({ outcome: 'granted', mechanism, user: principal.canonical, sub: issued.identity.user.id, channelBinding, client: request.ip }, 'windows sign-in');
  if (proved.reply.length > 0) reply.header('www-authenticate', `Negotiate ${Buffer.from(proved.reply).toString('base64')}`);
  return reply.header('pragma', 'no-cache').send(issued.answer);
}
