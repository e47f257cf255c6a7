// GET, POST /{lang}/auth/logout: RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0).

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { type LogoutFault, logoutParameters, type LogoutRequest } from '../../authorization/logout.ts';
import type { KeptSession } from '../../authorization/session.ts';
import { toQuery } from '../../authorization/parameters.ts';
import { faultyRequest } from '../pages/catalogue.ts';
import { signOutPage } from '../pages/message.ts';
import { clearCookie, readCookie, writeCookie } from './cookies.ts';
import { formTargets, LANG, type LangRoute, pageModel, pageRoute, queryOf, sendMessage, sendPage } from './view.ts';

const url = `/${LANG}/auth/logout`;

export const logoutRoutes: FastifyPluginAsync = async (app) => {
  const { browser } = app.gateway;

  app.get<LangRoute>(url, pageRoute, async (request, reply) => {
    const asked = await browser.logout.read(request.query, readCookie(request, 'session'));
    if (asked.kind === 'page') return sendFault(request, reply, asked);
    const { session, proved } = asked;
    return session !== undefined && proved === undefined ? confirm(request, reply, asked, session) : signOut(request, reply, asked, proved);
  });

  app.post<LangRoute & { Body: unknown }>(url, pageRoute, async (request, reply) => {
    const form = (request.body ?? {}) as Form;
    // A client may ask by a form, too. Only a GET brings the session's cookie along from elsewhere: then it is known who would go.
    if (form['answer'] === undefined) return reply.redirect(`/${request.params.lang}/auth/logout?${toQuery(form, logoutParameters)}`, 303);
    const asked = await browser.logout.read(request.query, readCookie(request, 'session'));
    return asked.kind === 'page' ? sendFault(request, reply, asked) : answered(request, reply, asked, form);
  });
};

/** Asks: a link on any page leads here, and whoever follows it must not be signed out by that. */
function confirm(request: FastifyRequest, reply: FastifyReply, asked: LogoutRequest, session: KeptSession): FastifyReply {
  const model = pageModel(request);
  const { cookie, token } = request.server.gateway.browser.forms.issue(readCookie(request, 'form'));
  writeCookie(reply, 'form', cookie);
  const action = `/${model.catalogue.lang}/auth/logout?${queryOf(request)}`;
  const page = signOutPage({ ...model, action, formToken: token, userName: session.user.name });
  return sendPage(reply, 200, page, { formAction: asked.location === undefined ? [] : formTargets(asked.location) });
}

type Form = Readonly<Record<string, unknown>>;

async function answered(request: FastifyRequest, reply: FastifyReply, asked: LogoutRequest, form: Form): Promise<FastifyReply> {
  const { browser } = request.server.gateway;
  const { messages } = pageModel(request).catalogue;
  if (!browser.forms.isGood(readCookie(request, 'form'), form['form_token'])) {
    return sendMessage(request, reply, 403, { message: messages.staleForm, tone: 'error', technical: { code: 'stale_form', requestId: request.id } });
  }
  if (form['answer'] === 'sign_out') return signOut(request, reply, asked, asked.session?.id);
  return sendMessage(request, reply, 200, { message: messages.stillSignedIn, tone: 'info' });
}

/** A session that is over already ends nothing more: what it gave to clients was given for longer. */
async function signOut(
  request: FastifyRequest, reply: FastifyReply, asked: LogoutRequest, sessionId: string | undefined,
): Promise<FastifyReply> {
  if (sessionId !== undefined && await request.server.gateway.browser.logout.end(sessionId)) {
    const user = asked.session?.user.name;
    request.log.info({ outcome: 'signed out', user, clientId: asked.client?.id, client: request.ip }, 'signed out');
  }
  clearCookie(reply, 'session');
  clearCookie(reply, 'form');
  // Who has just signed out does not want to be signed in again by his ticket.
  writeCookie(reply, 'windows', 'tried');
  if (request.server.gateway.browser.microsoft !== undefined) writeCookie(reply, 'signedOut', '1');
  if (asked.location !== undefined) return reply.redirect(asked.location, request.method === 'POST' ? 303 : 302);
  return sendMessage(request, reply, 200, { message: pageModel(request).catalogue.messages.signedOut, tone: 'done' });
}

function sendFault(request: FastifyRequest, reply: FastifyReply, { fault, parameter, detail }: LogoutFault): FastifyReply {
  request.log.info({ outcome: 'refused', error: fault, detail, client: request.ip }, 'logout request refused');
  const { catalogue } = pageModel(request);
  const message = fault === 'unknown_client' ? catalogue.messages.unknownClient
    : fault === 'unknown_redirect_uri' ? catalogue.messages.redirectNotRegistered
      : fault === 'bad_hint' ? faultyRequest(catalogue, 'wrong', 'id_token_hint') : faultyRequest(catalogue, 'doubled', parameter ?? '');
  return sendMessage(request, reply, 400, { message, tone: 'error', technical: { code: fault, requestId: request.id } });
}
