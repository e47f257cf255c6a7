// grant_type=authorization_code (RFC 6749 §4.1.3, RFC 7636 §4.6): a code becomes tokens, once.

import { createHash, timingSafeEqual } from 'node:crypto';
import { granteeOf } from '../clients/grantee.ts';
import { RequestError } from '../errors.ts';
import type { Identity, Resolver } from '../identity/resolve.ts';
import type { GrantRecord, GrantStore } from '../stores/grant-store.ts';
import { grantAgain, type UserGranted } from '../tokens/granted.ts';
import type { Handles } from '../tokens/handle.ts';
import type { GrantType, TokenRequest } from './grant.ts';
import { recallUser } from './recall-user.ts';
import type { UserTokens } from './user-tokens.ts';

interface ValidatedCode {
  readonly grant: GrantRecord;
  readonly granted: UserGranted;
}

export interface AuthorizationCodeOptions {
  readonly store: Pick<GrantStore, 'grantById' | 'redeemCode'>;
  readonly handles: Handles;
  readonly resolver: Resolver;
  readonly tokens: UserTokens;
}

/** One sentence for every way in which a code can be no good: which it is, only the log tells. */
const bad = (detail: string): RequestError => new RequestError('invalid_grant', 'the code is not valid, was used or has expired; sign in again', { detail });

/** Builds the grant type. */
export function authorizationCode({ store, handles, resolver, tokens }: AuthorizationCodeOptions): GrantType<ValidatedCode> {
  return {
    validate: async (request, { client }) => {
      if (request.code === undefined) throw new RequestError('invalid_request', 'code is missing');
      if (request.redirect_uri === undefined) throw new RequestError('invalid_request', 'redirect_uri is missing: it must be that of the authorization request');
      const handle = handles.read('code', request.code);
      const grant = handle === undefined ? undefined : await store.grantById(handle.id);
      if (grant?.code === undefined) throw bad('no such code, or it has expired');
      // A thief who has only the code must not be able to use it up.
      if (grant.clientId !== client.id) throw bad(`the code was given to client ${grant.clientId}, and ${client.id} brought it`);
      if (grant.code.redirectUri !== request.redirect_uri) throw new RequestError('invalid_grant', 'redirect_uri differs from that of the authorization request');
      requireVerifier(grant.code.challenge, request);
      const identity: Identity = await recallUser(resolver, grant);
      return { grant, granted: grantAgain(undefined, grant.scopes, granteeOf(client), identity) };
    },
    issue: async ({ grant, granted }) => {
      const life = tokens.lifeOf(granted);
      // Signed before the code is used up: where signing fails the client can come again. Nothing of it is sent before it is stored.
      const answer = await tokens.ofGrant(granted, grant, life);
      const outcome = await store.redeemCode(grant.id, life);
      if (outcome !== 'redeemed') throw bad(outcome === 'reused' ? `the code was used before: all that came of grant ${grant.id} is revoked` : 'the code has expired meanwhile');
      return { answer, user: granted.identity.user.name };
    },
  };
}

/** RFC 7636 §4.6. A verifier without a challenge is refused, too: somebody took the challenge away on its way (RFC 9700 §2.1.1). */
function requireVerifier(challenge: string | undefined, { code_verifier: verifier }: TokenRequest): void {
  if (challenge === undefined) {
    if (verifier === undefined) return;
    throw new RequestError('invalid_grant', 'code_verifier came, but the authorization request had no code_challenge');
  }
  if (verifier === undefined) throw new RequestError('invalid_grant', 'code_verifier is missing');
  const wanted = createHash('sha256').update(verifier).digest();
  if (!/^[\w.~-]{43,128}$/.test(verifier) || !timingSafeEqual(wanted, Buffer.from(challenge, 'base64url'))) {
    throw new RequestError('invalid_grant', 'code_verifier does not belong to the code_challenge of the authorization request');
  }
}
