// POST /api/auth/token: every grant type (RFC 6749 §3.2), as a form or as MyQ's JSON.

import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from '../errors.ts';
import type { TokenOutcome } from '../grants/token-endpoint.ts';
import { printable } from '../mechanisms/token/printable.ts';
import { tokenAnswers } from './answers.ts';
import { clientFields, clientRequest, credentialsOf, text } from './client-fields.ts';

const login = Type.Object({
  type: Type.Union([Type.Integer(), Type.String()], { description: '1 card, 2 PIN, 3 user and pwd, 4 card and PIN, 5 card and pwd' }),
  card: text(256, ''), pin: text(64, ''), user: text(1024, ''), pwd: text(4096, ''),
});

const body = Type.Object({
  ...clientFields,
  grant_type: text(128, 'authorization_code, refresh_token, client_credentials, login_info or urn:ietf:params:oauth:grant-type:token-exchange'),
  scope: text(2048, 'Separated by blanks.'),
  code: text(512, 'authorization_code: the code.'),
  redirect_uri: text(2048, 'authorization_code: that of the authorization request.'),
  code_verifier: text(256, 'authorization_code: PKCE (RFC 7636).'),
  refresh_token: text(512, 'refresh_token: the last one given.'),
  // One that is too long gets its own reason.
  subject_token: text(65_536, 'token-exchange: the ID token of Entra ID.'),
  subject_token_type: text(128, 'token-exchange: urn:ietf:params:oauth:token-type:id_token, or …:jwt.'),
  requested_token_type: text(128, 'token-exchange: urn:ietf:params:oauth:token-type:access_token, if anything.'),
  nonce: text(512, 'token-exchange: what the ID token must carry as its nonce, if the client has asked for one.'),
  actor_token: text(65_536, 'Not supported.'), actor_token_type: text(128, 'Not supported.'),
  audience: text(2048, 'token-exchange: this gateway, if anything.'), resource: text(2048, 'token-exchange: this gateway, if anything.'),
  login_info: Type.Optional(Type.Union([login, Type.String({ maxLength: 8192 })], { description: 'login_info: MyQ\'s object; in a form its JSON text.' })),
});

export const tokenRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { token } = app.gateway.grants;
  const schema = { ...clientRequest, body, response: tokenAnswers, tags: ['OAuth'], summary: 'Tokens for a code, a refresh token, a secret, an ID token of Entra ID, or the client itself' };

  app.post('/api/auth/token', { schema }, async (request, reply) => {
    const fields = Object.fromEntries(Object.entries(request.body).filter(([, value]) => value !== ''));
    const { grant_type: grantType } = request.body;
    if (grantType === undefined || grantType === '') throw new RequestError('invalid_request', missing(request.body));
    const outcome = await token.handle({ ...fields, grant_type: grantType }, credentialsOf(request, request.body), { address: request.ip });
    return send(request, reply, outcome, grantType);
  });
};

/** The commonest slip of a JSON client: its HTTP library declared the body as a form. */
function missing(body: object): string {
  const looksLikeJson = Object.keys(body).some((name) => name.trimStart().startsWith('{'));
  return looksLikeJson ? 'the body looks like JSON, but its Content-Type says that it is a form: send application/json' : 'grant_type is missing';
}

function send(request: FastifyRequest, reply: FastifyReply, outcome: TokenOutcome, grantType: string): FastifyReply {
  const { answer, user, clientId, origins } = outcome;
  // The page of another client that got hold of this one's request shall not read the answer.
  const { origin } = request.headers;
  const detail = origin === undefined || origins.includes(origin) ? undefined
    : `the page ${printable(origin)} may not read this answer: register its origin with the client`;
  if (origin === undefined || detail !== undefined) reply.removeHeader('access-control-allow-origin');
  request.log.info({ outcome: 'granted', grant: grantType, clientId, user, scope: answer.scope, detail, client: request.ip }, 'tokens issued');
  return reply.header('pragma', 'no-cache').send(answer);
}

