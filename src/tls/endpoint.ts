// The channel binding "tls-server-end-point" of a server certificate (RFC 5929 §4.1), which Windows calls EPA.
import { createHash } from 'node:crypto';
import { ConfigError } from '../errors.ts';
import { contextZero, DerError, dotted, element, objectIdentifier, sequence } from './der.ts';
import { digestNames } from './digests.ts';

const prefix = Buffer.from('tls-server-end-point:', 'ascii');

/** Signature algorithm OID → the hash it uses (RFC 8017 appendix C, RFC 5758, NIST's algorithm registry). */
const signatureHashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'md5', // md5WithRSAEncryption
  '1.2.840.113549.1.1.5': 'sha1', // sha1WithRSAEncryption
  '1.2.840.113549.1.1.14': 'sha224',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha1', // ecdsa-with-SHA1
  '1.2.840.10045.4.3.1': 'sha224',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

const rsassaPss = '1.2.840.113549.1.1.10';

/**
 * The application data of the channel binding: "tls-server-end-point:" and the hash of the whole certificate.
 *
 * The hash is the one of the certificate's signature, with MD5 and SHA-1 replaced by SHA-256.
 *
 * @param certificateDer the served leaf in DER, as `X509Certificate.raw` holds it
 * @returns undefined where the RFC defines no binding: Ed25519, Ed448 and any other signature without one known hash
 * @throws ConfigError when the bytes are not a DER certificate
 */
export function tlsServerEndPoint(certificateDer: Uint8Array): Uint8Array | undefined {
  const hash = signatureHash(certificateDer);
  if (hash === undefined) return undefined;
  const used = hash === 'md5' || hash === 'sha1' ? 'sha256' : hash;
  return Buffer.concat([prefix, createHash(used).update(certificateDer).digest()]);
}

function signatureHash(certificateDer: Uint8Array): string | undefined {
  try {
    return hashOf(certificateDer);
  } catch (cause) {
    if (cause instanceof DerError) throw new ConfigError('the server certificate is not a DER certificate', { cause });
    throw cause;
  }
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, parameters }, signature } (RFC 5280 §4.1). */
function hashOf(certificateDer: Uint8Array): string | undefined {
  const certificate = element(certificateDer, sequence);
  const tbs = element(certificate.content, sequence);
  const algorithm = element(tbs.rest, sequence);
  const identifier = element(algorithm.content, objectIdentifier);
  const oid = dotted(identifier.content);
  return oid === rsassaPss ? pssHash(identifier.rest) : signatureHashes[oid];
}

/** RSASSA-PSS-params ::= SEQUENCE { [0] hashAlgorithm DEFAULT sha1, … }: the first field, if it is there (RFC 4055 §3.1). */
function pssHash(parameters: Uint8Array): string | undefined {
  if (parameters.length === 0) return 'sha1';
  const fields = element(parameters, sequence).content;
  if (fields[0] !== contextZero) return 'sha1';
  const algorithm = element(element(fields, contextZero).content, sequence);
  return digestNames[dotted(element(algorithm.content, objectIdentifier).content)];
}
