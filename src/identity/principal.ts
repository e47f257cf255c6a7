// One canonical name for a Kerberos principal: which realm, which user, and whether it can be a person at all.

/**
 * A principal that may stand for a person. `user` is case-folded; `realm` is kept as the KDC spells it.
 * `canonical` is `user@REALM` and is what logs, aliases and limits use.
 */
export interface Principal {
  readonly user: string;
  readonly realm: string;
  readonly canonical: string;
}

/** Why a name is no person's: shown in the log. */
export interface NotAPerson {
  readonly why: string;
}

const MAX_NAME = 256;

/**
 * Controls, unassigned and private characters, odd spaces, what shows nothing at all (with two symbols that fonts leave blank),
 * and what separates the parts of a name.
 */
const unusable = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}"/@\\]/u;

/**
 * Reads the display form of a Kerberos name (RFC 1964 §2.1.1: components by `/`, realm after the last unescaped `@`,
 * `\` escapes). Names with an instance (`carol/admin`, `host/ws1`), machine accounts (`WS1$`) and names with
 * characters that show nothing are not people. Letters of other scripts that look alike stay different names.
 */
export function parsePrincipal(display: Uint8Array): Principal | NotAPerson {
  let text: string;
  try {
    // A replaced character or a byte order mark taken away would make two different names equal.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(display);
  } catch {
    return { why: 'the name is not UTF-8' };
  }
  if (text.includes('\\')) return { why: 'the name holds escaped characters' };
  const at = text.indexOf('@');
  if (at < 0 || at !== text.lastIndexOf('@')) return { why: 'the name does not have the form user@REALM' };
  if (text.includes('/')) return { why: 'the name has an instance, as services and administrators have' };
  const user = foldName(text.slice(0, at));
  const realm = text.slice(at + 1);
  if (user === undefined || !isRealm(realm)) return { why: 'the name is empty, too long or has characters that are not allowed' };
  if (user.endsWith('$')) return { why: 'the name is that of a machine or managed service account' };
  return { user, realm, canonical: `${user}@${realm}` };
}

/** Takes letter case away, as Active Directory does: names that are equal then are one name. */
export const foldCase = (name: string): string => name.toLowerCase();

/**
 * Folds the case of a user name, or answers undefined if it is no usable name. Only names in their compatibility-composed
 * form pass (RFC 8265 §3.3 has the same aim): otherwise KELVIN SIGN would fold to `k` and a stranger could be `alice`'s twin.
 */
export function foldName(name: string): string | undefined {
  if (name.length === 0 || name.length > MAX_NAME) return undefined;
  if (name.normalize('NFKC') !== name) return undefined;
  if (unusable.test(name.replaceAll(' ', '')) || name.trim() !== name) return undefined;
  const folded = foldCase(name);
  return folded.normalize('NFKC') === folded ? folded : undefined;
}

/** True for text that can be a Kerberos realm of domain style (RFC 4120 §6.1). */
export function isRealm(realm: string): boolean {
  return realm.length <= MAX_NAME && /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(realm);
}

/** An alias as an admin writes it: `user@REALM`, or bare `user`. Answers its canonical form, or undefined if it is neither. */
export function canonicalAlias(alias: string): string | undefined {
  const at = alias.lastIndexOf('@');
  const user = foldName(at < 0 ? alias : alias.slice(0, at));
  // A machine account is no person and signs in under no alias.
  if (user === undefined || user.endsWith('$')) return undefined;
  if (at < 0) return user;
  const realm = alias.slice(at + 1);
  return isRealm(realm) ? `${user}@${realm.toUpperCase()}` : undefined;
}

/** The alias that names this principal and no other: `user@REALM`, the realm in upper case as Active Directory writes it. */
export function fullAlias(principal: Principal): string {
  return `${principal.user}@${principal.realm.toUpperCase()}`;
}

/** The realm that a bare name is of: the one that may sign in, if it is one. */
export function onlyRealm(realms: readonly string[]): string | undefined {
  return realms.length === 1 ? realms[0] : undefined;
}

/** The aliases under which a principal is looked up, best first. A bare name counts only while one single realm may sign in. */
export function aliasesOf(principal: Principal, realms: readonly string[]): readonly string[] {
  const full = fullAlias(principal);
  return onlyRealm(realms) === principal.realm ? [full, principal.user] : [full];
}
