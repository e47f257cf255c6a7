// User → his account in a directory: the one that he was mirrored from, else the one that an alias of his names.

import type { AccountFound, Accounts } from './account.ts';
import { onlyRealm } from './principal.ts';
import type { KnownUser, UserDirectory } from './user.ts';

export interface AccountOfOptions {
  readonly accounts: Accounts;
  readonly directory: Pick<UserDirectory, 'aliasesOf'>;
  /** Realms whose users may sign in, as they are at this moment: a bare alias is of the only one. */
  readonly realms: () => readonly string[];
}

/** Looks it up; `elsewhere` if neither leads to a directory. A directory that is out throws UnavailableError. */
export async function accountOf(user: KnownUser, { accounts, directory, realms }: AccountOfOptions): Promise<AccountFound> {
  if (accounts.isEmpty) return { kind: 'elsewhere' };
  if (user.account !== undefined) return accounts.bySid(user.account.directory, user.account.sid);
  const bareRealm = onlyRealm(realms()) ?? '';
  let answer: AccountFound = { kind: 'elsewhere' };
  let isElsewhereToo = false;
  for (const alias of await directory.aliasesOf(user.id)) {
    const [name = '', realm = bareRealm] = alias.split('@');
    if (realm === '') continue;
    if (!accounts.serves(realm)) {
      isElsewhereToo = true;
      continue;
    }
    answer = await accounts.byPrincipal({ user: name, realm });
    if (answer.kind === 'found') break;
  }
  // Whoever is also of a realm that no directory serves may have signed in from there.
  return answer.kind === 'absent' && isElsewhereToo ? { kind: 'elsewhere' } : answer;
}
