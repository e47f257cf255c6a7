// GET /{lang}/auth/microsoft and GET /auth: "Sign in with Microsoft", the way there and the way back.

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { LeftPage } from '../../authorization/microsoft-flow.ts';
import type { AuthorizationRequest } from '../../authorization/request.ts';
import { RequestError, UnavailableError } from '../../errors.ts';
import { refusalReasons, type Refusal, type RefusalReason } from '../../identity/refusal.ts';
import { subjectName } from '../../identity/subject.ts';
import type { Catalogue } from '../pages/catalogue.ts';
import { readAsked } from './asked.ts';
import { clearCookie, clearFlowCookies, readCookie, readFlowCookie, writeCookie, writeFlowCookie } from './cookies.ts';
import { LANG, type LangRoute, pageModel, pageRoute, placeOf, queryOf, sendLogin, sendMessage, sendReply, SWITCH } from './view.ts';

interface MicrosoftRoute extends LangRoute {
  Params: LangRoute['Params'] & { readonly section?: string };
}

export const microsoftRoutes: FastifyPluginAsync = async (app) => {
  const { microsoft } = app.gateway.browser;
  if (microsoft === undefined) return;

  const leave = async (request: FastifyRequest<MicrosoftRoute>, reply: FastifyReply): Promise<FastifyReply> => {
    const { section = '' } = request.params;
    if (!microsoft.has(section)) throw new RequestError('not_found', 'There is no such tenant here.');
    const page = leftPage(request);
    const asked = await readAsked(request, reply, page);
    if (asked === undefined) return reply;
    if (asked.prompt === 'none') return reply.redirect(`/${page.lang}/auth?${page.query}`, 302);
    const isSwitch = new URLSearchParams(queryOf(request)).has(SWITCH) || readCookie(request, 'signedOut') !== undefined;
    try {
      const { location, state, sealed } = await microsoft.leave(asked, page, { section, isSwitch });
      writeFlowCookie(request, reply, state, sealed);
      return await reply.redirect(location, 302);
    } catch (error) {
      return outage(request, reply, asked, page, error);
    }
  };
  app.get<MicrosoftRoute>(`/${LANG}/auth/microsoft`, pageRoute, leave);
  app.get<MicrosoftRoute>(`/${LANG}/auth/microsoft/:section(^[a-z\\d-]+$)`, pageRoute, leave);

  app.get<{ Querystring: Readonly<Record<string, unknown>> }>('/auth', pageRoute, async (request, reply) => {
    const { state } = request.query;
    const kept = await microsoft.comeBack(readFlowCookie(request, state), state);
    clearFlowCookies(request, reply, typeof state === 'string' ? [state] : []);
    if (kept === undefined) return strayed(request, reply);
    const { page } = kept;
    const asked = await readAsked(request, reply, page);
    if (asked === undefined) return reply;
    try {
      const token = await microsoft.finish(kept, queryOf(request), request.ip);
      if (token.kind === 'refused') return await refuse(request, reply, asked, page, token);
      const outcome = await request.server.gateway.browser.signIn.withProof(asked, token.proof, readCookie(request, 'session'));
      if (outcome.kind === 'refused') return await refuse(request, reply, asked, page, outcome);
      const { proof: { mechanism, subject } } = token;
      request.log.info({ outcome: 'granted', mechanism, user: subjectName(subject), sub: outcome.identity.user.id, clientId: asked.client.id, client: request.ip }, 'signed in');
      writeCookie(reply, 'session', outcome.cookie);
      if (readCookie(request, 'signedOut') !== undefined) clearCookie(reply, 'signedOut');
      return await sendReply(request, reply, outcome.reply, asked.client, page);
    } catch (error) {
      return outage(request, reply, asked, page, error);
    }
  });
};

/** The request without what only the way there has to know. */
function leftPage(request: FastifyRequest): LeftPage {
  const { lang, query } = placeOf(request);
  const asked = new URLSearchParams(query);
  asked.delete(SWITCH);
  return { lang, query: asked.toString() };
}

/** An answer that no sign-in of this browser waits for: from a kept link, after too long a time, or sent by somebody else. */
function strayed(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.log.info({ outcome: 'refused', reason: 'microsoft_flow', client: request.ip }, 'sign-in with Microsoft refused');
  const { messages } = pageModel(request).catalogue;
  return sendMessage(request, reply, 400, { message: messages.microsoftFlow, tone: 'error', technical: { code: 'microsoft_flow', requestId: request.id } });
}

function refuse(
  request: FastifyRequest, reply: FastifyReply, asked: AuthorizationRequest, page: LeftPage, refusal: Refusal,
): FastifyReply {
  const { reason, detail, cure, user } = refusal;
  const isOurs = refusalReasons[reason].class === 'unavailable';
  request.log[isOurs ? 'error' : 'info']({ outcome: 'refused', mechanism: 'entra', reason, user, detail, cure, clientId: asked.client.id, client: request.ip }, 'sign-in with Microsoft refused');
  const text = sentence(pageModel(request, page).catalogue, reason);
  return sendLogin(request, reply, asked, isOurs ? 503 : 403, { notice: { kind: 'error', text } }, page);
}

/** The other ways to sign in are still there. Throws what is no outage. */
function outage(request: FastifyRequest, reply: FastifyReply, asked: AuthorizationRequest, page: LeftPage, error: unknown): FastifyReply {
  if (!(error instanceof UnavailableError)) throw error;
  const { detail, cure } = error;
  return refuse(request, reply, asked, page, {
    kind: 'refused', reason: 'backend_unavailable', detail: detail ?? error.message, ...(cure === undefined ? {} : { cure }),
  });
}

/** What to tell the person. */
function sentence({ notices, messages }: Catalogue, reason: RefusalReason): string {
  switch (reason) {
    case 'unknown_user': return notices.microsoftUnknown;
    case 'user_disabled': return messages.userDisabled.text;
    case 'microsoft_cancelled': return notices.microsoftCancelled;
    case 'microsoft_not_assigned': return notices.microsoftNotAssigned;
    case 'microsoft_conditions':
    case 'acrs_missing': return notices.microsoftConditions;
    case 'guest_account':
    case 'personal_account':
    case 'tenant_not_allowed': return notices.microsoftOtherAccount;
    case 'microsoft_flow': return notices.staleForm;
    case 'backend_unavailable': return notices.microsoftOut;
    default: return refusalReasons[reason].class === 'unavailable' ? notices.microsoftMisconfigured : notices.microsoftRefused;
  }
}
