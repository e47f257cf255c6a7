// NTLM's names and ours: DOMAIN\user, user@suffix and NetBIOS domains → Kerberos principals.

import { foldName, parsePrincipal, type NotAPerson, type Principal } from '../../identity/principal.ts';

/** One pair of `[NTLM] Domains`; both in upper case. */
export interface NtlmDomain {
  readonly domain: string;
  readonly realm: string;
}

/** Why the answer of the helper names nobody whom we know: shown in the log. */
export interface UnknownDomain {
  readonly unknown: string;
  readonly cure: string;
}

/** Who a helper says it is: canonical `DOMAIN\user`. Machine accounts and names that are no person's are `NotAPerson`. */
export function principalOf(user: string, domains: readonly NtlmDomain[]): Principal | NotAPerson | UnknownDomain {
  const at = user.indexOf('\\');
  if (at <= 0) {
    return { unknown: 'winbind gave the name without its domain', cure: 'in smb.conf set "winbind use default domain = no" and leave "winbind separator" as it is' };
  }
  const domain = user.slice(0, at).toUpperCase();
  const realm = domains.find((one) => one.domain === domain)?.realm;
  if (realm === undefined) {
    return { unknown: `the domain ${domain} is not among ${domains.map((one) => one.domain).join(', ')}`, cure: 'if its users shall sign in, add DOMAIN=REALM to [NTLM] Domains' };
  }
  const name = user.slice(at + 1);
  if (isGuest(name)) return { why: 'the account is the guest account' };
  return parsePrincipal(Buffer.from(`${name}@${realm}`));
}

/**
 * The alias `user@REALM` of whom a message claims to be from, for counting his failed tries before anything is proved: every spelling
 * that the domain takes for one person counts for one. Undefined for no usable name. A domain that is not known counts as the first one:
 * the domain might take it for that.
 */
export function claimedAlias(
  { domain, user }: { readonly domain: string; readonly user: string }, domains: readonly NtlmDomain[],
): string | undefined {
  const [before, after] = splitOnce(user, '\\');
  const [name, suffix] = splitOnce(after ?? before, '@');
  const claimed = (after === undefined ? suffix ?? domain : before).toUpperCase();
  const realm = domains.find((one) => one.domain === claimed || one.realm === claimed)?.realm ?? domains[0]?.realm;
  const folded = foldName(name.trim().normalize('NFC'));
  return folded === undefined || realm === undefined ? undefined : `${folded}@${realm}`;
}

/** The account without a password, which is nobody. Under its name in another language the domain refuses it: it is disabled by default. */
export const isGuest = (user: string): boolean => /^(?:.*\\)?guest(?:@.*)?$/i.test(user.trim());

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
