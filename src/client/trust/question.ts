// What a person is asked in Normal mode, and what is remembered of a yes.

import type { CertificateFault, ShownCertificate } from './certificate.ts';

/** A certificate that a person accepted for one host and port: together with the fingerprint that is the key. */
export interface AcceptedCertificate {
  /** In lower case: a name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the whole certificate: 64 hexadecimal digits in lower case. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  readonly acceptedAt: number;
}

export interface CertificateQuestion {
  readonly host: string;
  readonly port: number;
  readonly certificate: ShownCertificate;
  /** At least one. */
  readonly faults: readonly CertificateFault[];
  /** Those that were accepted for this host and port before: with one in it, this is a change, which may be an attack. */
  readonly before: readonly AcceptedCertificate[];
}

/** Shows it to a person; true if he accepts it. */
export type AskPerson = (question: CertificateQuestion) => Promise<boolean>;

/** The accepted certificates (`cert.store`). */
export interface AcceptedCertificates {
  /** Those of this host and port. Throws ClientError `store_damaged` or `store_unusable`. */
  of(host: string, port: number): Promise<readonly AcceptedCertificate[]>;
  /** Remembers one; it is there once this resolves. Throws as `of`. */
  accept(certificate: AcceptedCertificate): Promise<void>;
}
