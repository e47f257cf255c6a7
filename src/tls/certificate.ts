// Loads the server's certificate and key from PEM or PFX files and refuses at start what clients would refuse later.
import type { KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { ConfigError } from '../errors.ts';
import { tlsServerEndPoint } from './endpoint.ts';
import { readCertificates, readPrivateKey } from './pem-files.ts';
import { isSelfSigned, readPfxFile } from './pfx-file.ts';

interface PemSettings {
  /** PEM: the server's certificate first, then its intermediates. */
  readonly certificateFile: string;
  /** PEM, not encrypted. */
  readonly privateKeyFile: string;
  readonly pfxFile?: undefined;
}

interface PfxSettings {
  /** PKCS#12: certificate, intermediates and private key in one file, in any order. */
  readonly pfxFile: string;
  readonly pfxPassword?: string | KeyObject | undefined;
}

/** Where the certificate and its key are, and what they are for. */
export type ServerCertificateSettings = (PemSettings | PfxSettings) & {
  /** `[Server] Hostname`: the name that clients type, which the certificate must cover. */
  readonly hostname: string;
  readonly now?: Date;
};

export interface ServerCertificate {
  /** The server's certificate, then those that lead to its root, and nothing else that was in the file. */
  readonly certificatePem: Buffer;
  readonly privateKeyPem: Buffer;
  readonly leaf: X509Certificate;
  /** One sentence each, for the log at start. */
  readonly warnings: readonly string[];
}

const day = 86_400_000;
const renewalNotice = 30 * day;
const minimumRsaBits = 2048;
const curves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];
const serverAuth = '1.3.6.1.5.5.7.3.1';
const anyUsage = '2.5.29.37.0';

/**
 * Loads and checks the server's certificate and private key.
 *
 * @returns the PEM texts for the TLS server, the leaf for channel binding, and warnings that do not stop the start
 * @throws ConfigError, in one line that says what to do, when a file is missing, unreadable or not what it should be, the key
 *   does not match or is weak, or the certificate does not cover `hostname`, is expired, not yet valid or not for servers
 */
export function loadServerCertificate(settings: ServerCertificateSettings): ServerCertificate {
  const { hostname, now = new Date() } = settings;
  const { name, certificates, privateKeyPem, warnings } = settings.pfxFile === undefined ? pemFiles(settings) : pfxFile(settings);
  const [leaf] = certificates;
  requireStrength(leaf.publicKey, name);
  requireServerUsage(leaf, name);
  requireHostname(leaf, hostname, name);
  requireDates(leaf, now, name);
  return {
    certificatePem: Buffer.from(certificates.map((certificate) => certificate.toString()).join('')),
    privateKeyPem,
    leaf,
    warnings: [...warnings, ...certificateWarnings(leaf, now, name)],
  };
}

/** A leaf with the key that is proved to be its own. */
interface Found {
  /** Opens the sentence of every error and warning about the certificate. */
  readonly name: string;
  readonly certificates: readonly [X509Certificate, ...X509Certificate[]];
  readonly privateKeyPem: Buffer;
  readonly warnings: readonly string[];
}

function pemFiles({ certificateFile, privateKeyFile }: PemSettings): Found {
  const name = `[Server] CertificateFile ${certificateFile}`;
  const keyName = `[Server] PrivateKeyFile ${privateKeyFile}`;
  const certificates = readCertificates(certificateFile, name);
  const key = readPrivateKey(privateKeyFile, keyName);
  requireMatch(certificates, name, key.object, keyName);
  return { name, certificates, privateKeyPem: key.pem, warnings: key.warnings };
}

function pfxFile({ pfxFile: file, pfxPassword }: PfxSettings): Found {
  const name = `[Server] PfxFile ${file}`;
  const password = typeof pfxPassword === 'object' ? pfxPassword.export().toString() : pfxPassword;
  return { name, ...readPfxFile(file, name, password) };
}

// In the functions below `name` and `keyName` open the sentence: the section, the key and the file that it names.

function requireMatch(certificates: readonly X509Certificate[], name: string, key: KeyObject, keyName: string): void {
  const index = certificates.findIndex((certificate) => certificate.checkPrivateKey(key));
  if (index === 0) return;
  if (index > 0) {
    throw new ConfigError(`${name}: the certificate of the key is number ${index + 1} in it; put it first, its intermediates after it`);
  }
  throw new ConfigError(`${keyName} does not match the certificate in CertificateFile: name two files that were issued together`);
}

function requireStrength(key: KeyObject, name: string): void {
  const { modulusLength = 0, namedCurve = 'without a name' } = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType ?? 'unknown';
  const advice = `get one with RSA of ${minimumRsaBits} bits or more, or with ECDSA P-256, P-384 or P-521`;
  if (type === 'rsa' || type === 'rsa-pss') {
    if (modulusLength < minimumRsaBits) throw new ConfigError(`${name}: its RSA key of ${modulusLength} bits is too weak; ${advice}`);
  } else if (type === 'ec') {
    if (!curves.includes(namedCurve)) throw new ConfigError(`${name}: its curve ${namedCurve} is too weak or not usable in TLS; ${advice}`);
  } else if (type !== 'ed25519' && type !== 'ed448') {
    throw new ConfigError(`${name}: its key of type ${type} is not usable in TLS; ${advice}`);
  }
}

/** Without an extended key usage a certificate may serve anything (RFC 5280 §4.2.1.12). */
function requireServerUsage(leaf: X509Certificate, name: string): void {
  const usages: readonly string[] | undefined = leaf.keyUsage;
  if (usages === undefined || usages.includes(serverAuth) || usages.includes(anyUsage)) return;
  throw new ConfigError(`${name} is not for servers: get a certificate with the extended key usage serverAuth`);
}

/** The subject's common name does not count: no client of today looks at it (RFC 9525 §2). */
function requireHostname(leaf: X509Certificate, hostname: string, name: string): void {
  const covered = isIP(hostname) === 0
    ? leaf.checkHost(hostname, { subject: 'never', wildcards: true, partialWildcards: false })
    : leaf.checkIP(hostname);
  if (covered !== undefined) return;
  const names = leaf.subjectAltName ?? 'no subject alternative name, and the common name does not count';
  throw new ConfigError(
    `${name} does not cover Hostname ${hostname} (it has ${names}): get a certificate for that name, or set Hostname to one that it has`,
  );
}

function requireDates(leaf: X509Certificate, now: Date, name: string): void {
  if (now > leaf.validToDate) throw new ConfigError(`${name} expired on ${date(leaf.validToDate)}: renew it`);
  if (now < leaf.validFromDate) {
    throw new ConfigError(`${name} is not valid before ${date(leaf.validFromDate)}: check the clock of this machine, or wait`);
  }
}

function certificateWarnings(leaf: X509Certificate, now: Date, name: string): string[] {
  const warnings: string[] = [];
  const left = leaf.validToDate.getTime() - now.getTime();
  if (left < renewalNotice) {
    warnings.push(`${name} expires on ${date(leaf.validToDate)}, in ${Math.floor(left / day)} days: renew it`);
  }
  if (isSelfSigned(leaf)) {
    warnings.push(`${name} is self-signed: only clients that have this very certificate installed as trusted accept it`);
  }
  if (tlsServerEndPoint(leaf.raw) === undefined) {
    warnings.push(`${name} has a signature (Ed25519 or the like) without a channel binding: get one that is signed with ECDSA or RSA`);
  }
  return warnings;
}

function date(value: Date): string {
  return value.toISOString().slice(0, 10);
}
