// Who vouches for a certificate (RFC 5280 §6.1): OpenSSL tells its last complaint alone, and one of dates hides that nobody does.

import type { X509Certificate } from 'node:crypto';

/** No honest chain is longer. */
const MAX_LENGTH = 10;

/**
 * The way from a certificate up to an authority that is trusted, without itself; undefined if there is none. Only names and signatures
 * count for it: whether those on the way may vouch, and are in date, is the caller's to judge. A way over real authorities is preferred.
 * @param certificate with what the server sent above it, as `getPeerX509Certificate` gives it
 * @param anchors those that are trusted
 */
export function wayUp(certificate: X509Certificate, anchors: readonly X509Certificate[]): readonly X509Certificate[] | undefined {
  const sent = sentWith(certificate);
  return search(certificate, anchors, new Set(sent.filter(({ ca }) => ca))) ?? search(certificate, anchors, new Set(sent));
}

/** Each one is gone from once, so that neither loops nor many of one name take long: what leads nowhere from here leads nowhere at all. */
function search(
  certificate: X509Certificate, anchors: readonly X509Certificate[], left: Set<X509Certificate>,
): readonly X509Certificate[] | undefined {
  if (anchors.some(isSame(certificate))) return [];
  const anchor = anchors.find((one) => isIssuedBy(certificate, one));
  if (anchor) return [anchor];
  for (const issuer of [...left].filter((one) => isIssuedBy(certificate, one))) {
    if (!left.delete(issuer)) continue;
    const above = search(issuer, anchors, left);
    if (above) return [issuer, ...above];
  }
  return undefined;
}

/** Node.js chains them in the order in which they were sent, which may be any. */
function sentWith(certificate: X509Certificate): readonly X509Certificate[] {
  const sent: X509Certificate[] = [];
  for (let at = certificate.issuerCertificate; at && sent.length < MAX_LENGTH; at = at.issuerCertificate) {
    if (!isSame(at)(certificate) && !sent.some(isSame(at))) sent.push(at);
  }
  return sent;
}

const isSame = ({ raw }: X509Certificate) => (other: X509Certificate): boolean => raw.equals(other.raw);

/** By name and signature. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  // `checkIssued` knows every spelling of a name, but not those that must not sign certificates, and did.
  return (certificate.checkIssued(issuer) || certificate.issuer === issuer.subject) && isSigned(certificate, issuer);
}

function isSigned(certificate: X509Certificate, { publicKey }: X509Certificate): boolean {
  try {
    return certificate.verify(publicKey);
  } catch {
    return false; // a key of a kind that signs nothing
  }
}
