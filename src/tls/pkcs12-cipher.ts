// What a PFX file does with its password: the whole is authenticated, its parts are decrypted (RFC 7292, RFC 8018).

import { createDecipheriv, createHmac, hash, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { DerError, dotted, element, type Element, integer, objectIdentifier, octetString, sequence } from './der.ts';
import { digestNames } from './digests.ts';
import { derive, iterationsOf, type Password } from './pkcs12-derivation.ts';

/** `legacy`: a cipher that OpenSSL 3 has only in its legacy provider, which Node.js does not load. */
export type Pkcs12Fault = 'password' | 'legacy' | 'unsupported';

/** The file is a PFX file, but it cannot be opened. The message names the algorithm, if that is why. */
export class Pkcs12Error extends Error {
  override readonly name = 'Pkcs12Error';
  readonly fault: Pkcs12Fault;
  constructor(fault: Pkcs12Fault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

const pbes2 = '1.2.840.113549.1.5.13';
const pbkdf2 = '1.2.840.113549.1.5.12';

interface Cipher {
  readonly name: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
}

/** RFC 8018 §B.2, NIST's algorithm registry. */
const pbes2Ciphers: Readonly<Record<string, Cipher>> = {
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 },
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32, ivBytes: 16 },
};

/** RFC 8018 §B.1.2. */
const pbkdf2Hashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

/** RFC 7292 appendix C; all of them with SHA-1. */
const pkcs12Ciphers: Readonly<Record<string, Cipher>> = {
  '1.2.840.113549.1.12.1.3': { name: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 },
  '1.2.840.113549.1.12.1.4': { name: 'des-ede-cbc', keyBytes: 16, ivBytes: 8 },
};

const legacyCiphers: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.12.1.1': 'RC4 of 128 bits',
  '1.2.840.113549.1.12.1.2': 'RC4 of 40 bits',
  '1.2.840.113549.1.12.1.5': 'RC2 of 128 bits',
  '1.2.840.113549.1.12.1.6': 'RC2 of 40 bits',
};

/**
 * Decrypts what an AlgorithmIdentifier tells how to.
 *
 * @param algorithm the element AlgorithmIdentifier ::= SEQUENCE { OID, parameters }
 * @throws Pkcs12Error for a wrong password and for an algorithm that is not known here, DerError
 */
export function decrypt(algorithm: Element, data: Uint8Array, password: Password): Buffer {
  const identifier = element(algorithm.content, objectIdentifier);
  const oid = dotted(identifier.content);
  const { cipher, key, iv } = oid === pbes2 ? pbes2Key(identifier.rest, password) : pkcs12Key(oid, identifier.rest, password);
  if (iv.length !== cipher.ivBytes) throw new DerError('an initialization vector of a wrong length');
  try {
    const decipher = createDecipheriv(cipher.name, key, iv);
    return Buffer.concat([decipher.update(data), decipher.final()]);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_OSSL_EVP_UNSUPPORTED') throw new Pkcs12Error('legacy', cipher.name, { cause });
    throw new Pkcs12Error('password', 'what was decrypted has no end', { cause });
  }
}

interface Keyed {
  readonly cipher: Cipher;
  readonly key: Buffer;
  readonly iv: Uint8Array;
}

/** PBES2-params ::= SEQUENCE { keyDerivationFunc, encryptionScheme } (RFC 8018 §A.4), the first always PBKDF2. */
function pbes2Key(parameters: Uint8Array, password: Password): Keyed {
  const derivation = element(element(parameters, sequence).content, sequence);
  const scheme = element(element(derivation.rest, sequence).content, objectIdentifier);
  const cipher = pbes2Ciphers[dotted(scheme.content)];
  if (cipher === undefined) throw new Pkcs12Error('unsupported', `the cipher ${dotted(scheme.content)}`);
  const method = element(derivation.content, objectIdentifier);
  if (dotted(method.content) !== pbkdf2) throw new Pkcs12Error('unsupported', `the key derivation ${dotted(method.content)}`);
  const { salt, iterations, digest } = pbkdf2Parameters(element(method.rest, sequence).content);
  const key = pbkdf2Sync(password.utf8, salt, iterations, cipher.keyBytes, digest);
  return { cipher, key, iv: element(scheme.rest, octetString).content };
}

/** PBKDF2-params ::= SEQUENCE { salt, iterationCount, keyLength OPTIONAL, prf DEFAULT hmacWithSHA1 } (RFC 8018 §A.2). */
function pbkdf2Parameters(fields: Uint8Array) {
  const salt = element(fields, octetString);
  const count = element(salt.rest, integer);
  const rest = count.rest[0] === integer ? element(count.rest, integer).rest : count.rest;
  const oid = rest.length === 0 ? undefined : dotted(element(element(rest, sequence).content, objectIdentifier).content);
  const digest = oid === undefined ? 'sha1' : pbkdf2Hashes[oid];
  if (digest === undefined) throw new Pkcs12Error('unsupported', `the hash ${String(oid)}`);
  return { salt: salt.content, iterations: iterationsOf(count), digest };
}

/** pkcs-12PbeParams ::= SEQUENCE { salt, iterations } (RFC 7292 appendix C). */
function pkcs12Key(oid: string, parameters: Uint8Array, password: Password): Keyed {
  const legacy = legacyCiphers[oid];
  if (legacy !== undefined) throw new Pkcs12Error('legacy', legacy);
  const cipher = pkcs12Ciphers[oid];
  if (cipher === undefined) throw new Pkcs12Error('unsupported', `the cipher ${oid}`);
  const salt = element(element(parameters, sequence).content, octetString);
  const about = { digest: 'sha1', salt: salt.content, iterations: iterationsOf(element(salt.rest, integer)), password };
  const key = derive({ ...about, purpose: 1, length: cipher.keyBytes });
  return { cipher, key, iv: derive({ ...about, purpose: 2, length: cipher.ivBytes }) };
}

/**
 * Checks the MAC over the whole content: MacData ::= SEQUENCE { mac SEQUENCE { algorithm, digest }, macSalt, iterations DEFAULT 1 }
 * (RFC 7292 §4). Throws Pkcs12Error `password` if it is another one, DerError.
 */
export function verifyMac(macData: Uint8Array, content: Uint8Array, password: Password): void {
  const mac = element(element(macData, sequence).content, sequence);
  const algorithm = element(mac.content, sequence);
  const oid = dotted(element(algorithm.content, objectIdentifier).content);
  const digest = digestNames[oid];
  if (digest === undefined) throw new Pkcs12Error('unsupported', `the MAC ${oid}`);
  const expected = element(algorithm.rest, octetString).content;
  const salt = element(mac.rest, octetString);
  const iterations = salt.rest.length === 0 ? 1 : iterationsOf(element(salt.rest, integer));
  const length = hash(digest, '', 'buffer').length;
  const key = derive({ digest, salt: salt.content, iterations, password, purpose: 3, length });
  const made = createHmac(digest, key).update(content).digest();
  if (made.length !== expected.length || !timingSafeEqual(made, expected)) throw new Pkcs12Error('password', 'its MAC is another one');
}
