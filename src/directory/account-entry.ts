// A person's entry becomes an Account: who it is, whether it is usable now, and its groups.

import type { Account } from '../identity/account.ts';
import { type Entry, octets, sidOf, text } from './entry.ts';
import { DirectoryFailure } from './failure.ts';
import { isBuiltin, sidText } from './sid.ts';

/** ADS_UF_ACCOUNTDISABLE (MS-ADTS §2.2.16). */
const ACCOUNT_DISABLE = 0x2;
/** Seconds from 1601 to 1970, where accountExpires and Unix begin to count. */
const EPOCH_1601 = 11_644_473_600n;
const TICKS_PER_SECOND = 10_000_000n;
/** Both mean never (accountExpires of MS-ADA1). */
const NEVER: ReadonlySet<bigint> = new Set([0n, 2n ** 63n - 1n]);

export const accountAttributes = ['objectSid', 'sAMAccountName', 'userAccountControl', 'accountExpires', 'tokenGroups'] as const;

/**
 * Reads the entry; undefined if it has no SID or no name, so that it is no account.
 *
 * @param now seconds since the epoch
 * @throws DirectoryFailure if BindName may not read what decides about the account
 */
export function toAccount(entry: Entry, place: Pick<Account, 'directory' | 'realm'>, now: number): Account | undefined {
  const sid = sidOf(entry);
  const name = text(entry, 'sAMAccountName');
  if (sid === undefined || name === undefined) return undefined;
  const { directory, realm } = place;
  return { directory, sid, dn: entry.dn, name, realm, disabled: isDisabled(entry, now), groups: groupsOf(entry) };
}

/** Whether it is disabled or has expired. @throws DirectoryFailure if that may not be read */
export function isDisabled(entry: Entry, now: number): boolean {
  const flags = text(entry, 'userAccountControl');
  if (flags === undefined || !/^-?\d{1,10}$/.test(flags)) throw unreadable(entry, 'userAccountControl');
  return (Number(flags) & ACCOUNT_DISABLE) !== 0 || hasExpired(entry, now);
}

function hasExpired(entry: Entry, now: number): boolean {
  // An account that never had an end may have no such attribute at all.
  const expires = text(entry, 'accountExpires') ?? '0';
  if (!/^\d{1,19}$/.test(expires)) throw unreadable(entry, 'accountExpires');
  const ticks = BigInt(expires);
  return !NEVER.has(ticks) && ticks / TICKS_PER_SECOND - EPOCH_1601 <= BigInt(Math.floor(now));
}

/**
 * The domain computes them (MS-ADTS §3.1.1.4.5.19): groups of groups, and the primary one. Everybody has one, so none means unreadable.
 * The built-in ones of the controller are left out: no ticket has them, and rights must not depend on how somebody signs in.
 */
function groupsOf(entry: Entry): readonly string[] {
  const groups = octets(entry, 'tokenGroups').map(sidText).filter((sid) => sid !== undefined);
  if (groups.length === 0) throw unreadable(entry, 'tokenGroups');
  return groups.filter((sid) => !isBuiltin(sid));
}

function unreadable(entry: Entry, attribute: string): DirectoryFailure {
  return new DirectoryFailure('answered', `${attribute} of "${entry.dn}" cannot be read by BindName`, {
    cure: attribute === 'tokenGroups' ? 'make BindName a member of the group Windows Authorization Access Group' : `let BindName read ${attribute}`,
  });
}
