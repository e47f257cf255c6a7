// User → his account in a directory: the one that he was mirrored from, else the one that an alias of his names.

import type { AccountFound, Accounts } from './account.ts';
import type { KnownUser, UserDirectory } from './user.ts';

/**
 * Looks it up; `elsewhere` if neither leads to a directory. A directory that is out throws UnavailableError.
 *
 * @param bareRealm the realm of a bare alias; without it a bare alias leads nowhere
 */
export async function accountOf(
  user: KnownUser, accounts: Accounts, directory: Pick<UserDirectory, 'aliasesOf'>, bareRealm = '',
): Promise<AccountFound> {
  if (accounts.isEmpty) return { kind: 'elsewhere' };
  if (user.account !== undefined) return accounts.bySid(user.account.directory, user.account.sid);
  let answer: AccountFound = { kind: 'elsewhere' };
  for (const alias of await directory.aliasesOf(user.id)) {
    const [name = '', realm = bareRealm] = alias.split('@');
    if (realm === '' || !accounts.serves(realm)) continue;
    answer = await accounts.byPrincipal({ user: name, realm });
    if (answer.kind === 'found') break;
  }
  return answer;
}
