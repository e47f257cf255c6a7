// The embedded store's grants, with their codes and refresh tokens, and its revoked access tokens.

import type { DatabaseSync } from 'node:sqlite';
import type { GrantRecord, NewGrant, Redemption } from './grant-store.ts';
import { authenticationColumns, authenticationOf, type AuthenticationRow, authenticationValues, words } from './sqlite-columns.ts';
import { purgeOf } from './sqlite-purge.ts';
import { transaction } from './sqlite-transaction.ts';

interface GrantRow extends AuthenticationRow {
  readonly id: string;
  readonly client_id: string;
  readonly user_id: string;
  readonly epoch: number;
  readonly scopes: string;
  readonly session_id: string | null;
  readonly redirect_uri: string | null;
  readonly challenge: string | null;
  readonly nonce: string | null;
  readonly code_used: number;
  readonly revoked: number;
  readonly generation: number;
  readonly idle_until: number;
  readonly expires_at: number;
}

const columns = `id, client_id, user_id, epoch, scopes, ${authenticationColumns}, session_id, redirect_uri, challenge, nonce,
  generation, idle_until, expires_at`;

const record = (row: GrantRow): GrantRecord => ({
  id: row.id,
  clientId: row.client_id,
  userId: row.user_id,
  epoch: row.epoch,
  scopes: words(row.scopes),
  authentication: authenticationOf(row),
  ...(row.session_id === null ? {} : { sessionId: row.session_id }),
  ...(row.redirect_uri === null ? {} : {
    code: {
      redirectUri: row.redirect_uri,
      ...(row.challenge === null ? {} : { challenge: row.challenge }),
      ...(row.nonce === null ? {} : { nonce: row.nonce }),
    },
  }),
  codeUsed: row.code_used !== 0,
  revoked: row.revoked !== 0,
  generation: row.generation,
  idleUntil: row.idle_until,
  expiresAt: row.expires_at,
});

/**
 * Adds a grant. One whose user or client was removed meanwhile is not kept, and one whose session ended meanwhile is revoked
 * from the start: both came too late to be ended with it.
 */
function grantWriter(database: DatabaseSync, now: () => number) {
  const insert = database.prepare(`INSERT INTO grants (${columns}, revoked)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
      ?12 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sessions WHERE id = ?12 AND expires_at > ?19)
    WHERE EXISTS (SELECT 1 FROM clients WHERE id = ?2) AND EXISTS (SELECT 1 FROM users WHERE id = ?3)`);
  const purge = purgeOf(database, 'grants');
  return (grant: NewGrant): void => {
    const { code } = grant;
    const time = now();
    purge(time);
    insert.run(grant.id, grant.clientId, grant.userId, grant.epoch, grant.scopes.join(' '), ...authenticationValues(grant.authentication),
      grant.sessionId ?? null, code?.redirectUri ?? null, code?.challenge ?? null, code?.nonce ?? null,
      grant.generation, grant.idleUntil, grant.expiresAt, time);
  };
}

/** The grant methods over an open database. A verdict and what it does to the grant are one transaction. */
export function sqliteGrants(database: DatabaseSync, now: () => number) {
  const add = grantWriter(database, now);
  const byId = database.prepare(`SELECT ${columns}, code_used, revoked FROM grants WHERE id = ? AND expires_at > ?`);
  const redeem = database.prepare(`UPDATE grants SET code_used = 1, generation = ?, idle_until = ?, expires_at = ?
    WHERE id = ? AND redirect_uri IS NOT NULL AND code_used = 0 AND revoked = 0 AND expires_at > ?`);
  const reuseCode = database.prepare('UPDATE grants SET revoked = 1 WHERE id = ? AND code_used = 1 AND expires_at > ?');
  const usable = 'id = ?1 AND revoked = 0 AND idle_until > ?3 AND expires_at > ?3';
  const rotate = database.prepare(`UPDATE grants SET generation = generation + 1, idle_until = ?4 WHERE ${usable} AND generation = ?2`);
  const reuseRefresh = database.prepare(`UPDATE grants SET revoked = 1 WHERE ${usable} AND generation > ?2`);
  const revoke = database.prepare('UPDATE grants SET revoked = 1 WHERE id = ? AND revoked = 0 AND expires_at > ?');

  return {
    addGrant: (grant: NewGrant): void => { transaction(database, () => { add(grant); }); },
    grantById: (id: string): GrantRecord | undefined => {
      const row = byId.get(id, now()) as unknown as GrantRow | undefined;
      return row && record(row);
    },
    redeemCode: (id: string, then: Redemption): 'redeemed' | 'reused' | 'gone' => transaction(database, () => {
      const time = now();
      if (redeem.run(then.generation, then.idleUntil, then.expiresAt, id, time).changes > 0) return 'redeemed';
      return reuseCode.run(id, time).changes > 0 ? 'reused' : 'gone';
    }),
    rotateRefresh: (id: string, generation: number, idleUntil: number): 'rotated' | 'reused' | 'gone' => {
      // Such a number was never given, however high the grant's own may be.
      if (!Number.isSafeInteger(generation) || generation < 1) return 'gone';
      return transaction(database, () => {
        const time = now();
        if (rotate.run(id, generation, time, idleUntil).changes > 0) return 'rotated';
        return reuseRefresh.run(id, generation, time).changes > 0 ? 'reused' : 'gone';
      });
    },
    revokeGrant: (id: string): boolean => revoke.run(id, now()).changes > 0,
  };
}

/** The methods for single access tokens that were revoked. */
export function sqliteRevokedTokens(database: DatabaseSync, now: () => number) {
  const insert = database.prepare(`INSERT INTO revoked_tokens (token_id, expires_at) VALUES (?, ?)
    ON CONFLICT (token_id) DO UPDATE SET expires_at = max(revoked_tokens.expires_at, excluded.expires_at)`);
  const byId = database.prepare('SELECT 1 FROM revoked_tokens WHERE token_id = ? AND expires_at > ?');
  const purge = purgeOf(database, 'revoked_tokens');
  return {
    revokeAccessToken: (tokenId: string, expiresAt: number): void => {
      transaction(database, () => {
        purge(now());
        insert.run(tokenId, expiresAt);
      });
    },
    isAccessTokenRevoked: (tokenId: string): boolean => byId.get(tokenId, now()) !== undefined,
  };
}
