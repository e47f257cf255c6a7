// Whose tries the tries with a claimed name are: for the limiter, before anything is proved, and once somebody is.

import { UnavailableError } from '../../errors.ts';
import type { Account, Accounts } from '../../identity/account.ts';
import { aliasesOf, fullAlias, parsePrincipal, type Principal } from '../../identity/principal.ts';
import type { KnownUser } from '../../identity/user.ts';
import type { UserStore } from '../../stores/user-store.ts';
import { countedName, type ClaimedName } from './names.ts';

export interface ClaimOptions {
  readonly users: Pick<UserStore, 'userByAlias' | 'userByAccount'>;
  readonly accounts: Pick<Accounts, 'byTypedName' | 'isEmpty'>;
  /** Realms whose users may sign in, as they are at this moment. */
  readonly realms: () => readonly string[];
}

/** Whom a name speaks of. */
export interface Claim {
  readonly owner: KnownUser | undefined;
  /** For the limiter. */
  readonly counted: string;
  /** For the log. */
  readonly shown: string;
  /** He, where a directory has said whose userPrincipalName it is. */
  readonly account: Principal | undefined;
}

/**
 * Finds him. A name of a known domain is looked for among the users first and then, if it has a suffix, in the directories; one with
 * another suffix in the directories first, since a user who happens to have that name is only its namesake.
 */
export async function claimOf(options: ClaimOptions, { principals, isDomainKnown, suffixed }: ClaimedName): Promise<Claim> {
  const namesake = isDomainKnown ? await claimOfPrincipals(options, principals) : undefined;
  if (namesake?.owner !== undefined) return namesake;
  const account = await accountCalled(options, suffixed);
  if (account === undefined) return namesake ?? claimOfPrincipals(options, principals);
  const principal = parsePrincipal(Buffer.from(`${account.name}@${account.realm}`));
  if ('why' in principal) return namesake ?? claimOfPrincipals(options, principals);
  // As at a sign-in, the SID before the alias: whoever was renamed keeps his counter.
  const owner = await options.users.userByAccount(account.directory, account.sid);
  return { ...owner === undefined ? await claimOfPrincipals(options, [principal]) : claimBy(owner, principal), account: principal };
}

/** Whether it was he whom the domain has accepted: only then may his failures be forgotten. */
export async function isProvedBy(options: ClaimOptions, { account, counted }: Claim, principal: Principal): Promise<boolean> {
  if (account !== undefined && fullAlias(account) === fullAlias(principal)) return true;
  return counted === (await claimOfPrincipals(options, [principal])).counted;
}

async function claimOfPrincipals(options: ClaimOptions, principals: ClaimedName['principals']): Promise<Claim> {
  const realms = options.realms();
  const owner = await options.users.userByAlias([...new Set(principals.flatMap((one) => aliasesOf(one, realms)))]);
  return claimBy(owner, principals[0]);
}

function claimBy(owner: KnownUser | undefined, principal: Principal): Claim {
  const alias = fullAlias({ ...principal, user: countedName(principal.user) ?? principal.user });
  return { owner, counted: owner?.id ?? `name ${alias}`, shown: owner?.name ?? fullAlias(principal), account: undefined };
}

/** A directory that is out stops nobody's NTLM, which the domain judges: the tries count for the namesake then. */
async function accountCalled({ accounts }: ClaimOptions, name: string | undefined): Promise<Account | undefined> {
  if (name === undefined || accounts.isEmpty) return undefined;
  try {
    const found = await accounts.byTypedName(name);
    return found.kind === 'found' ? found.account : undefined;
  } catch (error) {
    if (error instanceof UnavailableError) return undefined;
    throw error;
  }
}
