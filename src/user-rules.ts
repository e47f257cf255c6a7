// Whose principals may sign in and how new users are called, as the configuration says it in several places.

import { scopeNameFaults } from './clients/registration.ts';
import type { Config } from './config/load.ts';
import { ConfigError } from './errors.ts';
import type { FindOptions } from './identity/find-user.ts';
import { shownGroup } from './identity/rights.ts';

/**
 * The rules. Without `[Kerberos] Realms` the realms are those of the keytab, of the NTLM domains and of the directories with sign-in:
 * an admin has named each of them.
 */
export function userRules(config: Config, keytabRealms: () => readonly string[]): Pick<FindOptions, 'realms' | 'unknownUsers' | 'domainOf'> {
  const { kerberos, ntlm, security, directories, users } = config;
  const named = [
    ...(ntlm.enabled && !security.kerberosOnly ? ntlm.domains : []).map(({ realm }) => realm),
    ...directories.filter(({ signIn }) => signIn).map(({ realm }) => realm),
  ];
  const domains = new Map([...ntlm.domains, ...directories].map(({ realm, domain }) => [realm, domain]));
  return {
    realms: () => (kerberos.realms.length > 0 ? kerberos.realms : [...new Set([...keytabRealms(), ...named])]),
    unknownUsers: users.unknownUsers,
    domainOf: users.appendDomainName ? (realm) => domains.get(realm) ?? realm : undefined,
  };
}

/** Throws ConfigError for a scope in `[Rights]` that nobody knows: a slip that would give nobody anything. */
export function checkRights({ rights }: Pick<Config, 'rights'>): void {
  const faults = rights.flatMap(({ group, scopes }) => scopeNameFaults(scopes)
    .map((fault) => `[Rights] ${shownGroup(group)}: ${fault}`));
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
}
