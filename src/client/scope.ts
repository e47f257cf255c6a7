// The scopes that are asked for where nobody named any: all that the gateway knows, of which it grants what client and person have.

import type { Configuration } from 'openid-client';

/** Without `offline.access`, which the mode decides. The standard's spelling of it is another name for the same. */
export function fullScope(oauth: Configuration): string {
  const { scopes_supported: supported = ['openid', 'profile'] } = oauth.serverMetadata();
  return supported.filter((scope) => !['offline.access', 'offline_access'].includes(scope)).join(' ');
}
