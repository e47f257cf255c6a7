// GET, POST /{lang}/auth: the authorization endpoint and its login page (RFC 6749 §3.1, OIDC Core §3.1.2).

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { toQuery } from '../../authorization/parameters.ts';
import { authorizationParameters, type AuthorizationRequest } from '../../authorization/request.ts';
import type { TypedCredential } from '../../mechanisms/password-credential.ts';
import type { BrowserSession } from '../../authorization/session.ts';
import { RequestError, UnavailableError } from '../../errors.ts';
import { readAsked } from './asked.ts';
import { readCookie, writeCookie } from './cookies.ts';
import { LANG, type LangRoute, microsoftUrl, pageRoute, pageModel, placeOf, queryOf, sendLogin, sendReply } from './view.ts';

/** What the page's forms send. */
type SignInForm = Readonly<Partial<Record<'sign_in' | 'form_token' | 'user' | 'password' | 'pin_or_card', unknown>>>;

export const authorizeRoutes: FastifyPluginAsync = async (app) => {
  const { browser } = app.gateway;

  app.get<LangRoute>(`/${LANG}/auth`, pageRoute, async (request, reply) => {
    const asked = await readAsked(request, reply);
    if (asked === undefined) return reply;
    const answer = await browser.authorizer.withSession(asked, await sessionOf(request, asked));
    if (answer !== undefined) return sendReply(request, reply, answer, asked.client);
    const tenant = browser.microsoft?.hinted(asked);
    if (tenant !== undefined) return reply.redirect(microsoftUrl(placeOf(request), tenant), 302);
    return shallTryWindows(request, asked) ? reply.redirect(`/${request.params.lang}/auth/windows?${queryOf(request)}`, 302) : sendLogin(request, reply, asked, 200);
  });

  app.post<LangRoute & { Body: unknown }>(`/${LANG}/auth`, pageRoute, async (request, reply) => {
    const form = (request.body ?? {}) as SignInForm;
    // An authorization request may come as a form, too (OIDC Core §3.1.2.1). Only a GET brings the session's cookie along from elsewhere.
    if (form.sign_in === undefined) return reply.redirect(`/${request.params.lang}/auth?${toQuery(form, authorizationParameters)}`, 303);
    const asked = await readAsked(request, reply);
    return asked === undefined ? reply : signIn(request, reply, asked, form);
  });
};

/**
 * The browser's session. While a directory is out that had to be asked about him he may sign in anew, since a ticket or a password that is
 * kept here will do without it. A client that wants no page is told of the outage: `login_required` would end what is only interrupted.
 */
async function sessionOf(request: FastifyRequest, asked: AuthorizationRequest): Promise<BrowserSession | undefined> {
  try {
    return await request.server.gateway.browser.sessions.recall(readCookie(request, 'session'));
  } catch (error) {
    if (!(error instanceof UnavailableError) || error.of !== 'directory' || asked.prompt === 'none') throw error;
    const { code, detail, cure } = error;
    request.log.error({ code, reason: 'backend_unavailable', detail, cure, clientId: asked.client.id, client: request.ip }, 'the session cannot be recalled now');
    return undefined;
  }
}

/** Once for each browser, where it is offered. Never where a certain person is expected, or somebody shall show that he is there. */
function shallTryWindows(request: FastifyRequest, { prompt, maxAge, expected }: AuthorizationRequest): boolean {
  if (prompt === 'login' || maxAge !== undefined || expected !== undefined) return false;
  const { browser } = request.server.gateway;
  return readCookie(request, 'windows') === undefined && browser.isWindowsOffered(request.ip) && browser.isWindowsReady();
}

async function signIn(request: FastifyRequest, reply: FastifyReply, asked: AuthorizationRequest, form: SignInForm): Promise<FastifyReply> {
  const { browser } = request.server.gateway;
  const { notices } = pageModel(request).catalogue;
  if (!browser.forms.isGood(readCookie(request, 'form'), form.form_token)) {
    request.log.info({ outcome: 'refused', error: 'stale_form', client: request.ip }, 'sign-in form refused');
    return sendLogin(request, reply, asked, 403, { notice: { kind: 'info', text: notices.staleForm } });
  }
  const credential = credentialOf(form, browser.pinSignIn);
  const outcome = await browser.signIn.withSecret(asked, credential, { address: request.ip, cookie: readCookie(request, 'session') });
  if (outcome.kind === 'refused') {
    const { reason, detail, cure, user } = outcome;
    request.log.info({ outcome: 'refused', mechanism: credential.kind, reason, detail, cure, user, clientId: asked.client.id, client: request.ip }, 'sign-in refused');
    const typed = credential.kind === 'password' ? { userName: credential.user } : {};
    return sendLogin(request, reply, asked, 403, {
      ...typed, refused: credential.kind === 'password' ? 'password' : 'pin', notice: { kind: 'error', text: browser.pinSignIn ? notices.wrongCredentials : notices.wrongPassword },
    });
  }
  request.log.info({ outcome: 'granted', mechanism: credential.kind, user: outcome.identity.user.name, clientId: asked.client.id, client: request.ip }, 'signed in');
  writeCookie(reply, 'session', outcome.cookie);
  return sendReply(request, reply, outcome.reply, asked.client);
}

function credentialOf(form: SignInForm, pinSignIn: boolean): TypedCredential {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  if (form.sign_in === 'password') return { kind: 'password', user: text(form.user), password: text(form.password) };
  if (form.sign_in === 'pin' && pinSignIn) return { kind: 'pin-or-card', text: text(form.pin_or_card) };
  throw new RequestError('invalid_request', 'sign_in must be password, or pin where the page offers it');
}
