// Which checks a server's certificate failed (RFC 5280 §6, RFC 9525), and how it is shown to people.

import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { oneLine } from '../error.ts';
import type { CertificateCheck, CertificateFault, ShownCertificate } from './certificate.ts';
import { isIssuedBy, wayUp } from './vouching.ts';

/** What a connection tells of the other side's certificate. */
export interface Presented {
  readonly certificate: X509Certificate;
  /** OpenSSL's last complaint about it, as in `CERT_HAS_EXPIRED`; undefined if it has none. */
  readonly complaint: string | undefined;
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0';
/** A certificate may have thousands of names. A sentence, and a question, with so many of them can still be read. */
const TOLD_NAMES = 10;
const SHOWN_NAMES = 50;

/**
 * All checks that failed; none: the certificate is in order.
 * @param anchors those who may vouch; asked for only if OpenSSL complains
 * @param host the name or the address (without brackets) that the person or the configuration gave
 * @param now milliseconds since 1970
 */
export function faultsOf(
  { certificate, complaint }: Presented, anchors: () => readonly X509Certificate[], host: string, now: number,
): readonly CertificateFault[] {
  const own = [datesFault(certificate, now), nameFault(certificate, host), usageFault(certificate)].filter((fault) => fault !== undefined);
  if (complaint === undefined) return own;
  // OpenSSL tells its last complaint alone. What that one hides is found here; where it says more of the chain, it is heard.
  const found = [...faultsAbove(certificate, anchors(), now), ...own];
  const told = complaints[complaint] ?? (found.length === 0 ? unknownComplaint(complaint) : undefined);
  if (told === undefined) return found;
  const [check, text] = told;
  const fault = { check, text: text.replace('ISSUER', () => issuerOf(certificate)) };
  const isFound = check === 'usage' && found.some((one) => one.check === check);
  return isFound ? found : [fault, ...found.filter((one) => one.check !== check)];
}

/** Whether the certificate is for this name or address. A common name counts for nothing (RFC 9525 §2). */
export function isFor(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host.replace(/\.$/, ''), { subject: 'never', partialWildcards: false }) !== undefined;
}

function nameFault(certificate: X509Certificate, host: string): CertificateFault | undefined {
  if (isFor(certificate, host)) return undefined;
  const names = namesOf(certificate);
  const forWhom = names.length === 0 ? 'it has no names at all (a common name does not count)' : `it is for ${first(TOLD_NAMES, names).join(', ')}`;
  return { check: 'name', text: `it is not for ${oneLine(host)}: ${forWhom}` };
}

function datesFault(certificate: X509Certificate, now: number): CertificateFault | undefined {
  const { validFromDate: from, validToDate: to } = certificate;
  if (now < from.getTime()) return { check: 'dates', text: `it is not valid before ${from.toISOString()}` };
  if (now > to.getTime()) return { check: 'dates', text: `it expired on ${to.toISOString()}` };
  return undefined;
}

function usageFault({ keyUsage }: X509Certificate): CertificateFault | undefined {
  // Node.js calls the extended key usage so. Without one the certificate is for everything.
  const usages = keyUsage as readonly string[] | undefined;
  if (usages === undefined || usages.includes(SERVER_AUTH) || usages.includes(ANY_EXTENDED_KEY_USAGE)) return undefined;
  return { check: 'usage', text: 'it is not for servers (its extended key usage lacks serverAuth)' };
}

/** Whether anybody who is trusted vouches for it, and those on the way up may do so and are in date. */
function faultsAbove(certificate: X509Certificate, anchors: readonly X509Certificate[], now: number): readonly CertificateFault[] {
  const way = wayUp(certificate, anchors);
  if (way === undefined) {
    return [{ check: 'chain', text: isIssuedBy(certificate, certificate) ? SELF_SIGNED : `no authority that this computer trusts vouches for it (issuer: ${issuerOf(certificate)})` }];
  }
  const faults: CertificateFault[] = [];
  const notAuthority = way.find(({ ca, issuer, subject }) => !ca && issuer !== subject);
  if (notAuthority) faults.push({ check: 'usage', text: `${distinguishedName(notAuthority.subject)}, which vouches for it, is no authority` });
  const notNow = way.map((one) => datesFault(one, now)).find((fault) => fault !== undefined);
  if (notNow) faults.push({ check: 'dates', text: notNow.text.replace(/^it /, 'an authority above it ') });
  return faults;
}

const SELF_SIGNED = 'it is self-signed: nobody vouches for it';

/** What OpenSSL's complaints mean that say more than the checks here. */
const complaints: Readonly<Record<string, readonly [CertificateCheck, string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ['chain', SELF_SIGNED],
  SELF_SIGNED_CERT_IN_CHAIN: ['chain', 'the authority that vouches for it is not trusted on this computer (issuer: ISSUER)'],
  UNABLE_TO_GET_ISSUER_CERT: ['chain', 'an authority above it is neither trusted on this computer nor sent by the server (issuer: ISSUER)'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['chain', 'its authority is neither trusted on this computer nor sent by the server (issuer: ISSUER)'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['chain', 'its authority is neither trusted on this computer nor sent by the server (issuer: ISSUER)'],
  CERT_SIGNATURE_FAILURE: ['chain', 'its signature is wrong'],
  PATH_LENGTH_EXCEEDED: ['usage', 'an authority above it may not vouch for so long a chain'],
  INVALID_PURPOSE: ['usage', 'it, or an authority above it, is not for servers'],
  CERT_REVOKED: ['chain', 'it was revoked'],
  CERT_REJECTED: ['chain', 'this computer rejects its authority'],
};

/** One without words here is passed on as it is: it is a fault all the same. OpenSSL has more of them than Node.js has names. */
const unknownComplaint = (complaint: string): readonly [CertificateCheck, string] =>
  ['chain', `the chain of authorities above it does not hold (${oneLine(complaint)}; issuer: ISSUER)`];

/** How it is shown. */
export function shown(certificate: X509Certificate): ShownCertificate {
  return {
    subject: distinguishedName(certificate.subject),
    names: first(SHOWN_NAMES, namesOf(certificate)),
    issuer: issuerOf(certificate),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    fingerprint: fingerprintOf(certificate),
  };
}

/** SHA-256 of the whole certificate: 64 hexadecimal digits in lower case. */
export const fingerprintOf = ({ fingerprint256 }: X509Certificate): string => fingerprint256.replaceAll(':', '').toLowerCase();

const issuerOf = ({ issuer }: X509Certificate): string => distinguishedName(issuer);

/** Node.js gives an attribute a line, or nothing at all for an empty name. */
const distinguishedName = (lines: string | undefined): string => oneLine((lines ?? '').split('\n').join(', ')) || '(no name)';

/** As in `DNS:print.example.com`. Node.js quotes what has a comma in it. */
function namesOf({ subjectAltName }: X509Certificate): readonly string[] {
  return (subjectAltName?.match(/[^,"]+(?:"(?:[^"\\]|\\.)*")?/g) ?? []).map((name) => oneLine(name.trim())).filter((name) => name !== '');
}

const first = (count: number, names: readonly string[]): readonly string[] =>
  (names.length <= count ? names : [...names.slice(0, count), `and ${String(names.length - count)} more`]);
