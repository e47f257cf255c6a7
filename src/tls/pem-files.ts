// Reads PEM files (RFC 7468) of certificates and private keys, with an error that names the file and what to do about it.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ConfigError } from '../errors.ts';
import { modeWarnings, readSmallFile } from './small-file.ts';

const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

interface PemBlock {
  readonly label: string;
  readonly text: string;
}

interface PemFile {
  readonly blocks: readonly PemBlock[];
  readonly mode: number;
}

/**
 * The certificates of a PEM file in the order of the file; other blocks in it are passed over.
 *
 * @param name opens the sentence of every error: the key of config.ini and the file that it names
 * @throws ConfigError when the file cannot be read, is not PEM, holds no certificate or a damaged one
 */
export function readCertificates(file: string, name: string): readonly [X509Certificate, ...X509Certificate[]] {
  const { blocks } = readPemFile(file, name, `openssl x509 -inform DER -in ${file} -out server.pem`);
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE');
  const [first, ...rest] = certificates.map(({ text }, index) => parseCertificate(text, index, name));
  if (first === undefined) throw new ConfigError(`${name} has no certificate in it, only ${labels(blocks)}: name the file that has`);
  return [first, ...rest];
}

function parseCertificate(text: string, index: number, name: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new ConfigError(`${name}: certificate number ${index + 1} in it is damaged; copy the file again`, { cause });
  }
}

export interface PrivateKeyFile {
  readonly object: KeyObject;
  readonly pem: Buffer;
  readonly warnings: readonly string[];
}

/**
 * The private key of a PEM file (PKCS#8, or the older RSA and EC forms), with a warning when others may read the file.
 *
 * @param name opens the sentence of every error and warning
 * @throws ConfigError when the file cannot be read, is not PEM, holds no key, or a damaged or encrypted one
 */
export function readPrivateKey(file: string, name: string): PrivateKeyFile {
  const { blocks, mode } = readPemFile(file, name, `openssl pkey -inform DER -in ${file} -out server.key`);
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (key === undefined) throw new ConfigError(`${name} has no private key in it, only ${labels(blocks)}: name the file that has`);
  if (key.label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(key.text)) {
    throw new ConfigError(`${name} is encrypted, and the gateway has no password for it: openssl pkey -in ${file} -out server.key`);
  }
  return {
    object: parsePrivateKey(key.text, name),
    pem: Buffer.from(`${key.text}\n`),
    warnings: modeWarnings(file, name, mode),
  };
}

function parsePrivateKey(text: string, name: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new ConfigError(`${name} holds a damaged private key: copy the file again`, { cause });
  }
}

function readPemFile(file: string, name: string, convert: string): PemFile {
  const { bytes, mode } = readSmallFile(file, name, ', or run myq-gateway init in another, empty directory and copy its tls/ here');
  const text = bytes.toString('utf8');
  const blocks = Array.from(text.matchAll(block), ([whole, label = '']) => ({ label, text: whole }));
  if (blocks.length > 0) return { blocks, mode };
  if (text.includes('-----BEGIN ')) throw new ConfigError(`${name} is cut short (a BEGIN without END): copy the file again`);
  throw new ConfigError(`${name} is not PEM: if it is DER, ${convert}; if it is PFX, name it in PfxFile instead`);
}

function labels(blocks: readonly PemBlock[]): string {
  return blocks.map(({ label }) => label).join(', ');
}
