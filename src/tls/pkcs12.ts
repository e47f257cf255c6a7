// Reads the certificates and private keys of a PFX (PKCS#12) file (RFC 7292 §4).

import { contextZero, DerError, dotted, element, type Element, elements, integer, objectIdentifier, octetString, sequence, unsigned } from './der.ts';
import { decrypt, Pkcs12Error, verifyMac } from './pkcs12-cipher.ts';
import { type Password, passwordForms } from './pkcs12-derivation.ts';

/** What was in the file, in its order. */
export interface Pkcs12 {
  /** X.509 certificates in DER. */
  readonly certificates: readonly Uint8Array[];
  /** PKCS#8 PrivateKeyInfo in DER. */
  readonly privateKeys: readonly Uint8Array[];
}

const data = '1.2.840.113549.1.7.1';
const encryptedData = '1.2.840.113549.1.7.6';
/** [0] IMPLICIT OCTET STRING. */
const contextZeroString = 0x80;
const x509Certificate = '1.2.840.113549.1.9.22.1';
const bag = (number: number): string => `1.2.840.113549.1.12.10.1.${String(number)}`;

/**
 * Opens the file.
 *
 * @param password '' for none, which PFX files spell in two ways
 * @throws Pkcs12Error when the password is wrong or an algorithm is not known, DerError when it is no PFX file or a damaged one
 */
export function readPkcs12(file: Uint8Array, password: string): Pkcs12 {
  let wrong: unknown;
  for (const form of passwordForms(password)) {
    try {
      return open(file, form);
    } catch (error) {
      if (!(error instanceof Pkcs12Error) || error.fault !== 'password') throw error;
      wrong = error;
    }
  }
  throw wrong;
}

/** PFX ::= SEQUENCE { version, authSafe ContentInfo, macData OPTIONAL }; authSafe holds a SEQUENCE of ContentInfo. */
function open(file: Uint8Array, password: Password): Pkcs12 {
  const version = element(element(file, sequence).content, integer);
  if (unsigned(version.content) !== 3) throw new DerError('another version');
  const authSafe = element(version.rest, sequence);
  const { type, content } = contentInfo(authSafe);
  if (type !== data) throw new Pkcs12Error('unsupported', `the content ${type}`);
  const safe = element(content, octetString).content;
  if (authSafe.rest.length > 0) verifyMac(authSafe.rest, safe, password);
  const bags = elements(element(safe, sequence).content).flatMap((part) => bagsOf(safeContents(part, password), password));
  return {
    certificates: bags.filter(({ kind }) => kind === 'certificate').map(({ der }) => der),
    privateKeys: bags.filter(({ kind }) => kind === 'key').map(({ der }) => der),
  };
}

/** ContentInfo ::= SEQUENCE { contentType, content [0] EXPLICIT } (RFC 5652 §3). */
function contentInfo({ content: fields }: Element): { readonly type: string; readonly content: Uint8Array } {
  const type = element(fields, objectIdentifier);
  return { type: dotted(type.content), content: element(type.rest, contextZero).content };
}

/** SafeContents in the open, or as EncryptedData ::= SEQUENCE { version, SEQUENCE { type, algorithm, [0] bytes } } (RFC 5652 §8). */
function safeContents(part: Element, password: Password): Uint8Array {
  const { type, content } = contentInfo(part);
  if (type === data) return element(content, octetString).content;
  if (type !== encryptedData) throw new Pkcs12Error('unsupported', `the content ${type}`);
  const version = element(element(content, sequence).content, integer);
  const innerType = element(element(version.rest, sequence).content, objectIdentifier);
  const algorithm = element(innerType.rest, sequence);
  return readDecrypted(() => decrypt(algorithm, element(algorithm.rest, contextZeroString).content, password));
}

/** Without a MAC a wrong password may show only by this: what comes out has no form. */
function readDecrypted(decrypted: () => Uint8Array): Uint8Array {
  const der = decrypted();
  try {
    element(der, sequence);
    return der;
  } catch (cause) {
    throw new Pkcs12Error('password', 'what was decrypted has no form', { cause });
  }
}

interface Bag {
  readonly kind: 'certificate' | 'key';
  readonly der: Uint8Array;
}

/** SafeContents ::= SEQUENCE OF SEQUENCE { bagId, bagValue [0] EXPLICIT, attributes OPTIONAL }; bags of other kinds are passed over. */
function bagsOf(contents: Uint8Array, password: Password): readonly Bag[] {
  return elements(element(contents, sequence).content).flatMap(({ content: fields }) => {
    const id = element(fields, objectIdentifier);
    const value = element(id.rest, contextZero).content;
    switch (dotted(id.content)) {
      case bag(1): return [{ kind: 'key', der: value } as const];
      case bag(2): return [{ kind: 'key', der: decryptedKey(value, password) } as const];
      case bag(3): return certificateOf(value);
      case bag(6): return bagsOf(value, password);
      default: return [];
    }
  });
}

/** EncryptedPrivateKeyInfo ::= SEQUENCE { algorithm, OCTET STRING } (RFC 5958 §3). */
function decryptedKey(value: Uint8Array, password: Password): Uint8Array {
  const algorithm = element(element(value, sequence).content, sequence);
  return readDecrypted(() => decrypt(algorithm, element(algorithm.rest, octetString).content, password));
}

/** CertBag ::= SEQUENCE { certId, certValue [0] EXPLICIT OCTET STRING }. */
function certificateOf(value: Uint8Array): readonly Bag[] {
  const id = element(element(value, sequence).content, objectIdentifier);
  if (dotted(id.content) !== x509Certificate) return [];
  return [{ kind: 'certificate', der: element(element(id.rest, contextZero).content, octetString).content }];
}
