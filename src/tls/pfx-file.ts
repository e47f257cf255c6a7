// Reads a PFX file, as Windows exports it, with an error that names the file and what to do about it.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ConfigError } from '../errors.ts';
import { DerError } from './der.ts';
import { type Pkcs12, readPkcs12 } from './pkcs12.ts';
import { Pkcs12Error } from './pkcs12-cipher.ts';
import { modeWarnings, readSmallFile } from './small-file.ts';

export interface PfxFile {
  /** The server's certificate, then its intermediates; the root is left out, which clients have or do not trust (RFC 8446 §4.4.2). */
  readonly certificates: readonly [X509Certificate, ...X509Certificate[]];
  /** PKCS#8 in PEM, not encrypted. */
  readonly privateKeyPem: Buffer;
  readonly warnings: readonly string[];
}

/**
 * The private key of a PFX file, the certificate that belongs to it, and the certificates that lead from there to its root.
 *
 * @param name opens the sentence of every error and warning: the key of config.ini and the file that it names
 * @throws ConfigError when the file cannot be read or opened, is no PFX file or a damaged one, or has not just one key with its certificate
 */
export function readPfxFile(file: string, name: string, password: string | undefined): PfxFile {
  const { bytes, mode } = readSmallFile(file, name);
  const content = open(file, name, bytes, password);
  const certificates = distinct(content.certificates).map((der) => parsed(() => new X509Certificate(der), 'certificate', name));
  const keys = distinct(content.privateKeys).map((key) =>
    parsed(() => createPrivateKey({ key, format: 'der', type: 'pkcs8' }), 'private key', name));
  const { leaf, key } = identityOf(certificates, keys, name);
  const chain = chainOf(leaf, certificates);
  const isAlone = chain.length === 1 && !isSelfSigned(leaf);
  return {
    certificates: [leaf, ...chain.slice(1).filter((certificate) => !isSelfSigned(certificate))],
    privateKeyPem: Buffer.from(key.export({ type: 'pkcs8', format: 'pem' })),
    warnings: [
      ...modeWarnings(file, name, mode),
      ...(isAlone ? [`${name} has no certificate of its issuer: clients that do not know that one refuse the server; ${exportAgain} and all certificates of the path`] : []),
    ],
  };
}

const exportAgain = 'export it again with the private key';

function open(file: string, name: string, bytes: Buffer, password: string | undefined): Pkcs12 {
  if (bytes.length === 0) throw new ConfigError(`${name} is empty: copy the file again`);
  if (bytes.includes('-----BEGIN ')) throw new ConfigError(`${name} is PEM, not PFX: name it in CertificateFile and PrivateKeyFile instead`);
  try {
    return readPkcs12(bytes, password ?? '');
  } catch (cause) {
    if (cause instanceof Pkcs12Error) throw new ConfigError(`${name} ${whyClosed(cause, file, password)}`, { cause });
    if (!(cause instanceof DerError)) throw cause;
    throw new ConfigError(`${name} ${whyMalformed(file, bytes)}`, { cause });
  }
}

function whyClosed({ fault, message }: Pkcs12Error, file: string, password: string | undefined): string {
  switch (fault) {
    case 'password': return password === undefined
      ? 'needs its password: set PfxPasswordFile'
      : 'does not open with PfxPassword: correct that, or copy the file again if it is damaged';
    case 'legacy': return `is encrypted in a way that was given up (${message}): export it again with AES256-SHA256, or ${convert(file, '-legacy ')}`;
    case 'unsupported': return `is of a kind that cannot be read here (${message}): ${convert(file)}`;
  }
}

/** A PFX file begins with its version, 3, and a SEQUENCE, whatever the lengths before and after. */
function whyMalformed(file: string, bytes: Buffer): string {
  const isPfx = bytes[0] === 0x30 && bytes.subarray(0, 12).includes(Buffer.of(2, 1, 3, 0x30));
  if (!isPfx) return 'is not a PFX file: name the .pfx or .p12 file that has certificate and private key';
  return `is damaged, cut short or not in DER: copy the file again, or ${convert(file)}`;
}

const convert = (file: string, options = ''): string =>
  `openssl pkcs12 ${options}-noenc -in ${file} -out server.pem, and name server.pem in CertificateFile and PrivateKeyFile instead`;

/** Some programs write the certificate of the key twice: by itself and as a part of the chain. */
function distinct(values: readonly Uint8Array[]): readonly Buffer[] {
  return [...new Map(values.map((value) => Buffer.from(value)).map((value) => [value.toString('latin1'), value])).values()];
}

function parsed<T>(parse: () => T, what: string, name: string): T {
  try {
    return parse();
  } catch (cause) {
    throw new ConfigError(`${name} holds a damaged ${what}: ${exportAgain}`, { cause });
  }
}

function identityOf(certificates: readonly X509Certificate[], keys: readonly KeyObject[], name: string) {
  if (keys.length === 0) throw new ConfigError(`${name} has no private key inside: ${exportAgain}`);
  const pairs = keys.flatMap((key) => certificates.filter((leaf) => leaf.checkPrivateKey(key)).map((leaf) => ({ leaf, key })));
  const [pair, ...others] = pairs;
  if (pair === undefined) throw new ConfigError(`${name} has no certificate of its private key inside: export both together`);
  if (others.length > 0) {
    const serials = pairs.map(({ leaf }) => leaf.serialNumber).join(', ');
    throw new ConfigError(`${name} has several certificates with a private key (serial numbers ${serials}): export the server's alone`);
  }
  return pair;
}

/** From the leaf as far as the certificates go, each followed by its issuer; the file has them in any order. */
function chainOf(leaf: X509Certificate, certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  const chain = [leaf];
  for (let last = leaf; !isSelfSigned(last);) {
    const issuer = certificates.find((one) => !chain.includes(one) && last.checkIssued(one) && last.verify(one.publicKey));
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/** Whether the certificate vouches for itself, as a root does. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}
