// KERB_VALIDATION_INFO, the logon-info buffer of a PAC (MS-PAC §2.5): who signed in and in which groups, as SIDs.

import { MAX_PADDING, openNdr, PacError, readArray, readArrayHeader, readSid, readString, readStringHeader } from './pac-ndr.ts';
import type { ArrayHeader, NdrCursor } from './pac-ndr.ts';

export { PacError } from './pac-ndr.ts';

/** What the domain says of the user. As trustworthy as the PAC it came from: use it only when that was verified and complete. */
export interface LogonInfo {
  readonly userSid: string;
  readonly primaryGroupSid: string;
  /** Groups of the account's domain. Here and below only enabled groups that are not for denial alone. */
  readonly groupSids: readonly string[];
  /** Well-known identities and groups of other domains. */
  readonly extraSids: readonly string[];
  /** Domain-local groups of the service's domain. */
  readonly resourceGroupSids: readonly string[];
  /** The sAMAccountName. */
  readonly accountName: string;
  readonly fullName: string;
  /** NetBIOS name of the domain. */
  readonly domain: string;
}

interface Membership {
  readonly value: number;
  readonly granted: boolean;
}

// MS-PAC §2.2.1. A group that is not enabled, or serves only to deny, must not give rights.
const SE_GROUP_ENABLED = 0x4;
const SE_GROUP_USE_FOR_DENY_ONLY = 0x10;
const MEMBERSHIP_BYTES = 8;

/** GROUP_MEMBERSHIP and KERB_SID_AND_ATTRIBUTES alike: a RID or a pointer, then attributes. */
function readMembership(ndr: NdrCursor): Membership {
  const value = ndr.u32();
  const attributes = ndr.u32();
  return { value, granted: (attributes & SE_GROUP_ENABLED) !== 0 && (attributes & SE_GROUP_USE_FOR_DENY_ONLY) === 0 };
}

/** The fixed part, in the order of the structure. Counts and pointers here announce what follows behind. */
function readFixedPart(ndr: NdrCursor) {
  const skip = (bytes: number): void => void ndr.take(bytes, 1);
  if (ndr.u32() === 0) throw new PacError('PAC without logon information');
  skip(6 * 8); // logon, logoff, kick-off and three password times
  const accountName = readStringHeader(ndr);
  const fullName = readStringHeader(ndr);
  const paths = Array.from({ length: 4 }, () => readStringHeader(ndr)); // script, profile, home, drive
  skip(2 * 2); // logon and bad password counts
  const userId = ndr.u32();
  const primaryGroupId = ndr.u32();
  const groups = readArrayHeader(ndr);
  skip(4 + 16); // flags, session key
  const server = readStringHeader(ndr);
  const domain = readStringHeader(ndr);
  const domainSid = ndr.u32();
  skip(2 * 4 + 4 + 4 + 2 * 8 + 4 + 4); // reserved, account control, sub-status, two times, failures, reserved
  const extra = readArrayHeader(ndr);
  const resourceDomainSid = ndr.u32();
  const resource = readArrayHeader(ndr);
  return { accountName, fullName, paths, userId, primaryGroupId, groups, server, domain, domainSid, extra, resourceDomainSid, resource };
}

function readRids(ndr: NdrCursor, header: ArrayHeader): readonly number[] {
  const memberships = readArray(ndr, header, MEMBERSHIP_BYTES, () => readMembership(ndr));
  return memberships.filter(({ granted }) => granted).map(({ value }) => value);
}

function readExtraSids(ndr: NdrCursor, header: ArrayHeader): readonly { readonly sid: string; readonly granted: boolean }[] {
  const memberships = readArray(ndr, header, MEMBERSHIP_BYTES, () => readMembership(ndr));
  return memberships.map(({ value, granted }) => {
    if (value === 0) throw new PacError('PAC extra SID without a SID');
    return { sid: readSid(ndr), granted };
  });
}

/**
 * Reads a logon-info buffer as GSS-API hands it out (`urn:mspac:logon-info`); up to 7 bytes of padding may follow.
 * @throws PacError when it is cut short, contradicts itself, or lacks the domain's SID or the user's
 */
export function parseLogonInfo(bytes: Uint8Array): LogonInfo {
  const ndr = openNdr(bytes);
  const fixed = readFixedPart(ndr);
  const [accountName, fullName] = [readString(ndr, fixed.accountName), readString(ndr, fixed.fullName)];
  fixed.paths.forEach((header) => readString(ndr, header));
  const rids = readRids(ndr, fixed.groups);
  readString(ndr, fixed.server);
  const domain = readString(ndr, fixed.domain);
  if (fixed.domainSid === 0) throw new PacError('PAC without the SID of the domain');
  const domainSid = readSid(ndr);
  const extra = readExtraSids(ndr, fixed.extra);
  const resourceDomainSid = fixed.resourceDomainSid === 0 ? undefined : readSid(ndr);
  const resourceRids = readRids(ndr, fixed.resource);
  if (resourceDomainSid === undefined && resourceRids.length > 0) throw new PacError('PAC resource groups without a domain');
  if (ndr.remaining() > MAX_PADDING) throw new PacError('PAC with bytes after its end');
  // MS-PAC §2.5: with UserId 0 the account's own SID is the first extra one.
  const userSid = fixed.userId === 0 ? extra[0]?.sid : `${domainSid}-${fixed.userId}`;
  if (userSid === undefined) throw new PacError('PAC without the SID of the user');
  return {
    userSid,
    primaryGroupSid: `${domainSid}-${fixed.primaryGroupId}`,
    groupSids: rids.map((rid) => `${domainSid}-${rid}`),
    extraSids: extra.slice(fixed.userId === 0 ? 1 : 0).filter(({ granted }) => granted).map(({ sid }) => sid),
    resourceGroupSids: resourceRids.map((rid) => `${resourceDomainSid}-${rid}`),
    accountName,
    fullName,
    domain,
  };
}

/** The user's SID, then every group's once: primary, domain, extra, resource. */
export function pacSids(info: LogonInfo): readonly string[] {
  return [...new Set([info.userSid, info.primaryGroupSid, ...info.groupSids, ...info.extraSids, ...info.resourceGroupSids])];
}
