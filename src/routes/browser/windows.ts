// GET /{lang}/auth/windows: Windows sign-in of a browser. Whatever happens, the login page is there to go on with.

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { AuthorizationRequest } from '../../authorization/request.ts';
import { RequestError } from '../../errors.ts';
import { subjectName } from '../../identity/subject.ts';
import { refusalReasons, type Refusal } from '../../identity/refusal.ts';
import { browserOffers, type Challenge, requireHttp11, sendChallenges, takeLeg } from '../handshake.ts';
import { readAsked } from './asked.ts';
import { readCookie, writeCookie } from './cookies.ts';
import { LANG, type LangRoute, pageRoute, pageModel, queryOf, sendLogin, sendReply } from './view.ts';

export const windowsRoutes: FastifyPluginAsync = async (app) => {
  const { windows, browser } = app.gateway;
  if (windows === undefined) return;

  app.get<LangRoute>(`/${LANG}/auth/windows`, { ...pageRoute, onRequest: [requireHttp11, requireNavigation] }, async (request, reply) => {
    // Browsers elsewhere would show a password window, and a stranger's page in it could ask for anything.
    if (!browser.isWindowsOffered(request.ip)) return reply.redirect(`/${request.params.lang}/auth?${queryOf(request)}`, 302);
    const asked = await readAsked(request, reply);
    if (asked === undefined) return reply;
    if (asked.prompt === 'none') return reply.redirect(`/${request.params.lang}/auth?${queryOf(request)}`, 302);
    writeCookie(reply, 'windows', 'tried');
    const leg = await takeLeg(windows, request, browserOffers);
    switch (leg.kind) {
      case 'none':
        return challenge(request, reply, asked, browserOffers);
      case 'challenge':
        return challenge(request, reply, asked, [leg.challenge]);
      case 'refused':
        return refuse(request, reply, asked, leg);
      case 'proved': {
        const outcome = await browser.signIn.withProof(asked, leg.proof, readCookie(request, 'session'));
        if (outcome.kind === 'refused') return refuse(request, reply, asked, outcome);
        const { mechanism, authentication: { channelBinding } } = leg.proof;
        request.log.info({ outcome: 'granted', mechanism, user: subjectName(leg.proof.subject), sub: outcome.identity.user.id, channelBinding, clientId: asked.client.id, client: request.ip }, 'signed in');
        if (leg.reply.length > 0) sendChallenges(reply, [{ scheme: leg.scheme, token: leg.reply }]);
        writeCookie(reply, 'session', outcome.cookie);
        return sendReply(request, reply, outcome.reply, asked.client);
      }
    }
  });
};

/** A hidden frame or a script of another page shall not make anybody sign in (Fetch Metadata). Older browsers send neither header. */
async function requireNavigation({ headers }: FastifyRequest): Promise<void> {
  const { 'sec-fetch-mode': mode = 'navigate', 'sec-fetch-dest': dest = 'document' } = headers;
  if (mode !== 'navigate' || dest !== 'document') throw new RequestError('access_denied', 'Windows sign-in is for pages that somebody opens.');
}

/** The body is for browsers that have no ticket to answer with. */
function challenge(
  request: FastifyRequest, reply: FastifyReply, asked: AuthorizationRequest, challenges: readonly Challenge[],
): FastifyReply {
  sendChallenges(reply, challenges);
  return sendLogin(request, reply, asked, 401, { notice: { kind: 'info', text: pageModel(request).catalogue.notices.windowsNoTicket } });
}

/** Never another challenge: the browser would send the same ticket again, or ask for a password. */
function refuse(request: FastifyRequest, reply: FastifyReply, asked: AuthorizationRequest, refusal: Refusal): FastifyReply {
  const { reason, detail, cure, user } = refusal;
  const isOurs = refusalReasons[reason].class === 'unavailable' && reason !== 'handshake_limit';
  request.log[isOurs ? 'error' : 'info']({ outcome: 'refused', reason, user, detail, cure, clientId: asked.client.id, client: request.ip }, 'windows sign-in refused');
  const { notices, messages } = pageModel(request).catalogue;
  const text = reason === 'unknown_user' ? messages.windowsAccountUnknown.text : reason === 'user_disabled' ? messages.userDisabled.text : notices.windowsRefused;
  return sendLogin(request, reply, asked, refusalReasons[reason].class === 'unavailable' ? 503 : 403, { notice: { kind: 'error', text } });
}
