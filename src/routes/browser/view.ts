// From requests and answers of the domain to pages: which language and theme, what is shown, under which policy.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuthorizationReply } from '../../authorization/reply.ts';
import type { AuthorizationRequest } from '../../authorization/request.ts';
import { redirectOrigin } from '../../clients/redirect-uri.ts';
import { catalogueFor, languageOf, languages, pickLanguage } from '../pages/catalogue.ts';
import { formPostPage, formPostScriptHash } from '../pages/form-post.ts';
import { loginPage, type LoginModel } from '../pages/login.ts';
import { messagePage, type MessageModel } from '../pages/message.ts';
import type { PageModel } from '../pages/page.ts';
import { contentSecurityPolicy, type PolicyModel } from '../pages/policy.ts';
import { themeFor } from '../pages/theme.ts';
import { readCookie, writeCookie } from './cookies.ts';

/** In the query of the way to Microsoft: the person is to choose his account there. */
export const SWITCH = 'switch_account';

/** `{lang}` of the address: `xx` or `xx-YY`. */
export const LANG = ':lang(^[a-z][a-z](?:-[A-Z][A-Z])?$)';

/** Of every route of a page: it is no part of the API, and what it does is done by no HEAD. */
export const pageRoute = { schema: { hide: true }, exposeHeadRoute: false } as const;

export interface LangRoute {
  Params: { readonly lang: string };
  Querystring: Readonly<Record<string, unknown>>;
}

/** The query as it came, without its question mark. */
export const queryOf = ({ url }: FastifyRequest): string => url.split('?').slice(1).join('?');

/** Which page somebody looks at: the language of its path and its query. The address of an answer from elsewhere has neither. */
export interface Place {
  readonly lang: string;
  readonly query: string;
}

/** The way to this tenant's sign-in. */
export const microsoftUrl = ({ lang, query }: Place, section: string, isSwitch = false): string =>
  `/${lang}/auth/microsoft${section === '' ? '' : `/${section}`}?${query}${isSwitch ? `&${SWITCH}=1` : ''}`;

/** The page that the request asks for. */
export function placeOf(request: FastifyRequest): Place {
  const { lang = '' } = (request.params ?? {}) as Partial<LangRoute['Params']>;
  return { lang, query: queryOf(request) };
}

/** What every page needs, by `ui_locales`, the path's language and `theme`. Where the path's has no texts the browser's are asked. */
export function pageModel(request: FastifyRequest, place: Place = placeOf(request)): PageModel {
  const lang = place.lang === '' ? undefined : place.lang;
  const query = new URLSearchParams(place.query);
  const isSpoken = lang !== undefined && languageOf(lang) !== undefined;
  const accepted = isSpoken ? undefined : request.headers['accept-language']?.replace(/;[^,]*/g, '').replaceAll(',', ' ');
  return {
    catalogue: catalogueFor(pickLanguage(lang, query.get('ui_locales') ?? accepted)),
    theme: themeFor(query.get('theme') ?? undefined),
    hostname: request.server.gateway.hostname,
  };
}

/** Whether somebody looks at it with a browser, and did not only follow a script's request. */
export const isForEyes = ({ method, headers: { accept = '' } }: FastifyRequest): boolean => method === 'GET' && accept.includes('text/html');

/** Sends a page; its forms may lead to these addresses, beside our own. */
export function sendPage(reply: FastifyReply, status: number, page: string, policy: PolicyModel = { formAction: [] }): FastifyReply {
  return reply.code(status).header('content-security-policy', contentSecurityPolicy(policy)).type('text/html; charset=utf-8').send(page);
}

/** Sends a page that tells something. */
export function sendMessage(
  request: FastifyRequest, reply: FastifyReply, status: number, message: Omit<MessageModel, keyof PageModel>, place?: Place,
): FastifyReply {
  return sendPage(reply, status, messagePage({ ...pageModel(request, place), ...message }));
}

/**
 * Where a form may end. Chromium holds every redirect that follows to it, and clients lead on from their redirect URI: to another host
 * of theirs over TLS, a program on this machine to a page of its own. What may be posted is ours, so this widens nothing that is secret.
 */
export function formTargets(redirectUri: string): readonly string[] {
  // What stands before the query is registered; that may carry the client's own state.
  const own = redirectOrigin(redirectUri.split('?', 1)[0] ?? '');
  return [...new Set([own, 'https:', ...(own.startsWith('https:') ? [] : ['http://127.0.0.1:*', 'http://localhost:*'])])];
}

/** What is particular about this showing of the login page. */
export type LoginState = Pick<LoginModel, 'notice' | 'refused'> & { readonly userName?: string };

/** Sends the login page for this request. */
export function sendLogin(
  request: FastifyRequest, reply: FastifyReply, asked: AuthorizationRequest, status: number, state: LoginState = {},
  place: Place = placeOf(request),
): FastifyReply {
  const { browser } = request.server.gateway;
  const { cookie, token } = browser.forms.issue(readCookie(request, 'form'));
  writeCookie(reply, 'form', cookie);
  const model = pageModel(request, place);
  const { query } = place;
  const { lang } = model.catalogue;
  const page = loginPage({
    ...model,
    clientName: asked.client.name,
    action: `/${lang}/auth?${query}`,
    formToken: token,
    pinSignIn: browser.pinSignIn,
    languageUrls: languageUrls(query, lang),
    ...(browser.isWindowsOffered(request.ip) ? { windowsUrl: `/${lang}/auth/windows?${query}` } : {}),
    microsoft: (browser.microsoft?.offers(asked) ?? []).map(({ section, isNamed }) => ({
      url: microsoftUrl({ lang, query }, section), switchUrl: microsoftUrl({ lang, query }, section, true),
      name: isNamed ? section : undefined,
    })),
    ...state,
    userName: state.userName ?? asked.loginHint ?? '',
  });
  return sendPage(reply, status, page, { formAction: formTargets(asked.replyTo.redirectUri) });
}

/** The same request in every language; the path names it then, and nothing else. */
function languageUrls(query: string, current: string): LoginModel['languageUrls'] {
  const rest = new URLSearchParams(query);
  rest.delete('ui_locales');
  return languages.map((lang) => ({ lang, label: catalogueFor(lang).name, url: `/${lang}/auth?${rest.toString()}`, current: lang === current }));
}

/** Sends the browser back to the client. After a form it must follow by GET, or the password would go along (RFC 9700 §4.12). */
export function sendReply(
  request: FastifyRequest, reply: FastifyReply, answer: AuthorizationReply, client: AuthorizationRequest['client'], place?: Place,
): FastifyReply {
  if (answer.error !== undefined) {
    request.log.info({ outcome: 'refused', detail: answer.error, clientId: client.id, client: request.ip }, 'authorization request refused');
  }
  if (answer.kind === 'redirect') return reply.redirect(answer.location, request.method === 'POST' ? 303 : 302);
  const { action, fields } = answer;
  const page = formPostPage({ ...pageModel(request, place), clientName: client.name, action, fields: Object.entries(fields) });
  return sendPage(reply, 200, page, { formAction: formTargets(action), scriptHash: formPostScriptHash });
}
