// The channel binding "tls-server-end-point" of a server certificate (RFC 5929 §4.1), which Windows calls EPA.
import { createHash } from 'node:crypto';
import { ConfigError } from '../errors.ts';

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

/** Hash OID → its name, for the parameters of RSASSA-PSS (RFC 4055 §2.1). */
const hashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.5': 'md5',
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

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

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, parameters }, signature } (RFC 5280 §4.1). */
function signatureHash(certificateDer: Uint8Array): string | undefined {
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
  return hashes[dotted(element(algorithm.content, objectIdentifier).content)];
}

const sequence = 0x30;
const objectIdentifier = 0x06;
const contextZero = 0xa0;

interface Element {
  readonly content: Uint8Array;
  /** What follows the element. */
  readonly rest: Uint8Array;
}

/** Reads one DER element that must have this tag (X.690 §8.1, definite lengths up to 32 bits). */
function element(bytes: Uint8Array, tag: number): Element {
  const first = bytes[1];
  if (bytes[0] !== tag || first === undefined) throw notCertificate();
  let length = first;
  let start = 2;
  if (first > 0x7f) {
    const count = first & 0x7f;
    if (count === 0 || count > 4 || bytes.length < 2 + count) throw notCertificate();
    start += count;
    length = bytes.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  if (bytes.length < start + length) throw notCertificate();
  return { content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

/** An object identifier in dotted form (X.690 §8.19). */
function dotted(content: Uint8Array): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(value);
      value = 0;
    }
  }
  const [head = 0, ...tail] = arcs;
  const top = Math.min(Math.floor(head / 40), 2);
  return [top, head - top * 40, ...tail].join('.');
}

function notCertificate(): ConfigError {
  return new ConfigError('the server certificate is not a DER certificate');
}
