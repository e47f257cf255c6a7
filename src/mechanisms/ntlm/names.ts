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

/** Whom a message claims to be from; nothing of it is proved. */
export interface ClaimedName {
  /**
   * Those whom it may mean, the likeliest first: by the name as it is written, then by `countedName`. Where it names no domain that is
   * known, any of them may take it for its own, so there is one in each.
   */
  readonly principals: readonly [Principal, ...Principal[]];
  readonly isDomainKnown: boolean;
  /** `NAME@SUFFIX` if it has a suffix: it may be a userPrincipalName, which need not begin with the name of the account. */
  readonly suffixed: string | undefined;
}

/** Reads it. Undefined for a name that can be nobody's, however the domain spells it. */
export function claimedName(
  { domain, user }: { readonly domain: string; readonly user: string }, domains: readonly NtlmDomain[],
): ClaimedName | undefined {
  const [before, after] = splitAt(user, user.indexOf('\\'));
  const account = after ?? before;
  const [name, suffix] = splitAt(account, account.lastIndexOf('@'));
  const place = (after === undefined ? suffix ?? domain : before).trim().toUpperCase();
  const known = domains.find((one) => one.domain === place || one.realm === place);
  const spellings = [writtenName(name), countedName(name)];
  const [first, ...others] = spellings.flatMap((folded) => (folded === undefined ? [] : (known === undefined ? domains : [known])
    .map(({ realm }) => ({ user: folded, realm, canonical: `${folded}@${realm}` }))));
  if (first === undefined || spellings[1] === undefined) return undefined;
  return {
    principals: [first, ...others], isDomainKnown: known !== undefined, suffixed: suffix === undefined ? undefined : `${name.trim()}@${suffix.trim()}`,
  };
}

const writtenName = (name: string): string | undefined => foldName(oneBlank(name).normalize('NFC'));

/** Letters with a stroke, or made of two, that Unicode does not take apart, and directories may. */
const letters: Readonly<Record<string, string>> = { æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ß: 'ss' };

/**
 * One text for all spellings that a domain may take for one name: Active Directory looks at neither case, width and accents nor at the
 * two kinds of kana, Samba not at how many blanks there are. Only for counting tries: two people whose names differ by an accent share it.
 * Undefined if no usable name is left.
 */
export function countedName(name: string): string | undefined {
  // Upper case first: ı has the capital letter of i there, and the two small sigmas have one.
  const lower = withoutMarks(withoutMarks(name).toUpperCase().toLowerCase());
  const plain = lower.replace(/[æœøłđðþħŧß]/g, (letter) => letters[letter] ?? letter)
    .replace(/[\u30A1-\u30F6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));
  return foldName(oneBlank(plain).normalize('NFKC'));
}

const withoutMarks = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '');

const oneBlank = (text: string): string => text.trim().replace(/ {2,}/g, ' ');

/** The account without a password, which is nobody. Under its name in another language the domain refuses it: it is disabled by default. */
export const isGuest = (user: string): boolean => /^(?:.*\\)?guest(?:@.*)?$/i.test(user.trim());

/** What is before and behind that place; all and nothing if it is -1. */
function splitAt(text: string, at: number): readonly [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
