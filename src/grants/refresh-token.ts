// grant_type=refresh_token (RFC 6749 §6, RFC 9700 §4.14): every refresh token is good once; who brings a used one ends the whole family.

import { granteeOf } from '../clients/grantee.ts';
import { RequestError } from '../errors.ts';
import type { Resolver } from '../identity/resolve.ts';
import type { GrantRecord, GrantStore } from '../stores/grant-store.ts';
import { grantAgain, type UserGranted } from '../tokens/granted.ts';
import type { Handles } from '../tokens/handle.ts';
import { parseScope } from '../tokens/scopes.ts';
import type { GrantType } from './grant.ts';
import { recallUser } from './recall-user.ts';
import type { UserTokens } from './user-tokens.ts';

interface ValidatedRefresh {
  readonly grant: GrantRecord;
  readonly generation: number;
  readonly granted: UserGranted;
}

export interface RefreshTokenOptions {
  readonly store: Pick<GrantStore, 'grantById' | 'rotateRefresh'>;
  readonly handles: Handles;
  readonly resolver: Resolver;
  readonly tokens: UserTokens;
}

const bad = (detail: string): RequestError =>
  new RequestError('invalid_grant', 'the refresh token is not valid, was used or has expired; sign in again', { detail });

/** Builds the grant type. */
export function refreshToken({ store, handles, resolver, tokens }: RefreshTokenOptions): GrantType<ValidatedRefresh> {
  const rotate = async (grant: GrantRecord, generation: number): Promise<void> => {
    const outcome = await store.rotateRefresh(grant.id, generation, tokens.idleUntil(grant.expiresAt));
    if (outcome === 'rotated') return;
    const which = `refresh token ${String(generation)} of grant ${grant.id}`;
    throw bad(outcome === 'reused' ? `${which} was used before: the grant is revoked, since one of the two who have it is a thief`
      : `${which} was not used for too long, or the grant ended meanwhile`);
  };
  return {
    validate: async (request, { client }) => {
      if (request.refresh_token === undefined) throw new RequestError('invalid_request', 'refresh_token is missing');
      const handle = handles.read('refresh', request.refresh_token);
      const grant = handle === undefined ? undefined : await store.grantById(handle.id);
      if (handle === undefined || grant === undefined) throw bad('no such refresh token, or its grant has expired');
      if (grant.clientId !== client.id) throw bad(`the refresh token is that of client ${grant.clientId}, and ${client.id} brought it`);
      if (grant.revoked) throw bad(`grant ${grant.id} is revoked`);
      // Whatever else is wrong with the request: a used one in it means that somebody has it who should not.
      if (handle.generation < grant.generation) await rotate(grant, handle.generation);
      const identity = await recallUser(resolver, grant);
      if (!identity.rights.includes('offline.access')) throw bad('nobody of his tenant may stay signed in any more (AllowRefresh)');
      const asked = request.scope === undefined ? undefined : parseScope(request.scope);
      return { grant, generation: handle.generation, granted: grantAgain(asked, grant.scopes, granteeOf(client), identity) };
    },
    issue: async ({ grant, generation, granted }) => {
      // Signed before the token is used up: where signing fails the client can come again. Nothing of it is sent before it is stored.
      const answer = await tokens.ofGrant(granted, grant, { generation: generation + 1, expiresAt: grant.expiresAt });
      await rotate(grant, generation);
      return { answer, user: granted.identity.user.name };
    },
  };
}
