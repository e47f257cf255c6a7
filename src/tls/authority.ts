// Makes what `init` writes under tls/: a private CA and the server certificate for one host name (RFC 5280).
import 'reflect-metadata'; // @peculiar/x509 needs it loaded first
import { randomBytes } from 'node:crypto';
import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension, BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags,
  KeyUsagesExtension, SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509CertificateGenerator,
} from '@peculiar/x509';
import type { X509Certificate } from '@peculiar/x509';
import { ConfigError } from '../errors.ts';

/** Three PEM texts: the CA to hand to clients, the server's certificate (the leaf alone) and its PKCS#8 key. */
export interface ServerCertificateFiles {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

const day = 86_400_000;
const caDays = 3_653;
/** The longest life that Apple's and older Chromium's checks accept for a certificate of a private CA. */
const serverDays = 825;
const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** X.520 caps a common name at 64 characters (RFC 5280 appendix A, ub-common-name); longer hosts are named in the SAN alone. */
const commonNameLimit = 64;
const dnsName = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * Makes a private CA (10 years) and a server certificate (825 days) for `hostname`, both ECDSA P-256 with SHA-256.
 *
 * The CA's private key is not kept: it cannot be exported and is gone when this returns, so nobody can steal it and sign
 * other names with a CA that every Desktop Client trusts. A new certificate therefore means a new CA: `init` again.
 *
 * @param hostname a DNS name, or an IPv4/IPv6 literal, which becomes an IP name in the certificate
 * @throws ConfigError when `hostname` is neither
 */
export async function createServerCertificate(hostname: string, now: Date = new Date()): Promise<ServerCertificateFiles> {
  const names = subjectNames(hostname);
  // A day back, for clients whose clock is a little behind.
  const notBefore = new Date(now.getTime() - day);
  const caKeys = await crypto.subtle.generateKey(keyAlgorithm, false, ['sign', 'verify']);
  const serverKeys = await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const ca = await selfSignedCa(caKeys, notBefore);
  const server = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: hostname.length <= commonNameLimit ? [{ CN: [hostname] }] : [{ O: ['MyQ Gateway'] }],
    issuer: ca.subjectName,
    notBefore,
    notAfter: new Date(notBefore.getTime() + serverDays * day),
    publicKey: serverKeys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      names,
      await SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
      await AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  return {
    caPem: `${ca.toString('pem')}\n`,
    certificatePem: `${server.toString('pem')}\n`,
    privateKeyPem: await privateKeyPem(serverKeys.privateKey),
  };
}

async function selfSignedCa(keys: webcrypto.CryptoKeyPair, notBefore: Date): Promise<X509Certificate> {
  return X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    // The suffix keeps two CAs apart in a client's trust store.
    name: [{ CN: [`MyQ Gateway CA ${randomBytes(4).toString('hex')}`] }],
    notBefore,
    notAfter: new Date(notBefore.getTime() + caDays * day),
    keys,
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

/** The SAN extension: the only place where today's clients look for the name (RFC 9525 §6.3). */
function subjectNames(hostname: string): SubjectAlternativeNameExtension {
  if (isIP(hostname) !== 0) return new SubjectAlternativeNameExtension([{ type: 'ip', value: hostname }]);
  if (!dnsName.test(hostname)) {
    throw new ConfigError(`${JSON.stringify(hostname)} is not a host name: give the DNS name that clients use, like gw.example.com`);
  }
  return new SubjectAlternativeNameExtension([{ type: 'dns', value: hostname }]);
}

/** 128 random bits in hexadecimal, so that a serial number can be neither guessed nor met twice. */
function serialNumber(): string {
  return randomBytes(16).toString('hex');
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`;
}
