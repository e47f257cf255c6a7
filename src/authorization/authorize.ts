// Decides an authorization request: who is signed in and whether that will do, and the code for him (RFC 6749 §4.1.2).

import { granteeOf } from '../clients/grantee.ts';
import { RequestError } from '../errors.ts';
import type { GrantStore } from '../stores/grant-store.ts';
import { grantToUser } from '../tokens/granted.ts';
import { newId, type Handles } from '../tokens/handle.ts';
import { authorizationReply, type AuthorizationReply } from './reply.ts';
import type { AuthorizationRequest, RequestFault } from './request.ts';
import type { BrowserSession } from './session.ts';

/** RFC 6749 §4.1.2 recommends at most ten minutes; a browser needs a second. */
const CODE_LIFETIME = 60;

export interface Authorizer {
  /** The answer where the session will do, or where no page may be shown; undefined: somebody has to sign in first. */
  withSession(request: AuthorizationRequest, session: BrowserSession | undefined): Promise<AuthorizationReply | undefined>;
  /** The answer for who has just signed in. */
  afterSignIn(request: AuthorizationRequest, session: BrowserSession): Promise<AuthorizationReply>;
  /** The error as the client gets it. */
  fault(fault: RequestFault): AuthorizationReply;
}

export interface AuthorizerOptions {
  readonly issuer: string;
  readonly store: Pick<GrantStore, 'addGrant'>;
  readonly handles: Handles;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Builds it. An outage of the store throws UnavailableError. */
export function authorizer(options: AuthorizerOptions): Authorizer {
  const { issuer, now } = options;
  const reply = (request: AuthorizationRequest, answer: Parameters<typeof authorizationReply>[2]): AuthorizationReply =>
    authorizationReply(issuer, request.replyTo, answer);
  const loginRequired = (request: AuthorizationRequest, description: string): AuthorizationReply =>
    reply(request, { error: 'login_required', description });
  const answer = async (request: AuthorizationRequest, session: BrowserSession): Promise<AuthorizationReply> => {
    try {
      return reply(request, { code: await newCode(options, request, session) });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return reply(request, { error: error.error, description: error.message });
    }
  };
  return {
    withSession: async (request, session) => {
      const isGood = session !== undefined && isExpected(request, session) && request.prompt !== 'login' && isFresh(request, session, now());
      if (isGood) return answer(request, session);
      return request.prompt === 'none' ? loginRequired(request, 'nobody is signed in here as the request wants it') : undefined;
    },
    afterSignIn: async (request, session) =>
      (isExpected(request, session) ? answer(request, session) : loginRequired(request, 'somebody else than the one in id_token_hint signed in')),
    fault: ({ replyTo, error, description }) => authorizationReply(issuer, replyTo, { error, description }),
  };
}

const isExpected = ({ expected }: AuthorizationRequest, { identity }: BrowserSession): boolean =>
  expected === undefined || expected.sub === identity.user.id;

/** `max_age=0` means `prompt=login` (OIDC Core §3.1.2.1), though the clock may still show the second of the sign-in. */
const isFresh = ({ maxAge }: AuthorizationRequest, { identity }: BrowserSession, now: number): boolean =>
  maxAge === undefined || (maxAge > 0 && now - identity.authentication.at <= maxAge);

/** Keeps the grant, then mints its code: nothing is answered before it is stored. */
async function newCode(options: AuthorizerOptions, request: AuthorizationRequest, session: BrowserSession): Promise<string> {
  const { store, handles, now } = options;
  const { client, code } = request;
  const { user, authentication } = session.identity;
  const { scopes } = grantToUser(request.scopes, granteeOf(client), session.identity);
  const id = newId();
  await store.addGrant({
    id, scopes, authentication,
    clientId: client.id,
    userId: user.id,
    epoch: user.epoch,
    sessionId: session.id,
    code,
    generation: 0,
    idleUntil: 0,
    expiresAt: now() + CODE_LIFETIME,
  });
  return handles.mint('code', id);
}
