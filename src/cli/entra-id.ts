// How a person of Entra ID is written on the command line and in files: TENANT/OBJECT, or his object ID alone where one tenant is set.

import type { EntraConfig } from '../config/load.ts';
import { guidOf } from '../guid.ts';
import type { EntraId } from '../identity/user.ts';

/** The person, or what is wrong with the text. */
export function readEntraId(text: string, tenants: readonly Pick<EntraConfig, 'tenantId'>[]): EntraId | string {
  const parts = text.trim().split('/').map(guidOf);
  const object = parts.at(-1);
  if (object === undefined || parts.length > 2 || parts.includes(undefined)) {
    return 'must be the Object ID of a person in Entra ID, a GUID, or TENANT/OBJECT';
  }
  const known = [...new Set(tenants.map(({ tenantId }) => tenantId))];
  if (known.length === 0) return 'needs an [Entra] section in config.ini';
  const [tenant] = parts.length === 2 ? parts : known.length === 1 ? known : [];
  if (tenant === undefined) return `must be TENANT/OBJECT, since there are several tenants: ${known.join(', ')}`;
  return known.includes(tenant) ? { tenant, object } : `names the tenant ${tenant}, and config.ini has ${known.join(', ')}`;
}

/** As it is shown, and can be read again. */
export const shownEntraId = ({ tenant, object }: EntraId): string => `${tenant}/${object}`;
