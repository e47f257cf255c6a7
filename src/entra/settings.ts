// What follows from the names in one [Entra] section of config.ini.

import type { EntraConfig } from '../config/load.ts';

/** As config.ini calls the section: `Entra`, or `Entra:sales`. */
export const sectionOf = (name: string): string => (name === '' ? 'Entra' : `Entra:${name}`);

/** The issuer of the tenant's tokens (Microsoft: "OpenID Connect on the Microsoft identity platform"). */
export const issuerOf = ({ authority, tenantId }: Pick<EntraConfig, 'authority' | 'tenantId'>): string => `${authority}/${tenantId}/v2.0`;
