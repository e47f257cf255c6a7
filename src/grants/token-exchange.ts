// grant_type=…:token-exchange (RFC 8693): an ID token of Entra ID becomes a MyQ token, and ends with it.

import { granteeOf } from '../clients/grantee.ts';
import { RequestError, UnavailableError } from '../errors.ts';
import { refusalReasons, refused, type Refusal } from '../identity/refusal.ts';
import type { Resolver } from '../identity/resolve.ts';
import { subjectName } from '../identity/subject.ts';
import type { EntraMechanism, ProvedIdToken } from '../mechanisms/entra.ts';
import type { MarkStore } from '../stores/attempt-store.ts';
import type { Client } from '../stores/client-store.ts';
import { grantToUser } from '../tokens/granted.ts';
import { newId } from '../tokens/handle.ts';
import { parseScope } from '../tokens/scopes.ts';
import type { GrantType, TokenRequest } from './grant.ts';
import type { UserTokens } from './user-tokens.ts';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** RFC 8693 §3. */
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const SUBJECT_TYPES = ['urn:ietf:params:oauth:token-type:id_token', 'urn:ietf:params:oauth:token-type:jwt'];

interface ValidatedExchange {
  readonly client: Client;
  readonly asked: readonly string[] | undefined;
  readonly token: ProvedIdToken;
}

export interface TokenExchangeOptions {
  readonly entra: EntraMechanism;
  readonly resolver: Resolver;
  readonly tokens: UserTokens;
  readonly marks: MarkStore;
  /** What `audience` and `resource` may name: this gateway and its tokens' audience. */
  readonly audiences: readonly string[];
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Builds the grant type. */
export function tokenExchange({ entra, resolver, tokens, marks, audiences, now }: TokenExchangeOptions): GrantType<ValidatedExchange> {
  return {
    validate: async (request, { client }) => {
      const idToken = subjectToken(request, audiences);
      const asked = request.scope === undefined ? undefined : parseScope(request.scope);
      const token = await entra.check(idToken, { nonce: request.nonce });
      if (token.kind === 'refused') throw refusal(token);
      return { client, asked, token };
    },
    issue: async ({ client, asked, token }) => {
      const identity = await resolver.prove(token.proof);
      if (identity.kind === 'refused') throw refusal(identity);
      const brief = asked?.filter((scope) => scope !== 'offline.access');
      const { allowRefresh } = token.settings;
      // What cannot be granted, or not any more, must not use the token up.
      grantToUser(allowRefresh ? asked : brief, granteeOf(client), identity);
      const endsBy = token.endsBy(now());
      if (endsBy === undefined) throw refusal(refused('id_token_expired', 'it expired while it was looked at', undefined, subjectName(token.proof.subject)));
      const isFirst = await use(marks, token, client);
      const answer = await tokens.signIn(identity, client, allowRefresh && isFirst ? asked : brief, endsBy);
      return { answer: { ...answer, issued_token_type: ACCESS_TOKEN }, user: identity.user.name };
    },
  };
}

/** Reads what the request is about. Throws RequestError. */
function subjectToken(request: TokenRequest, audiences: readonly string[]): string {
  const { subject_token: token, subject_token_type: type, requested_token_type: wanted = ACCESS_TOKEN } = request;
  if (token === undefined) throw new RequestError('invalid_request', 'subject_token is missing');
  if (type === undefined) throw new RequestError('invalid_request', `subject_token_type is missing: it must be ${SUBJECT_TYPES.join(' or ')}`);
  if (!SUBJECT_TYPES.includes(type)) throw new RequestError('invalid_request', `subject_token_type must be ${SUBJECT_TYPES.join(' or ')}`);
  if (wanted !== ACCESS_TOKEN) throw new RequestError('invalid_request', `requested_token_type must be ${ACCESS_TOKEN}`);
  const isActing = request.actor_token !== undefined || request.actor_token_type !== undefined;
  if (isActing) throw new RequestError('invalid_request', 'actor_token is not supported: nobody acts for somebody else here');
  const strange = [request.audience, request.resource].find((one) => one !== undefined && !audiences.includes(one));
  if (strange !== undefined) throw new RequestError('invalid_target', `tokens are only for ${audiences.join(' and ')}`);
  return token;
}

/** Uses it, and tells whether it is the first time. Throws RequestError if it may not be used again, or not by this client. */
async function use(marks: MarkStore, { mark, markedUntil, settings, proof }: ProvedIdToken, client: Client): Promise<boolean> {
  // With `Once` nobody ever comes again as the same owner.
  const owner = settings.replay === 'Once' ? newId() : client.id;
  const outcome = await marks.markFor(mark, owner, markedUntil);
  if (outcome !== 'others') return outcome === 'first';
  const cure = settings.replay === 'Once' ? 'Replay = Allow lets the same application use it again' : undefined;
  const detail = settings.replay === 'Once' ? 'it was used before' : `another application than ${client.id} has used it before`;
  throw refusal(refused('id_token_replay', detail, cure, subjectName(proof.subject)));
}

/** RFC 8693 §2.2.2 has one word for every token that will not do. Where the gateway's own side is broken, it is no fault of the request. */
function refusal({ reason, detail, cure, user }: Refusal): RequestError | UnavailableError {
  const { class: kind, sentence } = refusalReasons[reason];
  const options = { reason, detail, cure, user, isReasonPublic: true };
  return kind === 'unavailable' ? new UnavailableError(sentence, options) : new RequestError('invalid_request', sentence, options);
}
