// Who signs in with NTLM: a user name as people write it, and its password.

import { badCredentials } from './failure.ts';

export interface NtlmCredentials {
  /** An account's name (`alice`), or a user principal name as a whole (`alice@myq.test`). */
  readonly user: string;
  /** As in `MYQ`. Empty with a user principal name, and where the domain of the server is meant: see `sentDomain`. */
  readonly domain: string;
  readonly password: string;
  /** What the server's log shall call this computer; by default it is not told. */
  readonly workstation?: string;
}

/** UTF-16 units: what Windows allows for a user principal name (UNLEN), and for a password (PWLEN). */
const MAX_LENGTH = 256;
const controls = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * Reads `DOMAIN\user`, `user@domain` or `user`.
 *
 * Throws ClientError (`ntlm_no_credentials`) if a part is missing or is not a name: with control characters or halves of characters, longer
 * than 256, with a second backslash; for `.\user`, an account of this computer alone; and for a password that is empty or too long.
 */
export function credentialsOf(name: string, password: string): NtlmCredentials {
  const at = name.indexOf('\\');
  const [domain, user] = at < 0 ? ['', name] : [name.slice(0, at), name.slice(at + 1)];
  if (at === 0) throw badCredentials('there is no domain before the backslash');
  const credentials = { user, domain, password };
  checkCredentials(credentials);
  return credentials;
}

/** Throws as `credentialsOf` does. */
export function checkCredentials({ user, domain, password, workstation = '' }: NtlmCredentials): void {
  checkName(user, 'user name');
  checkName(domain, 'domain');
  checkName(workstation, 'workstation');
  if (user.trim() === '') throw badCredentials('there is no user name');
  if (user.includes('\\')) throw badCredentials('the user name has a backslash too many');
  if (/^@|@$/.test(user.trim())) throw badCredentials('one side of the @ is missing');
  if (domain !== '' && domain.trim() === '') throw badCredentials('there is no domain before the backslash');
  if (domain === '.') throw badCredentials('`.` is this computer, whose own accounts a server does not know');
  // Sent as it is it would only be refused, and count as a wrong password.
  if (password === '') throw badCredentials('there is no password');
  if (password.length > MAX_LENGTH) throw badCredentials(`the password is longer than ${String(MAX_LENGTH)} characters`);
}

function checkName(text: string, what: string): void {
  if (text.length > MAX_LENGTH) throw badCredentials(`the ${what} is longer than ${String(MAX_LENGTH)} characters`);
  if (!text.isWellFormed()) throw badCredentials(`the ${what} has half a character in it`);
  if (controls.test(text)) throw badCredentials(`the ${what} has control characters in it`);
}

/**
 * The domain to send. A user principal name goes whole into the name, with an empty domain, as Windows sends it: its suffix need not be a
 * domain. A bare user is taken to be of the server's domain (its MsvAvNbDomainName): MS-NLMP leaves it open, and an empty field would leave
 * it to the server whether it means an account of the domain or one of its own.
 */
export function sentDomain({ user, domain }: Pick<NtlmCredentials, 'user' | 'domain'>, serverDomain: string): string {
  return domain !== '' || user.includes('@') ? domain : serverDomain;
}
