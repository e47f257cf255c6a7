// What userinfo says of a user, by the scopes of the access token (OIDC Core §5.3, §5.4).

import type { KnownUser } from '../identity/user.ts';

export interface UserInfo {
  readonly sub: string;
  readonly preferred_username?: string;
  readonly name?: string;
  readonly email?: string;
}

/** Builds the claims; a claim that the user lacks is left out (OIDC Core §5.3.2). */
export function userInfo(user: KnownUser, scopes: readonly string[]): UserInfo {
  return {
    sub: user.id,
    ...(scopes.includes('profile') ? { preferred_username: user.name, ...(user.fullName === undefined ? {} : { name: user.fullName }) } : {}),
    ...(scopes.includes('email') && user.email !== undefined ? { email: user.email } : {}),
  };
}
