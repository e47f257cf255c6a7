// A server's certificate as it is shown to people, and which checks it failed.

/** What people are shown of a certificate. Texts are one line each, with strange characters escaped. */
export interface ShownCertificate {
  readonly subject: string;
  /** DNS names and addresses that it is for, as in `DNS:print.example.com`: the first 50, and then how many more there are. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the whole certificate: 64 hexadecimal digits in lower case. */
  readonly fingerprint: string;
}

/** One check that failed, and a sentence that says how. */
export interface CertificateFault {
  readonly check: CertificateCheck;
  readonly text: string;
}

/**
 * `chain`: no trusted authority vouches for it. `name`: it is for somebody else. `dates`: it is not valid now.
 * `usage`: it is not for servers, or the one above it must not vouch for anybody.
 */
export type CertificateCheck = 'chain' | 'name' | 'dates' | 'usage';
